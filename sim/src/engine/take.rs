//! Who takes the release when, and whom it takes down.
//!
//! Each PC is taken alone. Most take nothing that harms them, and are done here; those that fail are handed on as
//! [`Struck`], for [`crate::engine::organisation`] to bring back.

use crate::agent::LastGood;
use crate::agent::effect::Effect;
use crate::draw::{Chance, Purpose, Words};
use crate::engine::log::{Log, What};
use crate::engine::model::{KindModel, Model, Parser};
use crate::engine::past::{On, Past, Run};
use crate::fleet::population::Organisation;
use crate::measure::tally::{Count, Tally};
use crate::rollout::signals::Seen;
use crate::rollout::timeline::Timeline;
use crate::time::{Millis, NEVER};

/// An arm under the vendor's timeline as far as it is known, up to an instant.
#[derive(Clone, Copy)]
pub(crate) struct Course<'a> {
    pub(crate) model: &'a Model<'a>,
    pub(crate) timeline: &'a Timeline,
    /// What comes at or after this instant is left out.
    pub(crate) horizon: Millis,
    pub(crate) scope: Scope,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of it.
    Everything,
    /// What the vendor decides by.
    Seen,
}

impl Course<'_> {
    /// Whether a ring is open to its PCs at some time.
    pub(crate) fn opens(&self, organisation: &Organisation, kind: usize, bits: u32) -> bool {
        self.timeline.rings[self.ring(organisation, kind, bits)] < self.horizon
    }

    fn ring(&self, organisation: &Organisation, kind: usize, bits: u32) -> usize {
        self.model.ring(bits, usize::from(organisation.region), usize::from(organisation.sector), kind)
    }

    /// When a PC installs the release, if it does: on for long enough while the release is open to it. Once a fix is
    /// published, that is what is installed.
    #[inline]
    pub(crate) fn installs(&self, on: &mut On<'_>, ring: usize, from: Millis, delivery: u32) -> Option<Millis> {
        let open = self.timeline.rings[ring].max(from);
        let until = self.timeline.withdrawn.min(self.timeline.fix).min(self.horizon);
        if open >= until {
            return None;
        }
        let delay = self.model.delivery.at(delivery);
        if open + delay >= until {
            return None;
        }
        on.after(open, delay, until)
    }

    /// When a PC has a good version, having run without one since `from`.
    #[inline]
    pub(crate) fn good_at(&self, mut on: On<'_>, from: Millis, delivery: u32) -> Option<Millis> {
        let fix = self.timeline.fix.max(from);
        if fix >= self.horizon {
            return None;
        }
        on.after(fix, self.model.delivery.at(delivery), self.horizon)
    }

    /// When the fault shows on a PC that loads the release at `at`.
    #[inline]
    pub(crate) fn first_failure(&self, mut on: On<'_>, pc: u64, at: Millis, failures: u32) -> Option<Millis> {
        let Some(activity) = self.model.fault.as_ref().and_then(|f| f.activity.as_ref()) else { return Some(at) };
        let [bits, ..] = self.model.what.block(pc, Purpose::Activity, failures);
        on.after(at, activity.at(bits), self.horizon)
    }
}

/// When each PC of a piece that is reached takes the release; [`NEVER`] is not at all.
#[derive(Default)]
pub(crate) struct Taken(Vec<Millis>);

impl Taken {
    /// Finds it for the PCs at hand.
    pub(crate) fn find(&mut self, course: Course<'_>, past: &Past) {
        let [_, rings, ..] = past.membership.columns();
        let [delivery, ..] = past.delivery.columns();
        self.0.clear();
        for run in &past.runs {
            let organisation = &past.organisations[run.organisation as usize];
            let kind = usize::from(run.kind);
            let calendar = &course.model.calendars[usize::from(organisation.region)][kind];
            self.0.extend(run.reached.clone().map(|place| {
                let ring = course.ring(organisation, kind, rings[past.reached[place] as usize]);
                let mut on = past.on(course.model, calendar, place);
                course.installs(&mut on, ring, course.timeline.release, delivery[place]).unwrap_or(NEVER)
            }));
        }
    }
}

/// A PC that the fault takes down, up to its first failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Struck {
    pub(crate) pc: u64,
    /// Its first failure.
    pub(crate) at: Millis,
    /// Index among the organisations of its piece.
    pub(crate) organisation: u32,
    /// Its place among those of the piece that are reached.
    pub(crate) place: u32,
    pub(crate) kind: u16,
    pub(crate) architecture: u16,
    pub(crate) ring: u16,
    pub(crate) traits: u32,
    /// What its first failure draws: [`Purpose::Start`], both blocks.
    pub(crate) start: [[u32; 4]; 2],
    /// What the first hands on it draw: [`Purpose::Hands`].
    pub(crate) hands: [u32; 4],
}

/// A PC whose agent runs in user mode and fails.
#[derive(Clone, Copy)]
struct Restarting {
    place: u32,
    run: u32,
    architecture: u16,
    at: Millis,
}

/// Carries out what the release does to PCs, up to their first failure, and counts.
pub(crate) struct Strike<'a> {
    course: Course<'a>,
    pub(crate) tally: Tally,
    pub(crate) seen: Seen,
    pub(crate) log: Log,
    /// In the order of organisations.
    pub(crate) struck: Vec<Struck>,
    restarting: Vec<Restarting>,
    numbers: Vec<u64>,
    words: Words,
}

/// A PC at hand.
#[derive(Clone, Copy)]
struct Pc {
    place: usize,
    kind: usize,
    architecture: usize,
    weight: i64,
}

impl<'a> Strike<'a> {
    pub(crate) fn new(course: Course<'a>, every: Option<Millis>, log: Log) -> Strike<'a> {
        let release = course.timeline.release;
        Strike {
            tally: Tally::new(course.model.plan, release),
            seen: Seen::new(release, every, course.horizon),
            course,
            log,
            struck: Vec::new(),
            restarting: Vec::new(),
            numbers: Vec::new(),
            words: Words::default(),
        }
    }

    /// Takes the PCs at hand.
    pub(crate) fn carry_out(&mut self, past: &Past, taken: &Taken) {
        self.struck.clear();
        self.restarting.clear();
        for (index, run) in past.runs.iter().enumerate() {
            let organisation = &past.organisations[run.organisation as usize];
            let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
            self.tally.turn_to(region, sector, organisation.weight);
            if self.course.scope == Scope::Everything {
                self.count_pcs(past, run);
            }
            for place in run.reached.clone() {
                self.take(past, index, organisation, place, taken.0[place]);
            }
        }
        self.draw_for_struck();
        self.restart_processes(past);
        self.tally.settle_sums();
    }

    fn count_pcs(&mut self, past: &Past, run: &Run) {
        let model = self.course.model;
        let kind = usize::from(run.kind);
        let [connected, _, architectures, _] = past.membership.columns();
        if let [(_, only)] = model.architectures[..] {
            let cell = self.tally.cell(kind, only);
            cell.pcs += run.pcs.len() as u64;
            cell.reachable += run.reached.len() as u64;
        } else {
            for place in run.pcs.clone() {
                self.tally.cell(kind, model.architecture(architectures[place])).pcs += 1;
            }
            for place in run.reached.clone() {
                let bits = architectures[past.reached[place] as usize];
                self.tally.cell(kind, model.architecture(bits)).reachable += 1;
            }
        }
        if self.log.is_open() {
            for place in run.pcs.clone().filter(|&place| !model.kinds[kind].connected.hit(connected[place])) {
                self.log.note(self.course.timeline.release, past.pcs[place], What::Unreached);
            }
        }
    }

    #[inline]
    fn take(&mut self, past: &Past, run: usize, organisation: &Organisation, place: usize, at: Millis) {
        let course = self.course;
        let model = course.model;
        let kind = usize::from(past.runs[run].kind);
        let bits = past.membership.at(past.reached[place] as usize);
        let [_, ring, architecture, strikes] = bits;
        let pc = Pc { place, kind, architecture: model.architecture(architecture), weight: organisation.weight as i64 };
        if at >= NEVER {
            self.log.note(course.timeline.release, past.number(place), What::Misses);
            self.misses(past, organisation, pc);
            return;
        }
        let number = past.number(place);
        self.tally.events += 1;
        self.log.note(at, number, What::Installs);
        self.seen.takes(at, organisation.weight);
        let parser = &model.parsers[pc.architecture];
        let Some(effect) = parser.effect else {
            self.waits_for_good(past, organisation, pc, Some(at));
            return;
        };
        if parser.validates > Chance::NEVER
            && parser.validates.hit(model.who.block(number, Purpose::Software, 0)[1])
        {
            self.log.note(at, number, What::Refuses);
            self.misses(past, organisation, pc);
            return;
        }
        if !model.is_struck(kind, number, strikes) {
            self.log.note(at, number, What::RunsUnharmed);
            self.waits_for_good(past, organisation, pc, Some(at));
            return;
        }
        self.tally.cell(kind, pc.architecture).hit += 1;
        self.tally.count(Count::Hit, kind, pc.architecture, at, pc.weight);
        let calendar = &model.calendars[usize::from(organisation.region)][kind];
        let Some(failure) = course.first_failure(past.on(model, calendar, place), number, at, 0) else {
            self.misses(past, organisation, pc);
            return;
        };
        let (architecture, place) = (pc.architecture as u16, place as u32);
        if effect == Effect::ProcessRestarts {
            self.restarting.push(Restarting { place, run: run as u32, architecture, at: failure });
            return;
        }
        self.struck.push(Struck {
            pc: number,
            at: failure,
            organisation: past.runs[run].organisation,
            place,
            kind: kind as u16,
            architecture,
            ring: course.ring(organisation, kind, ring) as u16,
            traits: 0,
            start: [[0; 4]; 2],
            hands: [0; 4],
        });
    }

    /// The PC goes on as before, and waits for a good version.
    #[inline]
    fn misses(&mut self, past: &Past, organisation: &Organisation, pc: Pc) {
        if self.course.scope == Scope::Everything {
            let good = self.good_at(past, organisation, pc, self.course.timeline.release);
            self.waits_for_good(past, organisation, pc, good);
        }
    }

    fn good_at(&self, past: &Past, organisation: &Organisation, pc: Pc, from: Millis) -> Option<Millis> {
        let calendar = &self.course.model.calendars[usize::from(organisation.region)][pc.kind];
        let [_, delivery, ..] = past.delivery.columns();
        self.course.good_at(past.on(self.course.model, calendar, pc.place), from, delivery[pc.place])
    }

    /// A usable PC is stale from the release on until it has a good version, if it gets one.
    #[inline]
    fn waits_for_good(&mut self, past: &Past, organisation: &Organisation, pc: Pc, good: Option<Millis>) {
        let course = self.course;
        if course.scope == Scope::Seen {
            return;
        }
        let calendar = &course.model.calendars[usize::from(organisation.region)][pc.kind];
        let mut on = past.on(course.model, calendar, pc.place);
        self.tally.cell(pc.kind, pc.architecture).stale +=
            on.time(course.timeline.release, good.unwrap_or(course.horizon));
        if let Some(at) = good {
            self.log.note(at, past.number(pc.place), What::Good);
            self.tally.count(Count::Good, pc.kind, pc.architecture, at, pc.weight);
        }
    }

    /// Draws what the first failures of those that are struck will need, all together.
    fn draw_for_struck(&mut self) {
        let model = self.course.model;
        self.numbers.clear();
        self.numbers.extend(self.struck.iter().map(|s| s.pc));
        for block in 0..2 {
            self.words.draw(model.what, Purpose::Start, block, &self.numbers);
            for (place, struck) in self.struck.iter_mut().enumerate() {
                struck.start[block as usize] = self.words.at(place);
            }
        }
        self.words.draw(model.what, Purpose::Hands, 0, &self.numbers);
        for (place, struck) in self.struck.iter_mut().enumerate() {
            struck.hands = self.words.at(place);
        }
        for block in 0..model.trait_blocks() {
            self.words.draw(model.who, Purpose::Trait, block, &self.numbers);
            for (place, struck) in self.struck.iter_mut().enumerate() {
                struck.traits |= model.kinds[usize::from(struck.kind)].traits_in(block, self.words.at(place));
            }
        }
    }

    /// User-mode components fail: restarted with growing waits, then back to the last good copy or given up. The PCs can
    /// be used throughout.
    fn restart_processes(&mut self, past: &Past) {
        let model = self.course.model;
        let mut restarting = std::mem::take(&mut self.restarting);
        self.numbers.clear();
        self.numbers.extend(restarting.iter().map(|r| past.number(r.place as usize)));
        self.words.draw(model.what, Purpose::Start, 0, &self.numbers);
        for (i, restart) in restarting.drain(..).enumerate() {
            let [report, delay, reporting, _] = self.words.at(i);
            let run = &past.runs[restart.run as usize];
            let organisation = &past.organisations[run.organisation as usize];
            if model.reporting.hit(reporting) {
                self.seen.reports(restart.at + model.agent_report.at(report), organisation.weight);
            }
            let pc = Pc {
                place: restart.place as usize,
                kind: usize::from(run.kind),
                architecture: usize::from(restart.architecture),
                weight: organisation.weight as i64,
            };
            self.log.note(restart.at, past.number(pc.place), What::fails(Effect::ProcessRestarts));
            if self.course.scope == Scope::Everything {
                let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
                self.tally.turn_to(region, sector, organisation.weight);
                self.restart_process(past, organisation, pc, restart.at, delay);
            }
        }
        self.restarting = restarting;
    }

    fn restart_process(&mut self, past: &Past, organisation: &Organisation, pc: Pc, at: Millis, delay: u32) {
        let (course, model) = (self.course, self.course.model);
        let parser = &model.parsers[pc.architecture];
        let falls_back = (at + parser.restarts_for(delay)).min(NEVER);
        let good = self.good_at(past, organisation, pc, at);
        let runs_again = match parser.last_good {
            LastGood::Kept => {
                self.log.note(falls_back, past.number(pc.place), What::FallsBack);
                falls_back.min(good.unwrap_or(NEVER))
            }
            LastGood::NotKept => {
                self.log.note(falls_back, past.number(pc.place), What::GivesUp);
                good.unwrap_or(NEVER)
            }
        };
        let until = runs_again.min(course.horizon);
        let calendar = &model.calendars[usize::from(organisation.region)][pc.kind];
        let off_duty = past.on(model, calendar, pc.place).time(at, until);
        self.tally.cell(pc.kind, pc.architecture).unprotected += off_duty;
        self.waits_for_good(past, organisation, pc, good);
    }
}

impl Parser {
    /// How long a component that fails is restarted until it is given up, or falls back.
    fn restarts_for(&self, delay: u32) -> Millis {
        let Some(restart) = &self.restart else { return 0 };
        let (mut wait, mut next) = (0.0, restart.delay.at(delay) as f64);
        for _ in 0..restart.attempts {
            wait += next;
            next *= restart.backoff;
        }
        wait as Millis
    }
}

impl Model<'_> {
    fn is_struck(&self, kind: usize, pc: u64, strikes: u32) -> bool {
        let Some(fault) = &self.fault else { return false };
        fault.strikes.hit(strikes)
            && (fault.kinds.is_empty() || fault.kinds.contains(&kind))
            && (fault.traits == 0 || self.traits(kind, pc) & fault.traits == fault.traits)
    }

    /// The traits of a PC among all that are named, as bits.
    fn traits(&self, kind: usize, pc: u64) -> u32 {
        let of_block = |block| self.kinds[kind].traits_in(block, self.who.block(pc, Purpose::Trait, block));
        (0..self.trait_blocks()).fold(0, |mask, block| mask | of_block(block))
    }

    /// How many draws it takes to know all traits of a PC: one for four of them.
    fn trait_blocks(&self) -> u32 {
        self.plan.fleet.traits.len().div_ceil(4) as u32
    }
}

impl KindModel {
    /// Which of the four traits of a block a PC with these draws has, as bits.
    #[inline]
    fn traits_in(&self, block: u32, words: [u32; 4]) -> u32 {
        let of_block = self.traits.iter().filter(|(id, _)| *id as u32 / 4 == block);
        of_block.fold(0, |mask, &(id, share)| mask | u32::from(share.hit(words[id % 4])) << id)
    }
}
