//! Parts of a whole, changes, and rates.

use super::decimal::Decimal;
use super::{Count, Misfit, Quantity, quantity};
use crate::problem::Code;

/// A part of a whole, 0 to 100 %: `35%`, `0.35%`, `120 ppm`; `0` needs no unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    pub(super) text: String,
    part: f64,
}

impl Share {
    /// As a part of 1, 0 to 1.
    pub fn part(&self) -> f64 {
        self.part
    }
}

impl Quantity for Share {
    const NAME: &'static str = "share";
    const WHAT: &'static str = "A part of a whole, 0 % to 100 %: a number and `%` or `ppm`";
    const EXAMPLES: &'static [&'static str] = &["35%", "0.5%", "120 ppm"];
    const PATTERN: &'static str = r"^\s*(0[0_.]*|[0-9][0-9_.]*\s*(%|ppm))\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        let part = part(text.trim())?;
        if part < 0.0 {
            return Err(Misfit::new(Code::Negative, format!("`{text}` is negative")).help("a share is 0 % to 100 %"));
        }
        if part > 1.0 {
            return Err(Misfit::new(Code::OutOfRange, format!("`{text}` is more than the whole"))
                .help("a share is 0 % to 100 %"));
        }
        Ok(Share { text: text.to_owned(), part })
    }

    fn base(&self) -> f64 {
        self.part
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Share);

/// Reads `35%` as 0.35.
fn part(text: &str) -> Result<f64, Misfit> {
    let (number, unit) =
        Decimal::leading(text).map_err(|m| if m.help.is_some() { m } else { m.help("for example `35%`") })?;
    match unit {
        "%" => Ok(number.times_ten_to(-2)),
        "ppm" => Ok(number.times_ten_to(-6)),
        "" if number.is_zero() => Ok(0.0),
        "" => {
            let (as_part, as_percent) = (number.times_ten_to(2), number.times_ten_to(0));
            let help = if as_percent.abs() < 1.0 {
                format!("write `{as_part}%`; if you mean {as_percent} percent, `{as_percent}%`")
            } else {
                format!("write `{as_percent}%`")
            };
            Err(Misfit::new(Code::PlainShare, format!("`{text}` is a share without `%`")).help(help))
        }
        "percent" | "pct" | "per cent" | "Percent" | "PPM" => {
            let right = if unit == "PPM" { " ppm" } else { "%" };
            let misfit = Misfit::new(Code::WrongUnit, format!("`{unit}` is not a unit of a share"));
            Err(misfit.help(format!("write `{}{right}`", number.times_ten_to(0))))
        }
        _ => {
            Err(Misfit::new(Code::WrongUnit, format!("`{text}` is not a share")).help("for example `35%` or `120 ppm`"))
        }
    }
}

/// A change against something: `-20%`, `+5%`.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub(super) text: String,
    part: f64,
}

impl Change {
    /// As a part: -0.2 is 20 % less.
    pub fn part(&self) -> f64 {
        self.part
    }
}

impl Quantity for Change {
    const NAME: &'static str = "change";
    const WHAT: &'static str = "A change in percent";
    const EXAMPLES: &'static [&'static str] = &["-20%", "+5%"];
    const PATTERN: &'static str = r"^\s*([+-]?0[0_.]*|[+-]?[0-9][0-9_.]*\s*(%|ppm))\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        Ok(Change { text: text.to_owned(), part: part(text.trim())? })
    }

    fn base(&self) -> f64 {
        self.part
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Change);

/// A rate per PC (or per whatever is counted) and day: `1 per 1000 per day`, `0.1% per day`, `3 per week`.
#[derive(Clone, Debug, PartialEq)]
pub struct PerDay {
    pub(super) text: String,
    per_day: f64,
}

impl PerDay {
    /// How often per day, 0 or more.
    pub fn per_day(&self) -> f64 {
        self.per_day
    }
}

impl Quantity for PerDay {
    const NAME: &'static str = "per_day";
    const WHAT: &'static str = "A rate: how often per day, hour or week";
    const EXAMPLES: &'static [&'static str] = &["1 per 1000 per day", "0.1% per day", "2 per week"];
    const PATTERN: &'static str =
        r"^\s*(0[0_.]*|[0-9][0-9_.]*\s*(%|ppm|k|M|bn)?\s*(per\s+[0-9][0-9_.]*(k|M|bn)?\s+)?per\s+(hour|day|week))\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        const LIKE: &str = "for example `1 per 1000 per day`";
        let parts: Vec<&str> = text.split("per ").map(str::trim).collect();
        let (rate, unit) = match parts.as_slice() {
            ["0"] => (0.0, "day"),
            [times, unit] if times.ends_with('%') || times.ends_with("ppm") => (part(times)?, *unit),
            [times, unit] if !unit.starts_with(|c: char| c.is_ascii_digit()) => (number(times)?, *unit),
            [times, out_of, unit] => {
                let out_of = number(out_of)?;
                if out_of == 0.0 {
                    return Err(Misfit::new(Code::OutOfRange, format!("`{text}` divides by 0")).help(LIKE));
                }
                (number(times)? / out_of, *unit)
            }
            [_, _] | [_] => {
                return Err(Misfit::new(Code::MissingUnit, format!("`{text}` does not say per what time")).help(LIKE));
            }
            _ => return Err(Misfit::new(Code::NotAQuantity, format!("`{text}` is not a rate")).help(LIKE)),
        };
        if rate < 0.0 {
            let misfit = Misfit::new(Code::Negative, format!("`{text}` is negative"));
            return Err(misfit.help("a rate is 0 or more"));
        }
        let days = match unit {
            "hour" | "h" => 1.0 / 24.0,
            "day" | "d" => 1.0,
            "week" | "w" => 7.0,
            other => {
                return Err(Misfit::new(
                    Code::WrongUnit,
                    format!("`per {other}` is no time that rates are counted by"),
                )
                .help("write `per day`, `per hour` or `per week`"));
            }
        };
        Ok(PerDay { text: text.to_owned(), per_day: rate / days })
    }

    fn base(&self) -> f64 {
        self.per_day
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(PerDay);

fn number(text: &str) -> Result<f64, Misfit> {
    super::Number::parse(text).or_else(|_| Count::parse(text).map(|c| super::Number::from_count(&c))).map(|n| n.base())
}
