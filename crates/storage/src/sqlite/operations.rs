//! What operators read, in SQLite, and the purge of what was kept long enough.

use super::{Sqlite, dead_letters};
use crate::retention::{BUCKET_DAYS, INBOX_DAYS, KEY_DAYS, OUTBOX_DAYS, PURGE_MAX, before};
use crate::{Backlog, InboxEntry, OpenJob, Operations, OutboxEntry, Story, TimelineRow};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{EventId, JobId, Timestamp, Uuid, micros, timestamp};
use rusqlite::{Connection, Row, params};

#[async_trait]
impl Operations for Sqlite {
    async fn story(&self, subject: Uuid) -> Result<Story, StoreError> {
        self.read(move |c| {
            Ok(Story {
                timeline: timeline(c, subject)?,
                outbox: outbox(c, subject)?,
                inbox: inbox(c, subject)?,
                jobs: jobs(c, subject)?,
                dead_letters: dead_letters::about(c, subject)?,
            })
        })
        .await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.read(backlog).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.write(|c| c.query_row("SELECT 1", [], |_| Ok(()))).await
    }

    async fn purge(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |c| purge(c, now)).await
    }
}

fn timeline(connection: &Connection, subject: Uuid) -> Result<Vec<TimelineRow>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT aggregate, version, at, what, detail, correlation, causation, traceparent, actor
             FROM timeline WHERE subject = ?1 ORDER BY at, aggregate, version",
        )?
        .query_map([subject], |row| {
            Ok(TimelineRow {
                aggregate: row.get(0)?,
                version: row.get(1)?,
                at: timestamp(row.get(2)?),
                what: row.get(3)?,
                detail: row.get(4)?,
                correlation: row.get(5)?,
                causation: row.get::<_, Option<Uuid>>(6)?.map(EventId),
                traceparent: row.get(7)?,
                actor: row.get(8)?,
            })
        })?
        .collect()
}

fn outbox(connection: &Connection, subject: Uuid) -> Result<Vec<OutboxEntry>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT id, routing_key, sequence, recorded_at, published_at, attempts, last_error
             FROM outbox WHERE subject = ?1 ORDER BY recorded_at, sequence",
        )?
        .query_map([subject], |row| {
            Ok(OutboxEntry {
                id: EventId(row.get(0)?),
                routing_key: row.get(1)?,
                sequence: row.get(2)?,
                recorded_at: timestamp(row.get(3)?),
                published_at: maybe_time(row, 4)?,
                attempts: row.get(5)?,
                last_error: row.get(6)?,
            })
        })?
        .collect()
}

fn inbox(connection: &Connection, subject: Uuid) -> Result<Vec<InboxEntry>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT consumer, event_id, state, recorded_at, attempts, next_at, reason
             FROM inbox WHERE subject = ?1 ORDER BY recorded_at",
        )?
        .query_map([subject], |row| {
            Ok(InboxEntry {
                consumer: row.get(0)?,
                event_id: EventId(row.get(1)?),
                state: row.get(2)?,
                recorded_at: timestamp(row.get(3)?),
                attempts: row.get(4)?,
                next_at: maybe_time(row, 5)?,
                reason: row.get(6)?,
            })
        })?
        .collect()
}

fn jobs(connection: &Connection, subject: Uuid) -> Result<Vec<OpenJob>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT id, kind, target, run_at, leased_until, attempts, last_error
             FROM jobs WHERE subject = ?1 ORDER BY run_at",
        )?
        .query_map([subject], |row| {
            Ok(OpenJob {
                id: JobId(row.get(0)?),
                kind: row.get(1)?,
                target: row.get(2)?,
                run_at: timestamp(row.get(3)?),
                leased_until: maybe_time(row, 4)?,
                attempts: row.get(5)?,
                last_error: row.get(6)?,
            })
        })?
        .collect()
}

fn maybe_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, rusqlite::Error> {
    Ok(row.get::<_, Option<i64>>(column)?.map(timestamp))
}

fn backlog(connection: &Connection) -> Result<Backlog, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL),
                    (SELECT min(recorded_at) FROM outbox WHERE published_at IS NULL),
                    (SELECT count(*) FROM inbox WHERE state = 'deferred'),
                    (SELECT count(*) FROM jobs),
                    (SELECT count(*) FROM dead_letters WHERE resolution IS NULL)",
        )?
        .query_row([], |row| {
            Ok(Backlog {
                outbox_pending: row.get(0)?,
                outbox_oldest: maybe_time(row, 1)?,
                inbox_deferred: row.get(2)?,
                jobs_open: row.get(3)?,
                dead_letters_open: row.get(4)?,
            })
        })
}

fn purge(connection: &mut Connection, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let before = |days| micros(before(now, days));
    let statements = [
        (
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox
             WHERE published_at < ?1 ORDER BY published_at LIMIT ?2)",
            before(OUTBOX_DAYS),
        ),
        (
            "DELETE FROM outbox_buckets WHERE (bucket, routing_key) IN
             (SELECT bucket, routing_key FROM outbox_buckets WHERE last_at < ?1 LIMIT ?2)",
            before(OUTBOX_DAYS),
        ),
        (
            "DELETE FROM inbox_buckets WHERE (consumer, source, routing_key, bucket) IN
             (SELECT consumer, source, routing_key, bucket FROM inbox_buckets
              WHERE bucket < ?1 / 1000000 ORDER BY bucket LIMIT ?2)",
            before(BUCKET_DAYS),
        ),
        (
            "DELETE FROM inbox WHERE (consumer, event_id) IN (SELECT consumer, event_id FROM inbox
             WHERE state = 'handled' AND recorded_at < ?1 LIMIT ?2)",
            before(INBOX_DAYS),
        ),
        (
            "DELETE FROM idempotency_keys WHERE (account, key) IN (SELECT account, key
             FROM idempotency_keys WHERE created_at < ?1 LIMIT ?2)",
            before(KEY_DAYS),
        ),
    ];
    let transaction = connection.transaction()?;
    let mut deleted = 0;
    for (statement, limit) in statements {
        deleted += transaction.execute(statement, params![limit, PURGE_MAX])?;
    }
    transaction.commit()?;
    Ok(deleted)
}
