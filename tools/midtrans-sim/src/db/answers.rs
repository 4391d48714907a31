//! Answers kept under an idempotency key, and card tokens: things that live for minutes.

use super::{Db, DbError};
use kernel::{Timestamp, micros};
use rusqlite::OptionalExtension;

impl Db<'_> {
    /// The answer kept under a key since `since` or later.
    pub(crate) fn kept_answer(
        &self,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<String>, DbError> {
        let sql = "SELECT body FROM answers WHERE idempotency_key = ?1 AND at >= ?2";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row((key, micros(since)), |row| row.get(0)).optional()?)
    }

    /// Keeps an answer, and forgets those from before `since`.
    pub(crate) fn keep_answer(
        &self,
        key: &str,
        body: &str,
        (at, since): (Timestamp, Timestamp),
    ) -> Result<(), DbError> {
        self.0.prepare_cached("DELETE FROM answers WHERE at < ?1")?.execute([micros(since)])?;
        let sql = "INSERT OR REPLACE INTO answers (idempotency_key, body, at) VALUES (?1, ?2, ?3)";
        self.0.prepare_cached(sql)?.execute((key, body, micros(at)))?;
        Ok(())
    }

    /// Keeps a card token, and forgets those from before `since`.
    pub(crate) fn insert_card_token(
        &self,
        token: &str,
        (at, since): (Timestamp, Timestamp),
    ) -> Result<(), DbError> {
        let old = "DELETE FROM card_tokens WHERE created_at < ?1";
        self.0.prepare_cached(old)?.execute([micros(since)])?;
        let sql = "INSERT INTO card_tokens (token, created_at) VALUES (?1, ?2)";
        self.0.prepare_cached(sql)?.execute((token, micros(at)))?;
        Ok(())
    }

    /// Uses a card token up, if it was made at `since` or later.
    pub(crate) fn take_card_token(&self, token: &str, since: Timestamp) -> Result<bool, DbError> {
        let sql = "DELETE FROM card_tokens WHERE token = ?1 AND created_at >= ?2";
        Ok(self.0.prepare_cached(sql)?.execute((token, micros(since)))? == 1)
    }
}
