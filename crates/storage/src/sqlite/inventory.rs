//! What a consumer counts of its inbox in SQLite, and what it remembers of buckets that are short.

use super::Sqlite;
use super::commit::record_event;
use super::dead_letters::bury;
use crate::letter::Letter;
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, micros, timestamp};
use messaging::manifest::{Count, Findings, Inventory, Look, Watch};
use rusqlite::{Connection, OptionalExtension, params};

#[async_trait]
impl Inventory for Sqlite {
    async fn first_start(
        &self,
        consumer: &'static str,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let started = self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO consumers (name, started_at) VALUES (?1, ?2)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![consumer, micros(now)])?;
            connection
                .prepare_cached("SELECT started_at FROM consumers WHERE name = ?1")?
                .query_row([consumer], |row| row.get(0))
        });
        started.await.map(timestamp)
    }

    async fn open(
        &self,
        consumer: &'static str,
        source: &str,
        announced: &[Count],
    ) -> Result<Vec<Look>, StoreError> {
        let (source, announced) = (source.to_owned(), announced.to_vec());
        self.read(move |connection| {
            let look = |count| look(connection, consumer, &source, count).transpose();
            announced.into_iter().filter_map(look).collect()
        })
        .await
    }

    async fn keep(
        &self,
        consumer: &'static str,
        source: &str,
        findings: Findings,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let source = source.to_owned();
        let asks = findings.request.is_some();
        self.write(move |connection| {
            let transaction = connection.transaction()?;
            for (count, watch) in &findings.watches {
                remember(&transaction, (consumer, &source), count, watch)?;
            }
            if let Some(request) = &findings.request {
                record_event(&transaction, request, now)?;
            }
            for given_up in &findings.given_up {
                bury(&transaction, &Letter::of_missing(consumer, &source, given_up), now)?;
            }
            transaction.commit()
        })
        .await?;
        if asks {
            self.pulse.events_recorded(1);
            self.pulse.events.notify_one();
        }
        Ok(())
    }
}

/// `None`: as much was held when it was looked at last.
fn look(
    connection: &Connection,
    consumer: &str,
    source: &str,
    announced: Count,
) -> Result<Option<Look>, rusqlite::Error> {
    let key = params![consumer, source, announced.routing_key, announced.bucket.seconds()];
    let before = connection
        .prepare_cached(
            "SELECT held, short_since, asked, asked_at, fruitless FROM inbox_buckets
             WHERE consumer = ?1 AND source = ?2 AND routing_key = ?3 AND bucket = ?4",
        )?
        .query_row(key, |row| {
            Ok(Watch {
                held: row.get(0)?,
                short_since: row.get::<_, Option<i64>>(1)?.map(timestamp),
                asked: row.get(2)?,
                asked_at: row.get::<_, Option<i64>>(3)?.map(timestamp),
                fruitless: row.get(4)?,
            })
        })
        .optional()?;
    if before.is_some_and(|watch| watch.held >= announced.events) {
        return Ok(None);
    }
    let held = connection
        .prepare_cached(
            "SELECT count(*) FROM inbox
             WHERE consumer = ?1 AND source = ?2 AND routing_key = ?3 AND bucket = ?4",
        )?
        .query_row(key, |row| row.get(0))?;
    Ok(Some(Look { announced, held, before }))
}

fn remember(
    connection: &Connection,
    (consumer, source): (&str, &str),
    count: &Count,
    watch: &Watch,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO inbox_buckets (consumer, source, routing_key, bucket, held, short_since,
                                        asked, asked_at, fruitless)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (consumer, source, routing_key, bucket) DO UPDATE
             SET held = excluded.held, short_since = excluded.short_since, asked = excluded.asked,
                 asked_at = excluded.asked_at, fruitless = excluded.fruitless",
        )?
        .execute(params![
            consumer,
            source,
            count.routing_key,
            count.bucket.seconds(),
            watch.held,
            watch.short_since.map(micros),
            watch.asked,
            watch.asked_at.map(micros),
            watch.fruitless,
        ])
        .map(|_| ())
}
