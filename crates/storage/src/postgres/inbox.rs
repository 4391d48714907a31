//! The inbox in PostgreSQL, as far as it is not a guard: postponed and parked events.

use super::dead_letters::{bury, without_nul};
use super::transaction::Transaction;
use super::{Postgres, bound, column, damaged, number};
use crate::letter::Letter;
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, Uuid};
use messaging::{Bucket, Event, Inbox, Malformed, Postponed, Waiting};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

/// In order of id, so that two instances cannot wait for each other.
const POSTPONE: &str = "
    INSERT INTO inbox (consumer, event_id, subject, digest, state, recorded_at,
                       attempts, next_at, routing_key, body, reason, source, bucket)
    SELECT $1, id, subject, digest, CASE WHEN next_at IS NULL THEN 'parked' ELSE 'deferred' END, $2,
           attempts, next_at, routing_key, body, reason, source, bucket
    FROM unnest($3::uuid[], $4::uuid[], $5::bytea[], $6::bigint[], $7::timestamptz[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::bigint[])
         AS t (id, subject, digest, attempts, next_at, routing_key, body, reason, source, bucket)
    ORDER BY id
    ON CONFLICT (consumer, event_id) DO UPDATE
    SET state = excluded.state, recorded_at = excluded.recorded_at,
        attempts = greatest(inbox.attempts, excluded.attempts), next_at = excluded.next_at,
        reason = excluded.reason
    WHERE inbox.state = 'deferred' AND inbox.digest = excluded.digest
    RETURNING event_id";

/// Oldest due first; what another instance is leasing at this moment is left to it.
const LEASE: &str = "
    WITH due AS (
        SELECT event_id, next_at FROM inbox
        WHERE consumer = $1 AND state = 'deferred' AND next_at <= $2
        ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED),
    leased AS (
        UPDATE inbox i SET next_at = $3 FROM due
        WHERE i.consumer = $1 AND i.event_id = due.event_id
        RETURNING i.attempts, i.routing_key, i.body, i.event_id, due.next_at AS due_at)
    SELECT attempts, routing_key, body, event_id FROM leased ORDER BY due_at, event_id";

#[async_trait]
impl Inbox for Postgres {
    async fn postpone(
        &self,
        consumer: &'static str,
        events: Vec<Postponed>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.begun().await?;
        for round in rounds(&events) {
            transaction.step(postpone(&transaction, consumer, &round, now)).await?;
        }
        transaction.commit().await
    }

    async fn park(
        &self,
        consumer: &'static str,
        malformed: Vec<Malformed>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let letters: Vec<_> =
            malformed.iter().map(|message| Letter::of_message(consumer, message)).collect();
        let transaction = self.begun().await?;
        transaction.step(bury(&transaction, &letters, now)).await?;
        transaction.commit().await
    }

    async fn due(
        &self,
        consumer: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
        max: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let rows = self.work(LEASE, &[&consumer, &now, &lease_until, &bound(max)]).await?;
        // One that cannot be read stays where it is and comes back; the others go on.
        let read = |row| waiting(row).inspect_err(|error| tracing::error!(consumer, %error)).ok();
        Ok(rows.iter().filter_map(read).collect())
    }
}

/// Events whose ids differ go together; a statement may touch a row only once.
fn rounds(events: &[Postponed]) -> Vec<Vec<&Postponed>> {
    let mut rounds: Vec<Vec<&Postponed>> = Vec::new();
    let mut seen: HashMap<Uuid, usize> = HashMap::new();
    for postponed in events {
        let earlier = seen.entry(postponed.event.id.uuid()).or_default();
        if rounds.len() == *earlier {
            rounds.push(Vec::new());
        }
        rounds[*earlier].push(postponed);
        *earlier += 1;
    }
    rounds
}

async fn postpone(
    transaction: &Transaction,
    consumer: &str,
    round: &[&Postponed],
    now: Timestamp,
) -> Result<(), Error> {
    let ids: Vec<Uuid> = round.iter().map(|p| p.event.id.uuid()).collect();
    let written = write(transaction, consumer, round, &ids, now).await?;
    let stored = digests(transaction, consumer, &ids).await?;
    let mut letters = Vec::new();
    for Postponed { event, attempts, next_at, reason } in round {
        let id = event.id.uuid();
        // Not written: another copy of it was handled or parked meanwhile, or the id was used for
        // another event. Only the last needs a person, and at once: no try can ever succeed.
        let reused = stored.get(&id).is_none_or(|digest| *digest != event.digest());
        if reused || (written.contains(&id) && next_at.is_none()) {
            letters.push(Letter::of_event(consumer, event, reason, *attempts, reused));
        }
    }
    bury(transaction, &letters, now).await
}

/// The ids of those that were written.
async fn write(
    transaction: &Transaction,
    consumer: &str,
    round: &[&Postponed],
    ids: &[Uuid],
    now: Timestamp,
) -> Result<HashSet<Uuid>, Error> {
    let subjects: Vec<Uuid> = round.iter().map(|p| p.event.subject).collect();
    let digests: Vec<[u8; 32]> = round.iter().map(|p| p.event.digest()).collect();
    let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
    let attempts: Vec<i64> = round.iter().map(|p| i64::from(p.attempts)).collect();
    let next_at: Vec<Option<Timestamp>> = round.iter().map(|p| p.next_at).collect();
    let keys: Vec<&str> = round.iter().map(|p| p.event.routing_key.as_str()).collect();
    let bodies: Vec<&str> = round.iter().map(|p| p.event.body.as_str()).collect();
    let reasons: Vec<Cow<'_, str>> = round.iter().map(|p| without_nul(&p.reason)).collect();
    let sources: Vec<&str> = round.iter().map(|p| p.event.source.as_str()).collect();
    let buckets: Vec<i64> = round.iter().map(|p| Bucket::of(p.event.time).seconds()).collect();
    let columns: [&(dyn ToSql + Sync); 12] = [
        &consumer, &now, &ids, &subjects, &digests, &attempts, &next_at, &keys, &bodies, &reasons,
        &sources, &buckets,
    ];
    let statement = transaction.prepare_cached(POSTPONE).await?;
    let rows = transaction.query(&statement, &columns).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

async fn digests(
    transaction: &Transaction,
    consumer: &str,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<u8>>, Error> {
    let sql = "SELECT event_id, digest FROM inbox WHERE consumer = $1 AND event_id = ANY($2)";
    let statement = transaction.prepare_cached(sql).await?;
    let rows = transaction.query(&statement, &[&consumer, &ids]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// It was an event when it was stored, so anything else is damage, not input.
fn waiting(row: &Row) -> Result<Waiting, StoreError> {
    let (key, body): (&str, &str) = (column(row, 1)?, column(row, 2)?);
    let id: Uuid = column(row, 3)?;
    let event = Event::parse(key, body)
        .map_err(|malformed| damaged(format_args!("event {id}: {}", malformed.reason)))?;
    Ok(Waiting { event, attempts: number(row, 0)? })
}
