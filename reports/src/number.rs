//! Numbers as people read them: never without a unit, three figures or as many as the interval warrants.

use bugcheck_sim::measure::Measure;

/// Milliseconds in an hour.
pub const HOUR_MS: f64 = 3_600_000.0;

/// What kind of quantity a number is; says how it is scaled and what is written after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A count or an amount in this unit, scaled by thousands: `8.5 M PCs`.
    Amount(&'static str),
    /// A span on the clock, in hours, scaled to minutes, hours or days: `12.3 d`.
    Span,
    /// A part of 1, written in percent: `12.3 %`.
    Part,
}

impl Quantity {
    /// The quantity that a measure is. Times and delays are spans on the clock; technician hours are an amount of work.
    pub fn of(measure: Measure) -> Quantity {
        match measure {
            Measure::TimeTo50
            | Measure::TimeTo90
            | Measure::TimeTo95
            | Measure::TimeTo99
            | Measure::TimeTo100
            | Measure::TimeToProtect95
            | Measure::DetectionDelay => Quantity::Span,
            Measure::TechnicianHours => Quantity::Amount("technician-hours"),
            other => Quantity::Amount(other.definition().unit),
        }
    }

    /// What a table's header says of the unit: scale letters stand in the cells.
    pub fn header(self) -> &'static str {
        match self {
            Quantity::Amount(unit) => unit,
            Quantity::Span => "min, h or d",
            Quantity::Part => "%",
        }
    }
}

/// A scale that was chosen for one number, so that its interval is written alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaled {
    divisor: f64,
    suffix: &'static str,
    unit: &'static str,
    decimals: usize,
}

const THOUSANDS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
const DAY_HOURS: f64 = 24.0;

impl Scaled {
    /// The scale that suits `value`, with as many decimals as show `half_width` (0 where there is no interval).
    pub fn choose(quantity: Quantity, value: f64, half_width: f64) -> Scaled {
        let size = value.abs().max(half_width);
        let (divisor, suffix, unit) = match quantity {
            Quantity::Amount(unit) => {
                // 0.9995 so that 999 950 becomes 1.00 M and not 1000 k.
                let scale = THOUSANDS.iter().find(|(divisor, _)| size >= 0.9995 * divisor);
                let (divisor, suffix) = scale.copied().unwrap_or((1.0, ""));
                (divisor, suffix, unit)
            }
            Quantity::Span if size < 2.0 => (1.0 / 60.0, "", "min"),
            Quantity::Span if size < 2.0 * DAY_HOURS => (1.0, "", "h"),
            Quantity::Span => (DAY_HOURS, "", "d"),
            Quantity::Part => (0.01, "", "%"),
        };
        let decimals = decimals(size / divisor, half_width / divisor);
        // Whole things that are few are counted, not measured; a mean of them keeps its decimals.
        let whole = suffix.is_empty() && half_width == 0.0 && (value / divisor).fract() == 0.0;
        Scaled { divisor, suffix, unit, decimals: if whole { 0 } else { decimals } }
    }

    /// The largest number that can be shown on this scale and is no more than this one; a last digit's rounding in
    /// binary does not count.
    pub fn down(self, value: f64) -> f64 {
        let steps = libm::pow(10.0, self.decimals as f64) / self.divisor;
        let whole = value * steps;
        libm::floor(whole + 1e-9 * whole.abs().max(1.0)) / steps
    }

    /// The bare number: `8.51`.
    pub fn bare(self, value: f64) -> String {
        let shown = format!("{:.*}", self.decimals, value / self.divisor);
        // A tiny negative must not be shown as -0.
        if shown.starts_with('-') && shown[1..].bytes().all(|b| b == b'0' || b == b'.') {
            return shown[1..].to_owned();
        }
        shown.replacen('-', "−", 1)
    }

    /// The number with its scale letter or its unit of time, but without the name of what is counted: `8.51 M`, `12.3
    /// d`.
    pub fn short(self, value: f64) -> String {
        format!("{}{}", self.bare(value), self.ending())
    }

    /// The number in full: `8.51 M PCs`, `12.3 d`.
    pub fn full(self, value: f64) -> String {
        let mut text = self.short(value);
        if self.names_things() {
            // Names of what is counted are plurals.
            let one = if text == "1" { self.unit.strip_suffix('s') } else { None };
            text.push(' ');
            text.push_str(one.unwrap_or(self.unit));
        }
        text
    }

    /// An interval on this scale, unit last: `8.48 to 8.54 M`.
    pub fn interval(self, low: f64, high: f64) -> String {
        format!("{} to {}{}", self.bare(low), self.bare(high), self.ending())
    }

    /// The number with its sign, for differences: `+1.2 M`.
    pub fn signed(self, value: f64) -> String {
        let sign = if self.bare(value).starts_with('−') { "" } else { "+" };
        format!("{sign}{}", self.short(value))
    }

    /// An interval of differences, signed, unit last: `−1.3 to +0.2 M`.
    pub fn signed_interval(self, low: f64, high: f64) -> String {
        let sign = |value| if self.bare(value).starts_with('−') { "" } else { "+" };
        format!("{}{} to {}{}{}", sign(low), self.bare(low), sign(high), self.bare(high), self.ending())
    }

    fn names_things(self) -> bool {
        !matches!(self.unit, "min" | "h" | "d" | "%")
    }

    fn ending(self) -> String {
        let unit = if self.names_things() { "" } else { self.unit };
        match (self.suffix, unit) {
            ("", "") => String::new(),
            (suffix, unit) => format!(" {suffix}{unit}"),
        }
    }
}

/// Three figures; up to two more where a narrow interval would otherwise collapse.
fn decimals(scaled: f64, half_width: f64) -> usize {
    let size = scaled.abs();
    let for_value = if size >= 100.0 {
        0
    } else if size >= 10.0 {
        1
    } else {
        2
    };
    // An interval this narrow is rounding, as of a ratio that is the same in every replication: it earns no decimals.
    if half_width <= size * 1e-6 {
        return for_value;
    }
    let mut needed = 0;
    let mut step = 1.0;
    while needed < for_value + 2 && half_width < step {
        needed += 1;
        step /= 10.0;
    }
    needed.max(for_value)
}

/// A number in full, on the scale that suits it: `8.50 M PCs`, `12.3 d`, `2.5 %`.
pub fn full(quantity: Quantity, value: f64) -> String {
    Scaled::choose(quantity, value, 0.0).full(value)
}

/// A number without the name of what is counted: `8.50 M`, `12.3 d`.
pub fn short(quantity: Quantity, value: f64) -> String {
    Scaled::choose(quantity, value, 0.0).short(value)
}

/// A whole number with thin groups of three: `32 000 000`.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A whole number with its noun: `1 PC`, `24 replications`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// A span in milliseconds, as the unit that keeps it short: `78 min`, `28 d`.
pub fn span_ms(ms: i64) -> String {
    full(Quantity::Span, ms as f64 / 3_600_000.0)
}

/// An instant in UTC, to the minute: `2024-07-19 04:09 UTC`.
pub fn instant(unix_ms: i64) -> String {
    let minutes = unix_ms.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// Year, month and day of a count of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_scaled_by_thousands_and_keep_their_unit() {
        let pcs = Quantity::Amount("PCs");
        assert_eq!(full(pcs, 8_512_345.0), "8.51 M PCs");
        assert_eq!(full(pcs, 999_960.0), "1.00 M PCs");
        assert_eq!(full(pcs, 12_300.0), "12.3 k PCs");
        assert_eq!(full(pcs, 640.0), "640 PCs");
        assert_eq!(full(pcs, 0.0), "0 PCs");
        assert_eq!(full(pcs, 3.25), "3.25 PCs");
        assert_eq!(short(pcs, -2_000.0), "−2.00 k");
    }

    #[test]
    fn spans_choose_minutes_hours_or_days() {
        assert_eq!(full(Quantity::Span, 0.7), "42 min");
        assert_eq!(full(Quantity::Span, 17.25), "17.2 h");
        assert_eq!(full(Quantity::Span, 295.2), "12.3 d");
        assert_eq!(span_ms(78 * 60_000), "78 min");
        assert_eq!(span_ms(28 * 86_400_000), "28 d");
    }

    #[test]
    fn a_narrow_interval_gets_the_decimals_it_needs() {
        let scale = Scaled::choose(Quantity::Amount("PCs"), 8_512_345.0, 3_100.0);
        assert_eq!(scale.short(8_512_345.0), "8.512 M");
        assert_eq!(scale.interval(8_509_245.0, 8_515_445.0), "8.509 to 8.515 M");
    }

    #[test]
    fn an_interval_of_rounding_gets_none() {
        let scale = Scaled::choose(Quantity::Part, -0.03, 1e-16);
        assert_eq!(scale.signed(-0.03), "−3.00 %");
    }

    #[test]
    fn differences_carry_their_sign_and_zero_has_no_minus() {
        let scale = Scaled::choose(Quantity::Part, -0.123, 0.02);
        assert_eq!(scale.signed(-0.123), "−12.3 %");
        assert_eq!(scale.signed_interval(-0.143, 0.01), "−14.3 to +1.0 %");
        assert_eq!(Scaled::choose(Quantity::Part, 1.0, 0.5).signed(-0.00001), "+0 %");
    }

    #[test]
    fn instants_are_calendar_dates() {
        assert_eq!(instant(1_721_362_140_000), "2024-07-19 04:09 UTC");
        assert_eq!(instant(951_782_400_000), "2000-02-29 00:00 UTC");
        assert_eq!(instant(-60_000), "1969-12-31 23:59 UTC");
    }

    #[test]
    fn long_counts_are_grouped() {
        assert_eq!(grouped(32_000_000), "32\u{202f}000\u{202f}000");
        assert_eq!(grouped(640), "640");
        assert_eq!(full(Quantity::Amount("PCs"), 1.0), "1 PC");
        assert_eq!(full(Quantity::Amount("PCs"), 1.5), "1.50 PCs");
        assert_eq!(count(1, "PC", "PCs"), "1 PC");
        assert_eq!(count(0, "PC", "PCs"), "0 PCs");
        assert_eq!(count(1000, "PC", "PCs"), "1\u{202f}000 PCs");
    }
}
