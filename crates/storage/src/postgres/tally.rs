//! What a producer counts of its outbox in PostgreSQL, and what is marked to be sent again.

use super::{Postgres, bound, column, number};
use crate::retention::RESENT_LATELY;
use async_trait::async_trait;
use engine::StoreError;
use kernel::Timestamp;
use messaging::Bucket;
use messaging::manifest::{Count, PAGE_EVENTS, Page, Selection, Tally};
use tokio_postgres::Row;

const CONFIRMED: &str = "
    SELECT bucket, routing_key, confirmed FROM outbox_buckets
    WHERE bucket < $1 AND last_at >= $2 AND (bucket, routing_key) > ($3, $4)
    ORDER BY bucket, routing_key LIMIT $5";

/// Found by when they were confirmed, for which there is an index.
const RESEND: &str = "
    WITH page AS (
        SELECT o.id FROM outbox o
        JOIN outbox_buckets b ON b.bucket = $3 AND b.routing_key = $4
        WHERE o.published_at BETWEEN b.first_at AND b.last_at
          AND o.bucket = $3 AND o.routing_key = $4
        ORDER BY o.id LIMIT $5 OFFSET $6),
    marked AS (
        UPDATE outbox o SET resend_at = $1 FROM page
        WHERE o.id = page.id AND o.resend_at IS NULL
          AND (o.resent_at IS NULL OR o.resent_at <= $2)
        RETURNING 1)
    SELECT count(*) FROM marked";

#[async_trait]
impl Tally for Postgres {
    async fn take_turn(&self, now: Timestamp, next: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE manifest_turn SET next_at = $2 WHERE next_at <= $1 RETURNING single";
        Ok(!self.work(sql, &[&now, &next]).await?.is_empty())
    }

    async fn confirmed(&self, selection: &Selection) -> Result<Vec<Count>, StoreError> {
        let Selection { before, since, after, max } = selection;
        let (bucket, key) = match after {
            Some((bucket, key)) => (bucket.seconds(), key.as_str()),
            None => (i64::MIN, ""),
        };
        let max = bound(*max);
        let rows = self.work(CONFIRMED, &[&before.seconds(), since, &bucket, &key, &max]).await?;
        rows.iter().map(count).collect()
    }

    async fn resend(&self, page: &Page, now: Timestamp) -> Result<usize, StoreError> {
        let size = bound(PAGE_EVENTS);
        let skipped = i64::from(page.number).saturating_mul(size);
        let (bucket, key) = (page.bucket.seconds(), page.routing_key.as_str());
        let rows = self
            .work(RESEND, &[&now, &(now - RESENT_LATELY), &bucket, &key, &size, &skipped])
            .await?;
        let marked = rows.first().map_or(Ok(0), |row| number(row, 0))?;
        if marked > 0 {
            self.pulse.resends.notify_one();
        }
        Ok(marked)
    }
}

fn count(row: &Row) -> Result<Count, StoreError> {
    Ok(Count {
        bucket: Bucket::from_seconds(column(row, 0)?),
        routing_key: column(row, 1)?,
        events: number(row, 2)?,
    })
}
