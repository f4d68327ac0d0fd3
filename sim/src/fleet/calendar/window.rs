//! The hours of many PCs over a few days: drawn at once, and asked about at once.
//!
//! A window begins some days before an instant, from which on all questions are asked, and goes on for some days after
//! it. Within it, PCs are taken through their days in step, as many as a vector holds: none of it branches on what a
//! single PC does. Those about whom it does not say enough are looked up again in another window that follows, until
//! few are left or five have followed; who is left then is [`UNKNOWN`] here, and is looked up by [`Calendar`], which
//! follows one PC through its sessions. Both say the same.
//!
//! Instants are milliseconds since the window's first midnight: 32 bits of them are enough, and twice as many fit into
//! a vector.

mod ask;
mod step;

use std::ops::Range;

use crate::draw::{Key, Purpose, Words};
pub use crate::fleet::calendar::window::ask::{Asked, Question};
use crate::fleet::calendar::window::step::{Begun, Ended, Finish, Hours};
use crate::fleet::calendar::{Calendar, Clocks, Days, LOOK_BACK, LeftOn, Use};
use crate::sieve;
use crate::time::{HOUR, Millis, Zone};

/// What is not known here.
pub const UNKNOWN: u32 = u32::MAX;
/// Not at all, as far as was asked.
pub const NOT: u32 = UNKNOWN - 1;
/// An instant beyond all windows: some 49 days after the first midnight.
pub const BEYOND: u32 = NOT - 1;
/// Spans from here on are not asked about: any instant of a window and one that is shorter add up within 32 bits.
const TOO_LONG: u32 = 1 << 31;

/// No time of day.
const UNUSED: u32 = u32::MAX;

/// Working days before that of the first question: most PCs were last used on one of these.
const DAYS_BEFORE: usize = 1;
/// Most answers lie no later than this after a span: if it ends in the afternoon, the next day is of interest, too.
const STAY: Millis = 12 * HOUR;
/// Days of the first window that follows another; of each that follows that, twice as many.
const DAYS_FURTHER: i32 = 1;
/// Days that are added to a window.
const DAYS_MORE: i32 = 4;
/// Windows that follow the first one at most.
const MOST_WINDOWS: u32 = 5;
/// PCs below which a window that follows is not worth its setting up.
const FEW: usize = 4;
/// The most days of a window: its instants, doubled, fit into 32 bits.
const MOST_DAYS: i32 = 20;

/// A few days of many PCs. A memory only: it changes no answer.
#[derive(Clone, Debug, Default)]
pub struct Window {
    key: Key,
    pcs: Vec<u64>,
    /// By PC: the place of its calendar among all.
    kinds: Vec<u16>,
    /// PCs of one kind that follow each other.
    runs: Vec<(u16, Range<usize>)>,
    /// The first day, its midnight, and how many days there are.
    first: i32,
    midnight: Millis,
    count: i32,
    /// The place among them of the first day that is asked about.
    today: usize,
    /// The midnight after the last day.
    end: u32,
    /// How many it follows.
    windows_before: u32,
    /// None if all PCs are on day and night: then nothing has to be looked up.
    days: Vec<Uses>,
    /// Room of days that were looked up before.
    spare: Vec<Uses>,
    /// By PC: the end of the last use that had begun before what is asked about, as in [`Uses`].
    begun: Vec<u32>,
    /// Whether that may be the end of an earlier use, which outlasted the last.
    outlasts: bool,
    words: Words,
}

/// What many PCs do on one day.
#[derive(Clone, Debug, Default)]
struct Uses {
    /// [`UNUSED`] on days without use.
    from: Vec<u32>,
    /// Twice the end of use, and 1 if left on; 0 on days without use.
    to: Vec<u32>,
}

impl Window {
    /// Looks up the days around a span of time of PCs in one zone: of each kind those at its places.
    pub fn draw(
        &mut self,
        zone: &Zone,
        calendars: &[Calendar],
        span: Range<Millis>,
        key: Key,
        pcs: impl Iterator<Item = u64>,
        runs: impl Iterator<Item = (u16, usize)>,
    ) {
        let is_weekday = |day: &i32| zone.weekday(*day) < 5;
        let (today, last) = (zone.local(span.start).0, zone.local(span.end + STAY).0);
        let back = (today - LOOK_BACK..today).rev().filter(is_weekday).nth(DAYS_BEFORE - 1);
        (self.key, self.windows_before, self.outlasts) = (key, 0, false);
        self.pcs.clear();
        self.pcs.extend(pcs);
        self.kinds.clear();
        self.runs.clear();
        runs.for_each(|(kind, pcs)| self.add_run(kind, pcs));
        self.first = back.unwrap_or(today);
        self.midnight = zone.instant(self.first, 0);
        self.today = (today - self.first) as usize;
        self.look_up(zone, calendars, (last + 1 - self.first).min(MOST_DAYS));
        self.begin(calendars, self.at(span.start));
    }

    /// Follows those PCs of another window that are at these places for some more days.
    fn follow(&mut self, of: &Window, calendars: &[Calendar], places: &[u32], ended: &mut Vec<u32>) {
        let Some(zone) = places.first().map(|&place| &calendars[usize::from(of.kinds[place as usize])].zone) else {
            return;
        };
        ended.resize(of.pcs.len(), 0);
        let outlasts = pulp::Arch::new().dispatch(Ended { hours: of.hours(), ended: &mut *ended });
        self.key = of.key;
        self.pcs.clear();
        self.pcs.extend(places.iter().map(|&place| of.pcs[place as usize]));
        self.kinds.clear();
        self.kinds.extend(places.iter().map(|&place| of.kinds[place as usize]));
        self.find_runs();
        self.first = of.first + of.count;
        self.midnight = of.instant(of.end);
        self.today = 0;
        self.windows_before = of.windows_before + 1;
        self.begun.clear();
        self.begun.extend(places.iter().map(|&place| ended[place as usize]));
        self.outlasts = of.outlasts || outlasts;
        self.look_up(zone, calendars, (DAYS_FURTHER << of.windows_before).min(MOST_DAYS));
    }

    /// Adds PCs of one kind.
    fn add_run(&mut self, kind: u16, pcs: usize) {
        if pcs == 0 {
            return;
        }
        let places = self.kinds.len()..self.kinds.len() + pcs;
        self.kinds.resize(places.end, kind);
        match self.runs.last_mut() {
            Some((last, run)) if *last == kind => run.end = places.end,
            _ => self.runs.push((kind, places)),
        }
    }

    /// Finds PCs of one kind that follow each other.
    fn find_runs(&mut self) {
        self.runs.clear();
        let mut from = 0;
        self.runs.extend(self.kinds.chunk_by(|a, b| a == b).map(|run| {
            let places = from..from + run.len();
            from = places.end;
            (run[0], places)
        }));
    }

    /// Looks up some more days of all PCs.
    pub fn extend(&mut self, calendars: &[Calendar]) {
        let Some(kind) = self.kinds.first() else { return };
        let known = self.days.len();
        let count = (self.count + DAYS_MORE).min(MOST_DAYS);
        self.look_up_from(known, &calendars[usize::from(*kind)].zone, calendars, count);
    }

    /// Looks up so many days.
    fn look_up(&mut self, zone: &Zone, calendars: &[Calendar], count: i32) {
        self.look_up_from(0, zone, calendars, count);
    }

    /// The same, but for the first days, which are known.
    fn look_up_from(&mut self, known: usize, zone: &Zone, calendars: &[Calendar], count: i32) {
        self.count = count;
        self.end = self.at(zone.instant(self.first + count, 0));
        let are_daily = self.runs.iter().any(|(kind, _)| !calendars[usize::from(*kind)].is_always());
        self.make_room(if are_daily { count as usize } else { 0 });
        for (i, uses) in self.days.iter_mut().enumerate().skip(known) {
            let day = self.first + i as i32;
            uses.from.resize(self.pcs.len(), UNUSED);
            uses.to.resize(self.pcs.len(), 0);
            // The draws of an even day are those of the next one, too.
            if i == known || day % 2 == 0 {
                self.words.draw_pairs(self.key, Purpose::Day, day as u32, &self.pcs);
            }
            for (kind, places) in &self.runs {
                calendars[usize::from(*kind)].look_up(day, self.midnight, &self.words, places.clone(), uses);
            }
        }
    }

    /// Makes room for so many days, and keeps what is not needed for later ones.
    fn make_room(&mut self, days: usize) {
        let Window { days: mine, spare, .. } = self;
        spare.extend(mine.drain(days.min(mine.len())..));
        mine.resize_with(days, || spare.pop().unwrap_or_default());
    }

    /// Finds the last use that has begun by the first instant that is asked about.
    fn begin(&mut self, calendars: &[Calendar], since: u32) {
        if self.is_always() {
            return;
        }
        let days = &self.days[..self.days.len().min(self.today + 1)];
        self.begun.resize(self.pcs.len(), 0);
        pulp::Arch::new().dispatch(Begun { days, since, last: &mut self.begun });
        let mut unknown = Vec::new();
        sieve::add(&mut unknown, 0..self.pcs.len() as u32, |place| self.begun[place as usize] == UNKNOWN);
        self.look_back(calendars, unknown);
    }

    /// Finds the last use before the window of PCs at these places, day by day.
    fn look_back(&mut self, calendars: &[Calendar], mut unknown: Vec<u32>) {
        let Window { key, kinds, runs, pcs, begun, words, .. } = self;
        if runs.len() > 1 {
            by_kind(kinds, calendars, &mut unknown);
        }
        let calendar = |place: u32| &calendars[usize::from(kinds[place as usize])];
        unknown.retain(|&place| {
            // Those that are on all the time are left on.
            let is_always = calendar(place).is_always();
            begun[place as usize] = u32::from(is_always);
            !is_always
        });
        let earliest = self.first - LOOK_BACK + self.today as i32;
        let (mut uses, mut numbers) = (Uses::default(), Vec::new());
        for day in (earliest..self.first).rev() {
            let Some(&first) = unknown.first() else { return };
            numbers.clear();
            numbers.extend(unknown.iter().map(|&place| pcs[place as usize]));
            words.draw_pairs(*key, Purpose::Day, day as u32, &numbers);
            uses.from.resize(numbers.len(), UNUSED);
            uses.to.resize(numbers.len(), 0);
            let midnight = calendar(first).zone.instant(day, 0);
            let mut from = 0;
            for run in unknown.chunk_by(|&a, &b| kinds[a as usize] == kinds[b as usize]) {
                let places = from..from + run.len();
                from = places.end;
                calendar(run[0]).look_up(day, midnight, words, places, &mut uses);
            }
            let before = (self.midnight - midnight) as u32;
            sieve::keep(&mut unknown, |i, place| {
                // On days without use, `to` is 0.
                let to = uses.to[i];
                begun[place as usize] = (to >> 1).saturating_sub(before) << 1 | to & 1;
                uses.from[i] == UNUSED
            });
        }
    }

    /// An instant of the window, if it is within.
    #[inline]
    pub fn at(&self, at: Millis) -> u32 {
        (at - self.midnight).clamp(0, Millis::from(BEYOND)) as u32
    }

    /// The instant that is meant.
    #[inline]
    pub fn instant(&self, at: u32) -> Millis {
        self.midnight + Millis::from(at)
    }

    /// Whether all PCs are on day and night.
    pub fn is_always(&self) -> bool {
        self.days.is_empty()
    }

    /// Up to when it is known what PCs do.
    pub fn ends(&self) -> Millis {
        self.instant(self.end)
    }

    /// The PCs.
    #[inline]
    pub fn pcs(&self) -> &[u64] {
        &self.pcs
    }

    /// The days of the PC at this place.
    #[inline]
    pub fn days(&self, place: usize) -> Days<'_> {
        Days { key: self.key, pc: self.pcs[place], drawn: Some((self, place)) }
    }

    /// Whether it is known what PCs do on a day.
    #[inline]
    pub(super) fn knows(&self, day: i32) -> bool {
        (self.first..self.first + self.days.len() as i32).contains(&day)
    }

    /// What a PC does on a day that is known.
    #[inline]
    pub(super) fn day(&self, place: usize, day: i32) -> Option<Use> {
        let uses = &self.days[(day - self.first) as usize];
        let (from, to) = (uses.from[place], uses.to[place]);
        let left_on = if to & 1 == 1 { LeftOn::Yes } else { LeftOn::No };
        (from != UNUSED).then(|| Use { from: self.instant(from), to: self.instant(to >> 1), left_on })
    }

    /// Takes over the days of the PCs at some places of another window, in this order.
    pub fn pick(&mut self, of: &Window, places: impl Iterator<Item = u32> + Clone) {
        fn pick<T: Copy>(mine: &mut Vec<T>, theirs: &[T], places: impl Iterator<Item = u32>) {
            mine.clear();
            mine.extend(places.map(|place| theirs[place as usize]));
        }
        let Window { key, first, midnight, count, today, end, windows_before, outlasts, .. } = *of;
        (self.key, self.first, self.midnight) = (key, first, midnight);
        (self.count, self.today, self.end) = (count, today, end);
        (self.windows_before, self.outlasts) = (windows_before, outlasts);
        self.make_room(of.days.len());
        for (mine, theirs) in self.days.iter_mut().zip(&of.days) {
            pick(&mut mine.from, &theirs.from, places.clone());
            pick(&mut mine.to, &theirs.to, places.clone());
        }
        if !of.is_always() {
            pick(&mut self.begun, &of.begun, places.clone());
        }
        pick(&mut self.kinds, &of.kinds, places.clone());
        self.find_runs();
        pick(&mut self.pcs, &of.pcs, places);
    }

    /// What is known from the first instant that is asked about on.
    fn hours(&self) -> Hours<'_> {
        Hours { days: self.days.get(self.today..).unwrap_or(&[]), begun: &self.begun, end: self.end }
    }
}

/// Brings places into the order of their kinds, so that those of a kind are looked up together.
fn by_kind(kinds: &[u16], calendars: &[Calendar], places: &mut Vec<u32>) {
    let kind = |place: u32| usize::from(kinds[place as usize]);
    let mut next = vec![0; calendars.len() + 1];
    for &place in &*places {
        next[kind(place) + 1] += 1;
    }
    (1..next.len()).for_each(|kind| next[kind] += next[kind - 1]);
    let mut sorted = vec![0; places.len()];
    for &place in &*places {
        let next = &mut next[kind(place)];
        sorted[*next] = place;
        *next += 1;
    }
    *places = sorted;
}

impl Calendar {
    /// Looks up what the PCs at these places do on a day, in milliseconds after a midnight.
    fn look_up(&self, day: i32, midnight: Millis, words: &Words, places: Range<usize>, uses: &mut Uses) {
        let (from, to) = (&mut uses.from[places.clone()], &mut uses.to[places.clone()]);
        let Some(daily) = &self.daily else {
            from.fill(UNUSED);
            to.fill(0);
            return;
        };
        let (of_zone, sampler) = self.of_day(daily, day);
        let draws @ [on, off] = words.pair(day as u32).map(|words| &words[places.clone()]);
        sampler.on.at_each(on, from);
        sampler.off.at_each(off, to);
        let (used, left_on) = (sampler.used, sampler.left_on);
        // Where clocks change, times of day are made instants one by one.
        let is_steady = of_zone.clocks == Clocks::Steady;
        let first = if is_steady { (of_zone.midnight - midnight) as u32 } else { 0 };
        let (starts, ends) = (&mut *from, &mut *to);
        pulp::Arch::new().dispatch(Finish { midnight: first, draws, used, left_on, starts, ends });
        if !is_steady {
            let instant = |time: u32| (self.zone.instant(day, Millis::from(time)) - midnight) as u32;
            for (from, to) in from.iter_mut().zip(to).filter(|(from, _)| **from != UNUSED) {
                (*from, *to) = (instant(*from), instant(*to >> 1) << 1 | *to & 1);
            }
        }
    }
}
