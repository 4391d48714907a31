//! What a producer counts of its outbox in SQLite, and what is marked to be sent again.

use super::Sqlite;
use crate::retention::RESENT_LATELY;
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, micros};
use messaging::Bucket;
use messaging::manifest::{Count, PAGE_EVENTS, Page, Selection, Tally};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// Confirmed events of one window, by bucket and topic.
pub(super) type Counts = BTreeMap<(i64, String), i64>;

/// Adds what was confirmed now.
pub(super) fn add(
    connection: &Connection,
    counts: &Counts,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO outbox_buckets (bucket, routing_key, confirmed, first_at, last_at)
         VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (bucket, routing_key) DO UPDATE
         SET confirmed = confirmed + excluded.confirmed,
             first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)",
    )?;
    for ((bucket, routing_key), events) in counts {
        upsert.execute(params![bucket, routing_key, events, micros(now)])?;
    }
    Ok(())
}

#[async_trait]
impl Tally for Sqlite {
    async fn take_turn(&self, now: Timestamp, next: Timestamp) -> Result<bool, StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE manifest_turn SET next_at = ?2 WHERE next_at <= ?1")?
                .execute(params![micros(now), micros(next)])
        })
        .await
        .map(|taken| taken == 1)
    }

    async fn confirmed(&self, selection: &Selection) -> Result<Vec<Count>, StoreError> {
        let selection = selection.clone();
        self.read(move |connection| confirmed(connection, &selection)).await
    }

    async fn resend(&self, page: &Page, now: Timestamp) -> Result<usize, StoreError> {
        let page = page.clone();
        let marked = self.write(move |connection| resend(connection, &page, now)).await?;
        if marked > 0 {
            self.pulse.resends.notify_one();
        }
        Ok(marked)
    }
}

fn confirmed(
    connection: &Connection,
    selection: &Selection,
) -> Result<Vec<Count>, rusqlite::Error> {
    let (bucket, key) = match &selection.after {
        Some((bucket, key)) => (bucket.seconds(), key.as_str()),
        None => (i64::MIN, ""),
    };
    connection
        .prepare_cached(
            "SELECT bucket, routing_key, confirmed FROM outbox_buckets
             WHERE bucket < ?1 AND last_at >= ?2 AND (bucket, routing_key) > (?3, ?4)
             ORDER BY bucket, routing_key LIMIT ?5",
        )?
        .query_map(
            params![
                selection.before.seconds(),
                micros(selection.since),
                bucket,
                key,
                selection.max
            ],
            |row| {
                Ok(Count {
                    bucket: Bucket::from_seconds(row.get(0)?),
                    routing_key: row.get(1)?,
                    events: row.get(2)?,
                })
            },
        )?
        .collect()
}

fn resend(
    connection: &mut Connection,
    page: &Page,
    now: Timestamp,
) -> Result<usize, rusqlite::Error> {
    let bucket = page.bucket.seconds();
    let span: Option<(i64, i64)> = connection
        .prepare_cached(
            "SELECT first_at, last_at FROM outbox_buckets WHERE bucket = ?1 AND routing_key = ?2",
        )?
        .query_row(params![bucket, page.routing_key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((first, last)) = span else { return Ok(0) };
    let skipped = usize::try_from(page.number).unwrap_or(usize::MAX).saturating_mul(PAGE_EVENTS);
    connection
        .prepare_cached(
            "UPDATE outbox SET resend_at = ?1
             WHERE id IN (SELECT id FROM outbox
                          WHERE published_at BETWEEN ?3 AND ?4 AND bucket = ?5 AND routing_key = ?6
                          ORDER BY id LIMIT ?7 OFFSET ?8)
               AND resend_at IS NULL AND (resent_at IS NULL OR resent_at <= ?2)",
        )?
        .execute(params![
            micros(now),
            micros(now - RESENT_LATELY),
            first,
            last,
            bucket,
            page.routing_key,
            PAGE_EVENTS,
            i64::try_from(skipped).unwrap_or(i64::MAX),
        ])
}
