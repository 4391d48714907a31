//! What a consumer counts of its inbox in PostgreSQL, and what it remembers of buckets that are
//! short.

use super::dead_letters::bury;
use super::record::record_event;
use super::transaction::Transaction;
use super::{Postgres, column, number};
use crate::letter::Letter;
use async_trait::async_trait;
use engine::StoreError;
use kernel::Timestamp;
use messaging::Bucket;
use messaging::manifest::{Count, Findings, Inventory, Look, Watch};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

/// Counts only those that held fewer at the last look.
const OPEN: &str = "
    SELECT t.routing_key, t.bucket, t.events,
           (SELECT count(*) FROM inbox i WHERE i.consumer = $1 AND i.source = $2
               AND i.routing_key = t.routing_key AND i.bucket = t.bucket),
           b.held, b.short_since, b.asked, b.asked_at, b.fruitless
    FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS t (routing_key, bucket, events)
    LEFT JOIN inbox_buckets b ON b.consumer = $1 AND b.source = $2
                             AND b.routing_key = t.routing_key AND b.bucket = t.bucket
    WHERE b.held IS NULL OR b.held < t.events";

/// In order, so that two instances cannot wait for each other.
const REMEMBER: &str = "
    INSERT INTO inbox_buckets (consumer, source, routing_key, bucket, held, short_since, asked,
                               asked_at, fruitless)
    SELECT DISTINCT ON (routing_key, bucket) $1, $2, t.*
    FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::bigint[],
                $8::timestamptz[], $9::bigint[])
         AS t (routing_key, bucket, held, short_since, asked, asked_at, fruitless)
    ORDER BY routing_key, bucket
    ON CONFLICT (consumer, source, routing_key, bucket) DO UPDATE
    SET held = excluded.held, short_since = excluded.short_since, asked = excluded.asked,
        asked_at = excluded.asked_at, fruitless = excluded.fruitless";

#[async_trait]
impl Inventory for Postgres {
    async fn first_start(
        &self,
        consumer: &'static str,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let insert = "INSERT INTO consumers (name, started_at) VALUES ($1, $2)
                      ON CONFLICT DO NOTHING";
        self.work(insert, &[&consumer, &now]).await?;
        let select = "SELECT started_at FROM consumers WHERE name = $1";
        let rows = self.work(select, &[&consumer]).await?;
        let row = rows.first().ok_or_else(|| StoreError::Unavailable("no row".to_owned()))?;
        column(row, 0)
    }

    async fn open(
        &self,
        consumer: &'static str,
        source: &str,
        announced: &[Count],
    ) -> Result<Vec<Look>, StoreError> {
        if announced.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<&str> = announced.iter().map(|count| count.routing_key.as_str()).collect();
        let buckets: Vec<i64> = announced.iter().map(|count| count.bucket.seconds()).collect();
        let events: Vec<i64> = announced.iter().map(|count| signed(count.events)).collect();
        let rows = self.work(OPEN, &[&consumer, &source, &keys, &buckets, &events]).await?;
        rows.iter().map(look).collect()
    }

    async fn keep(
        &self,
        consumer: &'static str,
        source: &str,
        findings: Findings,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let letter = |given_up| Letter::of_missing(consumer, source, given_up);
        let letters: Vec<Letter> = findings.given_up.iter().map(letter).collect();
        let transaction = self.begun().await?;
        transaction.step(remember(&transaction, consumer, source, &findings.watches)).await?;
        if let Some(request) = &findings.request {
            transaction.step(record_event(&transaction, request, now)).await?;
        }
        transaction.step(bury(&transaction, &letters, now)).await?;
        transaction.commit().await?;
        if findings.request.is_some() {
            self.pulse.events_recorded(1);
            self.pulse.events.notify_one();
        }
        Ok(())
    }
}

/// PostgreSQL has no unsigned numbers.
fn signed(events: u64) -> i64 {
    i64::try_from(events).unwrap_or(i64::MAX)
}

fn look(row: &Row) -> Result<Look, StoreError> {
    let announced = Count {
        routing_key: column(row, 0)?,
        bucket: Bucket::from_seconds(column(row, 1)?),
        events: number(row, 2)?,
    };
    let before = match column::<Option<i64>>(row, 4)? {
        None => None,
        Some(_) => Some(Watch {
            held: number(row, 4)?,
            short_since: column(row, 5)?,
            asked: number(row, 6)?,
            asked_at: column(row, 7)?,
            fruitless: number(row, 8)?,
        }),
    };
    Ok(Look { announced, held: number(row, 3)?, before })
}

async fn remember(
    transaction: &Transaction,
    consumer: &str,
    source: &str,
    watches: &[(Count, Watch)],
) -> Result<(), Error> {
    let keys: Vec<&str> = watches.iter().map(|(count, _)| count.routing_key.as_str()).collect();
    let buckets: Vec<i64> = watches.iter().map(|(count, _)| count.bucket.seconds()).collect();
    let held: Vec<i64> = watches.iter().map(|(_, watch)| signed(watch.held)).collect();
    let since: Vec<Option<Timestamp>> = watches.iter().map(|(_, w)| w.short_since).collect();
    let asked: Vec<i64> = watches.iter().map(|(_, watch)| i64::from(watch.asked)).collect();
    let asked_at: Vec<Option<Timestamp>> = watches.iter().map(|(_, w)| w.asked_at).collect();
    let fruitless: Vec<i64> = watches.iter().map(|(_, w)| i64::from(w.fruitless)).collect();
    let columns: [&(dyn ToSql + Sync); 9] =
        [&consumer, &source, &keys, &buckets, &held, &since, &asked, &asked_at, &fruitless];
    let statement = transaction.prepare_cached(REMEMBER).await?;
    transaction.execute(&statement, &columns).await?;
    Ok(())
}
