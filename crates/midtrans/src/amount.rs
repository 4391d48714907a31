//! Amounts on the wire: a JSON integer on the way in, `"125000.00"` on the way out
//! (midtrans.md 0.1 #6). Whole rupiah, exactly; no float touches them.

/// Text that is not an amount of whole rupiah.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of whole rupiah")]
pub struct AmountError;

/// Reads `125000.00` or `125000`. A fraction of a rupiah, a sign, a space, an exponent or a number
/// that no `i64` holds is an error, never a rounding.
pub fn parse(text: &str) -> Result<i64, AmountError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.bytes().any(|byte| byte != b'0') {
        return Err(AmountError);
    }
    whole.parse().map_err(|_| AmountError)
}

/// Writes an amount as Midtrans does: two decimals, always zero.
pub fn format(rupiah: i64) -> String {
    format!("{rupiah}.00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_rupiah_and_nothing_else() {
        let cases = [
            ("125000.00", Ok(125_000)),
            ("125000", Ok(125_000)),
            ("125000.0", Ok(125_000)),
            ("0.00", Ok(0)),
            ("9223372036854775807.00", Ok(i64::MAX)),
            ("9223372036854775808.00", Err(AmountError)),
            ("125000.01", Err(AmountError)),
            ("-1.00", Err(AmountError)),
            ("+1.00", Err(AmountError)),
            ("125.000,00", Err(AmountError)),
            ("1.250.00", Err(AmountError)),
            ("125000.", Err(AmountError)),
            (".00", Err(AmountError)),
            ("1e5", Err(AmountError)),
            (" 125000.00", Err(AmountError)),
            ("", Err(AmountError)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for rupiah in [0, 1, 125_000, i64::MAX] {
            assert_eq!(parse(&format(rupiah)), Ok(rupiah));
        }
        assert_eq!(format(125_000), "125000.00");
    }
}
