//! Times on the wire: `YYYY-MM-DD HH:MM:SS` in GMT+7, without an offset (midtrans.md 2.1).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Western Indonesian time, the only zone Midtrans speaks. It has no daylight saving.
const WIB: Offset = Offset::constant(7);
const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// Text that is not a Midtrans time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form YYYY-MM-DD HH:MM:SS")]
pub struct TimeError;

/// Reads a Midtrans time.
pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
    if text.len() != "2026-03-01 10:00:00".len() {
        return Err(TimeError);
    }
    let civil = DateTime::strptime(FORMAT, text).map_err(|_| TimeError)?;
    WIB.to_timestamp(civil).map_err(|_| TimeError)
}

/// Writes a time as Midtrans does; a fraction of a second is dropped.
pub fn format(at: Timestamp) -> String {
    WIB.to_datetime(at).strftime(FORMAT).to_string()
}

/// Writes a time with its offset, as Snap wants `expiry.start_time` (midtrans.md 1.3).
pub fn format_with_offset(at: Timestamp) -> String {
    format(at) + " +0700"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_seven_hours_ahead_of_utc() {
        let utc: Timestamp = "2026-03-01T03:00:00Z".parse().unwrap();
        assert_eq!(parse("2026-03-01 10:00:00"), Ok(utc));
        assert_eq!(format(utc), "2026-03-01 10:00:00");
        assert_eq!(format_with_offset(utc), "2026-03-01 10:00:00 +0700");
        let before_midnight: Timestamp = "2025-12-31T18:30:00.9Z".parse().unwrap();
        assert_eq!(format(before_midnight), "2026-01-01 01:30:00");
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in
            ["", "2026-03-01", "2026-03-01T10:00:00", "2026-02-30 10:00:00", "2026-03-01 25:00:00"]
        {
            assert_eq!(parse(bad), Err(TimeError), "{bad:?}");
        }
    }
}
