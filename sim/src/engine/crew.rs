//! The way back of one organisation's cases: what they do by themselves, and the hands and desks that they share.
//!
//! Only the points at which something shared is touched are put in the order of time: a case that waits for hands,
//! hands that get free, a shift that begins, a desk whose host is up again. Events of equal time are all taken in, in
//! the order of (time, rank, PC), before any hands are given out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::draw::{Purpose, unit};
use crate::engine::case::{Case, State};
use crate::engine::log::{NO_STEP, What};
use crate::engine::model::{Model, StepModel, WorkModel, bits};
use crate::engine::organisation::{Carrier, Next};
use crate::fleet::population::Organisation;
use crate::fleet::{Count, Means, Shift};
use crate::recovery::{Outcome, Stage};
use crate::time::{DAY, Millis, NEVER, Zone};

/// An event: (when, rank, PC or means, case or means). The order of the tuple is the order of time.
type Point = (Millis, Rank, u64, u32);

/// The order of events of equal time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The host of a means is up again.
    HostUp,
    /// Hands are free.
    HandsFree,
    /// A case fails again.
    Fails,
    /// A case can be taken up.
    Ready,
    /// A shift begins or ends, or the first hands arrive.
    Shift,
}

/// One of the organisation's means, as it stands.
struct Now<'a> {
    means: &'a Means,
    count: u32,
    /// Turns the fraction of a person on duty into a whole one, the same way all the time.
    turn: f64,
    from: Millis,
    busy: u32,
    /// By rank of kinds: cases that can be taken up, in the order in which they could be.
    queues: Vec<VecDeque<u32>>,
    /// The case of the PC on which it runs.
    host: Option<u32>,
    /// Cases that wait for the host.
    blocked: Vec<u32>,
    /// When each clerk is free, for means that are used as a desk.
    clerks: BinaryHeap<Reverse<Millis>>,
}

struct Crew<'a> {
    all: Vec<Now<'a>>,
    zone: &'a Zone,
    points: BinaryHeap<Reverse<Point>>,
}

impl Carrier<'_> {
    /// Brings the cases of an organisation back.
    pub(crate) fn recover(&mut self, organisation: &Organisation) {
        let model = self.model;
        let sector = &model.sectors[usize::from(organisation.sector)];
        let mut crew = Crew::new(model, organisation, &self.cases);
        let mut ready: Vec<(Millis, u64, u32)> = Vec::new();
        for (at, case) in std::mem::take(&mut self.to_fail) {
            if let Some(at) = self.fails(organisation, case, at, &mut crew) {
                ready.push((at, self.cases[case as usize].pc, case));
            }
        }
        if sector.by_hand != 0 {
            ready.sort_unstable();
            self.in_order(organisation, &ready, &mut crew);
        } else {
            // Without hands nothing is shared: each PC goes on alone until it fails no more.
            while let Some(Reverse((at, rank, _, case))) = crew.points.pop() {
                if rank == Rank::Fails && at < model.horizon {
                    self.fails(organisation, case, at, &mut crew);
                }
            }
        }
        for case in 0..self.cases.len() as u32 {
            if self.cases[case as usize].state == State::Waiting {
                self.back_alone(organisation, case, &mut crew);
            }
        }
    }

    /// The events of an organisation in the order of time.
    fn in_order(&mut self, organisation: &Organisation, ready: &[(Millis, u64, u32)], crew: &mut Crew<'_>) {
        let horizon = self.model.horizon;
        crew.first_shifts(ready.first().map_or(0, |r| r.0));
        let mut next = 0;
        loop {
            let waiting = ready.get(next).map(|&(at, pc, case)| (at, Rank::Ready, pc, case));
            let queued = crew.points.peek().map(|p| p.0);
            let Some(at) = [waiting, queued].into_iter().flatten().map(|p| p.0).min() else { break };
            if at >= horizon {
                break;
            }
            // All that happens at this instant, then hands are given out.
            loop {
                let waiting = ready.get(next).map(|&(at, pc, case)| (at, Rank::Ready, pc, case));
                let queued = crew.points.peek().map(|p| p.0);
                let Some(first) = [waiting, queued].into_iter().flatten().min().filter(|p| p.0 == at) else { break };
                if Some(first) == queued {
                    crew.points.pop();
                } else {
                    next += 1;
                }
                self.tally.events += 1;
                self.happens(organisation, first, crew);
            }
            for means in 0..crew.all.len() {
                self.give_out(organisation, means, at, crew);
            }
        }
    }

    fn happens(&mut self, organisation: &Organisation, (at, rank, _, id): Point, crew: &mut Crew<'_>) {
        match rank {
            Rank::HostUp => {
                for means in &mut crew.all {
                    if means.host == Some(id) {
                        for case in std::mem::take(&mut means.blocked) {
                            let pc = self.cases[case as usize].pc;
                            crew.points.push(Reverse((at, Rank::Ready, pc, case)));
                        }
                    }
                }
            }
            Rank::HandsFree => crew.all[id as usize].busy -= 1,
            Rank::Fails => {
                if let Some(ready) = self.fails(organisation, id, at, crew) {
                    crew.points.push(Reverse((ready, Rank::Ready, self.cases[id as usize].pc, id)));
                }
            }
            Rank::Ready => self.stands_in_line(organisation, id, at, crew),
            Rank::Shift => {
                let next = crew.all[id as usize].next_change(at, crew.zone);
                crew.points.push(Reverse((next, Rank::Shift, u64::from(id), id)));
            }
        }
    }

    /// A case fails. Returns when hands could first be laid on it, if it is not back by itself before.
    fn fails(&mut self, organisation: &Organisation, case: u32, at: Millis, crew: &mut Crew<'_>) -> Option<Millis> {
        let sector = usize::from(organisation.sector);
        let calendar = self.calendar(organisation, self.cases[case as usize].kind);
        let model = self.model;
        let opens = &self.opens[sector];
        let this = &mut self.cases[case as usize];
        this.fail(model, opens, sector, calendar, &mut self.diary, at);
        let (pc, sits_at, alone) = (this.pc, this.sits_at, this.alone_back_at);
        let architecture = usize::from(this.architecture);
        if let Some(effect) = model.parsers[architecture].effect {
            self.log.note(at, pc, What::fails(effect));
        }
        if sits_at < NEVER && sits_at > at {
            self.log.note(sits_at, pc, What::OpensRecovery);
        }
        let ready = if sits_at < NEVER {
            let this = &self.cases[case as usize];
            let sector = &model.sectors[sector];
            bits(this.can).map(|i| earliest(model, &sector.steps[i], i, opens[i], this)).min().unwrap_or(NEVER)
        } else {
            NEVER
        };
        if alone <= ready {
            self.back_alone(organisation, case, crew);
            return None;
        }
        (ready < model.horizon).then_some(ready)
    }

    /// A case is back without hands, or stays down until the horizon.
    fn back_alone(&mut self, organisation: &Organisation, case: u32, crew: &mut Crew<'_>) {
        let Case { alone_back_at, alone_step, .. } = self.cases[case as usize];
        if alone_step != NO_STEP {
            self.tally.steps[usize::from(organisation.sector)][usize::from(alone_step)].attempts += organisation.weight;
        }
        self.back(organisation, case, alone_back_at, alone_step, crew);
    }

    fn back(&mut self, organisation: &Organisation, case: u32, at: Millis, step: u8, crew: &mut Crew<'_>) {
        let next = self.is_back(organisation, case, at, step);
        let pc = self.cases[case as usize].pc;
        if crew.all.iter().any(|m| m.host == Some(case)) && at < self.model.horizon {
            crew.points.push(Reverse((at, Rank::HostUp, pc, case)));
        }
        if let Next::FailsAgain(again) = next {
            self.cases[case as usize].state = State::ToFail;
            crew.points.push(Reverse((again, Rank::Fails, pc, case)));
        }
    }

    /// A case can be taken up: it joins the queues of all means that can do something now, and comes again when others
    /// can.
    fn stands_in_line(&mut self, organisation: &Organisation, case: u32, at: Millis, crew: &mut Crew<'_>) {
        if self.cases[case as usize].state != State::Waiting {
            return;
        }
        if self.cases[case as usize].alone_back_at <= at {
            self.back_alone(organisation, case, crew);
            return;
        }
        let model = self.model;
        let sector = &model.sectors[usize::from(organisation.sector)];
        let rank = usize::from(sector.rank[usize::from(self.cases[case as usize].kind)]);
        let mut again = NEVER;
        for (means, now) in crew.all.iter_mut().enumerate() {
            if sector.by_means[means] == 0 {
                continue;
            }
            let first = self.first_start(organisation, case, means);
            if first > at {
                again = again.min(first);
            } else if self.cases[case as usize].queued >> means & 1 == 0 {
                self.cases[case as usize].queued |= 1 << means;
                now.queues[rank].push_back(case);
            }
        }
        if again < model.horizon {
            crew.points.push(Reverse((again, Rank::Ready, self.cases[case as usize].pc, case)));
        }
    }

    /// When a means could first do something for a case, hosts aside.
    fn first_start(&self, organisation: &Organisation, case: u32, means: usize) -> Millis {
        let case = &self.cases[case as usize];
        let opens = &self.opens[usize::from(organisation.sector)];
        self.choices(organisation, case, means)
            .map(|(i, step)| earliest(self.model, step, i, opens[i], case))
            .min()
            .unwrap_or(NEVER)
    }

    /// The steps that a means can do for a case, in the order of the playbook: those not tried in vain; once all were,
    /// the last of them again.
    fn choices<'s>(
        &'s self,
        organisation: &Organisation,
        case: &Case,
        means: usize,
    ) -> impl Iterator<Item = (usize, &'s StepModel)> + use<'s> {
        let sector = &self.model.sectors[usize::from(organisation.sector)];
        let untried = case.can & !case.tried;
        let last = case.can.checked_ilog2().map_or(0, |bit| 1 << bit);
        let left = if untried == 0 { last } else { untried };
        bits(left & sector.by_means[means]).map(|i| (i, &sector.steps[i]))
    }

    /// Gives free hands to those who wait.
    fn give_out(&mut self, organisation: &Organisation, means: usize, at: Millis, crew: &mut Crew<'_>) {
        if crew.all[means].queues.iter().all(VecDeque::is_empty) {
            return;
        }
        if !crew.host_is_up(means, at, &self.cases) {
            return;
        }
        let capacity = crew.all[means].capacity(at, crew.zone);
        while crew.all[means].busy < capacity {
            let Some(case) = crew.all[means].queues.iter_mut().find_map(VecDeque::pop_front) else { break };
            let this = &mut self.cases[case as usize];
            this.queued &= !(1 << means);
            if this.state != State::Waiting {
                continue;
            }
            if this.alone_back_at <= at {
                self.back_alone(organisation, case, crew);
                continue;
            }
            match self.choose(organisation, case, means, at, crew) {
                Choice::Begin(step) => self.take_up(organisation, case, means, step, at, crew),
                Choice::WaitForHost(host) => crew.all[host].blocked.push(case),
                Choice::Wait(until) => {
                    crew.points.push(Reverse((until, Rank::Ready, self.cases[case as usize].pc, case)));
                }
            }
        }
    }

    /// What free hands do for a case now.
    fn choose(&self, organisation: &Organisation, case: u32, means: usize, at: Millis, crew: &Crew<'_>) -> Choice {
        let this = &self.cases[case as usize];
        let opens = &self.opens[usize::from(organisation.sector)];
        let mut later = NEVER;
        let mut host = None;
        for (i, step) in self.choices(organisation, this, means) {
            let first = earliest(self.model, step, i, opens[i], this);
            if first > at {
                later = later.min(first);
                continue;
            }
            // The host's own key is not kept on the host alone (assumption): it can always be mended.
            let blocked = step
                .desks
                .iter()
                .filter(|d| d.only_if == 0 || this.traits & d.only_if != 0)
                .find(|d| crew.all[d.means].host != Some(case) && !crew.host_is_up(d.means, at, &self.cases));
            match blocked {
                None => return Choice::Begin(i),
                Some(desk) => host = host.or(Some(desk.means)),
            }
        }
        match host {
            Some(desk) => Choice::WaitForHost(desk),
            None => Choice::Wait(later),
        }
    }

    /// Hands are laid on a case.
    fn take_up(
        &mut self,
        organisation: &Organisation,
        case: u32,
        means: usize,
        index: usize,
        at: Millis,
        crew: &mut Crew<'_>,
    ) {
        let model = self.model;
        let step = &model.sectors[usize::from(organisation.sector)].steps[index];
        let WorkModel::Once { hands, unattended, works } = &step.work else { return };
        let (pc, attempts, traits) = {
            let this = &mut self.cases[case as usize];
            this.attempts += 1;
            (this.pc, this.attempts - 1, this.traits)
        };
        self.log.note(at, pc, What::TakenUp { step: index as u8, means: means as u8 });
        self.tally.steps[usize::from(organisation.sector)][index].attempts += organisation.weight;
        let mut begins = at;
        for (i, desk) in step.desks.iter().enumerate() {
            if desk.only_if == 0 || traits & desk.only_if != 0 {
                let draws = model.what.block(pc, Purpose::Desks, DESK_DRAWS | attempts << 4 | i as u32);
                begins = crew.pass_desk(desk.means, begins, desk.time.at(draws[0]));
            }
        }
        let [work, luck, alone, _] = model.what.block(pc, Purpose::Hands, attempts);
        let hands_free = begins + hands.at(work);
        let done = hands_free + unattended.at(alone);
        self.busy(case, hands_free.min(model.horizon) - at);
        crew.all[means].busy += 1;
        crew.points.push(Reverse((hands_free, Rank::HandsFree, means as u64, means as u32)));
        if hands_free < model.horizon {
            self.log.note(hands_free, pc, What::HandsFree { step: index as u8 });
        }
        let strikes_again = step.outcome == Outcome::Restarted && model.strikes_on_load();
        if works.hit(luck) && !strikes_again {
            let back_at = done + self.cases[case as usize].start;
            self.back(organisation, case, back_at, index as u8, crew);
        } else {
            let this = &mut self.cases[case as usize];
            this.tried |= 1 << index;
            // Whoever took it up ended what it did by itself, and it waits in no queue until this is over.
            this.alone_back_at = NEVER;
            this.alone_step = NO_STEP;
            this.sits_at = done;
            crew.points.push(Reverse((done, Rank::Ready, pc, case)));
            self.cases[case as usize].state = State::Waiting;
            if done < model.horizon {
                self.log.note(done, pc, What::StepFails { step: index as u8 });
            }
        }
    }
}

/// Sets draws for the time at desks apart from draws for waits, which are indexed by step.
const DESK_DRAWS: u32 = 1 << 31;

enum Choice {
    Begin(usize),
    WaitForHost(usize),
    Wait(Millis),
}

/// When a step could first be begun on a case by hand.
fn earliest(model: &Model<'_>, step: &StepModel, index: usize, opens: Millis, case: &Case) -> Millis {
    let reached = match step.stage {
        Stage::Restarting if case.tried == 0 => case.down_at,
        _ => case.sits_at,
    };
    let mut at = reached.max(opens);
    for (mask, wait) in &step.waits {
        if case.traits & mask != 0 {
            let [bits, ..] = model.what.block(case.pc, Purpose::Desks, case.failures << 8 | index as u32);
            at = at.max(case.down_at + wait.at(bits));
        }
    }
    at
}

impl<'a> Crew<'a> {
    fn new(model: &'a Model<'a>, organisation: &Organisation, cases: &[Case]) -> Crew<'a> {
        let sector = usize::from(organisation.sector);
        let zone = &model.plan.fleet.regions[usize::from(organisation.region)].zone;
        let ranks = model.sectors[sector].ranks;
        let all = model.plan.fleet.sectors[sector]
            .means
            .iter()
            .enumerate()
            .map(|(i, means)| {
                let [turn, mobilised, ..] = model.what.block(organisation.number, Purpose::Mobilised, i as u32);
                let count = match means.count {
                    Count::Fixed(count) => count,
                    Count::PerPcs(pcs) => libm::ceil(f64::from(organisation.pcs) / pcs).max(1.0) as u32,
                };
                let from = model.release.at + model.sectors[sector].mobilised[i].at(mobilised);
                let is_desk = model.sectors[sector].steps.iter().any(|s| s.desks.iter().any(|d| d.means == i));
                Now {
                    means,
                    count,
                    turn: unit(turn),
                    from,
                    busy: 0,
                    queues: vec![VecDeque::new(); ranks],
                    host: host(model, organisation, sector, i, cases),
                    blocked: Vec::new(),
                    clerks: if is_desk { (0..count).map(|_| Reverse(from)).collect() } else { BinaryHeap::new() },
                }
            })
            .collect();
        Crew { all, zone, points: BinaryHeap::new() }
    }

    fn first_shifts(&mut self, at: Millis) {
        for (i, now) in self.all.iter().enumerate() {
            if now.from > at {
                self.points.push(Reverse((now.from, Rank::Shift, i as u64, i as u32)));
            } else {
                let next = now.next_change(at, self.zone);
                self.points.push(Reverse((next, Rank::Shift, i as u64, i as u32)));
            }
        }
    }

    fn host_is_up(&self, means: usize, at: Millis, cases: &[Case]) -> bool {
        self.all[means].host.is_none_or(|host| {
            let host = &cases[host as usize];
            host.down_at > at || host.back_at <= at
        })
    }

    /// Passes a desk, first come first served. Returns when that is over.
    fn pass_desk(&mut self, means: usize, at: Millis, time: Millis) -> Millis {
        let now = &mut self.all[means];
        let Some(Reverse(free)) = now.clerks.pop() else { return NEVER };
        let mut begins = at.max(free);
        while begins < NEVER && now.capacity(begins, self.zone) == 0 {
            begins = now.next_change(begins, self.zone);
        }
        let over = (begins + time).min(NEVER);
        now.clerks.push(Reverse(over));
        over
    }
}

/// The case of the PC on which a means runs: the organisation's first of its kind, if it failed.
fn host(model: &Model<'_>, organisation: &Organisation, sector: usize, means: usize, cases: &[Case]) -> Option<u32> {
    let kind = model.sectors[sector].hosted_on[means]?;
    let first = model.first_of_kind(organisation, kind)?;
    cases.iter().position(|c| c.pc == first).map(|i| i as u32)
}

impl Now<'_> {
    /// How many of them work at an instant.
    fn capacity(&self, at: Millis, zone: &Zone) -> u32 {
        if at < self.from {
            return 0;
        }
        let (day, time) = zone.local(at);
        let share = on_duty(&self.means.shift, zone.weekday(day), time);
        if share >= 1.0 { self.count } else { libm::floor(f64::from(self.count) * share + self.turn) as u32 }
    }

    /// When their number may next change.
    fn next_change(&self, at: Millis, zone: &Zone) -> Millis {
        let shift = &self.means.shift;
        if shift.from == 0 && shift.to >= DAY && shift.weekend.0 >= 1.0 {
            return if at < self.from { self.from } else { NEVER };
        }
        let day = zone.local(at).0;
        (day..=day + 1)
            .flat_map(|d| [zone.instant(d, 0), zone.instant(d, shift.from), zone.instant(d, shift.to)])
            .chain([self.from])
            .filter(|&t| t > at)
            .min()
            .unwrap_or(at + DAY)
    }
}

fn on_duty(shift: &Shift, weekday: u8, time: Millis) -> f64 {
    let of_day = if weekday < 5 { 1.0 } else { shift.weekend.0 };
    let of_hour = if (shift.from..shift.to).contains(&time) { 1.0 } else { shift.off_hours.0 };
    of_day * of_hour
}
