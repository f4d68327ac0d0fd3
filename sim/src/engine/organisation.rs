//! One organisation over the whole horizon.
//!
//! First each PC is taken alone: whether it takes the release, and when. Most take nothing that harms them, and are
//! done. Those that fail become cases; what is shared among cases (hands, desks, services) is carried out in the order
//! of time by [`crate::engine::crew`].

use crate::agent::LastGood;
use crate::agent::effect::Effect;
use crate::draw::{Chance, Purpose};
use crate::engine::case::{Case, State, opens};
use crate::engine::log::{Log, NO_STEP, What};
use crate::engine::model::Model;
use crate::fleet::calendar::{Calendar, Diary, Hours};
use crate::fleet::population::Organisation;
use crate::measure::tally::Tally;
use crate::recovery::Outcome;
use crate::rollout::signals::Seen;
use crate::rollout::timeline::Timeline;
use crate::time::{Millis, NEVER};

/// Carries out organisations one after the other, and counts.
pub(crate) struct Carrier<'a> {
    pub(crate) model: &'a Model<'a>,
    pub(crate) timeline: &'a Timeline,
    /// By sector and step: when it opens.
    pub(crate) opens: Vec<Vec<Millis>>,
    pub(crate) tally: Tally,
    pub(crate) seen: Seen,
    pub(crate) log: Log,
    shuffle: Option<u64>,
    pub(crate) diary: Diary,
    /// By kind and architecture: what the organisation at hand adds.
    local: Vec<Local>,
    pub(crate) cases: Vec<Case>,
    /// Changes of the number of usable PCs: (when, kind, down or up).
    changes: Vec<(Millis, u16, i8)>,
    /// Cases by hand, with their failures to come.
    pub(crate) to_fail: Vec<(Millis, u32)>,
}

/// Sums of one kind and architecture of one organisation, unweighted.
#[derive(Clone, Copy, Default)]
struct Local {
    pcs: u64,
    hit: u64,
    down: u64,
    still_down: u64,
    data_lost: u64,
    reachable: u64,
    lost: Millis,
    work_lost: Millis,
    unprotected: Millis,
    stale: Millis,
    hands: Millis,
    last_back: Millis,
}

/// A PC of the organisation at hand, with what was drawn about it.
#[derive(Clone, Copy)]
struct Pc {
    number: u64,
    kind: usize,
    architecture: usize,
    ring: usize,
    strikes: u32,
}

/// How a failure ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// For good, within this replication.
    Settled,
    /// With another failure to come.
    FailsAgain(Millis),
}

impl<'a> Carrier<'a> {
    pub(crate) fn new(
        model: &'a Model<'a>,
        timeline: &'a Timeline,
        every: Option<Millis>,
        log: Log,
        shuffle: Option<u64>,
    ) -> Carrier<'a> {
        let opens = model
            .sectors
            .iter()
            .enumerate()
            .map(|(sector, s)| (0..s.steps.len()).map(|step| opens(model, timeline, sector, step)).collect())
            .collect();
        Carrier {
            opens,
            tally: Tally::new(model.plan, timeline.release),
            seen: Seen::new(timeline.release, every, model.horizon),
            log,
            shuffle,
            diary: Diary::new(model.what),
            local: vec![Local::default(); model.kinds.len() * model.plan.architectures.len()],
            cases: Vec::new(),
            changes: Vec::new(),
            to_fail: Vec::new(),
            model,
            timeline,
        }
    }

    /// Simulates one organisation.
    pub(crate) fn carry_out(&mut self, organisation: &Organisation) {
        self.log.open(organisation);
        self.cases.clear();
        self.changes.clear();
        self.to_fail.clear();
        self.take(organisation);
        if !self.cases.is_empty() {
            self.recover(organisation);
            self.settle(organisation);
        }
        self.flush(organisation);
    }

    pub(crate) fn calendar(&self, organisation: &Organisation, kind: u16) -> &'a Calendar {
        &self.model.calendars[usize::from(organisation.region)][usize::from(kind)]
    }

    /// Who takes the release, and whom it takes down.
    fn take(&mut self, organisation: &Organisation) {
        let mut first = organisation.first_pc;
        for (kind, count) in self.model.mix(organisation) {
            let upto = first + u64::from(count);
            if self.shuffle.is_some_and(|seed| (seed ^ organisation.number) & 1 == 1) {
                (first..upto).rev().for_each(|pc| self.take_pc(organisation, kind, pc));
            } else {
                (first..upto).for_each(|pc| self.take_pc(organisation, kind, pc));
            }
            first = upto;
        }
    }

    fn take_pc(&mut self, organisation: &Organisation, kind: usize, number: u64) {
        let model = self.model;
        let [connected, ring, architecture, strikes] = model.who.block(number, Purpose::Membership, 0);
        let kind_model = &model.kinds[kind];
        let software = || model.who.block(number, Purpose::Software, 0);
        if kind_model.installed < Chance::SURE && !kind_model.installed.hit(software()[0]) {
            return;
        }
        let architecture = model.architecture(architecture);
        self.local(kind, architecture).pcs += 1;
        if !kind_model.connected.hit(connected) {
            self.log.note(self.timeline.release, number, What::Unreached);
            return;
        }
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        let pc = Pc { number, kind, architecture, ring: model.ring(ring, region, sector, kind), strikes };
        self.local(pc.kind, pc.architecture).reachable += 1;
        let calendar = &model.calendars[region][kind];
        let [delivery, ..] = model.what.block(number, Purpose::Delivery, 0);
        let installs = self.installs(calendar, number, pc.ring, self.timeline.release, delivery);
        let Some(at) = installs else {
            self.log.note(self.timeline.release, number, What::Misses);
            self.misses(organisation, calendar, pc);
            return;
        };
        self.tally.events += 1;
        self.log.note(at, number, What::Installs);
        self.seen.takes(at, organisation.weight);
        let parser = &model.parsers[pc.architecture];
        let Some(effect) = parser.effect else {
            self.waits_for_good(organisation, calendar, pc, self.timeline.release, Some(at));
            return;
        };
        if parser.validates > Chance::NEVER && parser.validates.hit(software()[1]) {
            self.log.note(at, number, What::Refuses);
            self.misses(organisation, calendar, pc);
            return;
        }
        if !self.is_struck(pc) {
            self.log.note(at, number, What::RunsUnharmed);
            self.waits_for_good(organisation, calendar, pc, self.timeline.release, Some(at));
            return;
        }
        self.local(pc.kind, pc.architecture).hit += 1;
        self.count(organisation, pc.kind, pc.architecture, |c, w, bin| c.hit[bin] += w, at);
        match (self.first_failure(calendar, number, at, 0), effect) {
            (None, _) => self.misses(organisation, calendar, pc),
            (Some(at), Effect::ProcessRestarts) => self.process_restarts(organisation, calendar, pc, at),
            (Some(at), _) => {
                let traits = model.traits(kind, number);
                self.to_fail.push((at, self.cases.len() as u32));
                self.cases.push(Case {
                    pc: number,
                    kind: kind as u16,
                    architecture: pc.architecture as u16,
                    ring: pc.ring as u16,
                    traits,
                    failures: 0,
                    attempts: 0,
                    tried: 0,
                    state: State::ToFail,
                    queued: 0,
                    first_down: at,
                    down_at: at,
                    sits_at: at,
                    start: 0,
                    alone_back_at: NEVER,
                    alone_step: NO_STEP,
                    back_at: NEVER,
                    can: model.sectors[sector].can_by_hand(traits),
                    usable_since: self.timeline.release,
                    usable: 0,
                });
            }
        }
    }

    /// When a PC installs the release, if it does: on for long enough while the release is open to it. Once a fix is
    /// published, that is what is installed.
    fn installs(&mut self, calendar: &Calendar, pc: u64, ring: usize, from: Millis, delivery: u32) -> Option<Millis> {
        let open = self.timeline.rings[ring].max(from);
        let until = self.timeline.withdrawn.min(self.timeline.fix).min(self.model.horizon);
        if open >= until {
            return None;
        }
        let delay = self.model.delivery.at(delivery);
        if open + delay >= until {
            return None;
        }
        calendar.after_time_on(self.diary.of(pc), open, delay, until, Hours::On)
    }

    fn is_struck(&self, pc: Pc) -> bool {
        let Some(fault) = &self.model.fault else { return false };
        fault.strikes.hit(pc.strikes)
            && (fault.kinds.is_empty() || fault.kinds.contains(&pc.kind))
            && (fault.traits == 0 || self.model.traits(pc.kind, pc.number) & fault.traits == fault.traits)
    }

    /// When the fault shows on a PC that loads the release at `at`.
    fn first_failure(&mut self, calendar: &Calendar, pc: u64, at: Millis, failures: u32) -> Option<Millis> {
        let Some(activity) = self.model.fault.as_ref().and_then(|f| f.activity.as_ref()) else { return Some(at) };
        let [bits, ..] = self.model.what.block(pc, Purpose::Activity, failures);
        calendar.after_time_on(self.diary.of(pc), at, activity.at(bits), self.model.horizon, Hours::On)
    }

    /// When a PC has a good version, having run without one since `from`.
    fn good_at(&mut self, calendar: &Calendar, pc: u64, from: Millis) -> Option<Millis> {
        let fix = self.timeline.fix.max(from);
        if fix >= self.model.horizon {
            return None;
        }
        let [_, delivery, ..] = self.model.what.block(pc, Purpose::Delivery, 0);
        let delay = self.model.delivery.at(delivery);
        calendar.after_time_on(self.diary.of(pc), fix, delay, self.model.horizon, Hours::On)
    }

    /// The PC goes on as before, and waits for a good version.
    fn misses(&mut self, organisation: &Organisation, calendar: &Calendar, pc: Pc) {
        let since = self.timeline.release;
        let good = self.good_at(calendar, pc.number, since);
        self.waits_for_good(organisation, calendar, pc, since, good);
    }

    /// A usable PC is stale from `since` until it has a good version, if it gets one.
    fn waits_for_good(
        &mut self,
        organisation: &Organisation,
        calendar: &Calendar,
        pc: Pc,
        since: Millis,
        good: Option<Millis>,
    ) {
        let until = good.unwrap_or(self.model.horizon);
        let on = calendar.time_on(self.diary.of(pc.number), since, until, Hours::On);
        self.local(pc.kind, pc.architecture).stale += on;
        if let Some(at) = good {
            self.log.note(at, pc.number, What::Good);
            self.count(organisation, pc.kind, pc.architecture, |c, w, bin| c.good[bin] += w, at);
        }
    }

    /// A user-mode component fails: restarted with growing waits, then back to the last good copy or given up. The PC
    /// can be used throughout.
    fn process_restarts(&mut self, organisation: &Organisation, calendar: &Calendar, pc: Pc, at: Millis) {
        let model = self.model;
        let parser = &model.parsers[pc.architecture];
        self.log.note(at, pc.number, What::fails(Effect::ProcessRestarts));
        let [report, delay, reporting, _] = model.what.block(pc.number, Purpose::Start, 0);
        if model.reporting.hit(reporting) {
            self.seen.reports(at + model.agent_report.at(report), organisation.weight);
        }
        let mut wait = 0.0;
        if let Some(restart) = &parser.restart {
            let mut next = restart.delay.at(delay) as f64;
            for _ in 0..restart.attempts {
                wait += next;
                next *= restart.backoff;
            }
        }
        let falls_back = (at + wait as Millis).min(NEVER);
        let good = self.good_at(calendar, pc.number, at);
        let runs_again = match parser.last_good {
            LastGood::Kept => {
                self.log.note(falls_back, pc.number, What::FallsBack);
                falls_back.min(good.unwrap_or(NEVER))
            }
            LastGood::NotKept => {
                self.log.note(falls_back, pc.number, What::GivesUp);
                good.unwrap_or(NEVER)
            }
        };
        let until = runs_again.min(model.horizon);
        let off_duty = calendar.time_on(self.diary.of(pc.number), at, until, Hours::On);
        self.local(pc.kind, pc.architecture).unprotected += off_duty;
        self.waits_for_good(organisation, calendar, pc, self.timeline.release, good);
    }

    /// A case is usable again at `at`: what it lost is counted, and what comes next is found.
    pub(crate) fn is_back(&mut self, organisation: &Organisation, case: u32, at: Millis, step: u8) -> Next {
        let model = self.model;
        let case = &mut self.cases[case as usize];
        let calendar = &model.calendars[usize::from(organisation.region)][usize::from(case.kind)];
        let (pc, kind, architecture) = (case.pc, usize::from(case.kind), usize::from(case.architecture));
        let until = at.min(model.horizon);
        let work_lost = calendar.time_on(self.diary.of(pc), case.down_at, until, Hours::On);
        case.usable += calendar.time_on(self.diary.of(pc), case.usable_since, case.down_at, Hours::On);
        case.usable_since = at;
        case.back_at = at;
        case.state = State::Settled;
        let (down_at, first_down, usable) = (case.down_at, case.first_down, case.usable);
        let (failures, ring) = (case.failures, usize::from(case.ring));
        self.changes.push((down_at, kind as u16, 1));
        self.changes.push((at, kind as u16, -1));
        self.count(organisation, kind, architecture, |c, w, bin| c.down[bin] += w as i64, down_at);
        let local = self.local(kind, architecture);
        local.lost += until - down_at;
        local.work_lost += work_lost;
        local.down += u64::from(failures == 1);
        self.signals(organisation, pc, failures, down_at, at);
        if at >= model.horizon {
            let local = self.local(kind, architecture);
            local.still_down += 1;
            let watched = (model.horizon - first_down).max(0);
            self.tally.durations[kind].censored[crate::measure::bins::bin(watched)] += organisation.weight;
            self.local(kind, architecture).stale += usable;
            return Next::Settled;
        }
        self.log.note(at, pc, if step == NO_STEP { What::BackByItself } else { What::Back { step } });
        self.count(organisation, kind, architecture, |c, w, bin| c.down[bin] -= w as i64, at);
        let outcome = self.outcome(organisation, step);
        if step != NO_STEP {
            self.tally.steps[usize::from(organisation.sector)][usize::from(step)].repairs += organisation.weight;
        }
        if outcome == Outcome::CuredDataLost {
            self.local(kind, architecture).data_lost += 1;
        }
        let again = match outcome {
            Outcome::Restarted => self.first_failure(calendar, pc, at, failures),
            // A PC that is cured before the release is withdrawn takes it again, unless its agent remembers it.
            _ if step != NO_STEP && at < self.timeline.withdrawn => {
                let [delivery, ..] = model.what.block(pc, Purpose::Delivery, failures);
                self.installs(calendar, pc, ring, at, delivery).and_then(|installed| {
                    self.log.note(installed, pc, What::Installs);
                    self.first_failure(calendar, pc, installed, failures)
                })
            }
            _ => None,
        };
        if let Some(again) = again {
            return Next::FailsAgain(again);
        }
        let back = (at - self.timeline.release).max(0);
        let local = self.local(kind, architecture);
        local.last_back = local.last_back.max(back);
        self.count(organisation, kind, architecture, |c, w, bin| c.back[bin] += w, at);
        let duration = crate::measure::bins::bin(at - first_down);
        self.tally.durations[kind].back[duration] += organisation.weight;
        let parser = &model.parsers[architecture];
        let stands_down = step == NO_STEP && parser.effect == Some(Effect::StandsDown);
        let pc = Pc { number: pc, kind, architecture, ring, strikes: 0 };
        let good = self.good_at(calendar, pc.number, at);
        if stands_down && parser.last_good == LastGood::NotKept {
            let until = good.unwrap_or(model.horizon);
            let idle = calendar.time_on(self.diary.of(pc.number), at, until, Hours::On);
            self.local(kind, architecture).unprotected += idle;
        }
        self.local(kind, architecture).stale += usable;
        self.waits_for_good(organisation, calendar, pc, at, good);
        Next::Settled
    }

    fn outcome(&self, organisation: &Organisation, step: u8) -> Outcome {
        if step == NO_STEP {
            return Outcome::Cured;
        }
        self.model.sectors[usize::from(organisation.sector)].steps[usize::from(step)].outcome
    }

    /// What the vendor sees of a PC that was down: it falls silent, and reports the crash when it is back.
    fn signals(&mut self, organisation: &Organisation, pc: u64, failures: u32, down_at: Millis, back_at: Millis) {
        let silent_from = down_at + self.model.plan.signals.heartbeat_timeout;
        self.seen.is_silent(silent_from, back_at, organisation.weight);
        // Where nobody looks, only the first sign matters.
        if back_at < self.model.horizon && self.seen.may_matter(back_at) {
            let [_, _, reporting, report] = self.model.what.block(pc, Purpose::Start, failures * 2 - 1);
            if self.model.reporting.hit(reporting) {
                self.seen.reports(back_at + self.model.crash_report.at(report), organisation.weight);
            }
        }
    }

    /// What concerns the organisation as a whole: services, whether it stopped, when its last PC was back.
    fn settle(&mut self, organisation: &Organisation) {
        let horizon = self.model.horizon;
        let weight = organisation.weight;
        self.tally.organisations_down += weight;
        let last = self.changes.iter().map(|&(at, _, _)| at).max().unwrap_or(0);
        if last < horizon {
            let bin = self.tally.bin(last);
            self.tally.whole_again[bin] += weight;
        }
        let (out, stopped) = self.services(organisation);
        let [_, sector, ..] = self.tally.layout().of_pc(0, usize::from(organisation.sector), 0, 0);
        let [region, ..] = self.tally.layout().of_pc(usize::from(organisation.region), 0, 0, 0);
        // Kinds and architectures have no services; the fleet's are those of its sectors.
        for segment in [region, sector] {
            let sums = &mut self.tally.sums[segment];
            sums.services_out += i128::from(out) * i128::from(weight);
            sums.stopped += stopped * weight;
        }
    }

    /// Time for which services were out, and whether the organisation stopped.
    fn services(&mut self, organisation: &Organisation) -> (Millis, u64) {
        let model = self.model;
        let sector = &model.plan.fleet.sectors[usize::from(organisation.sector)];
        let mut pcs = vec![0_u32; model.kinds.len()];
        for (kind, count) in model.mix(organisation) {
            pcs[kind] += count;
        }
        if sector.services.is_empty() {
            let half = self.cases.len() as u64 * 2 >= u64::from(organisation.pcs) && {
                self.changes.sort_unstable();
                most_down(&self.changes) * 2 >= i64::from(organisation.pcs)
            };
            return (0, u64::from(half));
        }
        self.changes.sort_unstable();
        let mut out = 0;
        for service in &sector.services {
            let spare: Vec<i64> = (0..model.kinds.len())
                .map(|kind| {
                    let need = service.needs.iter().find(|n| n.0 == kind).map_or(0.0, |n| n.1.0);
                    i64::from(pcs[kind]) - libm::ceil(need * f64::from(pcs[kind])) as i64
                })
                .collect();
            out += time_short(&self.changes, &spare, model.horizon);
        }
        (out, u64::from(out > 0))
    }

    pub(crate) fn count(
        &mut self,
        organisation: &Organisation,
        kind: usize,
        architecture: usize,
        add: impl Fn(&mut crate::measure::tally::Counts, u64, usize),
        at: Millis,
    ) {
        let bin = self.tally.bin(at);
        let segments = self.tally.layout().of_pc(
            usize::from(organisation.region),
            usize::from(organisation.sector),
            kind,
            architecture,
        );
        for segment in segments {
            add(&mut self.tally.counts[segment], organisation.weight, bin);
        }
    }

    /// Hands were busy with a case for so long.
    pub(crate) fn busy(&mut self, case: u32, span: Millis) {
        let Case { kind, architecture, .. } = self.cases[case as usize];
        self.local(usize::from(kind), usize::from(architecture)).hands += span;
    }

    fn local(&mut self, kind: usize, architecture: usize) -> &mut Local {
        &mut self.local[kind * self.model.plan.architectures.len() + architecture]
    }

    /// Adds an organisation's sums to its segments.
    fn flush(&mut self, organisation: &Organisation) {
        let architectures = self.model.plan.architectures.len();
        let weight = organisation.weight;
        for (i, local) in self.local.iter_mut().enumerate() {
            if local.pcs == 0 {
                continue;
            }
            let (kind, architecture) = (i / architectures, i % architectures);
            let criticality = i128::from(self.model.kinds[kind].criticality);
            let wide = |n: Millis| i128::from(n) * i128::from(weight);
            let segments = self.tally.layout().of_pc(
                usize::from(organisation.region),
                usize::from(organisation.sector),
                kind,
                architecture,
            );
            for segment in segments {
                let sums = &mut self.tally.sums[segment];
                sums.pcs += local.pcs * weight;
                sums.hit += local.hit * weight;
                sums.down += local.down * weight;
                sums.still_down += local.still_down * weight;
                sums.data_lost += local.data_lost * weight;
                sums.reachable += local.reachable * weight;
                sums.lost += wide(local.lost);
                sums.work_lost += wide(local.work_lost);
                sums.weighted_lost += wide(local.lost) * criticality;
                sums.weighted_work_lost += wide(local.work_lost) * criticality;
                sums.unprotected += wide(local.unprotected);
                sums.stale += wide(local.stale);
                sums.hands += wide(local.hands);
                sums.last_back = sums.last_back.max(local.last_back);
            }
            *local = Local::default();
        }
    }
}

fn most_down(changes: &[(Millis, u16, i8)]) -> i64 {
    let mut now = 0_i64;
    changes.iter().fold(0, |most, &(_, _, change)| {
        now += i64::from(change);
        most.max(now)
    })
}

/// Time up to the horizon for which more PCs of some kind are down than can be spared.
fn time_short(changes: &[(Millis, u16, i8)], spare: &[i64], horizon: Millis) -> Millis {
    let mut down = vec![0_i64; spare.len()];
    let mut short = 0;
    let mut since = 0;
    let mut time = 0;
    for &(at, kind, change) in changes {
        let (at, kind) = (at.min(horizon), usize::from(kind));
        if short > 0 {
            time += at - since;
        }
        since = at;
        let was = down[kind] > spare[kind];
        down[kind] += i64::from(change);
        short += i32::from(down[kind] > spare[kind]) - i32::from(was);
    }
    time
}
