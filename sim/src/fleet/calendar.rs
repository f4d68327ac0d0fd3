//! When a PC is on: the schedule of a kind of PC in a region, read day by day from the dice.
//!
//! Nothing is stored per PC: a day is a pair of draws. What a PC does is followed session by session, from one on: a
//! [`Session`] is a place in that row, moved forward as later instants are asked for, and followed no further than
//! somebody needs to know.

pub mod window;

use crate::draw::{Chance, Key, Purpose, Sampler, Samplers, Share};
use crate::fleet::calendar::window::Window;
use crate::fleet::{Day, Schedule};
use crate::time::{DAY, Millis, NEVER, Zone};

/// How many days back a PC that was left on is looked for. A PC unused for longer is off.
const LOOK_BACK: i32 = 10;

/// How many days ahead the next use is looked for; later is never.
const LOOK_AHEAD: i32 = 400;

/// First day that a calendar has looked up in its zone.
const FIRST_DAY: i32 = -12;
/// Days that it has looked up.
const DAYS: usize = 64;

/// The days of one PC: its dice, and the days that were drawn for many PCs at once.
#[derive(Clone, Copy, Debug)]
pub struct Days<'a> {
    key: Key,
    pc: u64,
    drawn: Option<(&'a Window, usize)>,
}

impl<'a> Days<'a> {
    /// Those of a PC.
    pub fn of(key: Key, pc: u64) -> Days<'a> {
        Days { key, pc, drawn: None }
    }
}

/// A span for which a PC is on, as far as it was followed, and the place in the row of sessions where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its start.
    pub from: Millis,
    /// Its end, or an instant up to which it lasts at least.
    pub to: Millis,
    /// The first day whose use belongs to it.
    began: i32,
    /// The last one so far.
    day: i32,
    left_on: LeftOn,
    followed: Followed,
}

/// Whether a session's end is its end, or only as far as somebody wanted to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Followed {
    ToItsEnd,
    FarEnough,
}

impl Session {
    /// Day and night.
    const ALWAYS: Session = Session::whole(-NEVER);
    /// No session ever again.
    const NONE: Session = Session::whole(NEVER);

    /// From an instant on for good.
    const fn whole(from: Millis) -> Session {
        let (left_on, followed) = (LeftOn::No, Followed::ToItsEnd);
        Session { from, to: NEVER, began: 0, day: 0, left_on, followed }
    }

    fn begins(day: i32, found: Use) -> Session {
        let Use { from, to, left_on } = found;
        Session { from, to, began: day, day, left_on, followed: Followed::FarEnough }
    }
}

/// A schedule in a time zone, ready for hot loops.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Zone,
    daily: Option<Daily>,
    /// The days around the start, looked up in the zone once.
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
struct Daily {
    weekday: DaySampler,
    weekend: DaySampler,
}

#[derive(Clone, Debug)]
struct DaySampler {
    used: Chance,
    /// Used and left on.
    left_on: Chance,
    on: Sampler,
    off: Sampler,
}

impl DaySampler {
    fn new(day: &Day, left_on: Share, samplers: &mut Samplers) -> DaySampler {
        let used = Chance::from(day.used);
        DaySampler {
            used,
            left_on: used.and(Chance::from(left_on)),
            on: samplers.of(&day.on),
            off: samplers.of(&day.off),
        }
    }

    /// Start and end of use, after midnight.
    #[inline]
    fn times(&self, on: u32, off: u32) -> (Millis, Millis) {
        let from = self.on.at(on).min(DAY - 1);
        (from, self.off.at(off).clamp(from, 2 * DAY))
    }
}

/// The draw that decides whether a PC is used on a day, and whether it is left on: the lower halves of those of its
/// times. It moves these within a 65,536th of their distribution: some tenth of a second, but in the outermost.
#[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
#[inline(always)]
fn habit(on: u32, off: u32) -> u32 {
    on << 16 | off & 0xFFFF
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

impl Calendar {
    /// The calendar of a schedule in a zone.
    pub fn new(schedule: &Schedule, zone: &Zone, samplers: &mut Samplers) -> Calendar {
        let daily = match schedule {
            Schedule::Always => None,
            Schedule::Daily { weekday, weekend, left_on } => {
                let mut sampler = |day: &Day| DaySampler::new(day, *left_on, samplers);
                Some(Daily { weekday: sampler(weekday), weekend: sampler(weekend) })
            }
        };
        let table = (FIRST_DAY..FIRST_DAY + DAYS as i32).map(|day| day_of(zone, day)).collect();
        Calendar { zone: zone.clone(), daily, table }
    }

    /// The zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Whether PCs with this calendar are on day and night.
    #[inline]
    pub fn is_always(&self) -> bool {
        self.daily.is_none()
    }

    #[inline]
    fn of_day<'d>(&self, daily: &'d Daily, day: i32) -> (DayOfZone, &'d DaySampler) {
        let of_zone = match self.table.get(day.wrapping_sub(FIRST_DAY) as usize) {
            Some(known) => *known,
            None => day_of(&self.zone, day),
        };
        (of_zone, if of_zone.weekend == Weekend::No { &daily.weekday } else { &daily.weekend })
    }

    #[inline]
    fn day(&self, daily: &Daily, days: Days<'_>, day: i32) -> Option<Use> {
        match days.drawn {
            Some((window, place)) if window.knows(day) => window.day(place, day),
            _ => self.draw(daily, days, day),
        }
    }

    #[inline(never)]
    fn draw(&self, daily: &Daily, days: Days<'_>, day: i32) -> Option<Use> {
        self.read(self.of_day(daily, day), day, days.key.pair(days.pc, Purpose::Day, day as u32))
    }

    /// What the draws of a day mean.
    fn read(&self, (of_zone, sampler): (DayOfZone, &DaySampler), day: i32, [on, off]: [u32; 2]) -> Option<Use> {
        let habit = habit(on, off);
        if !sampler.used.hit(habit) {
            return None;
        }
        let (from, to) = sampler.times(on, off);
        let left_on = if sampler.left_on.hit(habit) { LeftOn::Yes } else { LeftOn::No };
        Some(self.at_times(of_zone, day, from, to, left_on))
    }

    #[inline]
    fn at_times(&self, of_zone: DayOfZone, day: i32, from: Millis, to: Millis, left_on: LeftOn) -> Use {
        match of_zone.clocks {
            Clocks::Steady => Use { from: of_zone.midnight + from, to: of_zone.midnight + to, left_on },
            Clocks::Change => Use { from: self.zone.instant(day, from), to: self.zone.instant(day, to), left_on },
        }
    }

    fn next_use(&self, daily: &Daily, days: Days<'_>, after: i32) -> Option<(i32, Use)> {
        (after + 1..=after + LOOK_AHEAD).find_map(|d| self.day(daily, days, d).map(|u| (d, u)))
    }

    /// The session of the PC at an instant, or the next one.
    #[inline]
    pub fn session(&self, days: Days<'_>, at: Millis) -> Session {
        match &self.daily {
            Some(daily) => self.session_of(daily, days, at),
            None => Session::ALWAYS,
        }
    }

    fn session_of(&self, daily: &Daily, days: Days<'_>, at: Millis) -> Session {
        let today = self.zone.local(at).0;
        let of_today = self.day(daily, days, today);
        // The last day of use that began at or before `at`, if what began there may still go on.
        let begun = match of_today {
            Some(found) if found.from <= at => Some((today, found)),
            _ => (today - LOOK_BACK..today).rev().find_map(|day| self.day(daily, days, day).map(|found| (day, found))),
        };
        let mut session = match (begun, of_today) {
            (Some((day, found)), _) => Session::begins(day, found),
            (None, Some(found)) => Session::begins(today, found),
            (None, None) => {
                self.next_use(daily, days, today).map_or(Session::NONE, |(day, found)| Session::begins(day, found))
            }
        };
        self.turn(days, &mut session, at, 0);
        session
    }

    /// Moves on to the first session that ends after `at`: it may have begun before. It is followed until it has lasted
    /// for `span` from `at` (or from its start, if that is later), and no further.
    #[inline]
    fn turn(&self, days: Days<'_>, session: &mut Session, at: Millis, span: Millis) {
        // Mostly it is this one, and known for long enough.
        if session.to > at.max(session.from) + span {
            return;
        }
        self.turn_far(days, session, at, span);
    }

    fn turn_far(&self, days: Days<'_>, session: &mut Session, at: Millis, span: Millis) {
        let Some(daily) = &self.daily else { return };
        loop {
            let enough = at.max(session.from) + span;
            while session.followed == Followed::FarEnough && session.to <= enough {
                self.follow(daily, days, session);
            }
            if session.to > at && session.to > session.from || *session == Session::NONE {
                return;
            }
            let next = self.next_use(daily, days, session.day);
            *session = next.map_or(Session::NONE, |(day, found)| Session::begins(day, found));
        }
    }

    /// Follows a session for one more day of use: a PC that is left on, or used past the next switch-on, goes on into
    /// its next day of use.
    fn follow(&self, daily: &Daily, days: Days<'_>, session: &mut Session) {
        let goes_on = session.left_on == LeftOn::Yes;
        let next = if session.day - session.began >= LOOK_AHEAD {
            // A PC that is left on for months on end is as good as always on; the row needs an end.
            None
        } else if goes_on {
            self.next_use(daily, days, session.day)
        } else {
            let tomorrow = session.day + 1;
            self.day(daily, days, tomorrow).filter(|next| next.from <= session.to).map(|next| (tomorrow, next))
        };
        if let Some((day, next)) = next {
            // Left on, it is on at least until it is next used.
            session.to = session.to.max(next.to).max(next.from);
            (session.day, session.left_on) = (day, next.left_on);
        } else {
            session.to = if goes_on { NEVER } else { session.to };
            session.followed = Followed::ToItsEnd;
        }
    }

    /// When the first session begins that begins after `at`; never for PCs that are always on. `session` is as for
    /// [`Calendar::time_on`].
    pub fn session_after(&self, days: Days<'_>, session: &mut Session, at: Millis) -> Millis {
        self.turn(days, session, at, 0);
        while session.from <= at && *session != Session::NONE {
            // To its end, and on to the next.
            let end = session.to;
            if end >= NEVER {
                return NEVER;
            }
            self.turn(days, session, end, 0);
        }
        session.from
    }

    /// The time for which the PC is on between two instants. `session` is one that begins no later than the first that
    /// ends after `from`, and is moved on.
    #[inline]
    pub fn time_on(&self, days: Days<'_>, session: &mut Session, from: Millis, to: Millis) -> Millis {
        if self.is_always() {
            return (to - from).max(0);
        }
        let mut sum = 0;
        let mut at = from;
        while at < to {
            self.turn(days, session, at, to - at);
            if session.from >= to {
                break;
            }
            sum += session.to.min(to) - session.from.max(at);
            at = session.to;
        }
        sum
    }

    /// The instant at which the PC has been on for `span` since `from`; `None` if that is not before `limit`. `session`
    /// is as for [`Calendar::time_on`].
    #[inline]
    pub fn after_time_on(
        &self,
        days: Days<'_>,
        session: &mut Session,
        from: Millis,
        span: Millis,
        limit: Millis,
    ) -> Option<Millis> {
        if self.is_always() {
            return Some(from + span).filter(|&done| done < limit);
        }
        let mut rest = span;
        let mut at = from;
        while at < limit {
            self.turn(days, session, at, rest);
            at = at.max(session.from);
            if at + rest < session.to {
                return Some(at + rest).filter(|&done| done < limit);
            }
            rest -= session.to - at;
            at = session.to;
        }
        None
    }

    /// The instant at which somebody has used the PC for `span` since `from`, nights on which it is left on not
    /// counted; `None` if that is not before `limit`, and for PCs that are always on.
    pub fn after_time_attended(&self, days: Days<'_>, from: Millis, span: Millis, limit: Millis) -> Option<Millis> {
        let daily = self.daily.as_ref()?;
        let today = self.zone.local(from).0;
        // The last use that has begun by then, or the next one; then one after the other.
        let begun = (today - LOOK_BACK..=today)
            .rev()
            .find_map(|day| self.day(daily, days, day).filter(|found| found.from <= from).map(|found| (day, found)));
        let mut next = begun.or_else(|| self.next_use(daily, days, today - 1));
        let (mut rest, mut at) = (span, from);
        while let Some((day, found)) = next
            && at < limit
        {
            let start = at.max(found.from);
            if start + rest < found.to {
                return Some(start + rest).filter(|&done| done < limit);
            }
            rest -= (found.to - start).max(0);
            at = at.max(found.to);
            next = self.next_use(daily, days, day);
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
        Calendar::new(
            &schedule,
            &Zone::load("Europe/Berlin", 1_721_361_600_000, 28 * DAY).expect("a zone"),
            &mut Samplers::default(),
        )
    }

    /// Day-by-day oracle: on at `at` if within a day's use, or if the latest use that began was left on.
    fn is_on(calendar: &Calendar, days: Days<'_>, at: Millis) -> bool {
        let daily = calendar.daily.as_ref().expect("daily");
        let today = calendar.zone.local(at).0;
        let uses: Vec<Use> = (today - 9..=today).filter_map(|d| calendar.day(daily, days, d)).collect();
        let begun: Vec<&Use> = uses.iter().filter(|u| u.from <= at).collect();
        begun.iter().any(|u| at < u.to) || begun.last().is_some_and(|u| u.left_on == LeftOn::Yes)
    }

    #[test]
    fn sessions_agree_with_a_day_by_day_oracle() {
        let calendar = office(0.3);
        let key = Key::new(11, 0);
        let pcs: Vec<u64> = (0..200).collect();
        let mut window = Window::default();
        let all = std::iter::once((0, pcs.len()));
        window.draw(&calendar.zone, std::slice::from_ref(&calendar), 3 * DAY..5 * DAY, key, pcs.iter().copied(), all);
        for pc in pcs {
            let days = Days::of(key, pc);
            let drawn = window.days(pc as usize);
            let mut moved = calendar.session(drawn, 0);
            for step in 0..400 {
                let at = step * 47 * crate::time::MINUTE;
                let session = calendar.session(days, at);
                assert!(session.to > at);
                assert_eq!(session.from <= at, is_on(&calendar, days, at), "PC {pc} at {at}: {session:?}");
                // Moved on from earlier sessions, and with days that were drawn before, it says the same.
                calendar.turn(drawn, &mut moved, at, 0);
                assert_eq!(moved.from <= at, session.from <= at);
                assert_eq!(moved.from.max(at), session.from.max(at), "PC {pc} at {at}");
            }
        }
    }

    #[test]
    fn time_on_adds_up_and_is_found_again() {
        let calendar = office(0.2);
        let key = Key::new(5, 3);
        for pc in 0..300 {
            let (a, b, c) = (0, 3 * DAY, 9 * DAY);
            let days = Days::of(key, pc);
            let on = |from, to| calendar.time_on(days, &mut calendar.session(days, from), from, to);
            assert_eq!(on(a, b) + on(b, c), on(a, c));
            if on(a, c) > 0 {
                let mut session = calendar.session(days, a);
                let at = calendar.after_time_on(days, &mut session, a, on(a, c) - 1, NEVER).expect("within");
                assert!(at < c && on(a, at) == on(a, c) - 1);
                // Nights on which it is left on are no use to anybody.
                let attended = calendar.after_time_attended(days, a, on(a, c) - 1, NEVER).expect("within");
                assert!(attended >= at);
            }
        }
    }

    /// Whether a PC is used, whether it is left on, and both times share two draws: they must not say anything about
    /// each other, nor about the day that shares their block.
    #[test]
    fn what_a_day_draws_is_independent() {
        let calendar = office(0.35);
        let daily = calendar.daily.as_ref().expect("daily");
        let key = Key::new(23, 0);
        // Friday and Saturday, and Tuesday and Wednesday of the week after: both share a block.
        let (many, days) = (40_000_u64, [0, 1, 4, 5]);
        let uses: Vec<[Option<Use>; 4]> =
            (0..many).map(|pc| days.map(|day| calendar.day(daily, Days::of(key, pc), day))).collect();
        let near = |share: f64, of: f64, expected: f64| {
            let error = 4.5 * (expected * (1.0 - expected) / of).sqrt();
            assert!((share - expected).abs() < error, "{share} of {of} is not {expected} to within {error}");
        };
        let midnight = |day: i32| calendar.zone.instant(day, 0);
        for (place, used) in [0.9, 0.1, 0.9, 0.9].into_iter().enumerate() {
            let found: Vec<&Use> = uses.iter().filter_map(|uses| uses[place].as_ref()).collect();
            let of = found.len() as f64;
            near(of / many as f64, many as f64, used);
            let share = |is: &dyn Fn(&Use) -> bool| found.iter().filter(|found| is(found)).count() as f64 / of;
            let is_left_on = |found: &Use| found.left_on == LeftOn::Yes;
            let (on, off) = (midnight(days[place]) + 17 * HOUR / 2, midnight(days[place]) + 35 * HOUR / 2);
            near(share(&is_left_on), of, 0.35);
            near(share(&|found| found.from < on), of, 0.5);
            near(share(&|found| found.to < off), of, 0.5);
            near(share(&|found| is_left_on(found) && found.from < on), of, 0.35 / 2.0);
            near(share(&|found| is_left_on(found) && found.to < off), of, 0.35 / 2.0);
            near(share(&|found| found.from < on && found.to < off), of, 0.25);
        }
        // Tuesday and Wednesday.
        let both = uses.iter().filter(|uses| uses[2].is_some() && uses[3].is_some()).count() as f64;
        near(both / many as f64, many as f64, 0.81);
        let early = |found: &Option<Use>, day| found.is_some_and(|found| found.from < midnight(day) + 17 * HOUR / 2);
        let both = uses.iter().filter(|uses| early(&uses[2], 4) && early(&uses[3], 5)).count() as f64;
        near(both / many as f64, many as f64, 0.81 / 4.0);
    }

    #[test]
    fn nights_are_spent_on_by_the_share_that_is_left_on() {
        let calendar = office(0.35);
        let key = Key::new(2, 0);
        // Friday 02:00 in Berlin, after a Thursday on which 90 % were used; who was not used on Thursday may be on
        // since earlier.
        let at = calendar.zone.instant(0, 2 * HOUR);
        let on = (0..20_000).filter(|&pc| calendar.session(Days::of(key, pc), at).from <= at).count();
        let share = on as f64 / 20_000.0;
        assert!((share - 0.35).abs() < 0.02, "{share}");
    }
}
