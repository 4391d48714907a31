//! Exchanges with the gateway, in SQLite.

use crate::models::{Exchange, ExchangeOutcome, Operation};
use kernel::{Timestamp, micros, timestamp};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;
use std::time::Duration;
use storage::RowOutcome;
use storage::sqlite::damaged;

/// Stores new ones, and deletes up to twice as many from before then. One that is there is the same.
pub(super) fn write(
    connection: &Connection,
    new: &[Exchange],
    before: Timestamp,
) -> Result<RowOutcome, rusqlite::Error> {
    let mut put = connection.prepare_cached(
        "INSERT INTO exchanges (id, about, operation, at, took_ms, outcome, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO NOTHING",
    )?;
    for exchange in new {
        put.execute(params![
            exchange.id,
            exchange.about,
            exchange.operation.as_str(),
            micros(exchange.at),
            i64::try_from(exchange.took.as_millis()).unwrap_or(i64::MAX),
            exchange.outcome.as_str(),
            exchange.detail,
        ])?;
    }
    connection
        .prepare_cached(
            "DELETE FROM exchanges WHERE id IN (
                 SELECT id FROM exchanges WHERE at < ?1 ORDER BY at LIMIT ?2)",
        )?
        .execute(params![micros(before), 2 * new.len()])?;
    Ok(RowOutcome::Written)
}

/// The newest about any of these, oldest first.
pub(super) fn of(
    connection: &Connection,
    about: &BTreeSet<String>,
    max: usize,
) -> Result<Vec<Exchange>, rusqlite::Error> {
    let mut select = connection.prepare_cached(
        "SELECT id, about, operation, at, took_ms, outcome, detail FROM exchanges
         WHERE about = ?1 ORDER BY at DESC, id DESC LIMIT ?2",
    )?;
    let mut found = Vec::new();
    for id in about {
        for row in select.query_map(params![id, max], exchange)? {
            found.push(row?);
        }
    }
    found.sort_by_key(|exchange| (exchange.at, exchange.id));
    Ok(found.split_off(found.len().saturating_sub(max)))
}

fn exchange(row: &Row<'_>) -> Result<Exchange, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    Ok(Exchange {
        id: row.get(0)?,
        about: row.get(1)?,
        operation: Operation::parse(&text(2)?).ok_or_else(|| damaged(2, super::read::NotOurs))?,
        at: timestamp(row.get(3)?),
        took: Duration::from_millis(row.get(4)?),
        outcome: ExchangeOutcome::parse(&text(5)?)
            .ok_or_else(|| damaged(5, super::read::NotOurs))?,
        detail: row.get(6)?,
    })
}
