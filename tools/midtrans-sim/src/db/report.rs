//! What a report tells of each transaction: a few columns, oldest first, in pages.

use super::columns::{optional_time, time, word};
use super::{Db, DbError};
use crate::rules::method::Method;
use kernel::Timestamp;
use rusqlite::Row;

/// A line of a report.
#[derive(Debug)]
pub(crate) struct ReportRow {
    /// The number by which it is paged.
    pub(crate) seq: i64,
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) method: Method,
    pub(crate) status: String,
    /// Whole rupiah, as the next.
    pub(crate) gross_amount: i64,
    pub(crate) refunded: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) settled_at: Option<Timestamp>,
}

impl Db<'_> {
    /// The number of the newest transaction; 0 if there is none.
    pub(crate) fn last_seq(&self) -> Result<i64, DbError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM transactions";
        Ok(self.0.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The first transactions above the number `after`, up to the number `last`.
    pub(crate) fn report(
        &self,
        after: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<ReportRow>, DbError> {
        let sql = "SELECT seq, order_id, transaction_id, method, status, gross_amount, refunded,
                          created_at, settled_at
                   FROM transactions WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query((after, last, limit))?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }
}

fn read(row: &Row<'_>) -> Result<ReportRow, DbError> {
    Ok(ReportRow {
        seq: row.get("seq")?,
        order_id: row.get("order_id")?,
        transaction_id: row.get("transaction_id")?,
        method: word(row, "method", Method::parse)?,
        status: row.get("status")?,
        gross_amount: row.get("gross_amount")?,
        refunded: row.get("refunded")?,
        created_at: time(row, "created_at")?,
        settled_at: optional_time(row, "settled_at")?,
    })
}
