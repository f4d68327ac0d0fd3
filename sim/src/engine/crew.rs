//! The order in which one organisation's cases come back: what they do by themselves, and the hands and desks that they
//! share.
//!
//! Only the points at which something shared is touched are put in the order of time: a case that waits for hands,
//! hands that get free while somebody waits for them, a shift that begins then, a desk whose host is up again. Events
//! of equal time are all taken in, in the order of (time, rank, PC), before any hands are given out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::agent::effect::Effect;
use crate::draw::{Purpose, Words, desk_draw, wait_draw};
use crate::engine::busy::Busy;
use crate::engine::case::{Case, Failure, State};
use crate::engine::duty::{Duty, Hands, NEARLY_ALL};
use crate::engine::large::sort;
use crate::engine::line::is_short;
use crate::engine::log::{NO_STEP, What};
use crate::engine::model::{Model, StepModel, WorkModel, bits};
use crate::engine::organisation::{Hit, Next, Way};
use crate::engine::strike::Struck;
use crate::engine::take::Course;
use crate::recovery::{Outcome, Stage, Work};
use crate::time::{Millis, NEVER};

/// An event: (when, rank, PC, case). The order of the tuple is the order of time.
type Point = (Millis, Rank, u64, u32);

/// The order of events of equal time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A PC is back that others wait for, or that may fail again.
    IsBack,
    /// A case fails again.
    Fails,
    /// A case can be taken up.
    Ready,
}

/// One of the organisation's means, as it stands.
struct Now<'a> {
    duty: Duty<'a>,
    busy: Busy,
    /// How many work, and until when that holds.
    on_duty: (u32, Millis),
    /// By rank of kinds: cases that can be taken up, in the order in which they could be.
    queues: Vec<VecDeque<Queued>>,
    /// Cases in the queues.
    waiting: usize,
    /// When hands may next be given out to those in the queues: until then, all are busy or off duty.
    next: Millis,
    /// The case of the PC on which it runs.
    host: Option<u32>,
    /// Cases that wait for the host.
    blocked: Vec<u32>,
    /// When each of those who serve as clerks is free, for means that are used as a desk.
    clerks: BinaryHeap<Reverse<Millis>>,
    /// When the last one was served who asked at the desk: nobody after that one is served before.
    served: Millis,
}

/// A case in a queue.
#[derive(Clone, Copy)]
struct Queued {
    case: u32,
    /// Its failure, by number: once it is back from that, it stands there no more, though it may fail again.
    failures: u32,
}

/// The means of the organisation at hand, and what is to come.
#[derive(Default)]
pub(crate) struct Crew<'a> {
    all: Vec<Now<'a>>,
    points: BinaryHeap<Reverse<Point>>,
    /// Cases by their first failure that can be taken up.
    ready: Vec<Ready>,
    numbers: Vec<u64>,
}

/// When a case can be taken up, and its place in the order of PCs: in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ready {
    at: Millis,
    place: u32,
}

impl Ready {
    /// Which case that is: PCs are in the order of their numbers, or turned around.
    fn case(self, hit: Hit<'_>) -> u32 {
        place_of(hit, self.place)
    }
}

/// Puts those who are ready in order: as numbers of 64 bits, which are sorted faster, if they are not too far apart.
fn put_in_order(ready: &mut [Ready], numbers: &mut Vec<u64>) {
    let first = ready.iter().map(|ready| ready.at).min().unwrap_or(0);
    let last = ready.iter().map(|ready| ready.at).max().unwrap_or(0);
    if last - first > Millis::from(u32::MAX) {
        ready.sort_unstable();
        return;
    }
    numbers.clear();
    numbers.extend(ready.iter().map(|ready| ((ready.at - first) as u64) << 32 | u64::from(ready.place)));
    sort(numbers);
    for (ready, &number) in ready.iter_mut().zip(&*numbers) {
        *ready = Ready { at: first + (number >> 32) as Millis, place: number as u32 };
    }
}

/// The place of a case in the order of PCs, and which case is at a place.
fn place_of(hit: Hit<'_>, case: u32) -> u32 {
    let last = hit.struck.len() - 1;
    if hit.struck[0].pc <= hit.struck[last].pc { case } else { last as u32 - case }
}

impl Way<'_> {
    /// Brings the cases of an organisation back, which have begun to fail: it is known when hands could first be laid
    /// on each.
    pub(crate) fn bring_back(&mut self, hit: Hit<'_>, begun: &[Millis], crew: &mut Crew<'_>) {
        for (case, &begun) in (0..).zip(begun) {
            if let Some(at) = self.has_failed(hit, case, begun, crew) {
                crew.ready.push(Ready { at, place: place_of(hit, case) });
            }
        }
        if self.course.model.sectors[hit.sector()].by_hand != 0 {
            put_in_order(&mut crew.ready, &mut crew.numbers);
            self.in_order(hit, crew);
        } else {
            // Without hands nothing is shared: each PC goes on alone until it fails no more.
            while let Some(Reverse((at, rank, _, case))) = crew.points.pop() {
                if rank == Rank::Fails && at < self.course.horizon {
                    self.fails(hit, case, at, crew);
                }
            }
        }
        for case in 0..self.cases.len() as u32 {
            if self.cases[case as usize].state == State::Waiting {
                self.back_alone(hit, case, crew);
            }
        }
    }

    /// The events of an organisation in the order of time.
    fn in_order(&mut self, hit: Hit<'_>, crew: &mut Crew<'_>) {
        let mut next = 0;
        // When hands may be given out to those who wait, if nothing else happens before.
        let mut wake = NEVER;
        loop {
            let waiting = crew.ready.get(next).map_or(NEVER, |ready| ready.at);
            let queued = crew.points.peek().map_or(NEVER, |point| point.0.0);
            let at = waiting.min(queued).min(wake);
            if at >= self.course.horizon {
                break;
            }
            // All that happens at this instant, then hands are given out.
            loop {
                let waiting = crew.ready.get(next).filter(|ready| ready.at == at).map(|ready| {
                    let case = ready.case(hit);
                    (at, Rank::Ready, hit.struck[case as usize].pc, case)
                });
                let queued = crew.points.peek().map(|point| point.0).filter(|point| point.0 == at);
                let first = match (waiting, queued) {
                    (None, None) => break,
                    (Some(waiting), None) => waiting,
                    (None, Some(queued)) => queued,
                    (Some(waiting), Some(queued)) => waiting.min(queued),
                };
                if Some(first) == queued {
                    crew.points.pop();
                } else {
                    next += 1;
                }
                self.tally.events += 1;
                self.happens(hit, first, crew);
            }
            wake = NEVER;
            for means in 0..crew.all.len() {
                if crew.all[means].waiting == 0 {
                    continue;
                }
                // A host can be back at any time.
                if crew.all[means].next <= at || crew.all[means].host.is_some() {
                    self.give_out(hit, means, at, crew);
                    crew.all[means].next = crew.wakes(means, at, &self.cases);
                }
                if crew.all[means].waiting > 0 {
                    wake = wake.min(crew.all[means].next);
                }
            }
        }
    }

    fn happens(&mut self, hit: Hit<'_>, (at, rank, pc, case): Point, crew: &mut Crew<'_>) {
        match rank {
            Rank::IsBack => {
                let this = &self.cases[case as usize];
                if this.state == State::Waiting && this.alone_back_at <= at {
                    self.back_alone(hit, case, crew);
                }
                if self.cases[case as usize].back_at <= at {
                    for means in crew.all.iter_mut().filter(|means| means.host == Some(case)) {
                        for case in means.blocked.drain(..) {
                            crew.points.push(Reverse((at, Rank::Ready, hit.struck[case as usize].pc, case)));
                        }
                    }
                }
            }
            Rank::Fails => {
                if let Some(ready) = self.fails(hit, case, at, crew) {
                    crew.points.push(Reverse((ready, Rank::Ready, pc, case)));
                }
            }
            Rank::Ready => self.stands_in_line(hit, case, at, crew),
        }
    }

    /// A case begins to fail. Returns when hands could first be laid on it.
    pub(crate) fn begins_to_fail(&self, hit: Hit<'_>, index: usize, case: &mut Case, at: Millis) -> Millis {
        let (course, struck) = (self.course, &hit.struck[index]);
        let sector = &course.model.sectors[hit.sector()];
        let opens = &self.opens[usize::from(case.release)][hit.sector()];
        let (starts, tries, users, place) = (&self.starts, &self.tries[..], &self.users, hit.first + index);
        case.fail(&Failure { hit, index, struck, course, sector, opens, at, starts, tries, users, place });
        if case.sits_at >= NEVER {
            return NEVER;
        }
        let steps = &sector.steps;
        bits(case.can).map(|i| self.earliest(hit, index, &steps[i], i, opens[i], case)).min().unwrap_or(NEVER)
    }

    /// A case fails. Returns when hands could first be laid on it, if it is not back by itself before.
    fn fails(&mut self, hit: Hit<'_>, case: u32, at: Millis, crew: &mut Crew<'_>) -> Option<Millis> {
        let mut cases = std::mem::take(&mut self.cases);
        let ready = self.begins_to_fail(hit, case as usize, &mut cases[case as usize], at);
        self.cases = cases;
        self.has_failed(hit, case, ready, crew)
    }

    /// A case has begun to fail.
    fn has_failed(&mut self, hit: Hit<'_>, case: u32, ready: Millis, crew: &mut Crew<'_>) -> Option<Millis> {
        let course = self.course;
        let struck = &hit.struck[case as usize];
        let alone = self.cases[case as usize].alone_back_at;
        self.note_failure(struck, case);
        if alone <= ready {
            self.back_alone(hit, case, crew);
            return None;
        }
        // What follows from its being back by itself must not wait until hands get to it.
        if alone < course.horizon && (crew.is_host(case) || self.may_fail_again(hit, case)) {
            crew.points.push(Reverse((alone, Rank::IsBack, struck.pc, case)));
        }
        (ready < course.horizon).then_some(ready)
    }

    /// Writes down that a case has begun to fail.
    #[inline]
    pub(crate) fn note_failure(&mut self, struck: &Struck, case: u32) {
        let this = &self.cases[case as usize];
        let (at, sits_at) = (this.down_at, this.sits_at);
        if self.log.is_open()
            && let Some(effect) = this.parser(self.course.model).effect
        {
            self.log.note(at, struck.pc, What::fails(effect));
            if sits_at < NEVER && sits_at > at {
                let at_prompt = effect == Effect::StopsAtPrompt;
                let what = if at_prompt { What::StopsAtPrompt } else { What::OpensRecovery };
                self.log.note(sits_at, struck.pc, what);
            }
        }
    }

    /// Whether a case may fail once more after it is back by itself.
    fn may_fail_again(&self, hit: Hit<'_>, case: u32) -> bool {
        let Case { alone_back_at, alone_step, .. } = self.cases[case as usize];
        !self.course.model.is_plain
            || self.outcome(hit, alone_step) == Outcome::Restarted
            || self.road.may_install(alone_back_at)
    }

    /// A case is back without hands, or stays down until the horizon.
    fn back_alone(&mut self, hit: Hit<'_>, case: u32, crew: &mut Crew<'_>) {
        let (at, step) = self.left_alone(hit, case);
        self.back(hit, case, at, step, crew);
    }

    /// When and by which step a case is back without hands; counts that the step was begun.
    #[inline]
    pub(crate) fn left_alone(&mut self, hit: Hit<'_>, case: u32) -> (Millis, u8) {
        let Case { alone_back_at, alone_step, .. } = self.cases[case as usize];
        if alone_step != NO_STEP {
            self.tally.steps[hit.sector()][usize::from(alone_step)].attempts += hit.organisation.weight;
        }
        (alone_back_at, alone_step)
    }

    fn back(&mut self, hit: Hit<'_>, case: u32, at: Millis, step: u8, crew: &mut Crew<'_>) {
        let next = self.is_back(hit, case, at, step);
        let pc = hit.struck[case as usize].pc;
        if at < self.course.horizon && crew.is_host(case) {
            crew.points.push(Reverse((at, Rank::IsBack, pc, case)));
        }
        if let Next::FailsAgain(again) = next {
            self.cases[case as usize].state = State::ToFail;
            crew.points.push(Reverse((again, Rank::Fails, pc, case)));
        }
    }

    /// A case can be taken up: it joins the queues of all means that can do something now, and comes again when others
    /// can.
    fn stands_in_line(&mut self, hit: Hit<'_>, case: u32, at: Millis, crew: &mut Crew<'_>) {
        let this = &self.cases[case as usize];
        if this.state != State::Waiting {
            return;
        }
        if this.alone_back_at <= at {
            self.back_alone(hit, case, crew);
            return;
        }
        let sector = &self.course.model.sectors[hit.sector()];
        let struck = &hit.struck[case as usize];
        let opens = &self.opens[usize::from(this.release)][hit.sector()];
        let left = this.left();
        let earliest = |i: usize| self.earliest(hit, case as usize, &sector.steps[i], i, opens[i], this);
        // Steps that can be begun now, and the means that can.
        let now = bits(left).filter(|&i| earliest(i) <= at).fold(0, |mask, i| mask | 1 << i);
        let (mut means_now, mut again) = (0, NEVER);
        for (means, &steps) in sector.by_means.iter().enumerate() {
            if steps & now != 0 {
                means_now |= 1 << means;
            } else {
                again = bits(steps & left).map(earliest).fold(again, Millis::min);
            }
        }
        means_now &= !this.queued;
        self.cases[case as usize].queued |= means_now;
        let rank = usize::from(sector.rank[usize::from(struck.kind)]);
        let queued = Queued { case, failures: self.cases[case as usize].failures };
        for means in bits(means_now) {
            crew.all[means].queues[rank].push_back(queued);
            crew.all[means].waiting += 1;
        }
        if again < self.course.horizon {
            crew.points.push(Reverse((again, Rank::Ready, struck.pc, case)));
        }
    }

    /// When a step could first be begun on a case by hand.
    #[inline]
    pub(crate) fn earliest(
        &self,
        hit: Hit<'_>,
        index: usize,
        step: &StepModel,
        number: usize,
        opens: Millis,
        case: &Case,
    ) -> Millis {
        let reached = match step.stage {
            Stage::Restarting if case.tried == 0 => case.down_at,
            _ => case.sits_at,
        };
        let at = reached.max(opens);
        let traits = hit.struck[index].traits;
        if traits & step.waits_if == 0 { at } else { at.max(self.waits_until(hit, index, step, number, case)) }
    }

    /// Until when a case waits for a step because of its traits.
    fn waits_until(&self, hit: Hit<'_>, index: usize, step: &StepModel, number: usize, case: &Case) -> Millis {
        let Struck { pc, traits, .. } = hit.struck[index];
        let known = self.waits.iter().find(|(step, _)| case.failures == 1 && *step == number);
        let [bits, ..] = match known {
            Some((_, words)) => words.at(hit.first + index),
            None => self.course.model.what.block(pc, Purpose::Desks, wait_draw(case.failures, number)),
        };
        let waits = step.waits.iter().filter(|(mask, _)| traits & mask != 0);
        waits.map(|(_, wait)| case.down_at + wait.at(bits)).max().unwrap_or(0)
    }

    /// Gives free hands to those who wait.
    fn give_out(&mut self, hit: Hit<'_>, means: usize, at: Millis, crew: &mut Crew<'_>) {
        if !crew.host_is_up(means, at, &self.cases) {
            return;
        }
        while crew.has_free_hands(means, at) {
            let Some(queued) = crew.all[means].queues.iter_mut().find_map(VecDeque::pop_front) else { break };
            let Queued { case, failures } = queued;
            crew.all[means].waiting -= 1;
            let this = &mut self.cases[case as usize];
            if this.state != State::Waiting || this.failures != failures {
                continue;
            }
            this.queued &= !(1 << means);
            if this.alone_back_at <= at {
                self.back_alone(hit, case, crew);
                continue;
            }
            match self.choose(hit, case, means, at, crew) {
                Choice::Begin(step) => self.take_up(hit, case, means, step, at, crew),
                Choice::WaitForHost(host) => crew.all[host].blocked.push(case),
                Choice::Wait(until) => {
                    crew.points.push(Reverse((until, Rank::Ready, hit.struck[case as usize].pc, case)));
                }
            }
        }
    }

    /// What free hands do for a case now.
    fn choose(&self, hit: Hit<'_>, case: u32, means: usize, at: Millis, crew: &Crew<'_>) -> Choice {
        let (this, struck) = (&self.cases[case as usize], &hit.struck[case as usize]);
        let opens = &self.opens[usize::from(this.release)][hit.sector()];
        let sector = &self.course.model.sectors[hit.sector()];
        let mut later = NEVER;
        let mut host = None;
        for i in bits(this.left() & sector.by_means[means]) {
            let step = &sector.steps[i];
            let first = self.earliest(hit, case as usize, step, i, opens[i], this);
            if first > at {
                later = later.min(first);
                continue;
            }
            // The host's own key is not kept on the host alone (assumption): it can always be mended.
            let blocked = step
                .desks
                .iter()
                .filter(|d| d.only_if == 0 || struck.traits & d.only_if != 0)
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
    fn take_up(&mut self, hit: Hit<'_>, case: u32, means: usize, index: usize, at: Millis, crew: &mut Crew<'_>) {
        let step = &self.course.model.sectors[hit.sector()].steps[index];
        if !matches!(step.work, WorkModel::Once { .. }) {
            return;
        }
        let horizon = self.course.horizon;
        let begins = self.after_desks(hit, case, index, at, |means, at, time| crew.pass_desk(means, at, time, horizon));
        let Some(work) = self.lay_hands_on(hit, case, (means, index), at, begins) else { return };
        crew.all[means].busy.begins(at, work.hands_free);
        if let Some(back_at) = work.back_at {
            self.back(hit, case, back_at, index as u8, crew);
        } else {
            crew.points.push(Reverse((work.done, Rank::Ready, hit.struck[case as usize].pc, case)));
        }
    }

    /// When the work of a step begins on a case that is taken up at an instant: after the desks that it has to pass.
    #[inline]
    pub(crate) fn after_desks(
        &self,
        hit: Hit<'_>,
        case: u32,
        index: usize,
        at: Millis,
        mut pass: impl FnMut(usize, Millis, Millis) -> Millis,
    ) -> Millis {
        let model = self.course.model;
        let struck = &hit.struck[case as usize];
        let attempts = self.cases[case as usize].attempts;
        let mut begins = at;
        for (i, desk) in model.sectors[hit.sector()].steps[index].desks.iter().enumerate() {
            if desk.only_if == 0 || struck.traits & desk.only_if != 0 {
                let [bits, ..] = match self.desks.get(i).filter(|_| attempts == 0) {
                    Some(words) => words.at(hit.first + case as usize),
                    None => model.what.block(struck.pc, Purpose::Desks, desk_draw(attempts, i)),
                };
                begins = pass(desk.means, begins, desk.time.at(bits));
            }
        }
        begins
    }

    /// Hands of a means are laid on a case for a step at an instant; the work begins after the desks. `None` if that
    /// leads nowhere.
    #[allow(clippy::inline_always, reason = "done for each failure of each PC")]
    #[inline(always)]
    pub(crate) fn lay_hands_on(
        &mut self,
        hit: Hit<'_>,
        case: u32,
        (means, index): (usize, usize),
        at: Millis,
        begins: Millis,
    ) -> Option<HandsOn> {
        let (model, horizon) = (self.course.model, self.course.horizon);
        let step = &model.sectors[hit.sector()].steps[index];
        let WorkModel::Once { hands, unattended, works } = &step.work else { return None };
        let struck = &hit.struck[case as usize];
        let pc = struck.pc;
        let attempts = self.cases[case as usize].attempts;
        self.cases[case as usize].attempts += 1;
        self.log.note(at, pc, What::TakenUp { step: index as u8, means: means as u8 });
        self.tally.steps[hit.sector()][index].attempts += hit.organisation.weight;
        let [work, luck, alone, _] = if attempts == 0 {
            hit.drawn.hands.at(hit.first + case as usize)
        } else {
            model.what.block(pc, Purpose::Hands, attempts)
        };
        let hands_free = begins + hands.at(work);
        let done = hands_free + unattended.at(alone);
        self.busy(struck, hands_free.min(horizon) - at);
        if hands_free < horizon {
            self.log.note(hands_free, pc, What::HandsFree { step: index as u8 });
        }
        let this = &mut self.cases[case as usize];
        let strikes_again = step.outcome == Outcome::Restarted && this.strikes_on_load(model);
        if works.hit(luck) && !strikes_again {
            return Some(HandsOn { hands_free, done, back_at: Some(done + this.start) });
        }
        this.tried |= 1 << index;
        // Whoever took it up ended what it did by itself. In whose queues it still stands finds that nothing can be
        // done before this is over.
        this.alone_back_at = NEVER;
        this.alone_step = NO_STEP;
        this.sits_at = done;
        this.state = State::Waiting;
        if done < horizon {
            self.log.note(done, pc, What::StepFails { step: index as u8 });
        }
        if self.stands_still(case, done <= at) {
            return None;
        }
        Some(HandsOn { hands_free, done, back_at: None })
    }
}

/// What became of hands that were laid on a case.
pub(crate) struct HandsOn {
    pub(crate) hands_free: Millis,
    /// When the step is over.
    pub(crate) done: Millis,
    /// When the PC is back, if the step worked.
    pub(crate) back_at: Option<Millis>,
}

enum Choice {
    Begin(usize),
    WaitForHost(usize),
    Wait(Millis),
}

impl<'a> Crew<'a> {
    /// Gathers the means of an organisation, none of them at work yet.
    pub(crate) fn gather(&mut self, course: Course<'a>, hit: Hit<'_>, mobilised: &[Words]) {
        let model = course.model;
        let sector = hit.sector();
        let since = is_short(model).then_some(model.at);
        self.points.clear();
        self.ready.clear();
        self.all.truncate(mobilised.len());
        for (i, mobilised) in mobilised.iter().enumerate() {
            let duty = Duty::of(model, hit, i, mobilised);
            if i == self.all.len() {
                self.all.push(Now::idle(duty));
            }
            let now = &mut self.all[i];
            now.duty = duty;
            now.busy.none(now.duty.most(), since, || nearly_all_work(model, sector, i));
            now.on_duty = (0, -NEVER);
            now.queues.resize_with(model.sectors[sector].ranks, VecDeque::new);
            now.queues.iter_mut().for_each(VecDeque::clear);
            now.waiting = 0;
            now.next = -NEVER;
            now.host = host(model, hit, sector, i);
            now.blocked.clear();
            now.clerks.clear();
            now.served = -NEVER;
        }
    }

    /// Whether hands of a means are free.
    fn has_free_hands(&mut self, means: usize, at: Millis) -> bool {
        let now = &mut self.all[means];
        if at >= now.on_duty.1 {
            now.on_duty = now.duty.at(at);
        }
        let capacity = now.on_duty.0 as usize;
        now.busy.are_fewer(capacity, at)
    }

    /// When hands may next be given out to those who wait for a means.
    fn wakes(&mut self, means: usize, at: Millis, cases: &[Case]) -> Millis {
        if self.all[means].waiting == 0 {
            return at;
        }
        if !self.host_is_up(means, at, cases) {
            return NEVER;
        }
        let now = &mut self.all[means];
        now.busy.first().min(now.on_duty.1)
    }

    /// The hands of a means, none of them busy, by instants after one; `mean` is how long their work takes on average.
    pub(crate) fn hands(&self, means: usize, since: Millis, mean: u32) -> Hands<'_> {
        Hands::of(&self.all[means].duty, since, mean)
    }

    /// Whether a means runs on the PC of this case.
    fn is_host(&self, case: u32) -> bool {
        self.all.iter().any(|means| means.host == Some(case))
    }

    fn host_is_up(&self, means: usize, at: Millis, cases: &[Case]) -> bool {
        self.all[means].host.is_none_or(|host| {
            let host = &cases[host as usize];
            host.down_at > at || host.back_at <= at
        })
    }

    /// Passes a desk, first come first served: whoever has several to pass is booked at all of them at once. Returns
    /// when that is over, if it begins before a limit.
    fn pass_desk(&mut self, means: usize, at: Millis, time: Millis, limit: Millis) -> Millis {
        let now = &mut self.all[means];
        let mut begins = at.max(now.served);
        while begins < limit {
            while now.clerks.peek().is_some_and(|free| free.0 <= begins) {
                now.clerks.pop();
            }
            let (capacity, until) = now.duty.at(begins);
            if now.clerks.len() < capacity as usize {
                now.served = begins;
                now.clerks.push(Reverse(begins + time));
                return begins + time;
            }
            let free = now.clerks.peek().map_or(NEVER, |free| free.0);
            begins = until.min(free);
        }
        NEVER
    }
}

/// Less than this is nearly all work of a means on a PC.
fn nearly_all_work(model: &Model<'_>, sector: usize, means: usize) -> Millis {
    let mean = |step: usize| match &model.plan.fleet.sectors[sector].playbook[step].work {
        Work::Once { hands, .. } => hands.mean() as Millis,
        Work::Retry { .. } => 0,
    };
    let longest = bits(model.sectors[sector].by_means[means]).map(mean).max().unwrap_or(0);
    longest.saturating_mul(Millis::from(NEARLY_ALL))
}

/// The case of the PC on which a means runs: the organisation's first of its kind, if it failed.
fn host(model: &Model<'_>, hit: Hit<'_>, sector: usize, means: usize) -> Option<u32> {
    let kind = model.sectors[sector].hosted_on[means]?;
    let first = model.first_of_kind(hit.organisation, kind)?;
    hit.struck.iter().position(|s| s.pc == first).map(|i| i as u32)
}

impl<'a> Now<'a> {
    fn idle(duty: Duty<'a>) -> Now<'a> {
        Now {
            duty,
            busy: Busy::default(),
            on_duty: (0, -NEVER),
            queues: Vec::new(),
            waiting: 0,
            next: -NEVER,
            host: None,
            blocked: Vec::new(),
            clerks: BinaryHeap::new(),
            served: -NEVER,
        }
    }
}
