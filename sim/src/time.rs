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
    /// Local midnight of the day that holds the scenario's start, as if the first offset held: day 0 of [`Zone::day_start`].
    pub first_midnight: Millis,
    /// Weekday of day 0: 0 is Monday, 6 is Sunday.
    pub first_weekday: u8,
}

/// A zone that is not in the bundled time-zone database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{0}`")]
pub struct UnknownZone(pub String);
