//! Transactions.

use super::columns::{json, optional_micros, optional_time, time, to_json, word};
use super::{Db, DbError};
use crate::model::{Planned, Transaction};
use crate::rules::method::Method;
use crate::rules::status::{Action, Fraud, Standing, Status};
use kernel::{Timestamp, micros, timestamp};
use rusqlite::{OptionalExtension, Params, Row};

/// A transaction with the number by which lists are paged.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) seq: i64,
    pub(crate) transaction: Transaction,
}

/// Which rows to list, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    pub(crate) order_id: Option<String>,
    /// Only rows older than this one.
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

impl Db<'_> {
    pub(crate) fn insert_transaction(&self, new: &Transaction) -> Result<(), DbError> {
        let sql = "INSERT INTO transactions
                   (transaction_id, token, order_id, method, gross_amount, status, fraud,
                    created_at, expires_at, paid_at, settled_at, refunded, charged_back,
                    planned_action, planned_at, facts, due_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                    ?17)";
        self.0.prepare_cached(sql)?.execute(rusqlite::params![
            new.id,
            new.token,
            new.order_id,
            new.method.as_str(),
            new.gross_amount,
            new.standing.status.as_str(),
            new.standing.fraud.as_str(),
            micros(new.created_at),
            micros(new.expires_at),
            optional_micros(new.paid_at),
            optional_micros(new.settled_at),
            new.refunded,
            new.charged_back,
            new.planned.map(|planned| planned.action.as_str()),
            optional_micros(new.planned.map(|planned| planned.at)),
            to_json(&new.facts)?,
            optional_micros(new.due_at()),
        ])?;
        Ok(())
    }

    pub(crate) fn update_transaction(&self, changed: &Transaction) -> Result<(), DbError> {
        let sql = "UPDATE transactions
                   SET status = ?2, fraud = ?3, paid_at = ?4, settled_at = ?5, refunded = ?6,
                       charged_back = ?7, planned_action = ?8, planned_at = ?9, facts = ?10,
                       due_at = ?11, expires_at = ?12
                   WHERE transaction_id = ?1";
        self.0.prepare_cached(sql)?.execute(rusqlite::params![
            changed.id,
            changed.standing.status.as_str(),
            changed.standing.fraud.as_str(),
            optional_micros(changed.paid_at),
            optional_micros(changed.settled_at),
            changed.refunded,
            changed.charged_back,
            changed.planned.map(|planned| planned.action.as_str()),
            optional_micros(changed.planned.map(|planned| planned.at)),
            to_json(&changed.facts)?,
            optional_micros(changed.due_at()),
            micros(changed.expires_at),
        ])?;
        Ok(())
    }

    /// A capture may take less than was reserved.
    pub(crate) fn set_gross_amount(&self, id: &str, amount: i64) -> Result<(), DbError> {
        let sql = "UPDATE transactions SET gross_amount = ?2 WHERE transaction_id = ?1";
        self.0.prepare_cached(sql)?.execute((id, amount))?;
        Ok(())
    }

    /// By transaction id, else the latest of an order id (midtrans.md 7; which one wins is not
    /// documented).
    pub(crate) fn transaction(&self, id: &str) -> Result<Option<Transaction>, DbError> {
        match self.transaction_by_id(id)? {
            None => Ok(self.of_order(id)?.into_iter().next()),
            found => Ok(found),
        }
    }

    pub(crate) fn transaction_by_id(&self, id: &str) -> Result<Option<Transaction>, DbError> {
        Ok(self.transactions("transaction_id = ?1", [id])?.into_iter().next())
    }

    /// Newest first.
    pub(crate) fn of_order(&self, order_id: &str) -> Result<Vec<Transaction>, DbError> {
        self.transactions("order_id = ?1 ORDER BY seq DESC", [order_id])
    }

    /// The latest on a page.
    pub(crate) fn latest_on(&self, token: &str) -> Result<Option<Transaction>, DbError> {
        let found = self.transactions("token = ?1 ORDER BY seq DESC LIMIT 1", [token])?;
        Ok(found.into_iter().next())
    }

    /// The numbers of those whose time has come. Their rows are read one by one, so that one that
    /// cannot be read stops no other.
    pub(crate) fn due_transactions(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<i64>, DbError> {
        let sql = "SELECT seq FROM transactions WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map((micros(now), limit), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn transaction_by_seq(&self, seq: i64) -> Result<Option<Transaction>, DbError> {
        Ok(self.transactions("seq = ?1", [seq])?.into_iter().next())
    }

    /// Lets a transaction wait, whatever is in its row.
    pub(crate) fn postpone_transaction(&self, seq: i64, to: Timestamp) -> Result<(), DbError> {
        let sql = "UPDATE transactions SET due_at = ?2 WHERE seq = ?1";
        self.0.prepare_cached(sql)?.execute((seq, micros(to)))?;
        Ok(())
    }

    pub(crate) fn list_transactions(&self, which: &Listed) -> Result<Vec<Numbered>, DbError> {
        let before = which.before.unwrap_or(i64::MAX);
        match which.order_id.as_deref() {
            Some(order_id) => self.numbered(
                "order_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
                (order_id, before, which.limit),
            ),
            None => self.numbered("seq < ?1 ORDER BY seq DESC LIMIT ?2", (before, which.limit)),
        }
    }

    /// The number by which lists are paged.
    pub(crate) fn seq_of(&self, id: &str) -> Result<Option<i64>, DbError> {
        let sql = "SELECT seq FROM transactions WHERE transaction_id = ?1";
        Ok(self.0.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?)
    }

    /// When the worker has to act next, after `now`.
    pub(crate) fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, DbError> {
        let sql = "SELECT min(due) FROM (
                       SELECT min(due_at) AS due FROM transactions WHERE due_at > ?1
                       UNION ALL
                       SELECT min(due_at) FROM refunds WHERE due_at > ?1
                       UNION ALL
                       SELECT min(due_at) FROM deliveries WHERE due_at > ?1)";
        let mut statement = self.0.prepare_cached(sql)?;
        let due: Option<i64> = statement.query_row([micros(now)], |row| row.get(0))?;
        Ok(due.map(timestamp))
    }

    /// Writes what no version of this program writes.
    #[cfg(test)]
    pub(crate) fn spoil_transaction(&self, order_id: &str) -> Result<(), DbError> {
        let sql = "UPDATE transactions SET method = 'shells' WHERE order_id = ?1";
        self.0.execute(sql, [order_id])?;
        Ok(())
    }

    fn transactions(
        &self,
        condition: &str,
        params: impl Params,
    ) -> Result<Vec<Transaction>, DbError> {
        let found = self.numbered(condition, params)?;
        Ok(found.into_iter().map(|row| row.transaction).collect())
    }

    fn numbered(&self, condition: &str, params: impl Params) -> Result<Vec<Numbered>, DbError> {
        let sql = format!("SELECT * FROM transactions WHERE {condition}");
        let mut statement = self.0.prepare_cached(&sql)?;
        let mut rows = statement.query(params)?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(Numbered { seq: row.get("seq")?, transaction: read(row)? });
        }
        Ok(found)
    }
}

fn read(row: &Row<'_>) -> Result<Transaction, DbError> {
    let planned = match optional_time(row, "planned_at")? {
        Some(at) => Some(Planned { action: word(row, "planned_action", Action::parse)?, at }),
        None => None,
    };
    Ok(Transaction {
        id: row.get("transaction_id")?,
        token: row.get("token")?,
        order_id: row.get("order_id")?,
        method: word(row, "method", Method::parse)?,
        gross_amount: row.get("gross_amount")?,
        standing: Standing {
            status: word(row, "status", Status::parse)?,
            fraud: word(row, "fraud", Fraud::parse)?,
        },
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        paid_at: optional_time(row, "paid_at")?,
        settled_at: optional_time(row, "settled_at")?,
        refunded: row.get("refunded")?,
        charged_back: row.get("charged_back")?,
        planned,
        facts: json(row, "facts")?,
    })
}
