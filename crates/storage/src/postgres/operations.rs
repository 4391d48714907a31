//! What operators read, in PostgreSQL, and the purge of what was kept long enough.

use super::{Postgres, column, number, stories};
use crate::retention::{BUCKET_DAYS, INBOX_DAYS, KEY_DAYS, OUTBOX_DAYS, PURGE_MAX, before};
use crate::{Backlog, Operations, Story};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, Uuid};
use std::time::Duration;
use tokio_postgres::Row;

/// How long a database may take to say that it is well, connecting included …
const PING: Duration = Duration::from_secs(2);
/// … and a connection, before it is given up.
const PING_ANSWER: Duration = Duration::from_secs(1);

/// What goes, and after how many days. In order of age, so that a purge that finds nothing has
/// looked at nothing; what another instance is purging at this moment is left to it.
const PURGES: [(&str, u32); 5] = [
    (
        "WITH old AS (
             SELECT id FROM outbox WHERE published_at < $1
             ORDER BY published_at LIMIT $2 FOR UPDATE SKIP LOCKED),
         gone AS (DELETE FROM outbox o USING old WHERE o.id = old.id RETURNING 1)
         SELECT count(*) FROM gone",
        OUTBOX_DAYS,
    ),
    (
        "WITH old AS (
             SELECT consumer, event_id FROM inbox WHERE state = 'handled' AND recorded_at < $1
             ORDER BY recorded_at LIMIT $2 FOR UPDATE SKIP LOCKED),
         gone AS (
             DELETE FROM inbox i USING old
             WHERE i.consumer = old.consumer AND i.event_id = old.event_id RETURNING 1)
         SELECT count(*) FROM gone",
        INBOX_DAYS,
    ),
    (
        "WITH old AS (
             SELECT account, key FROM idempotency_keys WHERE created_at < $1
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED),
         gone AS (
             DELETE FROM idempotency_keys k USING old
             WHERE k.account = old.account AND k.key = old.key RETURNING 1)
         SELECT count(*) FROM gone",
        KEY_DAYS,
    ),
    (
        "WITH old AS (
             SELECT bucket, routing_key FROM outbox_buckets WHERE last_at < $1
             LIMIT $2 FOR UPDATE SKIP LOCKED),
         gone AS (
             DELETE FROM outbox_buckets b USING old
             WHERE b.bucket = old.bucket AND b.routing_key = old.routing_key RETURNING 1)
         SELECT count(*) FROM gone",
        OUTBOX_DAYS,
    ),
    (
        "WITH old AS (
             SELECT consumer, source, routing_key, bucket FROM inbox_buckets
             WHERE bucket < extract(epoch FROM $1::timestamptz)::bigint
             ORDER BY bucket LIMIT $2 FOR UPDATE SKIP LOCKED),
         gone AS (
             DELETE FROM inbox_buckets b USING old
             WHERE b.consumer = old.consumer AND b.source = old.source
               AND b.routing_key = old.routing_key AND b.bucket = old.bucket RETURNING 1)
         SELECT count(*) FROM gone",
        BUCKET_DAYS,
    ),
];

#[async_trait]
impl Operations for Postgres {
    async fn story(&self, subject: Uuid) -> Result<Story, StoreError> {
        Ok(stories::told(self, &[subject]).await?.only())
    }

    async fn stories(
        &self,
        after: Option<Uuid>,
        max: usize,
    ) -> Result<Vec<(Uuid, Story)>, StoreError> {
        let subjects = stories::subjects(self, after.unwrap_or_default(), max).await?;
        Ok(stories::told(self, &subjects).await?.all())
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL),
                          (SELECT min(recorded_at) FROM outbox WHERE published_at IS NULL),
                          (SELECT count(*) FROM inbox WHERE state = 'deferred'),
                          (SELECT count(*) FROM jobs),
                          (SELECT count(*) FROM dead_letters WHERE resolution IS NULL)";
        let row = one(self.read(sql, &[]).await?)?;
        Ok(Backlog {
            outbox_pending: number(&row, 0)?,
            outbox_oldest: column(&row, 1)?,
            inbox_deferred: number(&row, 2)?,
            jobs_open: number(&row, 3)?,
            dead_letters_open: number(&row, 4)?,
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let sql = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";
        let answer = tokio::time::timeout(PING, self.read_within(PING_ANSWER, sql, &[])).await;
        let rows = answer.map_err(|_| unavailable("no answer in time"))??;
        if column(&one(rows)?, 0)? {
            return Err(unavailable("it can only be read, as a standby can"));
        }
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut purged = 0;
        for (sql, days) in PURGES {
            let rows = self.work(sql, &[&before(now, days), &i64::from(PURGE_MAX)]).await?;
            purged += number::<usize>(&one(rows)?, 0)?;
        }
        Ok(purged)
    }
}

fn one(rows: Vec<Row>) -> Result<Row, StoreError> {
    rows.into_iter().next().ok_or_else(|| unavailable("no row in the answer"))
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}
