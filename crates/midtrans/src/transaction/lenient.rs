//! Reading fields that come, go and change type without notice (midtrans.md 2.1): an odd value
//! costs its field and never the whole.

use crate::{CardToken, time};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::value::RawValue;

/// A text; a bare number keeps the very digits it was written with, because they are signed.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).ok(),
        Some(b'-' | b'0'..=b'9') => Some(raw.get().to_owned()),
        _ => None,
    })
}

pub(crate) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?.ok_or_else(|| D::Error::custom("a text is required"))
}

/// A value of an unexpected type is as good as none.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok().flatten())
}

pub(crate) fn moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(text(deserializer)?.and_then(|written| time::parse(&written).ok()))
}

/// The entries of a list that can be read. What is no list is an empty one.
pub(crate) fn many<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(listed(deserializer)?.unwrap_or_default())
}

/// The same, where no list is told apart from an empty one.
pub(crate) fn listed<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let entries: Option<Vec<Box<RawValue>>> = lenient(deserializer)?;
    let readable = |entries: Vec<Box<RawValue>>| {
        entries.iter().filter_map(|entry| serde_json::from_str(entry.get()).ok()).collect()
    };
    Ok(entries.map(readable))
}

/// A secret, kept out of `Debug` from the first.
pub(crate) fn card_token<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<CardToken>, D::Error> {
    Ok(text(deserializer)?.and_then(|written| CardToken::try_new(written).ok()))
}
