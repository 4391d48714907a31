//! The outbox in SQLite, and what of it is sent again. One process owns the file, so claims live in
//! its memory.

use super::Sqlite;
use super::tally::{self, Counts};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{EventId, Timestamp, Uuid, micros};
use messaging::{Bucket, Claim, Outbox, OutgoingEvent, Sent};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// [`Outbox`] on SQLite. Clones share their claims; a second value over the same file would not.
#[derive(Clone)]
pub struct SqliteOutbox {
    database: Sqlite,
    which: Which,
    claimed: Arc<Mutex<HashSet<EventId>>>,
}

/// Which events it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those that were never confirmed.
    New,
    /// Those that somebody asked for again.
    Again,
}

impl Sqlite {
    /// The outbox; make one per database and share it.
    pub fn outbox(&self) -> SqliteOutbox {
        SqliteOutbox { database: self.clone(), which: Which::New, claimed: Arc::default() }
    }

    /// The events of the outbox that are to be sent again; make one per database and share it.
    pub fn resends(&self) -> SqliteOutbox {
        SqliteOutbox { which: Which::Again, ..self.outbox() }
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
            let mut events =
                outbox.which.due(c, now, max.saturating_add(outbox.claimed().len()))?;
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

impl Which {
    fn due(
        self,
        connection: &Connection,
        now: Timestamp,
        max: usize,
    ) -> Result<Vec<OutgoingEvent>, rusqlite::Error> {
        let sql = match self {
            Self::New => {
                "SELECT id, routing_key, subject, sequence, body, attempts, bucket FROM outbox
                 WHERE published_at IS NULL AND next_at <= ?1 ORDER BY id LIMIT ?2"
            }
            Self::Again => {
                "SELECT id, routing_key, subject, sequence, body, attempts, bucket FROM outbox
                 WHERE resend_at <= ?1 ORDER BY resend_at, id LIMIT ?2"
            }
        };
        connection.prepare_cached(sql)?.query_map(params![micros(now), max], event)?.collect()
    }

    fn mark(
        self,
        connection: &mut Connection,
        sent: &[(EventId, Sent)],
        now: Timestamp,
    ) -> Result<(), rusqlite::Error> {
        let transaction = connection.transaction()?;
        let mut counts = Counts::new();
        for (id, what) in sent {
            match (what, self) {
                (Sent::Confirmed, Self::New) => confirm(&transaction, *id, now, &mut counts)?,
                (Sent::Confirmed, Self::Again) => transaction
                    .prepare_cached(
                        "UPDATE outbox SET resend_at = NULL, resent_at = ?2 WHERE id = ?1",
                    )?
                    .execute(params![id.uuid(), micros(now)])
                    .map(|_| ())?,
                (Sent::Failed { reason, next_at }, which) => transaction
                    .prepare_cached(match which {
                        Self::New => {
                            "UPDATE outbox SET attempts = attempts + 1, next_at = ?2,
                                    last_error = ?3 WHERE id = ?1"
                        }
                        Self::Again => {
                            "UPDATE outbox SET attempts = attempts + 1, resend_at = ?2,
                                    last_error = ?3 WHERE id = ?1"
                        }
                    })?
                    .execute(params![id.uuid(), micros(*next_at), reason])
                    .map(|_| ())?,
            }
        }
        tally::add(&transaction, &counts, now)?;
        transaction.commit()
    }
}

fn event(row: &Row<'_>) -> Result<OutgoingEvent, rusqlite::Error> {
    Ok(OutgoingEvent {
        id: EventId(row.get::<_, Uuid>(0)?),
        routing_key: row.get(1)?,
        subject: row.get(2)?,
        sequence: row.get(3)?,
        body: row.get(4)?,
        attempts: row.get(5)?,
        bucket: row.get::<_, Option<i64>>(6)?.map(Bucket::from_seconds),
    })
}

/// Marks one event, and counts it if it was not confirmed before.
fn confirm(
    connection: &Connection,
    id: EventId,
    now: Timestamp,
    counts: &mut Counts,
) -> Result<(), rusqlite::Error> {
    let counted: Option<(Option<i64>, String)> = connection
        .prepare_cached(
            "UPDATE outbox SET published_at = ?2 WHERE id = ?1 AND published_at IS NULL
             RETURNING bucket, routing_key",
        )?
        .query_row(params![id.uuid(), micros(now)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((Some(bucket), routing_key)) = counted {
        *counts.entry((bucket, routing_key)).or_default() += 1;
    }
    Ok(())
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
        let SqliteOutbox { database, which, .. } = self.outbox.clone();
        database.write(move |c| which.mark(c, &sent, now)).await?;
        if which == Which::New {
            database.pulse.events_published(confirmed);
        }
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
