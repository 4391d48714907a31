//! The inbox in SQLite, as far as it is not a guard: postponed and parked events.

use super::Sqlite;
use super::dead_letters::bury;
use crate::letter::Letter;
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, Uuid, micros};
use messaging::{Bucket, Event, Inbox, Malformed, Postponed, Waiting};
use rusqlite::{Connection, params};

#[async_trait]
impl Inbox for Sqlite {
    async fn postpone(
        &self,
        consumer: &'static str,
        events: Vec<Postponed>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let transaction = connection.transaction()?;
            for postponed in &events {
                postpone(&transaction, consumer, postponed, now)?;
            }
            transaction.commit()
        })
        .await
    }

    async fn park(
        &self,
        consumer: &'static str,
        malformed: Vec<Malformed>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let transaction = connection.transaction()?;
            for message in &malformed {
                bury(&transaction, &Letter::of_message(consumer, message), now)?;
            }
            transaction.commit()
        })
        .await
    }

    async fn due(
        &self,
        consumer: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
        max: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        // Most of the time nothing is due, and finding that out needs no write.
        let nothing = self.read(move |c| Ok(!any_due(c, consumer, now)?)).await?;
        if nothing {
            return Ok(Vec::new());
        }
        self.write(move |c| due(c, consumer, now, lease_until, max)).await
    }
}

fn postpone(
    connection: &Connection,
    consumer: &str,
    postponed: &Postponed,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    let Postponed { event, attempts, next_at, reason } = postponed;
    let state = if next_at.is_some() { "deferred" } else { "parked" };
    let written = connection
        .prepare_cached(
            "INSERT INTO inbox (consumer, event_id, subject, digest, state, recorded_at,
                                attempts, next_at, routing_key, body, reason, source, bucket)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (consumer, event_id) DO UPDATE
             SET state = excluded.state, recorded_at = excluded.recorded_at,
                 attempts = max(inbox.attempts, excluded.attempts), next_at = excluded.next_at,
                 reason = excluded.reason
             WHERE inbox.state = 'deferred' AND inbox.digest = excluded.digest",
        )?
        .execute(params![
            consumer,
            event.id.uuid(),
            event.subject,
            event.digest(),
            state,
            micros(now),
            attempts,
            next_at.map(micros),
            event.routing_key,
            event.body,
            reason,
            event.source,
            Bucket::of(event.time).seconds(),
        ])?;
    // Not written: another copy of it was handled or parked meanwhile, or the id was used for
    // another event. Only the last needs a person, and at once: no try can ever succeed.
    let reused = written == 0 && digest(connection, consumer, event)? != Some(event.digest());
    if reused || (written == 1 && next_at.is_none()) {
        bury(connection, &Letter::of_event(consumer, event, reason, *attempts, reused), now)?;
    }
    Ok(())
}

fn digest(
    connection: &Connection,
    consumer: &str,
    event: &Event,
) -> Result<Option<[u8; 32]>, rusqlite::Error> {
    use rusqlite::OptionalExtension;
    connection
        .prepare_cached("SELECT digest FROM inbox WHERE consumer = ?1 AND event_id = ?2")?
        .query_row(params![consumer, event.id.uuid()], |row| row.get(0))
        .optional()
}

fn any_due(
    connection: &Connection,
    consumer: &str,
    now: Timestamp,
) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM inbox
             WHERE consumer = ?1 AND state = 'deferred' AND next_at <= ?2)",
        )?
        .query_row(params![consumer, micros(now)], |row| row.get(0))
}

fn due(
    connection: &mut Connection,
    consumer: &str,
    now: Timestamp,
    lease_until: Timestamp,
    max: usize,
) -> Result<Vec<Waiting>, rusqlite::Error> {
    let mut claim = connection.prepare_cached(
        "UPDATE inbox SET next_at = ?3
         WHERE consumer = ?1 AND event_id IN (
           SELECT event_id FROM inbox
           WHERE consumer = ?1 AND state = 'deferred' AND next_at <= ?2
           ORDER BY next_at LIMIT ?4)
         RETURNING attempts, routing_key, body, event_id",
    )?;
    let rows =
        claim.query_map(params![consumer, micros(now), micros(lease_until), max], |row| {
            let (key, body): (String, String) = (row.get(1)?, row.get(2)?);
            let Ok(event) = Event::parse(&key, &body).inspect_err(|bad| unreadable(row, bad))
            else {
                return Ok(None);
            };
            Ok(Some(Waiting { event, attempts: row.get(0)? }))
        })?;
    rows.filter_map(Result::transpose).collect()
}

/// It was an event when it was stored, so this is damage, not input. It stays where it is and comes
/// back; the others go on.
fn unreadable(row: &rusqlite::Row<'_>, malformed: &Malformed) {
    let id = row.get::<_, Uuid>(3).unwrap_or_default();
    tracing::error!(event_id = %id, reason = malformed.reason, "a stored event cannot be read");
}
