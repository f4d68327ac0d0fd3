//! What all PCs of a window go through in step, in vector instructions.

#![allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]

use crate::draw::Chance;
use crate::fleet::calendar::habit;
use crate::fleet::calendar::window::{BEYOND, NOT, TOO_LONG, UNKNOWN, UNUSED, Uses};
use crate::time::DAY;

/// More numbers than any vector holds.
const MOST_LANES: usize = 64;

/// Makes uses of a day out of times of day.
pub(super) struct Finish<'a> {
    pub(super) midnight: u32,
    /// The draws of both times.
    pub(super) draws: [&'a [u32]; 2],
    pub(super) used: Chance,
    pub(super) left_on: Chance,
    /// Times of day; as in [`Uses`] afterwards.
    pub(super) starts: &'a mut [u32],
    pub(super) ends: &'a mut [u32],
}

impl pulp::WithSimd for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Finish { midnight, draws: [on, off], used, left_on, starts, ends } = self;
        let (used, left_on) = (used.hits(), left_on.hits());
        for (((start, end), &on), &off) in starts.iter_mut().zip(ends).zip(on).zip(off) {
            let habit = habit(on, off);
            let from = (*start).min(DAY as u32 - 1);
            let to = (*end).min(2 * DAY as u32).max(from);
            let is_used = used(habit);
            *start = if is_used { midnight + from } else { UNUSED };
            *end = if is_used { (midnight + to) << 1 | u32::from(left_on(habit)) } else { 0 };
        }
    }
}

/// Finds the last use that has begun by an instant.
pub(super) struct Begun<'a> {
    pub(super) days: &'a [Uses],
    pub(super) since: u32,
    pub(super) last: &'a mut [u32],
}

impl pulp::WithSimd for Begun<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Begun { days, since, last: begun } = self;
        let since = simd.splat_u32s(since);
        for place in (0..begun.len()).step_by(S::U32_LANES) {
            let mut last = simd.splat_u32s(UNKNOWN);
            for day in days {
                let (from, to) = (load(simd, &day.from, place), load(simd, &day.to, place));
                last = simd.select_u32s(simd.less_than_or_equal_u32s(from, since), to, last);
            }
            store(simd, begun, place, last);
        }
    }
}

/// Finds the end of the last use, counted from the end of the window. Returns whether it may be that of an earlier one,
/// which outlasted the last.
pub(super) struct Ended<'a> {
    pub(super) hours: Hours<'a>,
    pub(super) ended: &'a mut [u32],
}

impl pulp::WithSimd for Ended<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) -> bool {
        let Ended { hours: Hours { days, begun, end }, ended } = self;
        let (one, end) = (simd.splat_u32s(1), simd.splat_u32s(end));
        let mut outlasts = simd.splat_u32s(0);
        for place in (0..ended.len()).step_by(S::U32_LANES) {
            let begun = load(simd, begun, place);
            let mut left_on = simd.and_u32s(begun, one);
            let mut last = simd.wrapping_dyn_shr_u32s(begun, one);
            for day in days {
                let (from, to) = (load(simd, &day.from, place), load(simd, &day.to, place));
                let ends = simd.wrapping_dyn_shr_u32s(to, one);
                let is_unused = simd.equal_u32s(from, simd.splat_u32s(UNUSED));
                left_on = simd.select_u32s(is_unused, left_on, simd.and_u32s(to, one));
                let longer = simd.sub_u32s(simd.max_u32s(last, ends), ends);
                outlasts = simd.or_u32s(outlasts, simd.select_u32s(is_unused, simd.splat_u32s(0), longer));
                last = simd.max_u32s(last, ends);
            }
            let after = simd.sub_u32s(simd.max_u32s(last, end), end);
            store(simd, ended, place, simd.or_u32s(simd.add_u32s(after, after), left_on));
        }
        is_any_above(simd, outlasts, 0)
    }
}

/// What is known of PCs from the first instant that is asked about on.
#[derive(Clone, Copy)]
pub(super) struct Hours<'a> {
    pub(super) days: &'a [Uses],
    pub(super) begun: &'a [u32],
    pub(super) end: u32,
}

/// Numbers of some PCs that are taken in step, from a place on.
#[inline(always)]
fn load<S: pulp::Simd>(simd: S, column: &[u32], place: usize) -> S::u32s {
    match column.get(place..place + S::U32_LANES) {
        Some(whole) => S::as_simd_u32s(whole).0[0],
        None => simd.partial_load_u32s(&column[place..]),
    }
}

/// Writes them down.
#[inline(always)]
fn store<S: pulp::Simd>(simd: S, column: &mut [u32], place: usize, values: S::u32s) {
    match column.get_mut(place..place + S::U32_LANES) {
        Some(whole) => S::as_mut_simd_u32s(whole).0[0] = values,
        None => simd.partial_store_u32s(&mut column[place..], values),
    }
}

/// Whether one of the numbers of a vector is above another number.
#[inline(always)]
fn is_any_above<S: pulp::Simd>(simd: S, numbers: S::u32s, limit: u32) -> bool {
    let mut lanes = [0; MOST_LANES];
    store(simd, &mut lanes[..S::U32_LANES], 0, numbers);
    lanes.iter().any(|&number| number > limit)
}

impl Hours<'_> {
    /// Goes through the spans for which some PCs are on, in the order of time: from when, to when. A span that ends
    /// before it begins is none; one may go on where the one before ended.
    #[inline(always)]
    fn spans<S: pulp::Simd>(self, simd: S, place: usize, mut span: impl FnMut(S::u32s, S::u32s)) {
        let (zero, one, end) = (simd.splat_u32s(0), simd.splat_u32s(1), simd.splat_u32s(self.end));
        let begun = load(simd, self.begun, place);
        // Up to when all is told, and whether it is left on since.
        let mut told = simd.wrapping_dyn_shr_u32s(begun, one);
        let mut left_on = simd.and_u32s(begun, one);
        span(zero, simd.min_u32s(told, end));
        for day in self.days {
            let from = load(simd, &day.from, place);
            let to = load(simd, &day.to, place);
            let ends = simd.wrapping_dyn_shr_u32s(to, one);
            let begins = simd.select_u32s(simd.equal_u32s(left_on, one), told, simd.max_u32s(told, from));
            span(begins, simd.min_u32s(ends, end));
            told = simd.max_u32s(told, ends);
            let is_unused = simd.equal_u32s(from, simd.splat_u32s(UNUSED));
            left_on = simd.select_u32s(is_unused, left_on, simd.and_u32s(to, one));
        }
        span(told, simd.select_u32s(simd.equal_u32s(left_on, one), end, zero));
    }
}

/// Adds up for how long PCs are on between two instants. Returns whether some of these lie beyond the window.
pub(super) struct TimeOn<'a> {
    pub(super) hours: Hours<'a>,
    pub(super) from: &'a [u32],
    pub(super) to: &'a [u32],
    pub(super) sums: &'a mut [u32],
}

impl pulp::WithSimd for TimeOn<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) -> bool {
        let TimeOn { hours, from: since, to: until, sums } = self;
        let mut last = simd.splat_u32s(0);
        for place in (0..sums.len()).step_by(S::U32_LANES) {
            let (since, until) = (load(simd, since, place), load(simd, until, place));
            last = simd.max_u32s(last, until);
            let mut sum = simd.splat_u32s(0);
            hours.spans(
                simd,
                place,
                #[inline(always)]
                |begins, ends| {
                    let (begins, ends) = (simd.max_u32s(begins, since), simd.min_u32s(ends, until));
                    sum = simd.add_u32s(sum, simd.sub_u32s(simd.max_u32s(begins, ends), begins));
                },
            );
            store(simd, sums, place, sum);
        }
        is_any_above(simd, last, hours.end)
    }
}

/// Finds when PCs have been on for a span since an instant.
pub(super) struct AfterTimeOn<'a> {
    pub(super) hours: Hours<'a>,
    pub(super) from: &'a [u32],
    /// What is left of them afterwards.
    pub(super) spans: &'a mut [u32],
    pub(super) limit: u32,
    pub(super) done: &'a mut [u32],
}

impl pulp::WithSimd for AfterTimeOn<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let AfterTimeOn { hours, from, spans, limit, done } = self;
        let end = simd.splat_u32s(hours.end);
        for place in (0..done.len()).step_by(S::U32_LANES) {
            let (since, span) = (load(simd, from, place), load(simd, spans, place));
            let mut search: Search<S> = Search::begin(simd, since, since, span);
            hours.spans(
                simd,
                place,
                #[inline(always)]
                |begins, ends| search.goes_on(simd, (begins, ends), end),
            );
            store(simd, done, place, search.answer(simd, limit, hours.end));
            store(simd, spans, place, search.left(simd, span));
        }
    }
}

/// Finds when PCs have been used for a span since an instant: as [`AfterTimeOn`], but for nights on which they are left
/// on, and the use that went on at the instant is the last that had begun by then, even if one before it lasts longer.
pub(super) struct AfterTimeAttended<'a> {
    pub(super) hours: Hours<'a>,
    /// The instant after those since when; 0 if it was before the window.
    pub(super) after: &'a [u32],
    /// What is left of them afterwards.
    pub(super) spans: &'a mut [u32],
    pub(super) limit: u32,
    pub(super) done: &'a mut [u32],
}

impl pulp::WithSimd for AfterTimeAttended<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let AfterTimeAttended { hours, after, spans, limit, done } = self;
        let (zero, one, end) = (simd.splat_u32s(0), simd.splat_u32s(1), simd.splat_u32s(hours.end));
        for place in (0..done.len()).step_by(S::U32_LANES) {
            let (after, span) = (load(simd, after, place), load(simd, spans, place));
            let since = simd.sub_u32s(simd.max_u32s(after, one), one);
            let first: Search<S> = Search::begin(simd, after, since, span);
            let mut search = first;
            search.goes_on(simd, (zero, simd.wrapping_dyn_shr_u32s(load(simd, hours.begun, place), one)), end);
            for day in hours.days {
                let from = load(simd, &day.from, place);
                let to = simd.wrapping_dyn_shr_u32s(load(simd, &day.to, place), one);
                // Whatever began before one that has begun is over, then.
                let has_begun = simd.less_than_u32s(from, after);
                search.at = simd.select_u32s(has_begun, first.at, search.at);
                search.rest = simd.select_u32s(has_begun, first.rest, search.rest);
                search.found = simd.select_u32s(has_begun, first.found, search.found);
                search.goes_on(simd, (from, to), end);
            }
            store(simd, done, place, search.answer(simd, limit, hours.end));
            store(simd, spans, place, search.left(simd, span));
        }
    }
}

/// Where some PCs are on their way through spans of time, one after the other, until they have had as much as is asked.
#[derive(Clone, Copy)]
struct Search<S: pulp::Simd> {
    is_asked: S::m32s,
    at: S::u32s,
    /// What is left of it.
    rest: S::u32s,
    found: S::u32s,
}

impl<S: pulp::Simd> Search<S> {
    /// Begins at an instant, if [`super::is_asked`] says so of another (the same, or the one after): nothing is found
    /// from beyond all windows, nor for spans that are longer than any.
    #[inline(always)]
    fn begin(simd: S, asked: S::u32s, since: S::u32s, span: S::u32s) -> Search<S> {
        let is_short = simd.less_than_u32s(span, simd.splat_u32s(TOO_LONG));
        let beyond = simd.splat_u32s(BEYOND);
        let is_asked = simd.and_m32s(is_short, simd.less_than_u32s(asked, simd.sub_u32s(beyond, span)));
        Search {
            is_asked,
            at: simd.select_u32s(is_asked, since, beyond),
            rest: simd.select_u32s(is_asked, span, simd.splat_u32s(0)),
            found: simd.splat_u32s(UNKNOWN),
        }
    }

    /// Goes on to the end of a span of time, or of the window.
    #[inline(always)]
    fn goes_on(&mut self, simd: S, (from, to): (S::u32s, S::u32s), end: S::u32s) {
        let (begins, ends) = (simd.max_u32s(self.at, from), simd.min_u32s(to, end));
        let done = simd.add_u32s(begins, self.rest);
        let is_new = simd.equal_u32s(self.found, simd.splat_u32s(UNKNOWN));
        let is_first = simd.and_m32s(simd.less_than_u32s(done, ends), is_new);
        self.found = simd.select_u32s(is_first, done, self.found);
        let lasts = simd.sub_u32s(simd.max_u32s(begins, ends), begins);
        self.rest = simd.sub_u32s(self.rest, simd.min_u32s(self.rest, lasts));
        self.at = simd.max_u32s(self.at, to);
    }

    /// What is found in a window that ends then: [`NOT`] if that is not before a limit.
    #[inline(always)]
    fn answer(&self, simd: S, limit: u32, end: u32) -> S::u32s {
        let is_late = simd.greater_than_or_equal_u32s(self.found, simd.splat_u32s(limit));
        let is_found = simd.less_than_u32s(self.found, simd.splat_u32s(UNKNOWN));
        let missing = simd.splat_u32s(if limit <= end { NOT } else { UNKNOWN });
        simd.select_u32s(is_late, simd.select_u32s(is_found, simd.splat_u32s(NOT), missing), self.found)
    }

    /// What is left of a span, where it was asked about; all of it elsewhere.
    #[inline(always)]
    fn left(&self, simd: S, span: S::u32s) -> S::u32s {
        simd.select_u32s(self.is_asked, self.rest, span)
    }
}
