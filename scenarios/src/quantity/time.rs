//! Spans, times of day, instants.

use super::decimal::Decimal;
use super::{Misfit, Quantity, quantity};
use crate::problem::Code;

/// Limit: the longest span, 100 years, in milliseconds.
pub const MAX_DURATION_MS: i64 = 36_525 * 86_400_000;
/// Limit: the latest time of day, 48 h after the midnight that began the day, in milliseconds.
pub const MAX_TIME_OF_DAY_MS: i64 = 48 * 3_600_000;

/// The units of time and their lengths in milliseconds, longest first.
const UNITS: &[(&str, u128)] =
    &[("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// A span of time, not negative: `90 min`, `1 h 30 min`, `2 d`; `0` needs no unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    pub(super) text: String,
    ms: i64,
}

impl Duration {
    /// Its length in milliseconds, 0 to [`MAX_DURATION_MS`].
    pub fn ms(&self) -> i64 {
        self.ms
    }
}

impl Quantity for Duration {
    const NAME: &'static str = "duration";
    const WHAT: &'static str = "A span of time: a number and `ms`, `s`, `min`, `h`, `d` or `w`";
    const EXAMPLES: &'static [&'static str] = &["90 min", "1 h 30 min", "40 s", "28 d"];
    const PATTERN: &'static str =
        r"^\s*(0[0_.]*|[0-9][0-9_.]*\s*(ms|s|min|h|d|w)(\s+[0-9][0-9_.]*\s*(ms|s|min|h|d|w))*)\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        let ms = span(text, "a span of time")?;
        if ms > MAX_DURATION_MS {
            return Err(Misfit::new(Code::OutOfRange, format!("`{text}` is longer than 100 years")));
        }
        Ok(Duration { text: text.to_owned(), ms })
    }

    fn base(&self) -> f64 {
        self.ms as f64
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Duration);

/// A time of day as the time after local midnight: `8 h 30 min`; up to 48 h, for what ends the day after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeOfDay {
    pub(super) text: String,
    ms: i64,
}

impl TimeOfDay {
    /// Milliseconds after local midnight, 0 to [`MAX_TIME_OF_DAY_MS`].
    pub fn ms(&self) -> i64 {
        self.ms
    }
}

impl Quantity for TimeOfDay {
    const NAME: &'static str = "time_of_day";
    const WHAT: &'static str = "A time of day, as the time after local midnight";
    const EXAMPLES: &'static [&'static str] = &["8 h 30 min", "17 h", "0 h"];
    const PATTERN: &'static str = Duration::PATTERN;

    fn parse(text: &str) -> Result<Self, Misfit> {
        let ms = span(text, "a time of day").map_err(|misfit| match of_clock(text.trim()) {
            Some(right) => misfit.help(format!("write the time after midnight, `{right}`")),
            None => misfit,
        })?;
        if ms > MAX_TIME_OF_DAY_MS {
            return Err(Misfit::new(Code::OutOfRange, format!("`{text}` is later than 48 h after midnight")));
        }
        Ok(TimeOfDay { text: text.to_owned(), ms })
    }

    fn base(&self) -> f64 {
        self.ms as f64
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(TimeOfDay);

/// Reads `1 h 30 min` as milliseconds: units from long to short, each once.
fn span(text: &str, what: &str) -> Result<i64, Misfit> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(Misfit::new(Code::NotAQuantity, format!("nothing is written where {what} is expected"))
            .help("for example `90 min`"));
    }
    if let Some(right) = of_clock(rest) {
        let message = format!("`{text}` is not {what} as scenarios write it");
        return Err(Misfit::new(Code::BareTime, message).help(format!("write `{right}`")));
    }
    let mut total: i128 = 0;
    let mut longer = UNITS.len();
    let mut parts = 0;
    while !rest.is_empty() {
        let (number, after) =
            Decimal::leading(rest).map_err(|m| if m.help.is_some() { m } else { m.help("for example `90 min`") })?;
        if number.is_negative() {
            return Err(
                Misfit::new(Code::Negative, format!("`{text}` is negative")).help(format!("{what} is 0 or more"))
            );
        }
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        if unit.is_empty() && number.is_zero() && parts == 0 && next.is_empty() {
            return Ok(0);
        }
        let index = unit_index(rest, unit, what)?;
        if parts > 0 && index <= longer {
            let message = format!("`{text}` does not go from long units to short ones");
            return Err(Misfit::new(Code::WrongUnit, message).help("for example `1 h 30 min`"));
        }
        total += number
            .whole_times(UNITS[index].1)
            .ok_or_else(|| Misfit::new(Code::TooFine, format!("`{text}` is not a whole number of milliseconds")))?;
        longer = index;
        parts += 1;
        rest = next.trim_start();
    }
    Ok(i64::try_from(total).unwrap_or(i64::MAX))
}

/// The right way to write a time of the clock, such as `8:30`, which YAML 1.1 reads as a number of base sixty.
pub(crate) fn of_clock(text: &str) -> Option<String> {
    let mut parts = text.trim_start_matches(['+', '-']).split(':');
    let first: u32 = parts.next().filter(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let rest: Vec<u32> = parts
        .map(|p| p.split('.').next().unwrap_or(p))
        .map(|p| p.parse().ok().filter(|n| *n < 60 && p.len() <= 2))
        .collect::<Option<_>>()?;
    match rest.as_slice() {
        [] => None,
        [0] => Some(format!("{first} h")),
        [minutes] => Some(format!("{first} h {minutes} min")),
        [minutes, seconds, ..] => Some(format!("{first} h {minutes} min {seconds} s")),
    }
}

fn unit_index(text: &str, unit: &str, what: &str) -> Result<usize, Misfit> {
    if let Some(index) = UNITS.iter().position(|(name, _)| *name == unit) {
        return Ok(index);
    }
    let number = text.split(|c: char| c.is_alphabetic() || c == '%').next().unwrap_or(text).trim();
    if unit.is_empty() {
        let message = format!("`{text}` has no unit");
        return Err(if text.contains('%') {
            Misfit::new(Code::WrongUnit, format!("`{text}` is not {what}")).help("for example `90 min`")
        } else {
            Misfit::new(Code::MissingUnit, message)
                .help(format!("write `{number} min`, `{number} s`, `{number} h` or `{number} d`"))
        });
    }
    let misfit = Misfit::new(Code::WrongUnit, format!("`{unit}` is not a unit of {what}"));
    let right = match unit.to_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "min",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "wk" | "wks" | "week" | "weeks" => "w",
        "m" => return Err(misfit.help(format!("write `{number} min` for minutes or `{number} ms` for milliseconds"))),
        "mo" | "month" | "months" | "y" | "yr" | "year" | "years" | "a" => {
            return Err(misfit.help("months and years differ in length; write days, such as `30 d`"));
        }
        _ => return Err(misfit.help("units of time are `ms`, `s`, `min`, `h`, `d` and `w`")),
    };
    Err(misfit.help(format!("write `{number} {right}`")))
}

/// An instant: RFC 3339, in UTC or with an offset, such as `2024-07-19T04:09:00Z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instant {
    pub(super) text: String,
    unix_ms: i64,
}

impl Instant {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn unix_ms(&self) -> i64 {
        self.unix_ms
    }
}

impl Quantity for Instant {
    const NAME: &'static str = "instant";
    const WHAT: &'static str = "An instant, in UTC or with an offset from it";
    const EXAMPLES: &'static [&'static str] = &["2024-07-19T04:09:00Z", "2024-07-19T06:09:00+02:00"];
    const PATTERN: &'static str =
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        let timestamp: jiff::Timestamp = text.trim().parse().map_err(|_| not_an_instant(text.trim()))?;
        if timestamp.subsec_nanosecond() % 1_000_000 != 0 {
            return Err(Misfit::new(Code::TooFine, format!("`{text}` is finer than a millisecond")));
        }
        Ok(Instant { text: text.to_owned(), unix_ms: timestamp.as_millisecond() })
    }

    fn base(&self) -> f64 {
        self.unix_ms as f64
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Instant);

fn not_an_instant(text: &str) -> Misfit {
    let parses = |candidate: &str| candidate.parse::<jiff::Timestamp>().is_ok();
    for (candidate, code, what) in [
        (format!("{text}Z"), Code::MissingUnit, "does not say in which time zone it is"),
        (format!("{text}T00:00:00Z"), Code::NotAQuantity, "is a date, not an instant"),
        (format!("{text}:00Z"), Code::MissingUnit, "does not say in which time zone it is"),
    ] {
        if parses(&candidate) {
            return Misfit::new(code, format!("`{text}` {what}"))
                .help(format!("write `{candidate}`, or the offset from UTC in place of `Z`"));
        }
    }
    Misfit::new(Code::NotAQuantity, format!("`{text}` is not an instant")).help("for example `2024-07-19T04:09:00Z`")
}
