//! Durations as people write them: `250ms`, `30s`, `15m`, `1h30m`, `7d`.
//!
//! For `#[serde(with = "runtime::config::duration")]`. No months or years: their length varies.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use std::time::Duration;

/// Longest first, which is the order in which a duration is written.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Text that is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a duration such as 250ms, 30s, 15m, 1h30m or 7d")]
pub struct ParseDurationError;

/// Reads a duration.
pub fn parse(text: &str) -> Result<Duration, ParseDurationError> {
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(ParseDurationError);
    }
    let mut millis: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(ParseDurationError)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(ParseDurationError)?;
        let number: u64 = number.parse().map_err(|_| ParseDurationError)?;
        let part = number.checked_mul(*factor).ok_or(ParseDurationError)?;
        millis = millis.checked_add(part).ok_or(ParseDurationError)?;
        rest = tail;
    }
    Ok(Duration::from_millis(millis))
}

/// Writes a duration so that [`parse`] reads it; finer than a millisecond is cut off.
pub fn format(duration: Duration) -> String {
    let mut millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut out = String::new();
    for (unit, factor) in UNITS {
        let count = millis / factor;
        if count > 0 {
            out.push_str(&format!("{count}{unit}"));
        }
        millis %= factor;
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// For serde.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// For serde.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["0s", "250ms", "30s", "15m", "1h30m", "7d", "1d2h3m4s5ms"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(parse("90s").map(format), Ok("1m30s".to_owned()));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "15", "m", "-1s", "1.5s", "1 s", "1y", "1M", "99999999999999999999d"] {
            assert_eq!(parse(text), Err(ParseDurationError), "{text:?}");
        }
    }
}
