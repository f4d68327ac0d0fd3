//! Bounds of expectations, whose unit follows from the measure.

use super::{Change, Count, Duration, Misfit, Number, Quantity, Share, quantity};
use crate::problem::Code;

/// The bound of an expectation: `7.5M`, `30 h`, `40%`, `-20%`, `1% of fleet`.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    pub(super) text: String,
    reckoned: Reckoned,
}

/// What a bound is a bound on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reckoned {
    /// A number in the unit of the measure.
    Number(f64),
    /// A part or a change: 0.4 for `40%`, -0.2 for `-20%`.
    Part(f64),
    /// A part of the fleet's PCs, 0 to 1.
    PartOfFleet(f64),
    /// A span of time in milliseconds.
    Time(i64),
}

impl Amount {
    /// What it means.
    pub fn reckoned(&self) -> Reckoned {
        self.reckoned
    }
}

impl Quantity for Amount {
    const NAME: &'static str = "amount";
    const WHAT: &'static str = "A bound: a count, a span of time, a share, a change, or a share of the fleet";
    const EXAMPLES: &'static [&'static str] = &["7.5M", "30 h", "40%", "-20%", "1% of fleet"];
    const PATTERN: &'static str = r"^\s*[+-]?[0-9][0-9_.]*\s*(%|ppm|k|M|bn|ms|s|min|h|d|w|% of fleet|ppm of fleet)?(\s+[0-9][0-9_.]*\s*(ms|s|min|h|d|w))*\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        Ok(Amount { text: text.to_owned(), reckoned: reckon(text.trim())? })
    }

    fn base(&self) -> f64 {
        match self.reckoned {
            Reckoned::Number(x) | Reckoned::Part(x) | Reckoned::PartOfFleet(x) => x,
            Reckoned::Time(ms) => ms as f64,
        }
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Amount);

fn reckon(text: &str) -> Result<Reckoned, Misfit> {
    if let Some(share) = text.strip_suffix("of fleet").or_else(|| text.strip_suffix("of the fleet")) {
        return Share::parse(share.trim_end()).map(|s| Reckoned::PartOfFleet(s.part()));
    }
    if text.ends_with('%') || text.ends_with("ppm") {
        return Change::parse(text).map(|c| Reckoned::Part(c.part()));
    }
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Ok(count) = Count::parse(unsigned) {
        return Ok(Reckoned::Number(sign * count.base()));
    }
    if let Ok(number) = Number::parse(unsigned) {
        return Ok(Reckoned::Number(sign * number.base()));
    }
    match Duration::parse(unsigned) {
        Ok(span) => Ok(Reckoned::Time(if sign < 0.0 { -span.ms() } else { span.ms() })),
        Err(misfit) if misfit.code == Code::OutOfRange || misfit.code == Code::TooFine => Err(misfit),
        Err(_) => Err(Misfit::new(Code::NotAQuantity, format!("`{text}` is not a bound"))
            .help("for example `7.5M`, `30 h`, `40%`, `-20%` or `1% of fleet`")),
    }
}
