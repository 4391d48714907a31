//! A time to pay in, as Snap (`expiry`, `page_expiry`) and the Core API (`custom_expiry`) spell it
//! (midtrans.md 1.3, 2.2). No clock: a window that lies in the past is not noticed here.

use super::faults::{Faults, Part};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::RangeInclusive;

pub(super) const MINUTE: i64 = 60;
pub(super) const DAY: i64 = 24 * 3600;
/// Sources disagree on the least expiry; this is the lower one (L, midtrans.md 7).
pub(super) const MIN_EXPIRY_SECS: i64 = 20;

/// A time to pay in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    /// Without it the window opens when the customer chooses a method.
    pub(crate) start: Option<Timestamp>,
    pub(crate) length: SignedDuration,
}

/// How a window is spelled, and how long it may be.
pub(super) struct Spelling {
    pub(super) start: &'static str,
    pub(super) duration: &'static str,
    /// What stands for a unit that is not said.
    pub(super) default_unit: Option<&'static str>,
    pub(super) seconds: RangeInclusive<i64>,
    pub(super) longer: Longer,
}

/// What becomes of a length above the longest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Longer {
    Refused,
    /// Snap takes it for the longest: so it answered the official clients' own tests (L: no page
    /// says it).
    Trimmed,
}

/// Reads a window that may be absent.
pub(super) fn read(part: &Part<'_>, spelling: &Spelling, faults: &mut Faults) -> Option<Window> {
    if part.is_absent() {
        return None;
    }
    let Some(unit) = unit(part, spelling) else {
        faults.about(part, "unit", "is invalid");
        return None;
    };
    let seconds = part.at(spelling.duration).as_i64().map(|count| count.saturating_mul(unit));
    let seconds = match spelling.longer {
        Longer::Refused => seconds,
        Longer::Trimmed => seconds.map(|seconds| seconds.min(*spelling.seconds.end())),
    };
    let Some(seconds) = seconds.filter(|seconds| spelling.seconds.contains(seconds)) else {
        faults.about(part, spelling.duration, "is invalid");
        return None;
    };
    let start = match part.at(spelling.start) {
        Value::Null => None,
        value => {
            let start = value.as_str().and_then(timestamp);
            if start.is_none() {
                faults.about(part, spelling.start, "format is invalid");
            }
            start
        }
    };
    Some(Window { start, length: SignedDuration::from_secs(seconds) })
}

/// In seconds.
fn unit(part: &Part<'_>, spelling: &Spelling) -> Option<i64> {
    let said = match part.at("unit") {
        Value::Null => None,
        value => Some(value.as_str()?),
    };
    match said.filter(|text| !text.is_empty()).or(spelling.default_unit)? {
        "second" | "seconds" => Some(1),
        "minute" | "minutes" => Some(MINUTE),
        "hour" | "hours" => Some(3600),
        "day" | "days" => Some(DAY),
        _ => None,
    }
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", text);
    parsed.and_then(|parsed| parsed.to_timestamp()).ok()
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
