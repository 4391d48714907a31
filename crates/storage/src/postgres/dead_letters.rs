//! Dead letters in PostgreSQL: written where something gave up, listed and resolved by operators.

use super::transaction::Transaction;
use super::{Postgres, bound, column, damaged, number};
use crate::letter::Letter;
use crate::{DeadLetters, Resolve};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, Uuid, micros};
use messaging::DeadLetter;
use std::borrow::Cow;
use std::collections::BTreeMap;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

/// A letter that was resolved and died again is open again.
const BURY: &str = "
    INSERT INTO dead_letters (id, kind, origin, key, subject, routing_key, body, reason,
                              attempts, correlation, parked_at)
    SELECT t.*, $11 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::uuid[],
        $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[]) AS t
    ON CONFLICT (kind, origin, key) DO UPDATE
    SET reason = excluded.reason, attempts = excluded.attempts,
        parked_at = excluded.parked_at, resolution = NULL, resolved_at = NULL";

/// Writes letters. Of equal ones the last counts, since a statement may touch a row only once.
pub(super) async fn bury(
    transaction: &Transaction,
    letters: &[Letter],
    now: Timestamp,
) -> Result<(), Error> {
    // In order of id, so that two instances cannot wait for each other.
    let letters: BTreeMap<Uuid, &Letter> = letters.iter().map(|l| (l.id(), l)).collect();
    if letters.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = letters.keys().copied().collect();
    let letters: Vec<&Letter> = letters.into_values().collect();
    let kinds: Vec<&str> = letters.iter().map(|l| l.kind).collect();
    let origins: Vec<&str> = letters.iter().map(|l| l.origin.as_str()).collect();
    let keys: Vec<&[u8]> = letters.iter().map(|l| l.key.as_slice()).collect();
    let subjects: Vec<Option<Uuid>> = letters.iter().map(|l| l.subject).collect();
    let routing: Vec<_> =
        letters.iter().map(|l| l.routing_key.as_deref().map(without_nul)).collect();
    let bodies: Vec<_> = letters.iter().map(|l| without_nul(&l.body)).collect();
    let reasons: Vec<_> = letters.iter().map(|l| without_nul(&l.reason)).collect();
    let attempts: Vec<i64> = letters.iter().map(|l| i64::from(l.attempts)).collect();
    let talks: Vec<_> = letters.iter().map(|l| l.correlation.as_deref().map(without_nul)).collect();
    let columns: [&(dyn ToSql + Sync); 11] = [
        &ids, &kinds, &origins, &keys, &subjects, &routing, &bodies, &reasons, &attempts, &talks,
        &now,
    ];
    let statement = transaction.prepare_cached(BURY).await?;
    transaction.execute(&statement, &columns).await?;
    Ok(())
}

/// PostgreSQL has no NUL in text, and what others sent may.
pub(super) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

const COLUMNS: &str = "id, origin, subject, reason, attempts, body, parked_at, resolution";

/// All letters about orders of a span, resolved or not.
pub(super) fn about() -> String {
    format!(
        "SELECT {COLUMNS} FROM dead_letters
         WHERE subject BETWEEN $1 AND $2 ORDER BY subject, parked_at, id"
    )
}

pub(super) fn letter(row: &Row) -> Result<DeadLetter, StoreError> {
    Ok(DeadLetter {
        id: column(row, 0)?,
        origin: column(row, 1)?,
        subject: column(row, 2)?,
        reason: column(row, 3)?,
        attempts: number(row, 4)?,
        body: column(row, 5)?,
        parked_at: column(row, 6)?,
        resolution: column(row, 7)?,
    })
}

#[async_trait]
impl DeadLetters for Postgres {
    async fn list(&self, max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM dead_letters WHERE resolution IS NULL
             ORDER BY parked_at LIMIT $1"
        );
        self.read(&sql, &[&bound(max)]).await?.iter().map(letter).collect()
    }

    async fn resolve(&self, id: Uuid, how: Resolve, now: Timestamp) -> Result<bool, StoreError> {
        let transaction = self.begun().await?;
        let Some(open) = transaction.step(Open::find(&transaction, id)).await? else {
            return Ok(false);
        };
        let open = Open::read(&open)?;
        if how == Resolve::Replay {
            open.replay(&transaction, now).await?;
        }
        let resolution = match how {
            Resolve::Discard => "discarded",
            Resolve::Replay => "replayed",
        };
        let sql = "UPDATE dead_letters SET resolution = $2, resolved_at = $3 WHERE id = $1";
        transaction.run(sql, &[&id, &resolution, &now]).await?;
        transaction.commit().await?;
        self.pulse.jobs.notify_one();
        Ok(true)
    }
}

/// An unresolved letter, held until it is resolved.
struct Open {
    id: Uuid,
    kind: String,
    origin: String,
    key: Vec<u8>,
    subject: Option<Uuid>,
    correlation: Option<String>,
}

impl Open {
    async fn find(transaction: &Transaction, id: Uuid) -> Result<Option<Row>, Error> {
        let sql = "SELECT id, kind, origin, key, subject, correlation FROM dead_letters
                   WHERE id = $1 AND resolution IS NULL FOR UPDATE";
        let statement = transaction.prepare_cached(sql).await?;
        transaction.query_opt(&statement, &[&id]).await
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: column(row, 0)?,
            kind: column(row, 1)?,
            origin: column(row, 2)?,
            key: column(row, 3)?,
            subject: column(row, 4)?,
            correlation: column(row, 5)?,
        })
    }

    async fn replay(&self, transaction: &Transaction, now: Timestamp) -> Result<(), StoreError> {
        match self.kind.as_str() {
            "event" => self.reschedule(transaction, now).await,
            "job" => self.reopen(transaction, now).await,
            _ => {
                let why = "this is no event, so it cannot be replayed";
                Err(StoreError::Invalid(why.to_owned()))
            }
        }
    }

    async fn reschedule(
        &self,
        transaction: &Transaction,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE inbox SET state = 'deferred', attempts = 0, next_at = $3
                   WHERE consumer = $1 AND event_id = $2 AND state = 'parked'";
        transaction.run(sql, &[&self.origin, &self.key()?, &now]).await
    }

    /// The letter's id serves as the job's: there is at most one open job for it. Its fence starts
    /// at the time, so that no ticket of an earlier replay fits.
    async fn reopen(&self, transaction: &Transaction, now: Timestamp) -> Result<(), StoreError> {
        let sql = "
            INSERT INTO jobs (id, kind, target, subject, run_at, since, fence, correlation, actor)
            VALUES ($1, $2, $3, $4, $5, $5, $6, $7, 'operator')
            ON CONFLICT (kind, target) DO UPDATE SET hints = jobs.hints + 1, run_at = $5";
        let subject = self.subject.unwrap_or_default();
        let correlation = self.correlation.as_deref().unwrap_or("replay");
        let columns: [&(dyn ToSql + Sync); 7] =
            [&self.id, &self.origin, &self.key()?, &subject, &now, &micros(now), &correlation];
        transaction.run(sql, &columns).await
    }

    /// Of an event or of a job's target.
    fn key(&self) -> Result<Uuid, StoreError> {
        Uuid::from_slice(&self.key).map_err(damaged)
    }
}
