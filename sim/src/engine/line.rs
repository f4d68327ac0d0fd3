//! The way back of a large organisation whose cases share one line only: each waits its turn for the same hands, is
//! mended once and for all, and is never hit again.
//!
//! What PCs do alone is then found for all of them in parallel, before and after the line; what is left to be done in
//! the order of time is to hand out hands, first come, first served. Where more is shared than that, or a PC is hit
//! again, [`crate::engine::crew`] does it event by event: slower, the same for every organisation, and what this is
//! held against.

use rayon::prelude::*;

use crate::agent::effect::Burden;
use crate::draw::Chance;
use crate::engine::case::Case;
use crate::engine::crew::Crew;
use crate::engine::log::NO_STEP;
use crate::engine::model::WorkModel;
use crate::engine::organisation::{Hit, Next, Spell, Way};
use crate::engine::take::Struck;
use crate::recovery::Outcome;
use crate::time::{Millis, NEVER};

/// A case that may wait in line.
#[derive(Clone, Copy, Debug)]
struct InLine {
    /// When it gets into the line; [`NEVER`] if it does not have to.
    ready: Millis,
    /// For how long hands are busy with it.
    hands: Millis,
    /// From then until it can be used.
    after: Millis,
    /// When it is back by itself, and by which step.
    alone: (Millis, u8),
}

/// The cases of a part of an organisation that may wait in line, in the order of [`Hit::struck`].
pub(crate) struct Part {
    cases: Vec<InLine>,
    /// When the first and the last of those that wait get into the line.
    ready: (Millis, Millis),
    /// The longest time for which hands are busy with one.
    longest: Millis,
}

/// A case in the order of the line: what is needed of it there, and where it belongs.
#[derive(Clone, Copy)]
struct Turn {
    ready: Millis,
    part: u32,
    index: u32,
    hands: Millis,
    alone_back_at: Millis,
}

impl Way<'_> {
    /// The one step by hand that the cases of a sector wait for, and the means that does it, if that is all they share.
    pub(crate) fn line(&self, sector: usize) -> Option<(usize, usize)> {
        let model = &self.course.model.sectors[sector];
        let index = model.by_hand.trailing_zeros() as usize;
        let means = model.by_means.iter().position(|&steps| steps == model.by_hand)?;
        let step = &model.steps[index];
        let is_sure = matches!(&step.work, WorkModel::Once { works, .. } if *works >= Chance::SURE);
        let is_line = self.course.model.is_plain
            && model.by_hand.is_power_of_two()
            && model.ranks == 1
            && model.hosted_on[means].is_none()
            && step.desks.is_empty()
            && is_sure
            && step.outcome != Outcome::Restarted;
        is_line.then_some((index, means))
    }

    /// Finds when each PC gets into the line, and what becomes of it there but for the waiting.
    pub(crate) fn line_up(&mut self, hit: Hit<'_>, step: usize) -> Option<Part> {
        let sector = &self.course.model.sectors[hit.sector()];
        let WorkModel::Once { hands, unattended, .. } = &sector.steps[step].work else { return None };
        let release = self.course.first().timeline.release;
        let in_line = |(place, struck): (usize, &Struck)| {
            let can = u32::from(sector.steps[step].possible(struck.traits)) << step & sector.against[0];
            let mut case = Case::new(can, struck, release);
            let ready = self.begins_to_fail(hit, place, &mut case, struck.at);
            let [work, _, alone, _] = hit.drawn.hands.at(hit.first + place);
            InLine {
                ready: if case.alone_back_at <= ready { NEVER } else { ready },
                hands: hands.at(work),
                after: unattended.at(alone) + case.start,
                alone: (case.alone_back_at, case.alone_step),
            }
        };
        let cases: Vec<InLine> = hit.struck.iter().enumerate().map(in_line).collect();
        let waiting = || cases.iter().map(|case| case.ready).filter(|&ready| ready < NEVER);
        let ready = (waiting().min().unwrap_or(NEVER), waiting().max().unwrap_or(0));
        let longest = cases.iter().map(|case| case.hands).max().unwrap_or(0);
        Some(Part { cases, ready, longest })
    }

    /// Hands out hands, first come, first served. Returns for each case of each part when hands are laid on it;
    /// [`NEVER`] if they are not.
    pub(crate) fn wait_in_line(&self, hit: Hit<'_>, means: usize, parts: &[&Part]) -> Vec<Vec<Millis>> {
        let horizon = self.course.horizon;
        let mut begins: Vec<Vec<Millis>> = parts.iter().map(|part| vec![NEVER; part.cases.len()]).collect();
        let mut crew = Crew::default();
        crew.gather(self.course, hit, &self.mobilised);
        let mut hands = crew.hands(means, parts.iter().map(|part| part.longest).max().unwrap_or(0));
        let windows = Windows::of(parts);
        let mut at = 0;
        for some in windows.numbers().chunks(WINDOWS_AT_A_TIME) {
            let turns: Vec<Vec<Turn>> = some.par_iter().map(|&window| windows.turns(window, parts)).collect();
            for turn in turns.iter().flatten() {
                at = at.max(turn.ready);
                while at < horizon && at < turn.alone_back_at {
                    if hands.take_up(at, turn.hands) {
                        begins[turn.part as usize][turn.index as usize] = at;
                        break;
                    }
                    at = hands.wakes();
                }
            }
        }
        begins
    }

    /// Whether one of them may be hit again: for those on whom hands were laid, that is known by when; what others come
    /// back by alone has to be looked at one by one.
    pub(crate) fn may_be_hit_again(&self, sector: usize, begins: &[Vec<Millis>]) -> bool {
        !self.course.model.sectors[sector].by_itself.is_empty()
            || begins.iter().flatten().min().is_some_and(|&begin| self.course.first().may_install(begin))
    }

    /// Finds how the first failure of each PC ends, having waited in line. Returns whether all of them are settled by
    /// that.
    pub(crate) fn leave_line(&mut self, hit: Hit<'_>, step: usize, part: &Part, begins: &[Millis]) -> bool {
        let release = self.course.first().timeline.release;
        let mut settled = true;
        self.spells.clear();
        for (index, (case, &begin)) in part.cases.iter().zip(begins).enumerate() {
            let (back_at, step) =
                if begin < NEVER { (begin + case.hands + case.after, step as u8) } else { case.alone };
            settled &= self.comes_next(hit, index as u32, 1, back_at, step) == Next::Settled;
            let down_at = hit.struck[index].at;
            self.spells.push(Spell {
                case: index as u32,
                failures: 1,
                usable_since: release,
                down_at,
                back_at,
                step,
                burden: Burden::Down,
                next: Next::Settled,
            });
        }
        settled
    }

    /// Counts what hands did for those who waited in line, and what PCs tried alone.
    pub(crate) fn count_line(&mut self, hit: Hit<'_>, step: usize, part: &Part, begins: &[Millis]) {
        let horizon = self.course.horizon;
        for ((case, &begin), struck) in part.cases.iter().zip(begins).zip(hit.struck) {
            let used = if begin < NEVER { step } else { usize::from(case.alone.1) };
            if begin < NEVER {
                self.busy(struck, (begin + case.hands).min(horizon) - begin);
            }
            if used != usize::from(NO_STEP) {
                self.tally.steps[hit.sector()][used].attempts += hit.organisation.weight;
            }
        }
    }
}

/// Cases that are put in order at a time: few enough for a core's own cache.
const WINDOW: usize = 1 << 12;
/// Windows that all threads put in order before hands are given out for them.
const WINDOWS_AT_A_TIME: usize = 32;

/// The cases of all parts, cut into windows of time.
struct Windows {
    from: Millis,
    width: Millis,
    count: usize,
    /// By part: its cases by window, and the first of each window there.
    parts: Vec<(Vec<u32>, Vec<u32>)>,
}

impl Windows {
    fn of(parts: &[&Part]) -> Windows {
        let from = parts.iter().map(|part| part.ready.0).min().unwrap_or(0);
        let to = parts.iter().map(|part| part.ready.1).max().unwrap_or(0);
        let span = (to - from).max(0);
        // Instants within a window are to fit into 32 bits.
        let count = (parts.iter().map(|part| part.cases.len()).sum::<usize>() / WINDOW).max((span >> 31) as usize + 1);
        let width = span / count as Millis + 1;
        let windows = Windows { from, width, count, parts: Vec::new() };
        let parts = parts.par_iter().map(|part| windows.cut(&part.cases)).collect();
        Windows { parts, ..windows }
    }

    /// The window of a case; the one after the last holds those that do not wait.
    fn window(&self, case: &InLine) -> usize {
        if case.ready >= NEVER {
            self.count
        } else {
            (((case.ready - self.from) / self.width) as usize).min(self.count)
        }
    }

    /// Sorts the cases of a part by window, by counting.
    fn cut(&self, part: &[InLine]) -> (Vec<u32>, Vec<u32>) {
        let of: Vec<u32> = part.iter().map(|case| self.window(case) as u32).collect();
        let mut starts = vec![0_u32; self.count + 2];
        for &window in &of {
            starts[window as usize + 1] += 1;
        }
        for window in 0..=self.count {
            starts[window + 1] += starts[window];
        }
        let mut next = starts.clone();
        let mut cases = vec![0; part.len()];
        for (case, &window) in of.iter().enumerate() {
            cases[next[window as usize] as usize] = case as u32;
            next[window as usize] += 1;
        }
        (cases, starts)
    }

    fn numbers(&self) -> Vec<usize> {
        (0..self.count).collect()
    }

    /// The cases of a window, in the order of the line.
    fn turns(&self, window: usize, parts: &[&Part]) -> Vec<Turn> {
        let mut turns = Vec::with_capacity(WINDOW * 5 / 4);
        for (part, (cases, starts)) in self.parts.iter().enumerate() {
            for &index in &cases[starts[window] as usize..starts[window + 1] as usize] {
                let InLine { ready, hands, alone, .. } = parts[part].cases[index as usize];
                turns.push(Turn { ready, part: part as u32, index, hands, alone_back_at: alone.0 });
            }
        }
        // As they are, they are in the order of parts and cases: that is kept among those who get there at one instant.
        let first = self.from + window as Millis * self.width;
        let ready = turns.iter().map(|turn| (turn.ready - first) as u64);
        let mut order: Vec<u64> = ready.zip(0..).map(|(ready, place)| ready << 32 | place).collect();
        order.sort_unstable();
        order.iter().map(|&place| turns[place as u32 as usize]).collect()
    }
}
