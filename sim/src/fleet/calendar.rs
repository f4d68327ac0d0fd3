//! When a PC is on: the schedule of a kind of PC in a region, read day by day from the dice.
//!
//! Nothing is stored per PC: a day is one draw, and a session is found by looking at the days around an instant. While
//! one PC is looked at, a [`Diary`] remembers the days that were drawn: most questions about it are about the same few.

use crate::draw::{Chance, Key, Purpose, Sampler};
use crate::fleet::{Day, Schedule};
use crate::time::{DAY, Millis, NEVER, Zone};

/// How many days back a PC that was left on is looked for. A PC unused for longer is off.
const LOOK_BACK: i32 = 10;

/// How many days ahead the next use is looked for; later is never.
const LOOK_AHEAD: i32 = 400;

/// Days of one PC that were drawn already. A memory only: it changes no answer.
#[derive(Clone, Debug)]
pub struct Diary {
    key: Key,
    pc: u64,
    /// Marks the entries that belong to the PC at hand, so that nothing is wiped between PCs.
    turn: u32,
    days: Vec<(u32, Option<Use>)>,
    /// The session that was asked for last.
    last: Found,
}

/// A session as far as it was followed.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// The instant from which on it is the answer.
    from: Millis,
    session: Interval,
    followed: Followed,
}

/// Whether a session's end is its end, or only as far as somebody wanted to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Followed {
    ToItsEnd,
    FarEnough,
}

/// No session: the answer from nowhere on.
const NO_SESSION: Found = Found { from: NEVER, session: (NEVER, -NEVER), followed: Followed::ToItsEnd };

/// First day that a diary remembers.
const FIRST_DAY: i32 = -12;
/// Days that it remembers.
const DAYS: usize = 64;

impl Diary {
    /// An empty diary for PCs with these dice.
    pub fn new(key: Key) -> Diary {
        Diary { key, pc: u64::MAX, turn: 1, days: vec![(0, None); DAYS], last: NO_SESSION }
    }

    /// Turns to a PC.
    #[inline]
    pub fn of(&mut self, pc: u64) -> &mut Diary {
        if self.pc != pc {
            self.pc = pc;
            self.last = NO_SESSION;
            self.turn = self.turn.wrapping_add(1);
            if self.turn == 0 {
                self.days.fill((0, None));
                self.turn = 1;
            }
        }
        self
    }
}

/// A schedule in a time zone, ready for hot loops.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Zone,
    days: Option<Days>,
    /// Days that a [`Diary`] remembers, looked up in the zone once.
    table: Vec<DayOfZone>,
}

/// A local day.
#[derive(Clone, Copy, Debug)]
struct DayOfZone {
    midnight: Millis,
    clocks: Clocks,
    weekend: Weekend,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clocks {
    /// Stay as they are on this day and the next.
    Steady,
    Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weekend {
    Yes,
    No,
}

#[derive(Clone, Debug)]
struct Days {
    weekday: DaySampler,
    weekend: DaySampler,
    left_on: Chance,
}

#[derive(Clone, Debug)]
struct DaySampler {
    used: Chance,
    on: Sampler,
    off: Sampler,
}

/// A day on which a PC is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    from: Millis,
    to: Millis,
    left_on: LeftOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftOn {
    Yes,
    No,
}

/// Whether a PC's hours include the nights on which it is left on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// All time for which the PC is on.
    On,
    /// Only the time for which somebody uses it; never, for PCs that are always on.
    Attended,
}

/// A span of time, from the first instant up to but without the second.
pub type Interval = (Millis, Millis);

impl Calendar {
    /// The calendar of a schedule in a zone.
    pub fn new(schedule: &Schedule, zone: &Zone) -> Calendar {
        let sampler = |day: &Day| DaySampler {
            used: Chance::from(day.used),
            on: Sampler::new(&day.on),
            off: Sampler::new(&day.off),
        };
        let days = match schedule {
            Schedule::Always => None,
            Schedule::Daily { weekday, weekend, left_on } => {
                Some(Days { weekday: sampler(weekday), weekend: sampler(weekend), left_on: Chance::from(*left_on) })
            }
        };
        let table = (FIRST_DAY..FIRST_DAY + DAYS as i32).map(|day| day_of(zone, day)).collect();
        Calendar { zone: zone.clone(), days, table }
    }

    /// The zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Whether PCs with this calendar are on day and night.
    #[inline]
    pub fn is_always(&self) -> bool {
        self.days.is_none()
    }

    #[inline]
    fn day(&self, days: &Days, diary: &mut Diary, day: i32) -> Option<Use> {
        let Some(entry) = diary.days.get_mut(day.wrapping_sub(FIRST_DAY) as usize) else {
            return self.draw(days, diary.key, diary.pc, day);
        };
        if entry.0 != diary.turn {
            *entry = (diary.turn, self.draw(days, diary.key, diary.pc, day));
        }
        entry.1
    }

    fn draw(&self, days: &Days, key: Key, pc: u64, day: i32) -> Option<Use> {
        let of_zone = match self.table.get(day.wrapping_sub(FIRST_DAY) as usize) {
            Some(known) => *known,
            None => day_of(&self.zone, day),
        };
        let sampler = if of_zone.weekend == Weekend::No { &days.weekday } else { &days.weekend };
        let [used, on, off, left_on] = key.block(pc, Purpose::Day, day as u32);
        if !sampler.used.hit(used) {
            return None;
        }
        let from = sampler.on.at(on).min(DAY - 1);
        let to = sampler.off.at(off).clamp(from, 2 * DAY);
        let instant = |time| match of_zone.clocks {
            Clocks::Steady => of_zone.midnight + time,
            Clocks::Change => self.zone.instant(day, time),
        };
        Some(Use {
            from: instant(from),
            to: instant(to),
            left_on: if days.left_on.hit(left_on) { LeftOn::Yes } else { LeftOn::No },
        })
    }

    fn next_use(&self, days: &Days, diary: &mut Diary, after: i32) -> Option<(i32, Use)> {
        (after + 1..=after + LOOK_AHEAD).find_map(|d| self.day(days, diary, d).map(|u| (d, u)))
    }

    /// The first session of the PC that ends after `at`: it may have begun before. `None` is never.
    ///
    /// A session that holds `span` from `at` (or from its start, if that is later) is followed no further: its end is
    /// then at least that.
    #[inline]
    pub fn session(&self, diary: &mut Diary, at: Millis, span: Millis, hours: Hours) -> Option<Interval> {
        let last = diary.last;
        if hours == Hours::On && at >= last.from && at < last.session.1 {
            let enough = at.max(last.session.0) + span;
            if last.followed == Followed::ToItsEnd || last.session.1 > enough {
                return Some(last.session);
            }
        }
        let found = self.find_session(diary, at, span, hours)?;
        if hours == Hours::On {
            diary.last = found;
        }
        Some(found.session)
    }

    fn find_session(&self, diary: &mut Diary, at: Millis, span: Millis, hours: Hours) -> Option<Found> {
        let Some(days) = &self.days else {
            let always = Found { from: -NEVER, session: (-NEVER, NEVER), followed: Followed::ToItsEnd };
            return (hours == Hours::On).then_some(always);
        };
        let today = self.zone.local(at).0;
        // The last day of use that began at or before `at`, if what began there may still go on.
        let mut next = today - 1;
        for day in (today - LOOK_BACK..=today).rev() {
            if let Some(found) = self.day(days, diary, day)
                && found.from <= at
            {
                let (end, upto, followed) = self.end(days, diary, day, found, at + span, hours);
                if end > at {
                    return Some(Found { from: at.min(found.from), session: (found.from, end), followed });
                }
                next = upto;
                break;
            }
        }
        loop {
            let (day, found) = self.next_use(days, diary, next)?;
            let enough = at.max(found.from) + span;
            let (end, upto, followed) = self.end(days, diary, day, found, enough, hours);
            if end > at && end > found.from {
                return Some(Found { from: at.min(found.from), session: (found.from, end), followed });
            }
            next = upto;
        }
    }

    /// The end of the session that begins with a day's use, and the last day that it reaches: a PC that is left on, or
    /// used past the next switch-on, goes on into its next day of use. Followed no further than past `enough`.
    fn end(
        &self,
        days: &Days,
        diary: &mut Diary,
        first: i32,
        found: Use,
        enough: Millis,
        hours: Hours,
    ) -> (Millis, i32, Followed) {
        if hours == Hours::Attended {
            return (found.to, first, Followed::ToItsEnd);
        }
        let (mut day, mut found, mut end) = (first, found, found.to);
        // A PC that is left on for months on end is as good as always on; the loop needs an end.
        while day - first < LOOK_AHEAD {
            if end > enough {
                return (end, day, Followed::FarEnough);
            }
            let goes_on = found.left_on == LeftOn::Yes;
            let next = if goes_on {
                self.next_use(days, diary, day)
            } else {
                self.day(days, diary, day + 1).map(|u| (day + 1, u)).filter(|(_, u)| u.from <= end)
            };
            let Some((next_day, next)) = next else {
                return (if goes_on { NEVER } else { end }, day, Followed::ToItsEnd);
            };
            // Left on, it is on at least until it is next used.
            end = if goes_on { end.max(next.from) } else { end };
            if end > enough {
                return (end, day, Followed::FarEnough);
            }
            (day, found, end) = (next_day, next, next.to.max(end));
        }
        (end, day, Followed::ToItsEnd)
    }

    /// The time for which the PC is on (or attended) between two instants.
    pub fn time_on(&self, diary: &mut Diary, from: Millis, to: Millis, hours: Hours) -> Millis {
        if self.is_always() {
            return if hours == Hours::On { (to - from).max(0) } else { 0 };
        }
        let mut sum = 0;
        let mut at = from;
        while at < to {
            let Some((start, end)) = self.session(diary, at, to - at, hours) else { break };
            if start >= to {
                break;
            }
            sum += end.min(to) - start.max(at);
            at = end;
        }
        sum
    }

    /// The instant at which the PC has been on (or attended) for `span` since `from`; `None` if that is not before
    /// `limit`.
    pub fn after_time_on(
        &self,
        diary: &mut Diary,
        from: Millis,
        span: Millis,
        limit: Millis,
        hours: Hours,
    ) -> Option<Millis> {
        let mut rest = span;
        let mut at = from;
        while at < limit {
            let (start, end) = self.session(diary, at, rest, hours)?;
            at = at.max(start);
            if at + rest < end {
                return Some(at + rest).filter(|&done| done < limit);
            }
            rest -= end - at;
            at = end;
        }
        None
    }
}

fn day_of(zone: &Zone, day: i32) -> DayOfZone {
    let midnight = zone.instant(day, 0);
    let steady = zone.instant(day, 2 * DAY) == midnight + 2 * DAY && zone.instant(day, DAY) == midnight + DAY;
    DayOfZone {
        midnight,
        clocks: if steady { Clocks::Steady } else { Clocks::Change },
        weekend: if zone.weekday(day) < 5 { Weekend::No } else { Weekend::Yes },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Dist, Share};
    use crate::time::HOUR;

    fn office(left_on: f64) -> Calendar {
        let day = |used: f64| Day {
            used: Share(used),
            on: Dist::Normal { mean: 8.5 * HOUR as f64, sd: 0.75 * HOUR as f64 },
            off: Dist::Normal { mean: 17.5 * HOUR as f64, sd: HOUR as f64 },
        };
        let schedule = Schedule::Daily { weekday: day(0.9), weekend: day(0.1), left_on: Share(left_on) };
        Calendar::new(&schedule, &Zone::load("Europe/Berlin", 1_721_361_600_000, 28 * DAY).expect("a zone"))
    }

    /// Day-by-day oracle: on at `at` if within a day's use, or if the latest use that began was left on.
    fn is_on(calendar: &Calendar, key: Key, pc: u64, at: Millis) -> LeftOn {
        let days = calendar.days.as_ref().expect("daily");
        let today = calendar.zone.local(at).0;
        let uses: Vec<Use> = (today - 9..=today).filter_map(|d| calendar.draw(days, key, pc, d)).collect();
        let begun: Vec<&Use> = uses.iter().filter(|u| u.from <= at).collect();
        let on = begun.iter().any(|u| at < u.to) || begun.last().is_some_and(|u| u.left_on == LeftOn::Yes);
        if on { LeftOn::Yes } else { LeftOn::No }
    }

    #[test]
    fn sessions_agree_with_a_day_by_day_oracle() {
        let calendar = office(0.3);
        let key = Key::new(11, 0);
        let mut diary = Diary::new(key);
        for pc in 0..200 {
            for step in 0..400 {
                let at = step * 47 * crate::time::MINUTE;
                let session = calendar.session(Diary::new(key).of(pc), at, NEVER, Hours::On).expect("is used again");
                let on = if session.0 <= at { LeftOn::Yes } else { LeftOn::No };
                assert!(session.1 > at);
                assert_eq!(on, is_on(&calendar, key, pc, at), "PC {pc} at {at}: {session:?}");
                // Followed less far, and with the memory of the question before, it says the same as far as it goes.
                let short = calendar.session(diary.of(pc), at, 5 * HOUR, Hours::On).expect("is used again");
                assert_eq!(short.0 <= at, session.0 <= at);
                assert!(short.1 == session.1 || (short.1 > at + 5 * HOUR && short.1 <= session.1));
            }
        }
    }

    #[test]
    fn time_on_adds_up_and_is_found_again() {
        let calendar = office(0.2);
        let key = Key::new(5, 3);
        for pc in 0..300 {
            let (a, b, c) = (0, 3 * DAY, 9 * DAY);
            let mut diary = Diary::new(key);
            let mut on = |from, to| calendar.time_on(diary.of(pc), from, to, Hours::On);
            assert_eq!(on(a, b) + on(b, c), on(a, c));
            let mut other = Diary::new(key);
            assert!(calendar.time_on(other.of(pc), a, c, Hours::Attended) <= on(a, c));
            if on(a, c) > 0 {
                let at = calendar.after_time_on(other.of(pc), a, on(a, c) - 1, NEVER, Hours::On).expect("within");
                assert!(at < c && on(a, at) == on(a, c) - 1);
            }
        }
    }

    #[test]
    fn nights_are_spent_on_by_the_share_that_is_left_on() {
        let calendar = office(0.35);
        let key = Key::new(2, 0);
        // Friday 02:00 in Berlin, after a Thursday on which 90 % were used; who was not used on Thursday may be on
        // since earlier.
        let at = calendar.zone.instant(0, 2 * HOUR);
        let on = (0..20_000)
            .filter(|&pc| calendar.session(Diary::new(key).of(pc), at, NEVER, Hours::On).is_some_and(|s| s.0 <= at))
            .count();
        let share = on as f64 / 20_000.0;
        assert!((share - 0.35).abs() < 0.02, "{share}");
    }
}
