//! Refunds that the provider took on.

use super::columns::{optional_time, time};
use super::{Db, DbError};
use crate::model::Refund;
use kernel::{Timestamp, micros};
use rusqlite::{OptionalExtension, Row};

/// A refund to be written; the database gives the number.
pub(crate) struct NewRefund<'a> {
    pub(crate) transaction_id: &'a str,
    pub(crate) key: &'a str,
    pub(crate) amount: i64,
    pub(crate) reason: Option<&'a str>,
    pub(crate) at: Timestamp,
    /// When the bank confirms it.
    pub(crate) confirms_at: Timestamp,
}

impl Db<'_> {
    /// Writes a refund and gives its `refund_chargeback_id`.
    pub(crate) fn insert_refund(&self, new: &NewRefund<'_>) -> Result<i64, DbError> {
        let sql = "INSERT INTO refunds (transaction_id, key, amount, reason, created_at, due_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.0.prepare_cached(sql)?.execute((
            new.transaction_id,
            new.key,
            new.amount,
            new.reason,
            micros(new.at),
            micros(new.confirms_at),
        ))?;
        Ok(self.0.last_insert_rowid())
    }

    /// Oldest first.
    pub(crate) fn refunds_of(&self, transaction_id: &str) -> Result<Vec<Refund>, DbError> {
        let sql = "SELECT * FROM refunds WHERE transaction_id = ?1 ORDER BY id";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query([transaction_id])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    pub(crate) fn has_refund(&self, transaction_id: &str, key: &str) -> Result<bool, DbError> {
        let sql = "SELECT 1 FROM refunds WHERE transaction_id = ?1 AND key = ?2";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row((transaction_id, key), |_| Ok(())).optional()?.is_some())
    }

    /// Gives the `refund_chargeback_id` of a refund that is refused, and that no other gets: the
    /// column is AUTOINCREMENT. Nothing else of it is kept.
    pub(crate) fn refuse_refund(&self, new: &NewRefund<'_>) -> Result<i64, DbError> {
        let id = self.insert_refund(new)?;
        self.0.prepare_cached("DELETE FROM refunds WHERE id = ?1")?.execute([id])?;
        Ok(id)
    }

    /// Those that the bank confirms now: number and transaction.
    pub(crate) fn due_refunds(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, String)>, DbError> {
        let sql = "SELECT id, transaction_id FROM refunds WHERE due_at <= ?1
                   ORDER BY due_at LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached(sql)?;
        let rows =
            statement.query_map((micros(now), limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Lets the bank take longer to confirm.
    pub(crate) fn postpone_refund(&self, id: i64, to: Timestamp) -> Result<(), DbError> {
        let sql = "UPDATE refunds SET due_at = ?2 WHERE id = ?1";
        self.0.prepare_cached(sql)?.execute((id, micros(to)))?;
        Ok(())
    }

    pub(crate) fn confirm_refund(&self, id: i64, at: Timestamp) -> Result<(), DbError> {
        let sql = "UPDATE refunds SET confirmed_at = ?2, due_at = NULL WHERE id = ?1";
        self.0.prepare_cached(sql)?.execute((id, micros(at)))?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> Result<Refund, DbError> {
    Ok(Refund {
        id: row.get("id")?,
        key: row.get("key")?,
        amount: row.get("amount")?,
        reason: row.get("reason")?,
        created_at: time(row, "created_at")?,
        confirmed_at: optional_time(row, "confirmed_at")?,
    })
}
