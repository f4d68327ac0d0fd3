//! The way back of a large organisation whose cases share one line only: each waits its turn for the same hands, is
//! mended once and for all, and is never hit again.
//!
//! What PCs do alone is then found for all of them in parallel, before and after the line; what is left to be done in
//! the order of time is to hand out hands, first come, first served. Where more is shared than that, or a PC is hit
//! again, [`crate::engine::crew`] does it event by event: slower, the same for every organisation, and what this is
//! held against.
//!
//! There may be hundreds of millions of cases, and a page of memory that is touched for the first time is slow. So
//! instants are kept as milliseconds after the release in 32 bits, in columns; [`is_short`] says whether they fit.

use std::ops::Range;

use rayon::prelude::*;

use crate::agent::effect::Burden;
use crate::draw::Chance;
use crate::engine::case::{Case, loops};
use crate::engine::crew::Crew;
use crate::engine::duty::Hands;
use crate::engine::log::NO_STEP;
use crate::engine::model::{Model, StepModel, WorkModel};
use crate::engine::organisation::{Hit, Next, Spell, Way};
use crate::engine::strike::Struck;
use crate::limits::MAX_STEPS;
use crate::recovery::{Outcome, Stage};
use crate::time::{Millis, NEVER};

/// Not before the horizon, if at all: [`NEVER`] in 32 bits.
const LATE: u32 = u32::MAX;

/// Whether all instants of a plan that matter fit into 32 bits, counted from the release: nearly 50 days.
pub(crate) fn is_short(model: &Model<'_>) -> bool {
    model.horizon - model.at < Millis::from(LATE)
}

/// An instant or a span in 32 bits; what is beyond them is beyond the horizon.
pub(crate) fn short(span: Millis) -> u32 {
    span.min(Millis::from(LATE)) as u32
}

/// The instant that is meant by that, counted from another.
pub(crate) fn long(span: u32, after: Millis) -> Millis {
    if span == LATE { NEVER } else { after + Millis::from(span) }
}

/// The cases of a part of an organisation that may wait in line.
pub(crate) struct Part {
    /// When each gets into the line; [`LATE`] if it does not have to. Once hands were given out: when they are laid on
    /// it; [`LATE`] if they are not. In the order of [`Hit::struck`], as all columns; in that of windows while cases
    /// wait in line.
    ready: Vec<u32>,
    /// For how long hands are busy with it, in the same order as that.
    hands: Vec<u32>,
    /// From then until it can be used.
    after: Vec<u32>,
    /// When it is back by itself, and by which step; empty if none is.
    alone: Vec<(u32, u8)>,
    /// When the first and the last of those that wait get into the line.
    span: (u32, u32),
    /// The time for which hands are busy with all of them.
    work: u64,
    /// While they wait in line: in the order of windows, which case it is.
    order: Vec<u16>,
    /// And by window: the first of it in that order; one more for the end.
    starts: Vec<u32>,
}

impl Part {
    /// When a case is back by itself.
    fn alone(&self, case: usize) -> (u32, u8) {
        self.alone.get(case).copied().unwrap_or((LATE, NO_STEP))
    }
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
        let WorkModel::Once { hands: work, unattended, .. } = &sector.steps[step].work else { return None };
        let release = self.course.model.at;
        let cases = hit.struck.len();
        let (mut ready, mut hands, mut after) = (Vec::with_capacity(cases), vec![0; cases], vec![0; cases]);
        let mut alone = Vec::new();
        let [works, _, unattends, _] = hit.drawn.hands.columns();
        let places = hit.first..hit.first + cases;
        work.at_each(&works[places.clone()], &mut hands);
        unattended.at_each(&unattends[places], &mut after);
        if let Some((to_sit, start)) = self.crash_loops(hit, &sector.steps[step]) {
            // Nothing can be done about it but by hand: it is known when each can be.
            let opens = self.opens[0][hit.sector()][step];
            ready.extend(hit.struck.iter().zip(to_sit).map(|(struck, &to_sit)| {
                let sits_at = struck.at + Millis::from(to_sit);
                short(sits_at.max(opens) - release)
            }));
            after.iter_mut().zip(start).for_each(|(after, &start)| *after = after.saturating_add(start));
        } else {
            for (place, struck) in hit.struck.iter().enumerate() {
                let mut case = Case::new(struck, release);
                case.can = u32::from(sector.steps[step].possible(struck.traits)) << step & sector.against[0];
                let waits_from = self.begins_to_fail(hit, place, &mut case, struck.at);
                let is_back = case.alone_back_at <= waits_from;
                ready.push(if is_back { LATE } else { short(waits_from - release) });
                after[place] = after[place].saturating_add(short(case.start));
                if case.alone_step != NO_STEP || case.alone_back_at < NEVER {
                    alone.resize(cases, (LATE, NO_STEP));
                    alone[place] = (short(case.alone_back_at - release), case.alone_step);
                }
            }
        }
        let waiting = || ready.iter().copied().filter(|&ready| ready < LATE);
        let span = (waiting().min().unwrap_or(LATE), waiting().max().unwrap_or(0));
        let work = hands.iter().copied().map(u64::from).sum();
        Some(Part { ready, hands, after, alone, span, work, order: Vec::new(), starts: Vec::new() })
    }

    /// How long it takes PCs from their first failure to the recovery environment, and from what helped to a PC that
    /// can be used; if all are in a loop of crashes, none tries anything, and a step can be begun on each of them
    /// there.
    fn crash_loops(&self, hit: Hit<'_>, step: &StepModel) -> Option<(&[u32], &[u32])> {
        let sector = &self.course.model.sectors[hit.sector()];
        let first = self.course.model.first();
        let is_plain = |struck: &Struck| {
            let met = usize::from(struck.met);
            loops(&first.parsers[met]) && sector.alone[0][met].is_empty()
        };
        let is_for_all = step.needs.is_empty() && step.waits_if == 0 && step.stage != Stage::Restarting;
        let is_against = sector.against[0] & sector.by_hand != 0;
        let are_plain =
            is_for_all && is_against && hit.struck.chunk_by(|a, b| a.met == b.met).all(|run| is_plain(&run[0]));
        if are_plain { self.starts.of_crash_loops() } else { None }
    }

    /// Hands out hands, first come, first served.
    pub(crate) fn wait_in_line(&self, hit: Hit<'_>, means: usize, parts: &mut [Part]) {
        let course = self.course;
        let mut crew = Crew::default();
        crew.gather(course, hit, &self.mobilised);
        let (work, cases) = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.work, sum.1 + part.hands.len() as u64));
        let release = course.model.at;
        let hands = crew.hands(means, release, (work / cases.max(1)) as u32);
        let mut line = Line { hands, at: 0, horizon: short(course.horizon - release) };
        let windows = Windows::of(parts);
        parts.par_iter_mut().for_each(|part| windows.cut(part));
        // While hands are given out for some windows, other threads write down what came of those before, and put those
        // after in order.
        let (mut done, mut now): (Vec<Turns>, Vec<Turns>) = (Vec::new(), Vec::new());
        for first in (0..windows.count + 2 * AT_A_TIME).step_by(AT_A_TIME) {
            let ((), next) = rayon::join(
                || now.iter_mut().for_each(|turns| line.hand_out(turns)),
                || {
                    done.par_iter_mut().for_each(Turns::put_back);
                    parts.par_iter_mut().enumerate().for_each(|(number, part)| {
                        for turns in &done {
                            turns.write_down(number, part);
                        }
                    });
                    let next = first..(first + AT_A_TIME).min(windows.count);
                    next.into_par_iter().map(|window| windows.turns(window, parts)).collect()
                },
            );
            done = std::mem::replace(&mut now, next);
        }
        parts.par_iter_mut().for_each(Part::put_back);
    }

    /// Whether one of them may be hit again: for those on whom hands were laid, that is known by when; what others come
    /// back by alone has to be looked at one by one.
    pub(crate) fn may_be_hit_again(&self, sector: usize, parts: &[Part]) -> bool {
        let first = parts.iter().flat_map(|part| &part.ready).copied().min().unwrap_or(LATE);
        !self.course.model.sectors[sector].by_itself.is_empty()
            || self.course.first().may_install(long(first, self.course.model.at))
    }

    /// Finds how the first failure of each PC ends, having waited in line.
    pub(crate) fn leave_line(&mut self, hit: Hit<'_>, step: usize, part: &Part) {
        let release = self.course.model.at;
        let none = Spell {
            case: 0,
            failures: 1,
            usable_since: release,
            down_at: release,
            back_at: NEVER,
            step: step as u8,
            burden: Burden::Down,
            is_last: true,
        };
        self.spells.clear();
        let columns = part.ready.iter().zip(&part.hands).zip(&part.after).zip(hit.struck);
        self.spells.extend((0..).zip(columns).map(|(case, (((&begin, &hands), &after), struck))| {
            let worked = release + Millis::from(begin) + Millis::from(hands) + Millis::from(after);
            let (back_at, step) = if begin < LATE {
                (worked, none.step)
            } else {
                let (at, by) = part.alone(case as usize);
                (long(at, release), by)
            };
            Spell { case, down_at: struck.at, back_at, step, ..none }
        }));
    }

    /// Whether nothing comes after the failures at hand.
    pub(crate) fn are_settled(&mut self, hit: Hit<'_>) -> bool {
        let spells = std::mem::take(&mut self.spells);
        let are_settled =
            spells.iter().all(|spell| self.comes_next(hit, spell.case, 1, spell.back_at, spell.step) == Next::Settled);
        self.spells = spells;
        are_settled
    }

    /// Counts what hands did for those who waited in line, and what PCs tried alone.
    pub(crate) fn count_line(&mut self, hit: Hit<'_>, step: usize, part: &Part) {
        let horizon = short(self.course.horizon - self.course.model.at);
        let mut attempts = [0_u64; MAX_STEPS];
        for (place, (&begin, &hands)) in part.ready.iter().zip(&part.hands).enumerate() {
            if begin < LATE {
                attempts[step] += 1;
                self.busy(&hit.struck[place], Millis::from(begin.saturating_add(hands).min(horizon) - begin));
            } else if let (_, by) = part.alone(place)
                && by != NO_STEP
            {
                attempts[usize::from(by)] += 1;
            }
        }
        for (used, attempts) in self.tally.steps[hit.sector()].iter_mut().zip(attempts) {
            used.attempts += attempts * hit.organisation.weight;
        }
    }
}

/// The line, and the hands that it waits for. Instants are counted from the release.
struct Line<'c> {
    hands: Hands<'c>,
    /// When the last case was taken up: nobody behind it is before that.
    at: u32,
    horizon: u32,
}

impl Line<'_> {
    /// Hands out hands to the cases of a window.
    fn hand_out(&mut self, turns: &mut Turns) {
        let Turns { ready, hands, alone, begins, .. } = turns;
        for (turn, ((&ready, &hands), begin)) in ready.iter().zip(&*hands).zip(begins).enumerate() {
            let limit = alone.get(turn).map_or(self.horizon, |&alone| alone.min(self.horizon));
            self.at = self.hands.free(self.at.max(ready), limit);
            if self.at < limit {
                self.hands.take_up(self.at, hands);
                *begin = self.at;
            }
        }
    }
}

/// Cases that are put in order at a time: few enough for a core's own cache.
const WINDOW: usize = 1 << 14;
/// Windows that are put in order while hands are given out for as many before.
const AT_A_TIME: usize = 8;

/// How the cases of all parts are cut into windows of time.
struct Windows {
    from: u32,
    width: u32,
    count: usize,
}

/// The cases of a window, gathered from all parts: in the order of the line, so that who hands out hands reads what
/// another core wrote from the first to the last.
struct Turns {
    window: usize,
    /// By part: the first of its cases, in the order of parts and cases; one more for the end.
    parts: Vec<u32>,
    /// The place of each in that order.
    places: Vec<u32>,
    ready: Vec<u32>,
    hands: Vec<u32>,
    /// When they are back by themselves; empty if none of all cases is.
    alone: Vec<u32>,
    /// When hands are laid on them.
    begins: Vec<u32>,
}

impl Windows {
    fn of(parts: &[Part]) -> Windows {
        let from = parts.iter().map(|part| part.span.0).min().unwrap_or(0);
        let to = parts.iter().map(|part| part.span.1).max().unwrap_or(0);
        let span = to.saturating_sub(from);
        let cases = parts.iter().map(|part| part.ready.len()).sum::<usize>();
        let width = span / (cases / WINDOW + 1) as u32 + 1;
        Windows { from, width, count: (span / width) as usize + 1 }
    }

    /// Sorts the cases of a part by window, by counting. Those that do not wait come last.
    fn cut(&self, part: &mut Part) {
        let window = |ready: u32| if ready < LATE { ((ready - self.from) / self.width) as usize } else { self.count };
        let of: Vec<u32> = part.ready.iter().map(|&ready| window(ready) as u32).collect();
        let mut starts = vec![0_u32; self.count + 2];
        for &window in &of {
            starts[window as usize + 1] += 1;
        }
        for window in 0..=self.count {
            starts[window + 1] += starts[window];
        }
        let mut next = starts.clone();
        part.order.resize(of.len(), 0);
        for (case, &window) in of.iter().enumerate() {
            part.order[next[window as usize] as usize] = case as u16;
            next[window as usize] += 1;
        }
        part.starts = starts;
        for column in [&mut part.ready, &mut part.hands] {
            let of = column.clone();
            column.iter_mut().zip(&part.order).for_each(|(value, &case)| *value = of[usize::from(case)]);
        }
    }

    /// The cases of a window, put in order.
    fn turns(&self, window: usize, parts: &[Part]) -> Turns {
        let first = self.from + window as u32 * self.width;
        let many = parts.iter().map(|part| part.of(window).len()).sum();
        let (mut hands, mut order) = (Vec::with_capacity(many), Vec::with_capacity(many));
        let mut of = Vec::with_capacity(parts.len() + 1);
        let mut alone = Vec::new();
        let are_alone = parts.iter().any(|part| !part.alone.is_empty());
        for part in parts {
            of.push(hands.len() as u32);
            let cases = part.of(window);
            // As they are, they are in the order of parts and cases: that is kept among those who get there at one
            // instant.
            let places = hands.len() as u64..;
            order.extend(part.ready[cases.clone()].iter().zip(places).map(|(&at, i)| u64::from(at - first) << 32 | i));
            if are_alone {
                alone.extend(part.order[cases.clone()].iter().map(|&case| part.alone(usize::from(case)).0));
            }
            hands.extend_from_slice(&part.hands[cases]);
        }
        of.push(hands.len() as u32);
        sort_by_upper_half(&mut order, self.width);
        let places: Vec<u32> = order.iter().map(|&key| key as u32).collect();
        let in_line = |column: &[u32]| places.iter().map(|&place| column[place as usize]).collect();
        Turns {
            window,
            parts: of,
            ready: order.iter().map(|&key| first + (key >> 32) as u32).collect(),
            hands: in_line(&hands),
            alone: if are_alone { in_line(&alone) } else { alone },
            begins: vec![LATE; places.len()],
            places,
        }
    }
}

impl Part {
    /// Its cases in a window, in the order of windows.
    fn of(&self, window: usize) -> Range<usize> {
        self.starts[window] as usize..self.starts[window + 1] as usize
    }

    /// Brings its cases back into the order of [`Hit::struck`], when none waits any more.
    fn put_back(&mut self) {
        self.starts = Vec::new();
        let order = std::mem::take(&mut self.order);
        for column in [&mut self.ready, &mut self.hands] {
            let of = column.clone();
            of.iter().zip(&order).for_each(|(&value, &case)| column[usize::from(case)] = value);
        }
    }
}

impl Turns {
    /// Brings the instants at which hands are laid on cases into the order of parts and cases.
    fn put_back(&mut self) {
        let mut begins = vec![LATE; self.begins.len()];
        self.places.iter().zip(&self.begins).for_each(|(&place, &begin)| begins[place as usize] = begin);
        self.begins = begins;
    }

    /// Writes down when hands are laid on the cases of a part.
    fn write_down(&self, number: usize, part: &mut Part) {
        let mine = self.parts[number] as usize..self.parts[number + 1] as usize;
        let theirs = part.of(self.window);
        part.ready[theirs].copy_from_slice(&self.begins[mine]);
    }
}

/// Bits that are looked at in one go.
const DIGIT: u32 = 8;

/// Sorts numbers by their upper halves, all of which are below a limit; those of equal ones stay in their order. By
/// counting, digit after digit: there is nothing to be predicted, unlike where numbers are compared.
fn sort_by_upper_half(numbers: &mut Vec<u64>, limit: u32) {
    let mut spare = vec![0; numbers.len()];
    let mut shift = 32;
    while limit >> (shift - 32) > 0 {
        let digit = |number: u64| (number >> shift) as usize % (1 << DIGIT);
        let mut next = [0_u32; 1 << DIGIT];
        for &number in &*numbers {
            next[digit(number)] += 1;
        }
        let mut sum = 0;
        for next in &mut next {
            sum += std::mem::replace(next, sum);
        }
        for &number in &*numbers {
            let place = &mut next[digit(number)];
            spare[*place as usize] = number;
            *place += 1;
        }
        std::mem::swap(numbers, &mut spare);
        shift += DIGIT;
        if shift == 64 {
            break;
        }
    }
}
