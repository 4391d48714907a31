//! Callbacks in SQLite.

use crate::models::{AttemptId, Callback, OrderId, Receipt};
use kernel::{Uuid, micros, timestamp};
use rusqlite::{Connection, Row, params};
use std::collections::HashMap;
use storage::RowOutcome;

/// Stores a callback, or counts it on the stored one.
pub(super) fn write(
    connection: &Connection,
    callback: &Callback,
) -> Result<RowOutcome, rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO callbacks (digest, attempt_id, order_id, transaction_id, status, receipt,
                 body, received_at, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
             ON CONFLICT (digest) DO UPDATE SET times = times + 1, last_at = max(last_at, excluded.last_at)",
        )?
        .execute(params![
            callback.digest,
            callback.attempt.map(AttemptId::uuid),
            callback.order_id.map(OrderId::uuid),
            callback.transaction_id,
            callback.status,
            callback.receipt.as_str(),
            callback.body,
            micros(callback.received_at),
        ])?;
    Ok(RowOutcome::Written)
}

const COLUMNS: &str = "digest, attempt_id, order_id, transaction_id, status, receipt, body, times,
    received_at, last_at";

fn of_attempt(
    connection: &Connection,
    attempt: AttemptId,
    max: usize,
) -> Result<Vec<Callback>, rusqlite::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM callbacks WHERE attempt_id = ?1 ORDER BY received_at DESC, digest LIMIT ?2"
    );
    connection.prepare_cached(&sql)?.query_map(params![attempt.uuid(), max], callback)?.collect()
}

/// The newest callbacks of each of these attempts, as many as asked for.
pub(super) fn of_attempts(
    connection: &Connection,
    asked: &[(AttemptId, usize)],
) -> Result<HashMap<(AttemptId, usize), Vec<Callback>>, rusqlite::Error> {
    let read = |key: &(AttemptId, usize)| Ok((*key, of_attempt(connection, key.0, key.1)?));
    asked.iter().map(read).collect()
}

pub(super) fn newest(
    connection: &Connection,
    max: usize,
) -> Result<Vec<Callback>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM callbacks ORDER BY received_at DESC, digest LIMIT ?1");
    connection.prepare_cached(&sql)?.query_map([max], callback)?.collect()
}

fn callback(row: &Row<'_>) -> Result<Callback, rusqlite::Error> {
    Ok(Callback {
        digest: row.get(0)?,
        attempt: row.get::<_, Option<Uuid>>(1)?.map(AttemptId),
        order_id: row.get::<_, Option<Uuid>>(2)?.map(OrderId),
        transaction_id: row.get(3)?,
        status: row.get(4)?,
        receipt: Receipt::parse(&row.get::<_, String>(5)?).unwrap_or(Receipt::UnknownOrder),
        body: row.get(6)?,
        times: row.get(7)?,
        received_at: timestamp(row.get(8)?),
        last_at: timestamp(row.get(9)?),
    })
}
