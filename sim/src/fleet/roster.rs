//! When the people of a means work, looked up once for the whole simulated span: a row of instants at which the share
//! of them on duty changes.

use std::ops::Range;
use std::sync::Arc;

use crate::draw::Share;
use crate::fleet::Shift;
use crate::time::{DAY, Millis, NEVER, Zone};

/// Shifts in one zone, over a span of time. Copies share what was looked up.
#[derive(Clone, Debug)]
pub struct Roster(Arc<Table>);

#[derive(Debug)]
struct Table {
    since: Millis,
    /// From when on which share works, in the order of time; the first holds since forever, the last for ever. One more
    /// that never comes is behind it.
    changes: Vec<(Millis, Share)>,
    /// By slot of time from `since` on: the change in force when it begins.
    slots: Vec<u32>,
    /// The length of a slot as a power of 2 of milliseconds: in most of them, nothing changes.
    slot: u32,
}

/// Slots for each change.
const SLOTS: usize = 4;

impl Roster {
    /// Looks them up over a span of time. Before and after it, all stays as it is at its ends.
    pub fn new(shift: &Shift, zone: &Zone, span: Range<Millis>) -> Roster {
        let mut changes = vec![(span.start, on_duty(shift, zone, span.start))];
        let mut at = next_boundary(shift, zone, span.start);
        while at < span.end {
            let share = on_duty(shift, zone, at);
            if changes[changes.len() - 1].1 != share {
                changes.push((at, share));
            }
            at = next_boundary(shift, zone, at);
        }
        let length = (span.end - span.start).max(1) as usize;
        let slot = (length / (SLOTS * changes.len())).next_power_of_two().trailing_zeros();
        changes.push((NEVER, Share(0.0)));
        let mut now = 0;
        let in_force = |start: usize| {
            let at = span.start + start as Millis;
            now += changes[now + 1..].iter().take_while(|change| change.0 <= at).count();
            now as u32
        };
        let slots = (0..length).step_by(1 << slot).map(in_force).collect();
        Roster(Arc::new(Table { since: span.start, changes, slots, slot }))
    }

    /// Which share works at an instant before [`NEVER`], and until when that holds; [`NEVER`] is as long as is known.
    #[inline]
    pub fn at(&self, at: Millis) -> (Share, Millis) {
        let Table { since, changes, slots, slot } = &*self.0;
        let place = ((at - since).max(0) >> slot) as usize;
        let mut now = slots[place.min(slots.len() - 1)] as usize;
        while changes[now + 1].0 <= at {
            now += 1;
        }
        (changes[now].1, changes[now + 1].0)
    }
}

/// Rosters that are ready already: sectors and arms have the same few shifts again and again.
#[derive(Debug, Default)]
pub struct Rosters(Vec<(Shift, Zone, Range<Millis>, Roster)>);

impl Rosters {
    /// The roster of a shift in a zone over a span of time.
    pub fn of(&mut self, shift: &Shift, zone: &Zone, span: &Range<Millis>) -> Roster {
        let known = self.0.iter().find(|(of, at, over, _)| of == shift && over == span && at == zone);
        if let Some((.., roster)) = known {
            return roster.clone();
        }
        let roster = Roster::new(shift, zone, span.clone());
        self.0.push((*shift, zone.clone(), span.clone(), roster.clone()));
        roster
    }
}

/// Which share works at an instant.
fn on_duty(shift: &Shift, zone: &Zone, at: Millis) -> Share {
    let (day, time) = zone.local(at);
    let of_day = if zone.weekday(day) < 5 { 1.0 } else { shift.weekend.0 };
    let of_hour = if (shift.from..shift.to).contains(&time) { 1.0 } else { shift.off_hours.0 };
    Share(of_day * of_hour)
}

/// The next instant at which it may change: when the working day begins or ends, at midnight, or when clocks change.
fn next_boundary(shift: &Shift, zone: &Zone, at: Millis) -> Millis {
    let (_, time) = zone.local(at);
    let of_day = [shift.from, shift.to].into_iter().filter(|&t| t > time).fold(DAY, Millis::min);
    let change = zone.offsets.iter().map(|&(from, _)| from).find(|&from| from > at);
    (at + of_day - time).min(change.unwrap_or(NEVER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::{HOUR, MINUTE};

    /// 29 March and 25 October 2025, 12:00 in UTC: clocks change the night after in Berlin, in March forward and in
    /// October back; and in New York a week later in November.
    const STARTS: [i64; 2] = [1_743_249_600_000, 1_761_393_600_000];

    proptest! {
        /// At any instant, the share is the one that the shift says; and it holds until it changes, no longer.
        #[test]
        fn shares_are_those_of_the_shift(
            (from, to) in (0..48_i64, 1..=48_i64).prop_map(|(from, long)| (from, (from + long).min(48))),
            off_hours in prop::sample::select(vec![0.0, 0.25, 1.0]),
            weekend in prop::sample::select(vec![0.0, 0.5, 1.0]),
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
            start in prop::sample::select(STARTS.to_vec()),
            // In nine days, in the days around one change of clocks, or from one change to the next.
            (since, days) in prop::sample::select(vec![(0, 9), (12, 2), (0, 230)]),
            asked in prop::collection::vec(0.0..1.0_f64, 40),
        ) {
            let span = since * HOUR..days * DAY;
            let zone = Zone::load(zone, start, span.end).expect("a zone");
            let (from, to) = (from * 30 * MINUTE, to * 30 * MINUTE);
            let shift = Shift { from, to, off_hours: Share(off_hours), weekend: Share(weekend) };
            let roster = Roster::new(&shift, &zone, span.clone());
            for part in asked {
                let at = span.start + ((span.end - span.start) as f64 * part) as Millis;
                let (share, until) = roster.at(at);
                prop_assert_eq!(share, on_duty(&shift, &zone, at));
                prop_assert!(until > at);
                let same = (at..until.min(span.end)).step_by(10 * MINUTE as usize);
                prop_assert!(same.into_iter().all(|then| on_duty(&shift, &zone, then) == share));
                if until < NEVER {
                    prop_assert_eq!(on_duty(&shift, &zone, until - 1), share);
                    prop_assert_ne!(on_duty(&shift, &zone, until), share);
                }
            }
        }
    }

    #[test]
    fn around_the_clock_nothing_changes() {
        let zone = Zone::load("Europe/Berlin", STARTS[0], 9 * DAY).expect("a zone");
        let shift = Shift { from: 0, to: DAY, off_hours: Share(0.0), weekend: Share(1.0) };
        let roster = Roster::new(&shift, &zone, 0..9 * DAY);
        assert_eq!(roster.at(-DAY), (Share(1.0), NEVER));
        assert_eq!(roster.at(400 * DAY), (Share(1.0), NEVER));
    }

    #[test]
    fn an_empty_span_knows_its_start() {
        let zone = Zone::load("Europe/Berlin", STARTS[0], DAY).expect("a zone");
        let shift = Shift { from: 8 * HOUR, to: 18 * HOUR, off_hours: Share(0.0), weekend: Share(1.0) };
        assert_eq!(Roster::new(&shift, &zone, HOUR..HOUR).at(2 * HOUR), (Share(1.0), NEVER));
    }
}
