//! What operators read, in PostgreSQL, and the purge of what was kept long enough.

use super::{Postgres, column, dead_letters, number};
use crate::retention::{BUCKET_DAYS, INBOX_DAYS, KEY_DAYS, OUTBOX_DAYS, PURGE_MAX, before};
use crate::{Backlog, InboxEntry, OpenJob, Operations, OutboxEntry, Story, TimelineRow};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{EventId, JobId, Timestamp, Uuid};
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
        Ok(Story {
            timeline: self.about(TIMELINE, subject, timeline).await?,
            outbox: self.about(OUTBOX, subject, outbox).await?,
            inbox: self.about(INBOX, subject, inbox).await?,
            jobs: self.about(JOBS, subject, job).await?,
            dead_letters: dead_letters::about(self, subject).await?,
        })
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

impl Postgres {
    async fn about<T>(
        &self,
        sql: &str,
        subject: Uuid,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.read(sql, &[&subject]).await?.iter().map(read).collect()
    }
}

fn one(rows: Vec<Row>) -> Result<Row, StoreError> {
    rows.into_iter().next().ok_or_else(|| unavailable("no row in the answer"))
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

const TIMELINE: &str = "
    SELECT aggregate, version, at, what, detail, correlation, causation, traceparent, actor
    FROM timeline WHERE subject = $1 ORDER BY at, aggregate, version";

fn timeline(row: &Row) -> Result<TimelineRow, StoreError> {
    Ok(TimelineRow {
        aggregate: column(row, 0)?,
        version: number(row, 1)?,
        at: column(row, 2)?,
        what: column(row, 3)?,
        detail: column(row, 4)?,
        correlation: column(row, 5)?,
        causation: column::<Option<Uuid>>(row, 6)?.map(EventId),
        traceparent: column(row, 7)?,
        actor: column(row, 8)?,
    })
}

const OUTBOX: &str = "
    SELECT id, routing_key, sequence, recorded_at, published_at, attempts, last_error
    FROM outbox WHERE subject = $1 ORDER BY recorded_at, sequence";

fn outbox(row: &Row) -> Result<OutboxEntry, StoreError> {
    Ok(OutboxEntry {
        id: EventId(column(row, 0)?),
        routing_key: column(row, 1)?,
        sequence: number(row, 2)?,
        recorded_at: column(row, 3)?,
        published_at: column(row, 4)?,
        attempts: number(row, 5)?,
        last_error: column(row, 6)?,
    })
}

const INBOX: &str = "
    SELECT consumer, event_id, state, recorded_at, attempts, next_at, reason
    FROM inbox WHERE subject = $1 ORDER BY recorded_at";

fn inbox(row: &Row) -> Result<InboxEntry, StoreError> {
    Ok(InboxEntry {
        consumer: column(row, 0)?,
        event_id: EventId(column(row, 1)?),
        state: column(row, 2)?,
        recorded_at: column(row, 3)?,
        attempts: number(row, 4)?,
        next_at: column(row, 5)?,
        reason: column(row, 6)?,
    })
}

const JOBS: &str = "
    SELECT id, kind, target, run_at, leased_until, attempts, last_error
    FROM jobs WHERE subject = $1 ORDER BY run_at";

fn job(row: &Row) -> Result<OpenJob, StoreError> {
    Ok(OpenJob {
        id: JobId(column(row, 0)?),
        kind: column(row, 1)?,
        target: column(row, 2)?,
        run_at: column(row, 3)?,
        leased_until: column(row, 4)?,
        attempts: number(row, 5)?,
        last_error: column(row, 6)?,
    })
}
