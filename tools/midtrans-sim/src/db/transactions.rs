//! Transactions, and the sums over them.

use super::columns::{optional_micros, optional_time, time, word};
use super::{Db, DbError};
use crate::model::Transaction;
use crate::rules::method::Method;
use crate::rules::status::{Fraud, Standing, Status};
use kernel::{Timestamp, micros, timestamp};
use rusqlite::{Params, Row};
use serde::Serialize;
use std::collections::BTreeMap;

/// Which transactions to list, newest first.
pub(crate) struct Listed {
    pub(crate) order_id: Option<String>,
    pub(crate) limit: u32,
}

/// What the merchant got, in all. `settled` counts what was ever paid, reversed later or not.
#[derive(Debug, Serialize)]
pub(crate) struct Ledger {
    orders: i64,
    transactions: i64,
    by_status: BTreeMap<String, StatusSum>,
    settled_orders: i64,
    settled_amount: i64,
    orders_settled_twice: i64,
}

/// Count and sum of the transactions in one state.
#[derive(Debug, Serialize)]
struct StatusSum {
    count: i64,
    amount: i64,
}

impl Db<'_> {
    pub(crate) fn insert_transaction(&self, new: &Transaction) -> Result<(), DbError> {
        let sql = "INSERT INTO transactions
                   (transaction_id, token, order_id, method, gross_amount, status, fraud,
                    created_at, expires_at, paid_at, settled_at, autopay_at, due_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        self.0.prepare_cached(sql)?.execute((
            &new.id,
            &new.token,
            &new.order_id,
            new.method.as_str(),
            new.gross_amount,
            new.standing.status.as_str(),
            new.standing.fraud.as_str(),
            micros(new.created_at),
            micros(new.expires_at),
            optional_micros(new.paid_at),
            optional_micros(new.settled_at),
            optional_micros(new.autopay_at),
            optional_micros(new.due_at()),
        ))?;
        Ok(())
    }

    pub(crate) fn update_transaction(&self, changed: &Transaction) -> Result<(), DbError> {
        let sql = "UPDATE transactions
                   SET status = ?2, fraud = ?3, paid_at = ?4, settled_at = ?5, due_at = ?6
                   WHERE transaction_id = ?1";
        self.0.prepare_cached(sql)?.execute((
            &changed.id,
            changed.standing.status.as_str(),
            changed.standing.fraud.as_str(),
            optional_micros(changed.paid_at),
            optional_micros(changed.settled_at),
            optional_micros(changed.due_at()),
        ))?;
        Ok(())
    }

    /// By transaction id, else the latest of an order id (midtrans.md 7).
    pub(crate) fn transaction(&self, id: &str) -> Result<Option<Transaction>, DbError> {
        let by_id = self.transactions("transaction_id = ?1", [id])?;
        let found = if by_id.is_empty() { self.of_order(id)? } else { by_id };
        Ok(found.into_iter().next())
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

    pub(crate) fn due_transactions(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Transaction>, DbError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.transactions("due_at <= ?1 ORDER BY due_at LIMIT ?2", (micros(now), limit))
    }

    pub(crate) fn list_transactions(&self, which: &Listed) -> Result<Vec<Transaction>, DbError> {
        let order_id = which.order_id.as_deref();
        match order_id {
            Some(order_id) => self
                .transactions("order_id = ?1 ORDER BY seq DESC LIMIT ?2", (order_id, which.limit)),
            None => self.transactions("TRUE ORDER BY seq DESC LIMIT ?1", [which.limit]),
        }
    }

    /// When the worker has to act next, after `now`.
    pub(crate) fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, DbError> {
        let sql = "SELECT min(due) FROM (
                       SELECT min(due_at) AS due FROM transactions WHERE due_at > ?1
                       UNION ALL
                       SELECT min(due_at) FROM deliveries WHERE due_at > ?1)";
        let mut statement = self.0.prepare_cached(sql)?;
        let due: Option<i64> = statement.query_row([micros(now)], |row| row.get(0))?;
        Ok(due.map(timestamp))
    }

    pub(crate) fn ledger(&self) -> Result<Ledger, DbError> {
        let sql = "SELECT status, count(*), sum(gross_amount) FROM transactions GROUP BY status";
        let mut statement = self.0.prepare_cached(sql)?;
        let sums = statement.query_map([], |row| {
            Ok((row.get(0)?, StatusSum { count: row.get(1)?, amount: row.get(2)? }))
        })?;
        let by_status: BTreeMap<String, StatusSum> = sums.collect::<Result<_, _>>()?;
        let one = |sql: &str| self.0.prepare_cached(sql)?.query_row([], |row| row.get(0));
        Ok(Ledger {
            orders: one("SELECT count(DISTINCT order_id) FROM pages")?,
            transactions: by_status.values().map(|sum| sum.count).sum(),
            by_status,
            settled_orders: one("SELECT count(DISTINCT order_id) FROM transactions
                                 WHERE paid_at IS NOT NULL")?,
            settled_amount: one("SELECT coalesce(sum(gross_amount), 0) FROM transactions
                                 WHERE paid_at IS NOT NULL")?,
            orders_settled_twice: one("SELECT count(*) FROM (
                SELECT 1 FROM transactions WHERE paid_at IS NOT NULL
                GROUP BY order_id HAVING count(*) > 1)")?,
        })
    }

    fn transactions(
        &self,
        condition: &str,
        params: impl Params,
    ) -> Result<Vec<Transaction>, DbError> {
        let sql = format!("SELECT * FROM transactions WHERE {condition}");
        let mut statement = self.0.prepare_cached(&sql)?;
        let mut rows = statement.query(params)?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }
}

fn read(row: &Row<'_>) -> Result<Transaction, DbError> {
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
        autopay_at: optional_time(row, "autopay_at")?,
    })
}
