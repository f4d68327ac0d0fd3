//! Who takes the release when, and whom it takes down.
//!
//! Each PC is taken alone. Most take nothing that harms them, and are done here; those that fail are handed on as
//! [`Struck`], for [`crate::engine::organisation`] to bring back.

use crate::agent::LastGood;
use crate::agent::effect::Effect;
use crate::draw::{Chance, Key, Purpose, Words};
use crate::engine::cost::Usage;
use crate::engine::log::{Log, What};
use crate::engine::model::{FaultModel, KindModel, Model, Parser, ReleaseModel, TriggerModel, among};
use crate::engine::past::{On, Past, Run};
use crate::fleet::calendar::Calendar;
use crate::fleet::calendar::window::{Asked, NOT, UNKNOWN};
use crate::fleet::population::Organisation;
use crate::measure::tally::{Count, Tally};
use crate::rollout::ReleaseId;
use crate::rollout::signals::Seen;
use crate::rollout::timeline::Timeline;
use crate::time::{Millis, NEVER};

/// An arm under the vendor's timeline as far as it is known, up to an instant.
#[derive(Clone, Copy)]
pub(crate) struct Course<'a> {
    pub(crate) model: &'a Model<'a>,
    /// By release.
    pub(crate) timelines: &'a [Timeline],
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

impl<'a> Course<'a> {
    /// The way of one of the releases to PCs.
    #[inline]
    pub(crate) fn road(&self, release: ReleaseId) -> Road<'a> {
        let (model, horizon) = (self.model, self.horizon);
        Road { what: model.what, release: &model.releases[release], timeline: &self.timelines[release], horizon }
    }

    /// That of the release in question.
    #[inline]
    pub(crate) fn first(&self) -> Road<'a> {
        self.road(0)
    }

    /// Whether a ring is open to its PCs at some time.
    pub(crate) fn opens(&self, organisation: &Organisation, kind: usize, bits: u32) -> bool {
        self.first().timeline.rings[self.ring(organisation, kind, bits)] < self.horizon
    }

    fn ring(&self, organisation: &Organisation, kind: usize, bits: u32) -> usize {
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        self.model.first().ring(bits, region, sector, kind, 0)
    }
}

/// One release and what is known of what its vendor does.
#[derive(Clone, Copy)]
pub(crate) struct Road<'a> {
    what: Key,
    pub(crate) release: &'a ReleaseModel<'a>,
    pub(crate) timeline: &'a Timeline,
    horizon: Millis,
}

impl Road<'_> {
    /// Until when it can be installed: once a fix is published, that is what is installed.
    #[inline]
    pub(crate) fn until(&self) -> Millis {
        self.timeline.withdrawn.min(self.timeline.fix).min(self.horizon)
    }

    /// When a ring is open to its PCs.
    #[inline]
    fn opens(&self, ring: usize) -> Millis {
        self.timeline.rings[ring].max(self.timeline.release)
    }

    /// When a PC installs the release, if it does: on for long enough while the release is open to it.
    #[inline]
    pub(crate) fn installs(&self, on: &mut On<'_>, open: Millis, delivery: u32) -> Option<Millis> {
        let until = self.until();
        if !self.may_take(open, delivery) {
            return None;
        }
        on.after(open, self.release.delivery.at(delivery), until)
    }

    /// Whether a PC that is on all the time would install the release.
    fn may_take(&self, open: Millis, delivery: u32) -> bool {
        open < self.until() && open + self.release.delivery.at(delivery) < self.until()
    }

    /// Whether a PC that begins to wait for the release at an instant may still install it.
    #[inline]
    pub(crate) fn may_install(&self, from: Millis) -> bool {
        from + self.release.delivery.least() < self.until()
    }

    /// When a PC has a good version, having run without one since `from`.
    #[inline]
    pub(crate) fn good_at(&self, mut on: On<'_>, from: Millis, delivery: u32) -> Option<Millis> {
        let fix = self.timeline.fix.max(from);
        if fix >= self.horizon {
            return None;
        }
        on.after(fix, self.release.delivery.at(delivery), self.horizon)
    }

    /// When the fault shows on a PC that loads the release at `at`, after so many failures; not by a restart.
    #[inline]
    pub(crate) fn first_failure(&self, mut on: On<'_>, pc: u64, at: Millis, failures: u32) -> Option<Millis> {
        match self.release.fault.as_ref().map(|fault| &fault.trigger) {
            Some(TriggerModel::OnActivity(activity)) => {
                let [bits, ..] = self.what.block(pc, Purpose::Activity, self.release.index(failures));
                on.after(at, activity.at(bits), self.horizon)
            }
            Some(TriggerModel::AtInstant(instant)) => on.after(at.max(*instant), 0, self.horizon),
            _ => Some(at),
        }
    }
}

impl ReleaseModel<'_> {
    /// Sets the draws for one release apart from those for others.
    #[inline]
    pub(crate) fn index(&self, index: u32) -> u32 {
        (self.number as u32) << 24 | index
    }
}

/// When each PC of a piece that is reached takes the release, and when it could have a good version if it did not;
/// [`NEVER`] is not at all.
#[derive(Default)]
pub(crate) struct Taken {
    at: Vec<Millis>,
    good: Vec<Millis>,
    /// How long the delivery of a good version takes.
    delays: Vec<u32>,
    asked: Asked,
}

impl Taken {
    /// Finds it for the PCs at hand.
    pub(crate) fn find(&mut self, course: Course<'_>, past: &Past) {
        let (model, road) = (course.model, course.first());
        let [_, rings, ..] = past.membership.columns();
        let Taken { at, good, delays, asked } = self;
        let (window, until) = (&past.window, road.until());
        asked.from.clear();
        for run in &past.runs {
            let organisation = past.organisation(run);
            let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
            let of = model.first().rings_of(region, sector, usize::from(run.kind));
            let opens = |open: Millis| if open < until { window.at(open) } else { NOT };
            let opens: Vec<(Chance, u32)> = of.iter().map(|&(upto, ring)| (upto, opens(road.opens(ring)))).collect();
            if let [(_, only)] = opens[..] {
                asked.from.resize(run.reached.end, only);
            } else {
                let opens = |place: usize| among(&opens, rings[past.reached[place] as usize]);
                asked.from.extend(run.reached.clone().map(opens));
            }
        }
        course.waits(past, (0, delays), until, asked, at, |run, place, delivery| {
            let ring = course.ring(past.organisation(run), usize::from(run.kind), rings[past.reached[place] as usize]);
            road.may_take(road.opens(ring), delivery).then(|| road.opens(ring))
        });
        good.clear();
        let fix = road.timeline.fix.max(road.timeline.release);
        if fix >= course.horizon {
            good.resize(at.len(), NEVER);
        } else if course.scope == Scope::Everything || !road.release.strikes_on_load() {
            asked.from.clear();
            asked.from.resize(at.len(), past.window.at(fix));
            course.waits(past, (1, delays), course.horizon, asked, good, |_, _, _| Some(fix));
        }
    }
}

/// One in so many: fewer are found one by one.
const FEW: usize = 16;

impl Course<'_> {
    /// Finds when PCs have been on for as long as delivery takes, by its first or second draw, since the instants that
    /// are asked about; not at all for [`NOT`]. What has to be found one by one is if `since` says since when.
    fn waits(
        &self,
        past: &Past,
        (draw, delays): (usize, &mut Vec<u32>),
        limit: Millis,
        asked: &mut Asked,
        found: &mut Vec<Millis>,
        since: impl Fn(&Run, usize, u32) -> Option<Millis>,
    ) {
        let (window, sampler) = (&past.window, &self.first().release.delivery);
        let delivery = &past.delivery.columns()[draw][..asked.from.len()];
        let wait = asked.from.iter().filter(|from| **from < NOT).count();
        if wait * FEW < asked.from.len() {
            // Not worth looking at all of them.
            asked.answers.clear();
            asked.answers.extend(asked.from.iter().map(|&from| if from < NOT { UNKNOWN } else { NOT }));
        } else {
            delays.resize(asked.from.len(), 0);
            sampler.at_each(delivery, delays);
            asked.upto.clone_from(delays);
            window.after_time_on(past.calendars(self.model), limit, asked);
        }
        found.clear();
        for run in &past.runs {
            found.extend(run.reached.clone().map(|place| match asked.answers[place] {
                NOT => NEVER,
                UNKNOWN => {
                    let Some(from) = since(run, place, delivery[place]) else { return NEVER };
                    let calendar = &past.calendars(self.model)[usize::from(run.kind)];
                    let delay = sampler.at(delivery[place]);
                    past.on(self.model, calendar, place).after(from, delay, limit).unwrap_or(NEVER)
                }
                at => window.instant(at),
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
    /// The release whose fault takes it down, and the architecture that it met.
    pub(crate) release: u8,
    pub(crate) met: u16,
    pub(crate) traits: u32,
}

/// What the first failures of many PCs draw, and the first hands on them.
#[derive(Default)]
pub(crate) struct Drawn {
    numbers: Vec<u64>,
    /// [`Purpose::Start`], both blocks.
    pub(crate) start: [Words; 2],
    /// [`Purpose::Hands`].
    pub(crate) hands: Words,
    traits: Words,
}

impl Drawn {
    /// Draws for these PCs, and notes their traits.
    pub(crate) fn draw(&mut self, model: &Model<'_>, struck: &mut [Struck]) {
        self.numbers.clear();
        self.numbers.extend(struck.iter().map(|s| s.pc));
        for (block, words) in self.start.iter_mut().enumerate() {
            words.draw(model.what, Purpose::Start, block as u32, &self.numbers);
        }
        self.hands.draw(model.what, Purpose::Hands, 0, &self.numbers);
        for block in 0..model.trait_blocks() {
            self.traits.draw(model.who, Purpose::Trait, block, &self.numbers);
            for (place, struck) in struck.iter_mut().enumerate() {
                struck.traits |= model.kinds[usize::from(struck.kind)].traits_in(block, self.traits.at(place));
            }
        }
    }
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
    /// That of the release.
    road: Road<'a>,
    pub(crate) tally: Tally,
    pub(crate) seen: Seen,
    pub(crate) log: Log,
    /// In the order of organisations.
    pub(crate) struck: Vec<Struck>,
    pub(crate) drawn: Drawn,
    /// When those that are struck are on.
    pub(crate) usage: Usage,
    restarting: Vec<Restarting>,
    /// By place: when the PC has a good version, or [`IS_DOWN`].
    good: Vec<Millis>,
    numbers: Vec<u64>,
    words: Words,
    asked: Asked,
}

/// Not before a PC that is down is back: what it costs until then is found on its way back.
const IS_DOWN: Millis = -1;

/// PCs of one kind in one organisation.
#[derive(Clone, Copy)]
struct Group<'p> {
    past: &'p Past,
    run: usize,
    organisation: &'p Organisation,
    calendar: &'p Calendar,
    kind: usize,
}

impl<'a> Strike<'a> {
    pub(crate) fn new(course: Course<'a>, every: Option<Millis>, log: Log) -> Strike<'a> {
        let road = course.first();
        let release = road.timeline.release;
        Strike {
            road,
            tally: Tally::new(course.model.plan, release),
            seen: Seen::new(release, every, course.horizon),
            course,
            log,
            struck: Vec::new(),
            drawn: Drawn::default(),
            usage: Usage::default(),
            restarting: Vec::new(),
            good: Vec::new(),
            numbers: Vec::new(),
            words: Words::default(),
            asked: Asked::default(),
        }
    }

    /// Takes the PCs at hand.
    pub(crate) fn carry_out(&mut self, past: &Past, taken: &Taken) {
        self.struck.clear();
        self.restarting.clear();
        self.good.clear();
        self.good.extend_from_slice(&taken.good);
        self.good.resize(taken.at.len(), NEVER);
        for run in 0..past.runs.len() {
            let group = self.turn_to(past, run);
            if self.course.scope == Scope::Everything {
                self.count_pcs(past, &past.runs[run]);
            }
            for place in past.runs[run].reached.clone() {
                self.take(group, place, taken.at[place]);
            }
        }
        self.restart_processes(past);
        if self.course.scope == Scope::Everything {
            self.wait_for_good(past, taken);
        }
        self.tally.settle_sums();
    }

    fn turn_to<'p>(&mut self, past: &'p Past, run: usize) -> Group<'p>
    where
        'a: 'p,
    {
        let organisation = past.organisation(&past.runs[run]);
        let (region, kind) = (usize::from(organisation.region), usize::from(past.runs[run].kind));
        self.tally.turn_to(region, usize::from(organisation.sector), organisation.weight);
        Group { past, run, organisation, calendar: &self.course.model.calendars[region][kind], kind }
    }

    fn count_pcs(&mut self, past: &Past, run: &Run) {
        let model = self.course.model;
        let kind = usize::from(run.kind);
        let [connected, _, architectures, _] = past.membership.columns();
        if let [(_, only)] = self.road.release.architectures[..] {
            let cell = self.tally.cell(kind, only);
            cell.pcs += run.pcs.len() as u64;
            cell.reachable += run.reached.len() as u64;
        } else {
            for place in run.pcs.clone() {
                self.tally.cell(kind, self.road.release.architecture(architectures[place])).pcs += 1;
            }
            for place in run.reached.clone() {
                let bits = architectures[past.reached[place] as usize];
                self.tally.cell(kind, self.road.release.architecture(bits)).reachable += 1;
            }
        }
        if self.log.is_open() {
            for place in run.pcs.clone().filter(|&place| !model.kinds[kind].connected.hit(connected[place])) {
                self.log.note(self.road.timeline.release, past.pcs[place], What::Unreached);
            }
        }
    }

    #[inline]
    fn take(&mut self, group: Group<'_>, place: usize, at: Millis) {
        let course = self.course;
        let (model, release) = (course.model, self.road.release);
        let Group { past, kind, organisation, .. } = group;
        let [_, rings, architectures, strikes] = past.membership.columns();
        let who = past.reached[place] as usize;
        let architecture = release.architecture(architectures[who]);
        if at >= NEVER {
            self.log.note(self.road.timeline.release, past.number(place), What::Misses);
            return;
        }
        let number = past.number(place);
        self.tally.events += 1;
        self.log.note(at, number, What::installs(0));
        self.seen.takes(at, organisation.weight);
        let parser = &release.parsers[architecture];
        let Some(effect) = parser.effect else {
            self.good[place] = at;
            return;
        };
        if parser.validates > Chance::NEVER && parser.validates.hit(model.who.block(number, Purpose::Software, 0)[1]) {
            self.log.note(at, number, What::Refuses { release: 0 });
            return;
        }
        if !model.is_struck(kind, number, strikes[who]) {
            self.log.note(at, number, What::RunsUnharmed { release: 0 });
            self.good[place] = at;
            return;
        }
        self.tally.cell(kind, architecture).hit += 1;
        self.tally.count(Count::Hit, kind, architecture, at, organisation.weight as i64);
        let failure = if release.strikes_on_load() {
            at
        } else {
            let shows = self.road.first_failure(past.on(model, group.calendar, place), number, at, 0);
            // The fix heals those on which the fault has not shown yet.
            let Some(shows) = shows.filter(|&shows| shows < self.good[place]) else { return };
            shows
        };
        let (met, place) = (architecture as u16, place as u32);
        if effect == Effect::ProcessRestarts {
            self.restarting.push(Restarting { place, run: group.run as u32, architecture: met, at: failure });
            return;
        }
        self.good[place as usize] = IS_DOWN;
        self.struck.push(Struck {
            pc: number,
            at: failure,
            organisation: past.runs[group.run].organisation_of(&past.organisations, number),
            place,
            kind: kind as u16,
            architecture: met,
            ring: course.ring(organisation, kind, rings[who]) as u16,
            release: 0,
            met,
            traits: 0,
        });
    }

    /// Usable PCs are stale from the release on until they have a good version, if they get one.
    fn wait_for_good(&mut self, past: &Past, taken: &Taken) {
        let (course, road) = (self.course, self.road);
        let release = road.timeline.release;
        let fix = road.timeline.fix.max(release);
        let [_, delivery, ..] = past.delivery.columns();
        let [_, _, architectures, _] = past.membership.columns();
        // Who waits for the fix is on for as long as its delivery takes, from then on: how long that was in hours and
        // days does not matter. Nobody waits for those that are down.
        let waits_for_fix = |place: usize, good: Millis| good < NEVER && good == taken.good[place];
        let until =
            |place: usize, good: Millis| if waits_for_fix(place, good) { fix } else { good.min(course.horizon) };
        let mut asked = std::mem::take(&mut self.asked);
        asked.from.clear();
        asked.from.resize(self.good.len(), past.window.at(release));
        asked.upto.clear();
        asked.upto.extend(self.good.iter().enumerate().map(|(place, &good)| past.window.at(until(place, good))));
        past.window.time_on(past.calendars(course.model), &mut asked);
        for run in 0..past.runs.len() {
            let group = self.turn_to(past, run);
            let weight = group.organisation.weight as i64;
            let clock = self.tally.clock();
            for &(_, architecture) in &road.release.architectures {
                let is_alone = road.release.architectures.len() == 1;
                let cell = self.tally.cell(group.kind, architecture);
                for place in past.runs[run].reached.clone() {
                    let good = self.good[place];
                    let bits = || architectures[past.reached[place] as usize];
                    if good == IS_DOWN || !is_alone && road.release.architecture(bits()) != architecture {
                        continue;
                    }
                    cell.stale += match asked.answers[place] {
                        UNKNOWN => group.on(course, place).time(release, until(place, good)),
                        time => Millis::from(time),
                    };
                    if waits_for_fix(place, good) {
                        cell.stale += match taken.delays[place] {
                            u32::MAX => road.release.delivery.at(delivery[place]),
                            delay => Millis::from(delay),
                        };
                    }
                    if good < NEVER {
                        cell.counts.count(Count::Good, clock.bin(good), weight);
                        self.log.note(good, past.number(place), What::Good);
                    }
                }
            }
        }
        self.asked = asked;
    }

    /// User-mode components fail: restarted with growing waits, then back to the last good copy or given up. The PCs
    /// can be used throughout.
    fn restart_processes(&mut self, past: &Past) {
        if self.restarting.is_empty() {
            return;
        }
        let (course, model) = (self.course, self.course.model);
        let restarting = std::mem::take(&mut self.restarting);
        self.numbers.clear();
        self.numbers.extend(restarting.iter().map(|r| past.number(r.place as usize)));
        self.words.draw(model.what, Purpose::Start, 0, &self.numbers);
        let mut asked = std::mem::take(&mut self.asked);
        asked.clear(self.good.len());
        let mut off_duty = Vec::new();
        for (i, restart) in restarting.iter().enumerate() {
            let [report, delay, reporting, _] = self.words.at(i);
            let place = restart.place as usize;
            if model.reporting.hit(reporting) {
                let weight = past.organisation(&past.runs[restart.run as usize]).weight;
                self.seen.reports(restart.at + model.agent_report.at(report), weight);
            }
            self.log.note(restart.at, self.numbers[i], What::fails(Effect::ProcessRestarts));
            if course.scope == Scope::Everything {
                let until = self.runs_again(restart, self.numbers[i], delay);
                (asked.from[place], asked.upto[place]) = (past.window.at(restart.at), past.window.at(until));
                off_duty.push(until);
            }
        }
        if course.scope == Scope::Everything {
            past.window.time_on(past.calendars(model), &mut asked);
            for (restart, &until) in restarting.iter().zip(&off_duty) {
                let place = restart.place as usize;
                let group = self.turn_to(past, restart.run as usize);
                let off_duty = match asked.answers[place] {
                    UNKNOWN => group.on(course, place).time(restart.at, until),
                    time => Millis::from(time),
                };
                self.tally.cell(group.kind, usize::from(restart.architecture)).unprotected += off_duty;
            }
        }
        (self.restarting, self.asked) = (restarting, asked);
    }

    /// Until when a PC has no running agent.
    fn runs_again(&mut self, restart: &Restarting, pc: u64, delay: u32) -> Millis {
        let parser = &self.road.release.parsers[usize::from(restart.architecture)];
        let falls_back = (restart.at + parser.restarts_for(delay)).min(NEVER);
        let good = self.good[restart.place as usize];
        let runs_again = match parser.last_good {
            LastGood::Kept => {
                self.log.note(falls_back, pc, What::FallsBack);
                falls_back.min(good)
            }
            LastGood::NotKept => {
                self.log.note(falls_back, pc, What::GivesUp);
                good
            }
        };
        runs_again.min(self.course.horizon)
    }
}

impl<'p> Group<'p> {
    fn on(&self, course: Course<'p>, place: usize) -> On<'p> {
        self.past.on(course.model, self.calendar, place)
    }
}

impl Parser {
    /// How long a component that fails is restarted until it is given up, or falls back.
    pub(crate) fn restarts_for(&self, delay: u32) -> Millis {
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
    #[inline]
    fn is_struck(&self, kind: usize, pc: u64, strikes: u32) -> bool {
        let Some(fault) = &self.first().fault else { return false };
        fault.strikes.hit(strikes)
            && (fault.kinds.is_empty() || fault.kinds.contains(&kind))
            && (fault.traits == (0, 0) || fault.fits(self.traits(kind, pc)))
    }

    /// The traits of a PC among all that are named, as bits.
    pub(crate) fn traits(&self, kind: usize, pc: u64) -> u32 {
        let of_block = |block| self.kinds[kind].traits_in(block, self.who.block(pc, Purpose::Trait, block));
        (0..self.trait_blocks()).fold(0, |mask, block| mask | of_block(block))
    }

    /// How many draws it takes to know all traits of a PC: one for four of them.
    fn trait_blocks(&self) -> u32 {
        self.plan.fleet.traits.len().div_ceil(4) as u32
    }
}

impl FaultModel {
    /// Whether it can strike a PC with these traits.
    #[inline]
    pub(crate) fn fits(&self, traits: u32) -> bool {
        traits & self.traits.0 == self.traits.0 && traits & self.traits.1 == 0
    }
}

impl KindModel {
    /// Which of the four traits of a block a PC with these draws has, as bits.
    #[inline]
    fn traits_in(&self, block: u32, words: [u32; 4]) -> u32 {
        let shares = &self.traits[block as usize];
        let has = |i: usize| u32::from(shares[i].hit(words[i])) << i;
        (has(0) | has(1) | has(2) | has(3)) << (4 * block)
    }
}
