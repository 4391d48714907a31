//! Dead letters in SQLite: written where something gave up, listed and resolved by operators.

use super::Sqlite;
use crate::letter::Letter;
use crate::{DeadLetters, Resolve};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, Uuid, micros, timestamp};
use messaging::DeadLetter;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Writes a letter; one that was resolved and died again is open again.
pub(super) fn bury(
    connection: &Connection,
    letter: &Letter,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO dead_letters (id, kind, origin, key, subject, routing_key, body, reason,
                                       attempts, parked_at, correlation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (kind, origin, key) DO UPDATE
             SET reason = excluded.reason, attempts = excluded.attempts,
                 parked_at = excluded.parked_at, resolution = NULL, resolved_at = NULL",
        )?
        .execute(params![
            letter.id(),
            letter.kind,
            letter.origin,
            letter.key,
            letter.subject,
            letter.routing_key,
            letter.body,
            letter.reason,
            letter.attempts,
            micros(now),
            letter.correlation,
        ])
        .map(|_| ())
}

const COLUMNS: &str = "id, origin, subject, reason, attempts, body, parked_at, resolution";

/// All letters about orders of a span, resolved or not.
pub(super) fn about() -> String {
    format!(
        "SELECT {COLUMNS} FROM dead_letters
         WHERE subject BETWEEN ?1 AND ?2 ORDER BY subject, parked_at, id"
    )
}

pub(super) fn letter(row: &Row<'_>) -> Result<DeadLetter, rusqlite::Error> {
    Ok(DeadLetter {
        id: row.get(0)?,
        origin: row.get(1)?,
        subject: row.get(2)?,
        reason: row.get(3)?,
        attempts: row.get(4)?,
        body: row.get(5)?,
        parked_at: timestamp(row.get(6)?),
        resolution: row.get(7)?,
    })
}

#[async_trait]
impl DeadLetters for Sqlite {
    async fn list(&self, max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM dead_letters WHERE resolution IS NULL
                 ORDER BY parked_at LIMIT ?1"
            );
            connection.prepare_cached(&sql)?.query_map([max], letter)?.collect()
        })
        .await
    }

    async fn resolve(&self, id: Uuid, how: Resolve, now: Timestamp) -> Result<bool, StoreError> {
        let done = self.write(move |connection| resolve(connection, id, how, now)).await?;
        if done == Some(true) {
            self.pulse.jobs.notify_one();
        }
        done.ok_or_else(|| {
            StoreError::Invalid("this is no event, so it cannot be replayed".to_owned())
        })
    }
}

/// `None`: it cannot be replayed.
fn resolve(
    connection: &mut Connection,
    id: Uuid,
    how: Resolve,
    now: Timestamp,
) -> Result<Option<bool>, rusqlite::Error> {
    let transaction = connection.transaction()?;
    let found: Option<(String, String, Vec<u8>, Option<Uuid>)> = transaction
        .prepare_cached(
            "SELECT kind, origin, key, subject FROM dead_letters
             WHERE id = ?1 AND resolution IS NULL",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((kind, origin, key, subject)) = found else { return Ok(Some(false)) };
    let resolution = match how {
        Resolve::Discard => "discarded",
        Resolve::Replay => {
            match kind.as_str() {
                "event" => reschedule(&transaction, &origin, &key, now)?,
                "job" => reopen(&transaction, id, &origin, &key, subject, now)?,
                _ => return Ok(None),
            }
            "replayed"
        }
    };
    transaction
        .prepare_cached("UPDATE dead_letters SET resolution = ?2, resolved_at = ?3 WHERE id = ?1")?
        .execute(params![id, resolution, micros(now)])?;
    transaction.commit()?;
    Ok(Some(true))
}

fn reschedule(
    connection: &Connection,
    consumer: &str,
    event_id: &[u8],
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "UPDATE inbox SET state = 'deferred', attempts = 0, next_at = ?3
             WHERE consumer = ?1 AND event_id = ?2 AND state = 'parked'",
        )?
        .execute(params![consumer, event_id, micros(now)])
        .map(|_| ())
}

/// The letter's id serves as the job's: there is at most one open job for it. Its fence starts at
/// the time, so that no ticket of an earlier replay fits.
fn reopen(
    connection: &Connection,
    id: Uuid,
    kind: &str,
    target: &[u8],
    subject: Option<Uuid>,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO jobs (id, kind, target, subject, run_at, since, fence, correlation, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5,
                     (SELECT coalesce(correlation, 'replay') FROM dead_letters WHERE id = ?1),
                     'operator')
             ON CONFLICT (kind, target) DO UPDATE SET hints = hints + 1, run_at = ?5",
        )?
        .execute(params![id, kind, target, subject.unwrap_or_default(), micros(now)])
        .map(|_| ())
}
