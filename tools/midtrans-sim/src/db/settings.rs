//! Small values by name: the clock's anchor, autopay.

use super::columns::{json, to_json};
use super::{Db, DbError};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Db<'_> {
    pub(crate) fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, DbError> {
        let sql = "SELECT value FROM settings WHERE name = ?1";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query([name])?;
        rows.next()?.map(|row| json(row, "value")).transpose()
    }

    pub(crate) fn set(&self, name: &str, value: &impl Serialize) -> Result<(), DbError> {
        let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.0.prepare_cached(sql)?.execute((name, to_json(value)?))?;
        Ok(())
    }
}
