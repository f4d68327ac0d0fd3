//! Questions about the PCs of a window, answered for all of them at once. What lies beyond the window is asked of one
//! that follows, which questions that are asked together share.

use crate::fleet::calendar::Calendar;
use crate::fleet::calendar::window::step::{AfterTimeAttended, AfterTimeOn, TimeOn};
use crate::fleet::calendar::window::{BEYOND, FEW, MOST_WINDOWS, NOT, TOO_LONG, UNKNOWN, Window, by_kind};
use crate::sieve;
use crate::time::{Millis, NEVER};

/// What is asked about PCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// For how long it is on between two instants, the first of them no earlier than any that may be asked about.
    TimeOn,
    /// The instant at which it has been on for a span since an instant; [`NOT`] if that is not before a limit. What is
    /// asked is used up. Nothing is asked of PCs from [`BEYOND`] on, nor if the span ends there or later in any case.
    AfterTimeOn,
    /// The same for the time for which somebody has used it, as [`Calendar::after_time_attended`] says.
    AfterTimeAttended,
}

/// What is asked about the PCs of a window, and the answers.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// By PC: from when on, as [`Window::at`] gives it.
    pub from: Vec<u32>,
    /// By PC: to when, or for how long.
    pub upto: Vec<u32>,
    /// By PC; [`UNKNOWN`] has to be found one by one.
    pub answers: Vec<u32>,
    further: Further,
}

/// What is asked of a window that follows.
#[derive(Clone, Debug, Default)]
struct Further {
    /// By PC: not 0 if an answer lies beyond the window.
    are_open: Vec<u32>,
    /// Places of those PCs.
    places: Vec<u32>,
    /// By PC: the end of the last use, as in [`Window::begun`].
    ended: Vec<u32>,
    next: Option<Box<(Window, Vec<Asked>)>>,
}

impl Asked {
    /// Asks nothing about this many PCs.
    pub fn clear(&mut self, pcs: usize) {
        for column in [&mut self.from, &mut self.upto] {
            column.clear();
            column.resize(pcs, 0);
        }
    }

    /// Whether the answer to a question about a PC lies beyond a window that ends then.
    #[inline]
    fn is_open(&self, question: Question, place: usize, end: u32) -> bool {
        lies_beyond(question, end, self.from[place], self.upto[place], self.answers[place])
    }
}

/// Whether the answer to a question lies beyond a window that ends then. Of those that ask for an instant, only if the
/// limit does, too.
#[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
#[inline(always)]
fn lies_beyond(question: Question, end: u32, from: u32, upto: u32, answer: u32) -> bool {
    match question {
        Question::TimeOn => upto > end,
        Question::AfterTimeOn | Question::AfterTimeAttended => (answer == UNKNOWN) & is_asked(from, upto),
    }
}

/// Notes of which PCs answers lie beyond a window, for all of them in one go.
struct NoteOpen<'a> {
    question: Question,
    asked: &'a Asked,
    end: u32,
    are_open: &'a mut [u32],
}

impl pulp::WithSimd for NoteOpen<'_> {
    type Output = ();

    #[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let NoteOpen { question, asked: Asked { from, upto, answers, .. }, end, are_open } = self;
        for (open, ((&from, &upto), &answer)) in are_open.iter_mut().zip(from.iter().zip(upto).zip(answers)) {
            *open |= u32::from(lies_beyond(question, end, from, upto, answer));
        }
    }
}

/// Whether it is asked when a PC has had a span of time since an instant.
#[inline]
fn is_asked(since: u32, span: u32) -> bool {
    (span < TOO_LONG) & (since < BEYOND.wrapping_sub(span))
}

impl Window {
    /// Asks for how long PCs are on, see [`Question::TimeOn`].
    pub fn time_on(&self, calendars: &[Calendar], asked: &mut Asked) {
        self.ask(calendars, NEVER, &mut [(Question::TimeOn, asked)]);
    }

    /// Asks when PCs have been on for long enough, see [`Question::AfterTimeOn`].
    pub fn after_time_on(&self, calendars: &[Calendar], limit: Millis, asked: &mut Asked) {
        self.ask(calendars, limit, &mut [(Question::AfterTimeOn, asked)]);
    }

    /// Asks when PCs have been used for long enough, see [`Question::AfterTimeAttended`].
    pub fn after_time_attended(&self, calendars: &[Calendar], limit: Millis, asked: &mut Asked) {
        self.ask(calendars, limit, &mut [(Question::AfterTimeAttended, asked)]);
    }

    /// Asks several questions about all PCs.
    pub fn ask(&self, calendars: &[Calendar], limit: Millis, questions: &mut [(Question, &mut Asked)]) {
        for (question, asked) in &mut *questions {
            if *question == Question::AfterTimeAttended {
                // What has begun by an instant has begun before the next one.
                asked.from.iter_mut().for_each(|from| *from = from.saturating_add(1));
            }
        }
        self.answer(calendars, limit, questions);
    }

    /// The same, but of time attended it is asked since the instant before.
    fn answer(&self, calendars: &[Calendar], limit: Millis, questions: &mut [(Question, &mut Asked)]) {
        let mut further =
            questions.first_mut().map(|(_, asked)| std::mem::take(&mut asked.further)).unwrap_or_default();
        let Further { are_open, places, .. } = &mut further;
        are_open.clear();
        places.clear();
        let mut open = Vec::new();
        for (question, asked) in &mut *questions {
            asked.answers.resize(asked.from.len(), 0);
            if self.look(*question, limit, asked) {
                are_open.resize(asked.from.len(), 0);
                pulp::Arch::new().dispatch(NoteOpen { question: *question, asked, end: self.end, are_open });
                open.push((*question, &mut **asked));
            }
        }
        sieve::add(places, 0..are_open.len() as u32, |place| are_open[place as usize] != 0);
        if !places.is_empty() {
            self.ask_further(calendars, limit, &mut open, &mut further);
        }
        if let Some((_, asked)) = questions.first_mut() {
            asked.further = further;
        }
    }

    /// Answers a question as far as the window goes. Returns whether answers may lie beyond.
    fn look(&self, question: Question, limit: Millis, asked: &mut Asked) -> bool {
        let Asked { from, upto, answers, .. } = asked;
        let limit = self.at(limit);
        if self.is_always() {
            let spans = from.iter().zip(&*upto);
            for (answer, (&from, &upto)) in answers.iter_mut().zip(spans) {
                *answer = always(question, limit, from, upto);
            }
            return false;
        }
        let (hours, arch) = (self.hours(), pulp::Arch::new());
        match question {
            Question::TimeOn => return arch.dispatch(TimeOn { hours, from, to: upto, sums: answers }),
            Question::AfterTimeOn => arch.dispatch(AfterTimeOn { hours, from, spans: upto, limit, done: answers }),
            Question::AfterTimeAttended => {
                arch.dispatch(AfterTimeAttended { hours, after: from, spans: upto, limit, done: answers });
            }
        }
        limit > self.end
    }

    /// Asks another window about those PCs of which answers lie beyond this one. If they are too few for that, nothing
    /// is known of them.
    fn ask_further(
        &self,
        calendars: &[Calendar],
        limit: Millis,
        questions: &mut [(Question, &mut Asked)],
        further: &mut Further,
    ) {
        let Further { places, ended, next, .. } = further;
        if places.len() < FEW || self.windows_before == MOST_WINDOWS {
            // Instants beyond are not known yet; of times on, a part is.
            for (question, asked) in questions.iter_mut().filter(|(question, _)| *question == Question::TimeOn) {
                for place in places.iter().map(|&place| place as usize) {
                    if asked.is_open(*question, place, self.end) {
                        asked.answers[place] = UNKNOWN;
                    }
                }
            }
            return;
        }
        if self.runs.len() > 1 {
            by_kind(&self.kinds, calendars, places);
        }
        let (window, more) = &mut **next.get_or_insert_default();
        window.follow(self, calendars, places, ended);
        if more.len() < questions.len() {
            more.resize_with(questions.len(), Asked::default);
        }
        for ((question, asked), more) in questions.iter().zip(&mut *more) {
            more.from.clear();
            more.upto.clear();
            let places = places.iter().map(|&place| place as usize);
            if *question == Question::TimeOn {
                more.from.extend(places.clone().map(|place| self.after_end(asked.from[place])));
                more.upto.extend(places.map(|place| self.after_end(asked.upto[place])));
                continue;
            }
            let is_known = *question == Question::AfterTimeOn || !window.outlasts;
            let from = |place| {
                let is_open = is_known & asked.is_open(*question, place, self.end);
                if is_open { self.after_end(asked.from[place]) } else { BEYOND }
            };
            more.from.extend(places.clone().map(from));
            more.upto.extend(places.map(|place| asked.upto[place]));
        }
        let mut of_next: Vec<_> = questions.iter().map(|(question, _)| *question).zip(&mut *more).collect();
        window.answer(calendars, limit, &mut of_next);
        for ((question, asked), more) in questions.iter_mut().zip(more) {
            for (i, place) in places.iter().map(|&place| place as usize).enumerate() {
                let (answer, found) = (&mut asked.answers[place], more.answers[i]);
                if *question != Question::TimeOn {
                    // Window after window, 32 bits may not be enough.
                    let at = || self.end.checked_add(found).filter(|&at| at < NOT).unwrap_or(UNKNOWN);
                    if more.from[i] < BEYOND {
                        *answer = if found >= NOT { found } else { at() };
                    }
                } else if asked.upto[place] > self.end {
                    let is_known = found != UNKNOWN && asked.upto[place] < BEYOND;
                    *answer = if is_known { *answer + found } else { UNKNOWN };
                }
            }
        }
    }

    /// An instant as the window that follows gives it.
    fn after_end(&self, at: u32) -> u32 {
        if at == BEYOND { BEYOND } else { at.saturating_sub(self.end) }
    }
}

/// The answer to a question about a PC that is on day and night.
#[inline]
fn always(question: Question, limit: u32, from: u32, upto: u32) -> u32 {
    let at = u64::from(from) + u64::from(upto);
    match question {
        Question::TimeOn if upto < BEYOND => upto.saturating_sub(from),
        Question::AfterTimeOn if at < u64::from(limit) => at as u32,
        Question::AfterTimeOn if limit < BEYOND => NOT,
        Question::AfterTimeAttended => NOT,
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::draw::{Dist, Key, Samplers, Share};
    use crate::fleet::calendar::Days;
    use crate::fleet::{Day, Schedule};
    use crate::time::{DAY, HOUR, Zone};

    fn used(used: f64, on: f64, off: f64, sd: f64) -> Day {
        let normal = |mean: f64| Dist::Normal { mean: mean * HOUR as f64, sd: sd * HOUR as f64 };
        Day { used: Share(used), on: normal(on), off: normal(off) }
    }

    /// 29 March 2025, 12:00 in UTC: clocks change the night after.
    const START: i64 = 1_743_249_600_000;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// In step, PCs are on when they are one by one, also where clocks change.
        #[test]
        fn many_at_once_are_one_by_one(
            left_on in prop::sample::select(vec![0.0, 0.3, 1.0]),
            weekend in prop::sample::select(vec![0.0, 0.5, 1.0]),
            (on, off, sd) in (0.0..12.0_f64, 12.0..30.0_f64, 0.0..6.0_f64),
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
            (since, upto) in (0..6 * DAY, 0..20 * DAY),
            mut questions in prop::collection::vec((0..9 * DAY, 0..9 * DAY), 60),
            far in 0..20 * DAY,
            limit in 0..80 * DAY,
            stretch in prop::sample::select(vec![1, 5]),
        ) {
            questions.iter_mut().step_by(3).for_each(|question| question.0 += far);
            let zone = Zone::load(zone, START, 100 * DAY).expect("a zone");
            let weekday = used(0.8, on, off, sd);
            let schedule = Schedule::Daily { weekday, weekend: used(weekend, on, off, sd), left_on: Share(left_on) };
            let mut samplers = Samplers::default();
            let [daily, always] = [&schedule, &Schedule::Always].map(|s| Calendar::new(s, &zone, &mut samplers));
            let (key, pcs): (_, Vec<u64>) = (Key::new(3, 1), (0..60).collect());
            let calendars = [daily, always];
            let runs = [(0_u16, 20), (1, 10), (0, 30)];
            let mut window = Window::default();
            window.draw(&zone, &calendars, since..since + upto, key, pcs.iter().copied(), runs.into_iter());
            let ask = |window: &Window, order: &[usize]| {
                let question = |i: &usize| questions[*i];
                let from: Vec<u32> = order.iter().map(|i| window.at(since + question(i).0)).collect();
                let mut asked = Asked { from: from.clone(), ..Asked::default() };
                asked.upto = order.iter().map(|i| window.at(since + question(i).0 + question(i).1)).collect();
                window.time_on(&calendars, &mut asked);
                let sums = asked.answers.clone();
                asked.from.clone_from(&from);
                asked.upto = order.iter().map(|i| (question(i).1 * stretch) as u32).collect();
                let spans = asked.upto.clone();
                window.after_time_on(&calendars, limit, &mut asked);
                let done = asked.answers.clone();
                (asked.from, asked.upto) = (from, spans);
                window.after_time_attended(&calendars, limit, &mut asked);
                (sums, done, asked.answers)
            };
            let ask_together = |order: &[usize]| {
                let from: Vec<u32> = order.iter().map(|&i| window.at(since + questions[i].0)).collect();
                let until = order.iter().map(|&i| window.at(since + questions[i].0 + questions[i].1)).collect();
                let spans: Vec<u32> = order.iter().map(|&i| (questions[i].1 * stretch) as u32).collect();
                let [mut sums, mut done, mut attended] =
                    [until, spans.clone(), spans].map(|upto| Asked { from: from.clone(), upto, ..Asked::default() });
                let questions = [Question::TimeOn, Question::AfterTimeOn, Question::AfterTimeAttended];
                let mut asked: Vec<_> =
                    questions.into_iter().zip([&mut sums, &mut done, &mut attended]).collect();
                window.ask(&calendars, limit, &mut asked);
                (sums.answers, done.answers, attended.answers)
            };
            let order: Vec<usize> = (0..pcs.len()).collect();
            let (sums, done, attended) = ask(&window, &order);
            // Asked in another order, too.
            let backwards: Vec<usize> = order.iter().rev().copied().collect();
            let mut picked = Window::default();
            picked.pick(&window, backwards.iter().map(|&i| i as u32));
            let of_picked = ask(&picked, &backwards);
            for (place, &i) in backwards.iter().enumerate() {
                let same = |a: u32, b: u32| a == b || a == UNKNOWN || b == UNKNOWN;
                prop_assert!(same(of_picked.0[place], sums[i]) && same(of_picked.1[place], done[i]));
                prop_assert!(same(of_picked.2[place], attended[i]));
            }
            let together = ask_together(&order);
            for place in 0..pcs.len() {
                let same = |a: u32, b: u32| a == b || a == UNKNOWN || b == UNKNOWN;
                prop_assert!(same(together.0[place], sums[place]) && same(together.1[place], done[place]));
                prop_assert!(same(together.2[place], attended[place]));
            }
            let known = |answers: &[u32]| answers.iter().filter(|answer| **answer != UNKNOWN).count();
            prop_assert!(known(&together.0) >= known(&sums) && known(&together.1) >= known(&done));
            // With so many PCs, no question is too far away.
            let known = sums.iter().filter(|sum| **sum != UNKNOWN).count();
            prop_assert!(known > pcs.len() / 3);
            for (place, &pc) in pcs.iter().enumerate() {
                let calendar = &calendars[usize::from(window.kinds[place])];
                let (days, (after, span)) = (Days::of(key, pc), questions[place]);
                let (at, session) = (since + after, calendar.session(days, since));
                if sums[place] != UNKNOWN {
                    let on = calendar.time_on(days, &mut session.clone(), at, at + span);
                    prop_assert_eq!(Millis::from(sums[place]), on, "PC {} from {} to {}", place, at, at + span);
                }
                if done[place] != UNKNOWN {
                    let on = calendar.after_time_on(days, &mut session.clone(), at, span * stretch, limit);
                    let found = (done[place] != NOT).then(|| window.instant(done[place]));
                    prop_assert_eq!(found, on, "PC {} for {} from {}", place, span, at);
                }
                if attended[place] != UNKNOWN {
                    let used = calendar.after_time_attended(days, at, span * stretch, limit);
                    let found = (attended[place] != NOT).then(|| window.instant(attended[place]));
                    prop_assert_eq!(found, used, "PC {} for {} attended from {}", place, span, at);
                }
            }
        }
    }
}
