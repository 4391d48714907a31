//! Callbacks in SQLite.

use super::super::recorder::row_key;
use crate::models::{AttemptId, Callback, OrderId, Receipt};
use kernel::{Money, Timestamp, Uuid, micros, timestamp};
use rusqlite::{Connection, Row, ToSql, params};
use std::collections::HashMap;
use storage::RowOutcome;

/// Stores a callback, or counts it on the stored one: whose it is may be known only by now.
pub(super) fn write(
    connection: &Connection,
    callback: &Callback,
) -> Result<RowOutcome, rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO callbacks (digest, attempt_id, order_id, transaction_id, status, receipt,
                 body, received_at, last_at, amount)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)
             ON CONFLICT (digest) DO UPDATE
             SET times = times + 1, last_at = max(last_at, excluded.last_at),
                 attempt_id = excluded.attempt_id, order_id = excluded.order_id,
                 receipt = excluded.receipt, amount = excluded.amount",
        )?
        .execute(params![
            row_key(callback.digest, callback.receipt),
            callback.attempt.map(AttemptId::uuid),
            callback.order_id.map(OrderId::uuid),
            callback.transaction_id,
            callback.status,
            callback.receipt.as_str(),
            callback.body,
            micros(callback.received_at),
            callback.amount.map(Money::as_rupiah),
        ])?;
    Ok(RowOutcome::Written)
}

/// Deletes forged callbacks from before then, and all but the newest.
pub(super) fn forget(
    connection: &Connection,
    before: Timestamp,
    keep: u32,
) -> Result<RowOutcome, rusqlite::Error> {
    connection
        .prepare_cached(
            "DELETE FROM callbacks WHERE digest IN (
                 SELECT digest FROM (
                     SELECT digest, received_at,
                            row_number() OVER (ORDER BY received_at DESC, digest) AS place
                     FROM callbacks WHERE receipt = 'forged')
                 WHERE received_at < ?1 OR place > ?2)",
        )?
        .execute(params![micros(before), keep])?;
    Ok(RowOutcome::Written)
}

const COLUMNS: &str = "digest, attempt_id, order_id, transaction_id, status, receipt, body, times,
    received_at, last_at, amount";

/// The newest callbacks of an attempt, forged ones last.
pub(super) fn of_attempt(
    connection: &Connection,
    attempt: AttemptId,
    max: usize,
) -> Result<Vec<Callback>, rusqlite::Error> {
    let order = "receipt = 'forged', received_at DESC, digest";
    let found = format!("attempt_id = ?1 ORDER BY {order}");
    those(connection, &found, params![attempt.uuid(), max])
}

/// The newest hints about each of these attempts, as many as asked for.
pub(super) fn hints_of(
    connection: &Connection,
    asked: &[(AttemptId, usize)],
) -> Result<HashMap<(AttemptId, usize), Vec<Callback>>, rusqlite::Error> {
    let found =
        "attempt_id = ?1 AND receipt IN ('hint', 'reported') ORDER BY received_at DESC, digest";
    let hints = |(id, max): (AttemptId, usize)| {
        Ok(((id, max), those(connection, found, params![id.uuid(), max])?))
    };
    asked.iter().copied().map(hints).collect()
}

/// The first `?2` of the callbacks that a condition on `?1` finds, in its order.
fn those(
    connection: &Connection,
    found: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<Callback>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM callbacks WHERE {found} LIMIT ?2");
    connection.prepare_cached(&sql)?.query_map(values, callback)?.collect()
}

pub(super) fn newest(
    connection: &Connection,
    max: usize,
) -> Result<Vec<Callback>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM callbacks ORDER BY received_at DESC, digest LIMIT ?1");
    connection.prepare_cached(&sql)?.query_map([max], callback)?.collect()
}

fn callback(row: &Row<'_>) -> Result<Callback, rusqlite::Error> {
    let receipt = Receipt::parse(&row.get::<_, String>(5)?).unwrap_or(Receipt::UnknownOrder);
    Ok(Callback {
        digest: row_key(row.get(0)?, receipt),
        attempt: row.get::<_, Option<Uuid>>(1)?.map(AttemptId),
        order_id: row.get::<_, Option<Uuid>>(2)?.map(OrderId),
        transaction_id: row.get(3)?,
        status: row.get(4)?,
        amount: row.get::<_, Option<i64>>(10)?.map(Money::rupiah),
        receipt,
        body: row.get(6)?,
        times: row.get(7)?,
        received_at: timestamp(row.get(8)?),
        last_at: timestamp(row.get(9)?),
    })
}
