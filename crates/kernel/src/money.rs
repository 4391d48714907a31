//! Money in whole rupiah. Never a float, never an unchecked sum.

use std::fmt;

/// The currencies we settle in. One, today; the type keeps an amount from travelling without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Currency {
    /// Indonesian rupiah, without minor unit in practice (Midtrans Snap takes whole rupiah).
    Idr,
}

impl Currency {
    /// ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Idr => "IDR",
        }
    }

    /// The currency of an ISO 4217 code, upper case.
    pub fn from_code(code: &str) -> Option<Self> {
        (code == "IDR").then_some(Self::Idr)
    }
}

/// An amount of whole rupiah. May be negative in differences; sums are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// An amount that no `i64` can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is larger than we can represent")]
pub struct MoneyError;

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Whole rupiah.
    pub const fn rupiah(amount: i64) -> Self {
        Self(amount)
    }

    /// Whole rupiah, for storage and the wire.
    pub const fn as_rupiah(self) -> i64 {
        self.0
    }

    /// The currency; see [`Currency`].
    pub const fn currency(self) -> Currency {
        Currency::Idr
    }

    /// Sum, or an error on overflow.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError)
    }

    /// Product, or an error on overflow.
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        self.0.checked_mul(i64::from(quantity)).map(Self).ok_or(MoneyError)
    }
}

/// As Indonesians write it: `Rp1.250.000`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        f.write_str(if self.0 < 0 { "-Rp" } else { "Rp" })?;
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(".")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_with_dots_every_three_digits() {
        let cases = [
            (0, "Rp0"),
            (999, "Rp999"),
            (1_000, "Rp1.000"),
            (185_000, "Rp185.000"),
            (1_250_000, "Rp1.250.000"),
            (-25_000, "-Rp25.000"),
        ];
        for (amount, text) in cases {
            assert_eq!(Money::rupiah(amount).to_string(), text);
        }
    }

    #[test]
    fn never_wraps() {
        assert_eq!(Money::rupiah(i64::MAX).times(2), Err(MoneyError));
        assert_eq!(Money::rupiah(i64::MAX).plus(Money::rupiah(1)), Err(MoneyError));
        assert_eq!(Money::rupiah(19_999).times(3), Ok(Money::rupiah(59_997)));
    }
}
