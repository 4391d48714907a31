//! Jobs in PostgreSQL: claimed by lease, fenced by a counter, shared by any number of instances.

use super::dead_letters::{bury, without_nul};
use super::{Postgres, bound, column, number};
use crate::letter::Letter;
use async_trait::async_trait;
use engine::StoreError;
use engine::jobs::{Jobs, LEASE, Ticket};
use kernel::{Cause, EventId, JobId, Timestamp, Uuid};
use tokio_postgres::Row;

/// Writes nothing, not even to the log, if nothing is due. What another instance is claiming at
/// this moment is left to it.
const CLAIM: &str = "
    WITH due AS (
        SELECT id FROM jobs
        WHERE run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
        ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED),
    claimed AS (
        UPDATE jobs j SET fence = fence + 1, attempts = attempts + 1, leased_until = $2
        FROM due WHERE j.id = due.id RETURNING j.*)
    SELECT id, kind, target, subject, fence, hints, attempts, since,
           correlation, causation, traceparent, actor
    FROM claimed ORDER BY run_at, id";

#[async_trait]
impl Jobs for Postgres {
    async fn claim(&self, now: Timestamp, max: usize) -> Result<Vec<Ticket>, StoreError> {
        let rows = self.work(CLAIM, &[&now, &(now + LEASE), &bound(max)]).await?;
        rows.iter().map(ticket).collect()
    }

    async fn retry(
        &self,
        ticket: &Ticket,
        now: Timestamp,
        at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        let sql = "
            UPDATE jobs SET leased_until = NULL, last_error = $3,
                   run_at = CASE WHEN hints = $4 THEN $5::timestamptz ELSE $6::timestamptz END
            WHERE id = $1 AND fence = $2";
        let error = without_nul(error);
        let id = ticket.id.uuid();
        self.work(sql, &[&id, &ticket.fence, &error, &ticket.hints, &at, &now]).await?;
        Ok(())
    }

    async fn bury(&self, ticket: &Ticket, now: Timestamp, reason: &str) -> Result<(), StoreError> {
        let transaction = self.begun().await?;
        let close = async {
            let sql = "DELETE FROM jobs WHERE id = $1 AND fence = $2";
            let statement = transaction.prepare_cached(sql).await?;
            transaction.execute(&statement, &[&ticket.id.uuid(), &ticket.fence]).await
        };
        if transaction.step(close).await? == 1 {
            let letter = Letter::of_job(ticket, reason);
            transaction.step(bury(&transaction, &[letter], now)).await?;
        }
        transaction.commit().await
    }
}

fn ticket(row: &Row) -> Result<Ticket, StoreError> {
    Ok(Ticket {
        id: JobId(column(row, 0)?),
        kind: column(row, 1)?,
        target: column(row, 2)?,
        subject: column(row, 3)?,
        fence: column(row, 4)?,
        hints: column(row, 5)?,
        attempts: number(row, 6)?,
        since: column(row, 7)?,
        cause: Cause {
            correlation: column(row, 8)?,
            causation: column::<Option<Uuid>>(row, 9)?.map(EventId),
            traceparent: column(row, 10)?,
            actor: column(row, 11)?,
        },
    })
}
