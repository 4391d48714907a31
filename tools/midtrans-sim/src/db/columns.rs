//! Rows to values and back.

use super::DbError;
use kernel::{Timestamp, micros, timestamp};
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A word of a closed list.
pub(super) fn word<T>(
    row: &Row<'_>,
    column: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, DbError> {
    parse(row.get_ref(column)?.as_str().map_err(|_| DbError::Unreadable(column))?)
        .ok_or(DbError::Unreadable(column))
}

pub(super) fn time(row: &Row<'_>, column: &'static str) -> Result<Timestamp, DbError> {
    Ok(timestamp(row.get(column)?))
}

pub(super) fn optional_time(
    row: &Row<'_>,
    column: &'static str,
) -> Result<Option<Timestamp>, DbError> {
    Ok(row.get::<_, Option<i64>>(column)?.map(timestamp))
}

pub(super) fn optional_micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(micros)
}

pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &'static str) -> Result<T, DbError> {
    let text = row.get_ref(column)?.as_str().map_err(|_| DbError::Unreadable(column))?;
    serde_json::from_str(text).map_err(|_| DbError::Unreadable(column))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|_| DbError::Unreadable("a value to store"))
}
