//! Whom the release takes down.
//!
//! Each PC is taken alone. Most take nothing that harms them, and are done here; those that fail are handed on as
//! [`Struck`], for [`crate::engine::organisation`] to bring back.

use crate::agent::LastGood;
use crate::agent::effect::Effect;
use crate::draw::{Chance, Purpose, Words, start_draw};
use crate::engine::cost::Usage;
use crate::engine::log::{Log, What};
use crate::engine::model::{FaultModel, KindModel, Model, Parser, RestartModel};
use crate::engine::past::{On, Past, Run};
use crate::engine::take::{Course, Road, Scope, Taken};
use crate::fleet::calendar::Calendar;
use crate::fleet::calendar::window::{Asked, BEYOND, UNKNOWN, Window};
use crate::fleet::population::Organisation;
use crate::measure::bins::Count;
use crate::measure::tally::Tally;
use crate::rollout::signals::Seen;
use crate::sieve;
use crate::time::{Millis, NEVER};

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
    /// [`Purpose::Start`], both blocks; of no meaning where all starts take the same time in all arms.
    pub(crate) start: [Words; 2],
    /// [`Purpose::Hands`].
    pub(crate) hands: Words,
    traits: Words,
}

impl Drawn {
    /// Draws for these PCs, and notes their traits.
    pub(crate) fn draw(&mut self, model: &Model<'_>, struck: &mut [Struck]) {
        self.draw_hands(model, struck);
        for (block, words) in self.start.iter_mut().enumerate().filter(|_| model.draws_starts) {
            words.draw(model.what, Purpose::Start, start_draw(0, block as u32), &self.numbers);
        }
        for block in 0..model.trait_blocks() {
            self.traits.draw(model.who, Purpose::Trait, block, &self.numbers);
            for (place, struck) in struck.iter_mut().enumerate() {
                struck.traits |= model.kinds[usize::from(struck.kind)].traits_in(block, self.traits.at(place));
            }
        }
    }

    /// Draws for these PCs what hands on them will need.
    pub(crate) fn draw_hands(&mut self, model: &Model<'_>, struck: &[Struck]) {
        self.numbers.clear();
        self.numbers.extend(struck.iter().map(|s| s.pc));
        self.hands.draw(model.what, Purpose::Hands, 0, &self.numbers);
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
    /// By place: which architecture the release meets.
    met: Vec<u16>,
    /// By place: when the PC has a good version, or [`IS_DOWN`].
    good: Vec<Millis>,
    /// By place: for how long it is on without one; [`UNKNOWN`] has to be found one by one.
    stale: Vec<u32>,
    /// By place: the bin of the instant at which it has one.
    bins: Vec<u32>,
    numbers: Vec<u64>,
    words: Words,
    asked: Asked,
}

/// Of a PC that is down: not before it is back. What it costs until then is found on its way back.
const IS_DOWN: Millis = -1;

/// Until when each PC runs without a good version.
#[derive(Clone, Copy)]
struct StaleUntil<'a> {
    /// By place: when it has one, or [`IS_DOWN`].
    good: &'a [Millis],
    /// By place: when it has the fix, if it has none before; nothing where nobody looked.
    fixed: &'a [Millis],
    fix: Millis,
    horizon: Millis,
}

impl StaleUntil<'_> {
    /// Whether a PC waits for the fix: it is on for as long as its delivery takes, from the fix on, and how long that
    /// was in hours and days does not matter. Nobody waits for those that are down.
    fn waits_for_fix(&self, place: usize) -> bool {
        self.fixed.get(place).is_some_and(|&fixed| StaleUntil::is_fixed(self.good[place], fixed))
    }

    #[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
    #[inline(always)]
    fn is_fixed(good: Millis, fixed: Millis) -> bool {
        good < NEVER && good == fixed
    }

    /// Up to when it has to be looked at when a PC is on.
    fn until(&self, place: usize) -> Millis {
        if self.waits_for_fix(place) { self.fix } else { self.good[place].min(self.horizon) }
    }
}

/// Finds up to when PCs have to be looked at, as [`StaleUntil::until`], for all of them in one go.
struct Until<'a> {
    waits: StaleUntil<'a>,
    window: &'a Window,
    upto: &'a mut [u32],
}

impl pulp::WithSimd for Until<'_> {
    type Output = ();

    #[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Until { waits: StaleUntil { good, fixed, fix, horizon }, window, upto } = self;
        let midnight = window.instant(0);
        // As Window::at, but for the subtraction of a midnight that is known here.
        let at = |at: Millis| (at - midnight).clamp(0, Millis::from(BEYOND)) as u32;
        let (fix, horizon) = (at(fix), at(horizon));
        for ((upto, &good), &fixed) in upto.iter_mut().zip(good).zip(fixed) {
            *upto = if StaleUntil::is_fixed(good, fixed) { fix } else { at(good).min(horizon) };
        }
    }
}

/// Adds the time for which PCs wait for the fix to the time for which they were on before; nothing for those that are
/// down.
struct Stale<'a> {
    waits: StaleUntil<'a>,
    times: &'a [u32],
    delays: &'a [u32],
    sums: &'a mut [u32],
}

impl pulp::WithSimd for Stale<'_> {
    type Output = ();

    #[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Stale { waits: StaleUntil { good, fixed, .. }, times, delays, sums } = self;
        let answers = times.iter().zip(delays);
        for (((sum, (&time, &delay)), &good), &fixed) in sums.iter_mut().zip(answers).zip(good).zip(fixed) {
            let delay = if StaleUntil::is_fixed(good, fixed) { delay } else { 0 };
            // More than fits is found one by one.
            *sum = if good == IS_DOWN { 0 } else { time.saturating_add(delay) };
        }
    }
}

/// A run of PCs of one kind: in one organisation, or in several of one PC each.
#[derive(Clone, Copy)]
struct Group<'p> {
    past: &'p Past,
    run: usize,
    /// The first of them: all are in one place and of one weight.
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
            met: Vec::new(),
            good: Vec::new(),
            stale: Vec::new(),
            bins: Vec::new(),
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
        self.good.extend_from_slice(taken.good());
        self.good.resize(taken.at().len(), NEVER);
        self.meet(past);
        let mut takers = taken.takers();
        for run in 0..past.runs.len() {
            let group = self.turn_to(past, run);
            if self.course.scope == Scope::Everything {
                self.count_pcs(past, &past.runs[run]);
            }
            takers = self.take(group, taken, takers);
        }
        self.tally.events += taken.takers().len() as u64;
        self.restart_processes(past);
        // Nobody waits where all are down.
        if self.course.scope == Scope::Everything && self.struck.len() < self.good.len() {
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

    /// Finds which architecture the release meets on each PC that it reaches.
    fn meet(&mut self, past: &Past) {
        let hashes = past.architectures();
        let release = self.road.release;
        self.met.clear();
        if let [(_, only)] = release.architectures[..] {
            self.met.resize(past.reached.len(), only as u16);
        } else {
            self.met.extend(past.reached.iter().map(|&who| release.architecture(hashes[who as usize]) as u16));
        }
    }

    fn count_pcs(&mut self, past: &Past, run: &Run) {
        let model = self.course.model;
        let kind = usize::from(run.kind);
        let (connections, architectures) = (past.connections(), past.architectures());
        if let [(_, only)] = self.road.release.architectures[..] {
            let cell = self.tally.cell(kind, only);
            cell.pcs += run.pcs.len() as u64;
            cell.reachable += run.reached.len() as u64;
        } else {
            for place in run.pcs.clone() {
                self.tally.cell(kind, self.road.release.architecture(architectures[place])).pcs += 1;
            }
            for &met in &self.met[run.reached.clone()] {
                self.tally.cell(kind, usize::from(met)).reachable += 1;
            }
        }
        if self.log.is_open() {
            for place in run.pcs.clone().filter(|&place| !model.kinds[kind].connected.hit(connections[place])) {
                self.log.note(self.road.timeline.release, past.pcs[place], What::Unreached);
            }
        }
    }

    /// Takes the PCs of a run, which are the first of these takers, and returns the others.
    fn take<'t>(&mut self, group: Group<'_>, taken: &Taken, mut takers: &'t [u32]) -> &'t [u32] {
        let Group { past, kind, organisation, .. } = group;
        let (model, release) = (self.course.model, self.road.release);
        let places = past.runs[group.run].reached.clone();
        let exposures = past.exposures();
        let may_strike = model.may_strike(kind);
        let are_looks = self.seen.looks() > 0;
        let is_logged = self.log.is_open();
        if is_logged {
            for place in places.clone().filter(|&place| taken.at()[place] >= NEVER) {
                self.log.note(self.road.timeline.release, past.number(place), What::Misses);
            }
        }
        while let Some((place, others)) = takers.split_first().filter(|(place, _)| (**place as usize) < places.end) {
            takers = others;
            let place = *place as usize;
            let (at, who, number) = (taken.at()[place], past.reached[place], past.number(place));
            if is_logged {
                self.log.note(at, number, What::installs(0));
            }
            if are_looks {
                self.seen.takes(at, organisation.weight);
            }
            let parser = &release.parsers[usize::from(self.met[place])];
            let Some(effect) = parser.effect else {
                self.good[place] = at;
                continue;
            };
            if parser.validates > Chance::NEVER
                && parser.validates.hit(model.who.block(number, Purpose::Software, 0)[1])
            {
                self.log.note(at, number, What::Refuses { release: 0 });
            } else if may_strike && model.is_struck(kind, number, exposures[who as usize]) {
                self.strike(group, place, at, effect);
            } else {
                self.log.note(at, number, What::RunsUnharmed { release: 0 });
                self.good[place] = at;
            }
        }
        takers
    }

    /// The release strikes a PC that takes it.
    fn strike(&mut self, group: Group<'_>, place: usize, at: Millis, effect: Effect) {
        let course = self.course;
        let Group { past, kind, organisation, .. } = group;
        let (number, met) = (past.number(place), self.met[place]);
        let bin = self.tally.binning().bin(at);
        let cell = self.tally.cell(kind, usize::from(met));
        cell.hit += 1;
        cell.counts.count(Count::Hit, bin, organisation.weight as i64);
        let failure = if self.road.release.strikes_on_load() {
            at
        } else {
            let shows = self.road.first_failure(past.on(course.model, group.calendar, place), number, at, 0);
            // The fix heals those on which the fault has not shown yet.
            let Some(shows) = shows.filter(|&shows| shows < self.good[place]) else { return };
            shows
        };
        if effect == Effect::ProcessRestarts {
            let (place, run) = (place as u32, group.run as u32);
            self.restarting.push(Restarting { place, run, architecture: met, at: failure });
            return;
        }
        self.good[place] = IS_DOWN;
        self.struck.push(Struck {
            pc: number,
            at: failure,
            organisation: past.runs[group.run].organisation_of(&past.organisations, number),
            place: place as u32,
            kind: kind as u16,
            architecture: met,
            ring: course.ring(organisation, kind, past.rings()[past.reached[place] as usize]) as u16,
            release: 0,
            met,
            traits: 0,
        });
    }

    /// Usable PCs are stale from the release on until they have a good version, if they get one.
    fn wait_for_good(&mut self, past: &Past, taken: &Taken) {
        let (course, road) = (self.course, self.road);
        let release = road.timeline.release;
        let good = std::mem::take(&mut self.good);
        let waits = StaleUntil {
            good: &good,
            fixed: taken.good(),
            fix: road.timeline.fix.max(release),
            horizon: course.horizon,
        };
        let Asked { from, upto, .. } = &mut self.asked;
        from.clear();
        from.resize(good.len(), past.window.at(release));
        upto.resize(good.len(), 0);
        pulp::Arch::new().dispatch(Until { waits, window: &past.window, upto });
        past.window.time_on(past.calendars(course.model), &mut self.asked);
        self.stale.resize(good.len(), 0);
        pulp::Arch::new().dispatch(Stale {
            waits,
            times: &self.asked.answers,
            delays: taken.delays(),
            sums: &mut self.stale,
        });
        let [_, delivery, ..] = past.delivery.columns();
        self.bins.resize(good.len(), 0);
        self.tally.binning().bin_each(&good, &mut self.bins);
        let is_logged = self.log.is_open();
        for run in 0..past.runs.len() {
            let group = self.turn_to(past, run);
            let weight = group.organisation.weight as i64;
            let places = past.runs[run].reached.clone();
            for &(_, architecture) in &road.release.architectures {
                let cell = self.tally.cell(group.kind, architecture);
                let (met, stale) = (&self.met, &self.stale);
                let has_met = |place: usize| usize::from(met[place]) == architecture;
                let is_known = |place: usize| stale[place] != UNKNOWN;
                let known = |place| if has_met(place) & is_known(place) { Millis::from(stale[place]) } else { 0 };
                cell.stale += places.clone().map(known).sum::<Millis>();
                let is_unknown = |stale| stale == UNKNOWN;
                sieve::few(&stale[places.clone()], is_unknown, |i| {
                    let place = places.start + i;
                    if has_met(place) {
                        let is_waiting = waits.waits_for_fix(place);
                        cell.stale += group.on(course, place).time(release, waits.until(place));
                        cell.stale += if is_waiting { road.release.delivery.at(delivery[place]) } else { 0 };
                    }
                });
                let is_good = |place: usize| has_met(place) & (IS_DOWN + 1..NEVER).contains(&good[place]);
                // Mostly nearly all are: to sort out the others would cost more than to count nothing for them.
                for place in places.clone() {
                    cell.counts.count(Count::Good, self.bins[place] as usize, weight * i64::from(is_good(place)));
                }
                if is_logged {
                    for place in places.clone().filter(|&place| is_good(place)) {
                        self.log.note(good[place], past.number(place), What::Good);
                    }
                }
            }
        }
        self.good = good;
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
        self.words.draw(model.what, Purpose::Process, 0, &self.numbers);
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
            let mut off_duty = off_duty.iter();
            for of_run in restarting.chunk_by(|a, b| a.run == b.run) {
                let group = self.turn_to(past, of_run[0].run as usize);
                for (restart, &until) in of_run.iter().zip(&mut off_duty) {
                    let place = restart.place as usize;
                    let off_duty = match asked.answers[place] {
                        UNKNOWN => group.on(course, place).time(restart.at, until),
                        time => Millis::from(time),
                    };
                    self.tally.cell(group.kind, usize::from(restart.architecture)).unprotected += off_duty;
                }
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
    /// How long a component that fails is restarted until it is given up, or falls back; at most [`NEVER`].
    pub(crate) fn restarts_for(&self, delay: u32) -> Millis {
        let Some(RestartModel { delay: first, backoff, attempts }) = &self.restart else { return 0 };
        let first = first.at(delay) as f64;
        let mut wait = 0.0;
        if *backoff > 1.0 {
            let mut next = first;
            for _ in 0..*attempts {
                wait += next;
                if wait >= NEVER as f64 {
                    break;
                }
                next *= backoff;
            }
        } else {
            // Equal waits need no loop, however many they are.
            wait = first * f64::from(*attempts);
        }
        (wait as Millis).min(NEVER)
    }
}

impl Model<'_> {
    /// Whether the fault strikes PCs of a kind at all.
    fn may_strike(&self, kind: usize) -> bool {
        self.first().fault.as_ref().is_some_and(|fault| fault.kinds.is_empty() || fault.kinds.contains(&kind))
    }

    /// Whether it strikes a PC of such a kind.
    #[inline]
    fn is_struck(&self, kind: usize, pc: u64, exposure: u32) -> bool {
        let Some(fault) = &self.first().fault else { return false };
        fault.strikes.hit(exposure) && (fault.traits == (0, 0) || fault.fits(self.traits(kind, pc)))
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

impl Model<'_> {
    /// Whether there is a kind of PC whose starts take longer in one PC than in another.
    pub(crate) fn has_starts_to_draw(&self) -> bool {
        self.kinds.iter().any(|kind| !kind.boots_alike())
    }
}

impl KindModel {
    /// Whether the parts of a start take the same time in all PCs.
    fn boots_alike(&self) -> bool {
        let parts = [&self.dump, &self.firmware, &self.load, &self.sign_in, &self.recovery_environment];
        parts.iter().all(|part| part.is_constant())
    }

    /// Which of the four traits of a block a PC with these draws has, as bits.
    #[inline]
    fn traits_in(&self, block: u32, words: [u32; 4]) -> u32 {
        let shares = &self.traits[block as usize];
        let has = |i: usize| u32::from(shares[i].hit(words[i])) << i;
        (has(0) | has(1) | has(2) | has(3)) << (4 * block)
    }
}
