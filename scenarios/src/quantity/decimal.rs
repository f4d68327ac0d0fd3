//! Decimal numbers, exactly as written: `8.5M` is 8,500,000 and not a rounding of it.

use super::Misfit;
use crate::problem::Code;

/// Limit: digits of one number.
const MAX_DIGITS: usize = 24;

/// `digits` / 10^`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: u128,
    scale: u32,
}

impl Decimal {
    /// The number at the beginning of a text, and the rest of the text without the space between them.
    pub(super) fn leading(text: &str) -> Result<(Decimal, &str), Misfit> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let end = unsigned.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(unsigned.len());
        let (number, rest) = unsigned.split_at(end);
        if let Some(after) = rest.strip_prefix(',').filter(|r| r.starts_with(|c: char| c.is_ascii_digit())) {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let right = if digits == 3 { format!("{number}_{after}") } else { format!("{number}.{after}") };
            let message = format!("`{text}` has a comma in a number");
            return Err(Misfit::new(Code::NotAQuantity, message).help(format!("write `{right}`")));
        }
        Self::exactly(number, negative).map(|d| (d, rest.trim_start())).ok_or_else(|| {
            let word = text.trim_start_matches(['+', '-', '.']).to_lowercase();
            if ["nan", "inf", "infinity", "∞"].contains(&word.as_str()) {
                return Misfit::new(Code::NotFinite, format!("`{text}` is not a finite number"));
            }
            Misfit::new(Code::NotAQuantity, format!("`{text}` does not begin with a number"))
        })
    }

    fn exactly(number: &str, negative: bool) -> Option<Decimal> {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digit_groups =
            |part: &str| part.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
        let well_formed = digit_groups(whole) && (digit_groups(fraction) || !number.contains('.'));
        let all: String = whole.chars().chain(fraction.chars()).filter(char::is_ascii_digit).collect();
        if !well_formed || all.len() > MAX_DIGITS {
            return None;
        }
        let scale = fraction.bytes().filter(u8::is_ascii_digit).count() as u32;
        Some(Decimal { negative, digits: all.parse().ok()?, scale })
    }

    pub(super) fn is_zero(self) -> bool {
        self.digits == 0
    }

    pub(super) fn is_negative(self) -> bool {
        self.negative && self.digits != 0
    }

    /// The nearest `f64` to the number times 10^`exponent`.
    pub(super) fn times_ten_to(self, exponent: i32) -> f64 {
        let sign = if self.negative && self.digits != 0 { "-" } else { "" };
        let text = format!("{sign}{}e{}", self.digits, exponent - self.scale as i32);
        text.parse().unwrap_or(f64::INFINITY)
    }

    /// The number times `factor`, if that is whole.
    pub(super) fn whole_times(self, factor: u128) -> Option<i128> {
        let product = i128::try_from(self.digits.checked_mul(factor)?).ok()?;
        let divisor = 10_i128.checked_pow(self.scale)?;
        (product % divisor == 0).then(|| if self.negative { -product / divisor } else { product / divisor })
    }
}
