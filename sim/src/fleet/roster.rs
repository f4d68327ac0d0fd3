//! When the people of a means work, looked up once for the whole simulated span: a row of instants at which the share
//! of them on duty changes.

use std::ops::Range;
use std::sync::Arc;

use crate::draw::Share;
use crate::fleet::Shift;
use crate::time::{DAY, HOUR, Millis, NEVER, Zone};

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
}

/// The length of a slot as a power of 2 of milliseconds: some 70 min, in which mostly nothing changes.
const SLOT: u32 = 22;

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
        changes.push((NEVER, Share(0.0)));
        let mut now = 0;
        let starts = (span.start..span.end.max(span.start + 1)).step_by(1 << SLOT);
        let in_force = |at: Millis| {
            now += changes[now + 1..].iter().take_while(|change| change.0 <= at).count();
            now as u32
        };
        let slots = starts.map(in_force).collect();
        Roster(Arc::new(Table { since: span.start, changes, slots }))
    }

    /// Which share works at an instant, and until when that holds; [`NEVER`] is as long as is known.
    #[inline]
    pub fn at(&self, at: Millis) -> (Share, Millis) {
        let Table { since, changes, slots } = &*self.0;
        let slot = ((at - since).max(0) >> SLOT) as usize;
        let mut now = slots[slot.min(slots.len() - 1)] as usize;
        while changes[now + 1].0 <= at {
            now += 1;
        }
        (changes[now].1, changes[now + 1].0)
    }
}

/// Which share works at an instant.
fn on_duty(shift: &Shift, zone: &Zone, at: Millis) -> Share {
    let (day, time) = zone.local(at);
    let of_day = if zone.weekday(day) < 5 { 1.0 } else { shift.weekend.0 };
    let of_hour = if (shift.from..shift.to).contains(&time) { 1.0 } else { shift.off_hours.0 };
    Share(of_day * of_hour)
}

/// The next instant at which it may change.
fn next_boundary(shift: &Shift, zone: &Zone, at: Millis) -> Millis {
    let (day, time) = zone.local(at);
    let of_day = [shift.from, shift.to].into_iter().filter(|&t| t > time).fold(DAY, Millis::min);
    let next = zone.instant(day, of_day);
    // Where clocks are set back, the same time comes twice.
    if next > at { next } else { at + HOUR }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::MINUTE;

    /// 29 March 2025, 12:00 in UTC: clocks change the night after.
    const START: i64 = 1_743_249_600_000;

    proptest! {
        /// At any instant, the share is the one that the shift says; and it holds until it changes, no longer.
        #[test]
        fn shares_are_those_of_the_shift(
            (from, to) in (0..24_i64, 1..=24_i64).prop_map(|(from, long)| (from, (from + long).min(24))),
            off_hours in prop::sample::select(vec![0.0, 0.25, 1.0]),
            weekend in prop::sample::select(vec![0.0, 0.5, 1.0]),
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
            asked in prop::collection::vec(0..9 * DAY, 40),
        ) {
            let zone = Zone::load(zone, START, 9 * DAY).expect("a zone");
            let shift =
                Shift { from: from * HOUR, to: to * HOUR, off_hours: Share(off_hours), weekend: Share(weekend) };
            let roster = Roster::new(&shift, &zone, 0..9 * DAY);
            for at in asked {
                let (share, until) = roster.at(at);
                prop_assert_eq!(share, on_duty(&shift, &zone, at));
                prop_assert!(until > at);
                let same = (at..until.min(9 * DAY)).step_by(10 * MINUTE as usize);
                prop_assert!(same.into_iter().all(|then| on_duty(&shift, &zone, then) == share));
                if until < NEVER {
                    prop_assert_ne!(on_duty(&shift, &zone, until), share);
                }
            }
        }
    }

    #[test]
    fn around_the_clock_nothing_changes() {
        let zone = Zone::load("Europe/Berlin", START, 9 * DAY).expect("a zone");
        let shift = Shift { from: 0, to: DAY, off_hours: Share(0.0), weekend: Share(1.0) };
        let roster = Roster::new(&shift, &zone, 0..9 * DAY);
        assert_eq!(roster.at(-DAY), (Share(1.0), NEVER));
        assert_eq!(roster.at(400 * DAY), (Share(1.0), NEVER));
    }

    #[test]
    fn an_empty_span_knows_its_start() {
        let zone = Zone::load("Europe/Berlin", START, DAY).expect("a zone");
        let shift = Shift { from: 8 * HOUR, to: 18 * HOUR, off_hours: Share(0.0), weekend: Share(1.0) };
        assert_eq!(Roster::new(&shift, &zone, HOUR..HOUR).at(2 * HOUR), (Share(1.0), NEVER));
    }
}
