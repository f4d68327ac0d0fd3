//! Counts, plain numbers, and ratios.

use super::decimal::Decimal;
use super::{Misfit, Quantity, quantity};
use crate::problem::Code;

/// Limit: the largest count.
pub const MAX_COUNT: u64 = 1_000_000_000_000_000;

/// A whole number of things, not negative: `900`, `32_000`, `40k`, `8.5M`, `1.4bn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub(super) text: String,
    count: u64,
}

impl Count {
    /// How many, 0 to [`MAX_COUNT`].
    pub fn get(&self) -> u64 {
        self.count
    }
}

impl Quantity for Count {
    const NAME: &'static str = "count";
    const WHAT: &'static str = "A whole number; `k`, `M` and `bn` stand for thousand, million and billion";
    const EXAMPLES: &'static [&'static str] = &["900", "32_000", "40k", "8.5M", "1.4bn"];
    const PATTERN: &'static str = r"^\s*[0-9][0-9_.]*\s*(k|M|bn)?\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        let (number, factor) = scaled(text.trim())?;
        if number.is_negative() {
            return Err(Misfit::new(Code::Negative, format!("`{text}` is negative")).help("a count is 0 or more"));
        }
        let count = number.whole_times(factor).ok_or_else(|| {
            Misfit::new(Code::TooFine, format!("`{text}` is not a whole number")).help("count whole things")
        })?;
        match u64::try_from(count) {
            Ok(count) if count <= MAX_COUNT => Ok(Count { text: text.to_owned(), count }),
            _ => Err(Misfit::new(Code::OutOfRange, format!("`{text}` is more than MAX_COUNT, which is 10^15"))),
        }
    }

    fn base(&self) -> f64 {
        self.count as f64
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Count);

/// A number and the factor of its suffix.
fn scaled(text: &str) -> Result<(Decimal, u128), Misfit> {
    let (number, suffix) =
        Decimal::leading(text).map_err(|m| if m.help.is_some() { m } else { m.help("for example `40k` or `8.5M`") })?;
    let factor = match suffix {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "bn" => 1_000_000_000,
        other => {
            let digits = text[..text.len() - other.len()].trim();
            let misfit = Misfit::new(Code::WrongUnit, format!("`{other}` does not stand behind a count"));
            let right = match other.to_lowercase().as_str() {
                "k" | "thousand" => "k",
                "m" | "mn" | "mio" | "million" | "millions" => "M",
                "b" | "g" | "bn" | "billion" | "billions" => "bn",
                _ => return Err(misfit.help("a count may end in `k`, `M` or `bn`, and has no other unit")),
            };
            return Err(misfit.help(format!("write `{digits}{right}`")));
        }
    };
    Ok((number, factor))
}

/// A plain number, 0 or more: a weight, a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    pub(super) text: String,
    number: f64,
}

impl Number {
    /// The number, finite and 0 or more.
    pub fn get(&self) -> f64 {
        self.number
    }

    pub(super) fn from_count(count: &Count) -> Number {
        Number { text: count.text.clone(), number: count.count as f64 }
    }
}

impl Quantity for Number {
    const NAME: &'static str = "number";
    const WHAT: &'static str = "A plain number, 0 or more";
    const EXAMPLES: &'static [&'static str] = &["1", "2.5"];
    const PATTERN: &'static str = r"^\s*[0-9][0-9_.]*\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        let (number, rest) = Decimal::leading(text.trim())
            .map_err(|m| if m.help.is_some() { m } else { m.help("for example `2.5`") })?;
        if !rest.is_empty() {
            return Err(Misfit::new(Code::WrongUnit, format!("`{rest}` does not stand behind a plain number"))
                .help("for example `2.5`"));
        }
        if number.is_negative() {
            return Err(
                Misfit::new(Code::Negative, format!("`{text}` is negative")).help("write a number that is 0 or more")
            );
        }
        Ok(Number { text: text.to_owned(), number: number.times_ten_to(0) })
    }

    fn base(&self) -> f64 {
        self.number
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Number);

/// So many for so many: `1 per 80` is one technician for 80 PCs.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    pub(super) text: String,
    per_one: f64,
}

impl Ratio {
    /// How many there are of the second for one of the first: 80 for `1 per 80`; more than 0.
    pub fn per_one(&self) -> f64 {
        self.per_one
    }
}

impl Quantity for Ratio {
    const NAME: &'static str = "ratio";
    const WHAT: &'static str = "So many for so many";
    const EXAMPLES: &'static [&'static str] = &["1 per 80", "3 per 1k"];
    const PATTERN: &'static str = r"^\s*[0-9][0-9_.]*(k|M|bn)?\s+per\s+[0-9][0-9_.]*(k|M|bn)?\s*$";

    fn parse(text: &str) -> Result<Self, Misfit> {
        let Some((first, second)) = text.split_once(" per ") else {
            let misfit = Misfit::new(Code::NotAQuantity, format!("`{text}` is not a ratio"));
            let right = [':', '/'].iter().find_map(|sign| text.split_once(*sign));
            return Err(match right {
                Some((a, b)) => misfit.help(format!("write `{} per {}`", a.trim(), b.trim())),
                None if text.trim().bytes().all(|b| b.is_ascii_digit()) && !text.trim().is_empty() => {
                    misfit.help(format!("write `{} per …`, such as `1 per 80`", text.trim()))
                }
                None => misfit.help("for example `1 per 80`"),
            });
        };
        let (first, second) = (Count::parse(first)?, Count::parse(second)?);
        if first.get() == 0 || second.get() == 0 {
            return Err(Misfit::new(Code::OutOfRange, format!("`{text}` has a 0")).help("for example `1 per 80`"));
        }
        Ok(Ratio { text: text.to_owned(), per_one: second.base() / first.base() })
    }

    fn base(&self) -> f64 {
        self.per_one
    }

    fn written(&self) -> &str {
        &self.text
    }
}
quantity!(Ratio);
