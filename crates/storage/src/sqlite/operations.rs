//! What operators read, in SQLite, and the purge of what was kept long enough.

use super::{Sqlite, stories};
use crate::retention::{BUCKET_DAYS, INBOX_DAYS, KEY_DAYS, OUTBOX_DAYS, PURGE_MAX, before};
use crate::{Backlog, Operations, Story};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, Uuid, micros};
use rusqlite::{Connection, params};

#[async_trait]
impl Operations for Sqlite {
    async fn story(&self, subject: Uuid) -> Result<Story, StoreError> {
        self.read(move |c| Ok(stories::told(c, &[subject])?.only())).await
    }

    async fn stories(
        &self,
        after: Option<Uuid>,
        max: usize,
    ) -> Result<Vec<(Uuid, Story)>, StoreError> {
        self.read(move |c| {
            let subjects = stories::subjects(c, after.unwrap_or_default(), max)?;
            Ok(stories::told(c, &subjects)?.all())
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
                outbox_oldest: stories::maybe_time(row, 1)?,
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
