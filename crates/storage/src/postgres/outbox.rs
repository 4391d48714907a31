//! The outbox in PostgreSQL, and what of it is sent again. A claim is a transaction that holds its rows locked until they are
//! settled, so that the relays of several instances share the work and a dead one holds nothing.

use super::dead_letters::without_nul;
use super::transaction::Transaction;
use super::{Postgres, bound, column, number};
use async_trait::async_trait;
use engine::StoreError;
use futures::try_join;
use kernel::{EventId, Timestamp, Uuid};
use messaging::{Bucket, Claim, Outbox, OutgoingEvent, Sent};
use std::borrow::Cow;
use tokio_postgres::{Error, Row};

/// [`Outbox`] on PostgreSQL. Its claims live in the server, so any number of values may exist.
#[derive(Clone)]
pub struct PostgresOutbox {
    database: Postgres,
    statements: &'static Statements,
}

impl Postgres {
    /// The outbox.
    pub fn outbox(&self) -> PostgresOutbox {
        PostgresOutbox { database: self.clone(), statements: &NEW }
    }

    /// The events of the outbox that are to be sent again.
    pub fn resends(&self) -> PostgresOutbox {
        PostgresOutbox { database: self.clone(), statements: &AGAIN }
    }
}

/// Which events are claimed, and how they are marked.
struct Statements {
    due: &'static str,
    confirm: &'static str,
    postpone: &'static str,
    /// Whether they count as waiting.
    pending: bool,
}

/// Those that were never confirmed. Marked and counted in one statement, once. Buckets in order, so
/// that two relays cannot wait for each other.
static NEW: Statements = Statements {
    due: "
        SELECT id, routing_key, subject, sequence, body, attempts, bucket FROM outbox
        WHERE published_at IS NULL AND next_at <= $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED",
    confirm: "
        WITH sent AS (
            UPDATE outbox SET published_at = $1
            WHERE id = ANY($2::uuid[]) AND published_at IS NULL RETURNING bucket, routing_key)
        INSERT INTO outbox_buckets AS b (bucket, routing_key, confirmed, first_at, last_at)
        SELECT bucket, routing_key, count(*), $1, $1 FROM sent WHERE bucket IS NOT NULL
        GROUP BY bucket, routing_key ORDER BY bucket, routing_key
        ON CONFLICT (bucket, routing_key) DO UPDATE
        SET confirmed = b.confirmed + excluded.confirmed,
            first_at = least(b.first_at, excluded.first_at),
            last_at = greatest(b.last_at, excluded.last_at)",
    postpone: "
        UPDATE outbox o SET attempts = attempts + 1, next_at = t.next_at, last_error = t.reason
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS t (id, next_at, reason)
        WHERE o.id = t.id",
    pending: true,
};

/// Those that somebody asked for again.
static AGAIN: Statements = Statements {
    due: "
        SELECT id, routing_key, subject, sequence, body, attempts, bucket FROM outbox
        WHERE resend_at <= $1 ORDER BY resend_at, id LIMIT $2 FOR UPDATE SKIP LOCKED",
    confirm: "UPDATE outbox SET resend_at = NULL, resent_at = $1 WHERE id = ANY($2::uuid[])",
    postpone: "
        UPDATE outbox o SET attempts = attempts + 1, resend_at = t.next_at, last_error = t.reason
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS t (id, next_at, reason)
        WHERE o.id = t.id",
    pending: false,
};

#[async_trait]
impl Outbox for PostgresOutbox {
    async fn claim(&self, now: Timestamp, max: usize) -> Result<Box<dyn Claim>, StoreError> {
        let max = bound(max);
        let transaction = self.database.transaction().await?;
        let select = async {
            let statement = transaction.prepare_cached(self.statements.due).await?;
            transaction.query(&statement, &[&now, &max]).await
        };
        let ((), rows) = transaction.step(async { try_join!(transaction.begin(), select) }).await?;
        let events = rows.iter().map(event).collect::<Result<Vec<_>, _>>()?;
        // An idle relay leaves no transaction open.
        let transaction = if events.is_empty() { None } else { Some(transaction) };
        Ok(Box::new(PostgresClaim { outbox: self.clone(), transaction, events }))
    }
}

fn event(row: &Row) -> Result<OutgoingEvent, StoreError> {
    Ok(OutgoingEvent {
        id: EventId(column(row, 0)?),
        routing_key: column(row, 1)?,
        subject: column(row, 2)?,
        sequence: number(row, 3)?,
        body: column(row, 4)?,
        attempts: number(row, 5)?,
        bucket: column::<Option<i64>>(row, 6)?.map(Bucket::from_seconds),
    })
}

struct PostgresClaim {
    outbox: PostgresOutbox,
    /// Holds the rows of `events`; `None` if there are none.
    transaction: Option<Transaction>,
    events: Vec<OutgoingEvent>,
}

#[async_trait]
impl Claim for PostgresClaim {
    fn events(&self) -> &[OutgoingEvent] {
        &self.events
    }

    async fn settle(
        mut self: Box<Self>,
        sent: Vec<(EventId, Sent)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(transaction) = self.transaction.take() else { return Ok(()) };
        let marks = Marks::of(&sent);
        let PostgresOutbox { database, statements } = &self.outbox;
        transaction.step(marks.write_and_commit(&transaction, statements, now)).await?;
        transaction.ended();
        if statements.pending {
            database.pulse.events_published(marks.confirmed.len());
        }
        Ok(())
    }
}

/// What became of a claim's events, as columns.
#[derive(Default)]
struct Marks<'a> {
    confirmed: Vec<Uuid>,
    failed: Vec<Uuid>,
    next_at: Vec<Timestamp>,
    reason: Vec<Cow<'a, str>>,
}

impl<'a> Marks<'a> {
    fn of(sent: &'a [(EventId, Sent)]) -> Self {
        let mut marks = Self::default();
        for (id, what) in sent {
            match what {
                Sent::Confirmed => marks.confirmed.push(id.uuid()),
                Sent::Failed { reason, next_at } => {
                    marks.failed.push(id.uuid());
                    marks.next_at.push(*next_at);
                    marks.reason.push(without_nul(reason));
                }
            }
        }
        marks
    }

    /// In one round trip. If a statement fails, the COMMIT behind it becomes a ROLLBACK.
    async fn write_and_commit(
        &self,
        transaction: &Transaction,
        statements: &Statements,
        now: Timestamp,
    ) -> Result<(), Error> {
        // Prepared before any is sent, so that the COMMIT cannot overtake.
        let confirm = transaction.prepare_cached(statements.confirm).await?;
        let postpone = transaction.prepare_cached(statements.postpone).await?;
        try_join!(
            async {
                if self.confirmed.is_empty() {
                    return Ok(0);
                }
                transaction.execute(&confirm, &[&now, &self.confirmed]).await
            },
            async {
                if self.failed.is_empty() {
                    return Ok(0);
                }
                let columns: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                    [&self.failed, &self.next_at, &self.reason];
                transaction.execute(&postpone, &columns).await
            },
            transaction.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}
