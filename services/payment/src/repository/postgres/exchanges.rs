//! Exchanges with the gateway, in PostgreSQL.

use crate::models::{Exchange, ExchangeOutcome, Operation};
use engine::StoreError;
use kernel::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;
use storage::postgres::{Postgres, Session, bound, column, damaged, each, number};
use tokio_postgres::{Error, Row, Statement};

/// Stores new ones, and deletes up to twice as many that are old; what another instance is deleting
/// at this moment is left to it. One that is there is the same.
pub(super) const PUT: &str = "
    WITH gone AS (
        DELETE FROM exchanges WHERE id = ANY(ARRAY(
            SELECT id FROM exchanges WHERE at < $8
            ORDER BY at LIMIT $9 FOR UPDATE SKIP LOCKED)))
    INSERT INTO exchanges (id, about, operation, at, took_ms, outcome, detail)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[],
                         $6::text[], $7::text[])
    ON CONFLICT (id) DO NOTHING";

/// Exchanges on their way into the store.
#[derive(Default)]
pub(super) struct Noted<'a> {
    new: Vec<&'a Exchange>,
    before: Timestamp,
}

impl<'a> Noted<'a> {
    /// More of them, and from when on they are kept.
    pub(super) fn add(&mut self, new: &'a [Exchange], before: Timestamp) {
        self.new.extend(new);
        self.before = self.before.max(before);
    }
}

/// Stores them. `put` is [`PUT`], prepared.
pub(super) async fn put(
    session: &Session,
    put: &Statement,
    noted: &Noted<'_>,
) -> Result<(), Error> {
    let Noted { new, before } = noted;
    if new.is_empty() {
        return Ok(());
    }
    session
        .execute(
            put,
            &[
                &each(new, |e| e.id),
                &each(new, |e| e.about.as_str()),
                &each(new, |e| e.operation.as_str()),
                &each(new, |e| e.at),
                &each(new, |e| i64::try_from(e.took.as_millis()).unwrap_or(i64::MAX)),
                &each(new, |e| e.outcome.as_str()),
                &each(new, |e| e.detail.as_deref()),
                before,
                &bound(2 * new.len()),
            ],
        )
        .await?;
    Ok(())
}

/// The newest about any of these, oldest first.
pub(super) async fn of(
    database: &Postgres,
    about: &BTreeSet<String>,
    max: usize,
) -> Result<Vec<Exchange>, StoreError> {
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    let sql = "SELECT e.* FROM unnest($1::text[]) AS k (about)
               CROSS JOIN LATERAL (
                   SELECT id, about, operation, at, took_ms, outcome, detail FROM exchanges
                   WHERE about = k.about ORDER BY at DESC, id DESC LIMIT $2) e
               ORDER BY e.at DESC, e.id DESC LIMIT $2";
    let rows = database.read(sql, &[&about, &bound(max)]).await?;
    rows.iter().rev().map(exchange).collect()
}

fn exchange(row: &Row) -> Result<Exchange, StoreError> {
    let unknown = || damaged("an exchange in words that are not ours");
    Ok(Exchange {
        id: column(row, 0)?,
        about: column(row, 1)?,
        operation: Operation::parse(column(row, 2)?).ok_or_else(unknown)?,
        at: column(row, 3)?,
        took: Duration::from_millis(number(row, 4)?),
        outcome: ExchangeOutcome::parse(column(row, 5)?).ok_or_else(unknown)?,
        detail: column(row, 6)?,
    })
}
