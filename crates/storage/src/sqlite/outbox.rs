//! The outbox in SQLite. One process owns the file, so claims live in its memory.

use super::Sqlite;
use async_trait::async_trait;
use engine::StoreError;
use kernel::{EventId, Timestamp, Uuid, micros};
use messaging::{Claim, Outbox, OutgoingEvent, Sent};
use rusqlite::{Connection, params};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// [`Outbox`] on SQLite. Clones share their claims; a second value over the same file would not.
#[derive(Clone)]
pub struct SqliteOutbox {
    database: Sqlite,
    claimed: Arc<Mutex<HashSet<EventId>>>,
}

impl Sqlite {
    /// The outbox; make one per database and share it.
    pub fn outbox(&self) -> SqliteOutbox {
        SqliteOutbox { database: self.clone(), claimed: Arc::default() }
    }
}

impl SqliteOutbox {
    fn claimed(&self) -> MutexGuard<'_, HashSet<EventId>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Outbox for SqliteOutbox {
    async fn claim(&self, now: Timestamp, max: usize) -> Result<Box<dyn Claim>, StoreError> {
        let outbox = self.clone();
        // On the writing thread, so that two claims cannot read at the same moment. The claim is
        // made there too: if this future is gone by then, dropping the claim frees its events.
        let claim = self.database.write(move |c| {
            let mut events = pending(c, now, max.saturating_add(outbox.claimed().len()))?;
            {
                let mut claimed = outbox.claimed();
                events.retain(|event| !claimed.contains(&event.id));
                events.truncate(max);
                claimed.extend(events.iter().map(|event| event.id));
            }
            Ok(SqliteClaim { outbox, events })
        });
        Ok(Box::new(claim.await?))
    }
}

fn pending(
    connection: &Connection,
    now: Timestamp,
    max: usize,
) -> Result<Vec<OutgoingEvent>, rusqlite::Error> {
    let mut select = connection.prepare_cached(
        "SELECT id, routing_key, subject, sequence, body, attempts FROM outbox
         WHERE published_at IS NULL AND next_at <= ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = select.query_map(params![micros(now), max], |row| {
        Ok(OutgoingEvent {
            id: EventId(row.get::<_, Uuid>(0)?),
            routing_key: row.get(1)?,
            subject: row.get(2)?,
            sequence: row.get(3)?,
            body: row.get(4)?,
            attempts: row.get(5)?,
        })
    })?;
    rows.collect()
}

struct SqliteClaim {
    outbox: SqliteOutbox,
    events: Vec<OutgoingEvent>,
}

#[async_trait]
impl Claim for SqliteClaim {
    fn events(&self) -> &[OutgoingEvent] {
        &self.events
    }

    async fn settle(
        self: Box<Self>,
        sent: Vec<(EventId, Sent)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let confirmed = sent.iter().filter(|(_, s)| *s == Sent::Confirmed).count();
        let database = self.outbox.database.clone();
        database.write(move |c| mark(c, &sent, now)).await?;
        database.pulse.events_published(confirmed);
        Ok(())
    }
}

/// Free for the next claim, whether marked or not.
impl Drop for SqliteClaim {
    fn drop(&mut self) {
        let mut claimed = self.outbox.claimed();
        for event in &self.events {
            claimed.remove(&event.id);
        }
    }
}

fn mark(
    connection: &mut Connection,
    sent: &[(EventId, Sent)],
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction()?;
    for (id, what) in sent {
        match what {
            Sent::Confirmed => transaction
                .prepare_cached("UPDATE outbox SET published_at = ?2 WHERE id = ?1")?
                .execute(params![id.uuid(), micros(now)])?,
            Sent::Failed { reason, next_at } => transaction
                .prepare_cached(
                    "UPDATE outbox SET attempts = attempts + 1, next_at = ?2, last_error = ?3
                     WHERE id = ?1",
                )?
                .execute(params![id.uuid(), micros(*next_at), reason])?,
        };
    }
    transaction.commit()
}
