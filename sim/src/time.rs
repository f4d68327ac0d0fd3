//! Simulated time: integer milliseconds since the scenario's start, and the local clocks of time zones.
//!
//! An instant in UTC starts the scenario; everything after it is a [`Millis`] offset. Local time is looked up in a
//! [`Zone`], a short table of UTC offsets over the simulated span that is read once from the time-zone database bundled
//! with the program, so that results do not hang on the machine's.

use serde::{Deserialize, Serialize};

/// Milliseconds: a span, or an instant counted from the scenario's start. Negative instants lie before the start.
pub type Millis = i64;

/// One second in [`Millis`].
pub const SECOND: Millis = 1_000;
/// One minute in [`Millis`].
pub const MINUTE: Millis = 60 * SECOND;
/// One hour in [`Millis`].
pub const HOUR: Millis = 60 * MINUTE;
/// One day of 24 hours in [`Millis`].
pub const DAY: Millis = 24 * HOUR;
/// Later than any horizon: "never", as a number that can still be added to without overflow.
pub const NEVER: Millis = i64::MAX / 4;

/// When a scenario starts and how long it is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The start, in milliseconds since 1970-01-01T00:00:00Z.
    pub start_unix_ms: i64,
    /// How long the scenario is watched, from its start; more than 0.
    pub horizon: Millis,
}

/// The UTC offset of one time zone over the simulated span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// IANA name, such as `Europe/Berlin`.
    pub name: String,
    /// `(from, offset)`: from this instant on, local time is UTC plus `offset`. The first entry holds from forever.
    pub offsets: Vec<(Millis, Millis)>,
    /// Local midnight of the day that holds the scenario's start (day 0), on the local axis: instant plus offset.
    pub first_midnight: Millis,
    /// Weekday of day 0: 0 is Monday, 6 is Sunday.
    pub first_weekday: u8,
}

/// A zone that is not in the bundled time-zone database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{0}`")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Reads a zone's offsets over the scenario's span, and a fortnight to both sides of it, from the bundled database.
    ///
    /// # Errors
    /// If the database has no zone of this name.
    pub fn load(name: &str, start_unix_ms: i64, horizon: Millis) -> Result<Zone, UnknownZone> {
        let unknown = || UnknownZone(name.to_owned());
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
        let instant = |at: Millis| jiff::Timestamp::from_millisecond(start_unix_ms.saturating_add(at));
        let first = instant(-14 * DAY).map_err(|_| unknown())?;
        let last = instant(horizon + 14 * DAY).map_err(|_| unknown())?;
        let millis = |offset: jiff::tz::Offset| Millis::from(offset.seconds()) * SECOND;
        let mut offsets = vec![(-NEVER, millis(zone.to_offset(first)))];
        for transition in zone.following(first).take_while(|t| t.timestamp() <= last) {
            offsets.push((transition.timestamp().as_millisecond() - start_unix_ms, millis(transition.offset())));
        }
        let start = instant(0).map_err(|_| unknown())?;
        let local = start.to_zoned(zone);
        let since_midnight = Millis::from(local.hour()) * HOUR
            + Millis::from(local.minute()) * MINUTE
            + Millis::from(local.second()) * SECOND
            + Millis::from(local.millisecond());
        let first_midnight = millis(local.offset()) - since_midnight;
        let first_weekday = local.weekday().to_monday_zero_offset() as u8;
        Ok(Zone { name: name.to_owned(), offsets, first_midnight, first_weekday })
    }

    /// UTC offset at an instant.
    #[inline]
    pub fn offset(&self, at: Millis) -> Millis {
        let mut offset = self.offsets[0].1;
        if self.offsets.len() == 1 {
            return offset;
        }
        for &(from, next) in &self.offsets[1..] {
            if at < from {
                break;
            }
            offset = next;
        }
        offset
    }

    /// The local day of an instant (day 0 holds the scenario's start) and the time since its midnight.
    #[inline]
    pub fn local(&self, at: Millis) -> (i32, Millis) {
        let since = at + self.offset(at) - self.first_midnight;
        (since.div_euclid(DAY) as i32, since.rem_euclid(DAY))
    }

    /// The instant at which the clocks of this zone show a time on a local day. A time that a change of clocks skips is
    /// taken as if they had not changed yet.
    #[inline]
    pub fn instant(&self, day: i32, time_of_day: Millis) -> Millis {
        let local = self.first_midnight + Millis::from(day) * DAY + time_of_day;
        let guess = local - self.offset(local - self.offsets[0].1);
        local - self.offset(guess)
    }

    /// Weekday of a local day: 0 is Monday, 6 is Sunday.
    #[inline]
    pub fn weekday(&self, day: i32) -> u8 {
        (i32::from(self.first_weekday) + day).rem_euclid(7) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JULY_19_2024_04_00: i64 = 1_721_361_600_000;
    const MARCH_29_2025_12_00: i64 = 1_743_249_600_000;

    #[test]
    fn the_release_of_july_2024_fell_on_these_local_hours() {
        let zone = |name| Zone::load(name, JULY_19_2024_04_00, 28 * DAY).expect("a zone");
        let release = 9 * MINUTE;
        let new_york = zone("America/New_York");
        assert_eq!(new_york.local(release), (0, 9 * MINUTE));
        assert_eq!(new_york.weekday(0), 4, "Friday");
        assert_eq!(zone("America/Los_Angeles").local(release).1, 21 * HOUR + 9 * MINUTE);
        assert_eq!(zone("America/Los_Angeles").weekday(0), 3, "still Thursday");
        assert_eq!(zone("Europe/Berlin").local(release).1, 6 * HOUR + 9 * MINUTE);
        assert_eq!(zone("Asia/Kolkata").local(release).1, 9 * HOUR + 39 * MINUTE);
    }

    #[test]
    fn local_times_survive_a_change_of_clocks() {
        let berlin = Zone::load("Europe/Berlin", MARCH_29_2025_12_00, 7 * DAY).expect("a zone");
        for day in -3..7 {
            for hour in [0, 1, 4, 12, 23] {
                let at = berlin.instant(day, hour * HOUR);
                assert_eq!(berlin.local(at), (day, hour * HOUR));
            }
        }
        assert_eq!(berlin.instant(2, 0) - berlin.instant(1, 0), 23 * HOUR, "30 March 2025 has 23 hours in Berlin");
    }

    #[test]
    fn an_unknown_zone_is_an_error() {
        assert_eq!(Zone::load("Europe/Berlim", 0, DAY), Err(UnknownZone("Europe/Berlim".into())));
    }
}
