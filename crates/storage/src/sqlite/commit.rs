//! Committing a batch: a savepoint per change, guards first, one COMMIT for all.

use super::guards;
use super::session::{Sqlite, store_error};
use crate::{Backend, CommitError, NewJob, RowOutcome, TimelineEntry, Write};
use async_trait::async_trait;
use engine::{Outcome, Refusal, StoreError};
use kernel::{Retryable, Timestamp, Uuid, micros};
use messaging::{Bucket, OutgoingEvent};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::sync::Arc;

/// A service's own rows in SQLite.
pub trait SqliteRows: Send + Sync + 'static {
    /// Inserts the rows, or updates them where the stored version is the expected one.
    fn write(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error>;
}

/// [`Backend`] on SQLite.
pub struct SqliteBackend(Sqlite);

impl SqliteBackend {
    pub(super) fn new(database: Sqlite) -> Self {
        Self(database)
    }
}

#[async_trait]
impl<R: SqliteRows> Backend<R> for SqliteBackend {
    async fn commit(
        &mut self,
        batch: Arc<[Write<R>]>,
        again: bool,
    ) -> Result<Vec<Outcome>, CommitError> {
        self.0
            .write_raw(move |connection| commit(connection, &batch, again))
            .await
            .map_err(|error| CommitError::Unavailable(error.to_string()))?
    }
}

fn commit<R: SqliteRows>(
    connection: &mut Connection,
    batch: &[Write<R>],
    again: bool,
) -> Result<Vec<Outcome>, CommitError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| CommitError::Conflict(error.to_string()))?;
    let mut outcomes = Vec::with_capacity(batch.len());
    for write in batch {
        match commit_one(&transaction, write, again) {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => match store_error(&error) {
                e @ StoreError::Invalid(_) if !transaction.is_autocommit() => {
                    outcomes.push(Outcome::Failed(e));
                }
                // The database's fault, not the row's: the whole batch goes back.
                e => return Err(CommitError::Unavailable(e.to_string())),
            },
        }
    }
    transaction.commit().map_err(|error| CommitError::Unknown(error.to_string()))?;
    Ok(outcomes)
}

/// Whole or not at all: anything but `Done` rolls back to the savepoint.
fn commit_one<R: SqliteRows>(
    connection: &Connection,
    write: &Write<R>,
    again: bool,
) -> Result<Outcome, rusqlite::Error> {
    if again && is_ours(connection, write)? {
        return Ok(Outcome::Done);
    }
    run(connection, "SAVEPOINT change")?;
    let result = apply(connection, write);
    if connection.is_autocommit() {
        // A fault that ends the whole transaction, such as a full disk, leaves no savepoint.
        return result;
    }
    if !matches!(result, Ok(Outcome::Done)) {
        run(connection, "ROLLBACK TO change")?;
    }
    run(connection, "RELEASE change")?;
    match result {
        Err(error) if !store_error(&error).is_transient() => {
            Ok(Outcome::Failed(store_error(&error)))
        }
        other => other,
    }
}

fn run(connection: &Connection, statement: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(statement)?.execute([]).map(|_| ())
}

fn is_ours<R>(connection: &Connection, write: &Write<R>) -> Result<bool, rusqlite::Error> {
    let stored: Option<Uuid> = connection
        .prepare_cached("SELECT write_id FROM timeline WHERE aggregate = ?1 AND version = ?2")?
        .query_row(params![write.aggregate, write.expected.after(1).0], |row| row.get(0))
        .optional()?;
    Ok(stored == Some(write.id))
}

fn apply<R: SqliteRows>(
    connection: &Connection,
    write: &Write<R>,
) -> Result<Outcome, rusqlite::Error> {
    for guard in &write.guards {
        if let Some(stopped) = guards::check(connection, guard, write.at)? {
            return Ok(stopped);
        }
    }
    if let Some(rows) = &write.rows {
        match rows.write(connection)? {
            RowOutcome::Written => {}
            RowOutcome::VersionMoved => return Ok(Outcome::Lost),
            RowOutcome::Taken(key) => return Ok(Outcome::Refused(Refusal::Taken(key))),
        }
    }
    record_timeline(connection, write)?;
    for event in &write.events {
        record_event(connection, event, write.at)?;
    }
    for job in &write.jobs {
        order_job(connection, job, write.subject, write.at)?;
    }
    Ok(Outcome::Done)
}

fn record_timeline<R>(connection: &Connection, write: &Write<R>) -> Result<(), rusqlite::Error> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO timeline (aggregate, version, subject, at, what, detail, write_id,
                               correlation, causation, traceparent, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for (index, TimelineEntry { what, detail, cause }) in write.timeline.iter().enumerate() {
        insert.execute(params![
            write.aggregate,
            write.expected.after(index + 1).0,
            write.subject,
            micros(write.at),
            what,
            detail,
            write.id,
            cause.correlation,
            cause.causation.map(|id| id.uuid()),
            cause.traceparent,
            cause.actor,
        ])?;
    }
    Ok(())
}

pub(super) fn record_event(
    connection: &Connection,
    event: &OutgoingEvent,
    at: Timestamp,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO outbox (id, routing_key, subject, sequence, body, recorded_at, bucket)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            event.id.uuid(),
            event.routing_key,
            event.subject,
            event.sequence,
            event.body,
            micros(at),
            event.bucket.map(Bucket::seconds),
        ])
        .map(|_| ())
}

fn order_job(
    connection: &Connection,
    job: &NewJob,
    subject: Uuid,
    at: Timestamp,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO jobs (id, kind, target, subject, run_at, since,
                               correlation, causation, traceparent, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (kind, target) DO UPDATE
             SET hints = hints + 1, run_at = min(run_at, excluded.run_at)",
        )?
        .execute(params![
            job.id.uuid(),
            job.kind,
            job.target,
            subject,
            micros(job.run_at),
            micros(at),
            job.cause.correlation,
            job.cause.causation.map(|id| id.uuid()),
            job.cause.traceparent,
            job.cause.actor,
        ])
        .map(|_| ())
}
