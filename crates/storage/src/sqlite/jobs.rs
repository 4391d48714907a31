//! Jobs in SQLite: claimed by lease, fenced by a counter.

use super::Sqlite;
use super::dead_letters::bury;
use crate::letter::Letter;
use async_trait::async_trait;
use engine::StoreError;
use engine::jobs::{Jobs, LEASE, Ticket};
use kernel::{Cause, EventId, JobId, Timestamp, Uuid, micros, timestamp};
use rusqlite::{Connection, Row, params};

#[async_trait]
impl Jobs for Sqlite {
    async fn claim(&self, now: Timestamp, max: usize) -> Result<Vec<Ticket>, StoreError> {
        // Most of the time nothing is due, and finding that out needs no write.
        let nothing = self.read(move |c| Ok(!any_due(c, now)?)).await?;
        if nothing {
            return Ok(Vec::new());
        }
        self.write(move |c| claim(c, now, max)).await
    }

    async fn retry(
        &self,
        ticket: &Ticket,
        now: Timestamp,
        at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        let (ticket, error) = (ticket.clone(), error.to_owned());
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE jobs SET leased_until = NULL, last_error = ?3,
                            run_at = CASE WHEN hints = ?4 THEN ?5 ELSE ?6 END
                     WHERE id = ?1 AND fence = ?2",
                )?
                .execute(params![
                    ticket.id.uuid(),
                    ticket.fence,
                    error,
                    ticket.hints,
                    micros(at),
                    micros(now)
                ])
                .map(|_| ())
        })
        .await
    }

    async fn bury(&self, ticket: &Ticket, now: Timestamp, reason: &str) -> Result<(), StoreError> {
        let (ticket, reason) = (ticket.clone(), reason.to_owned());
        self.write(move |connection| {
            let transaction = connection.transaction()?;
            let closed = transaction
                .prepare_cached("DELETE FROM jobs WHERE id = ?1 AND fence = ?2")?
                .execute(params![ticket.id.uuid(), ticket.fence])?;
            if closed == 1 {
                bury(&transaction, &Letter::of_job(&ticket, &reason), now)?;
            }
            transaction.commit()
        })
        .await
    }
}

const DUE: &str = "run_at <= ?1 AND (leased_until IS NULL OR leased_until <= ?1)";

fn any_due(connection: &Connection, now: Timestamp) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM jobs WHERE {DUE})"))?
        .query_row(params![micros(now)], |row| row.get(0))
}

fn claim(
    connection: &mut Connection,
    now: Timestamp,
    max: usize,
) -> Result<Vec<Ticket>, rusqlite::Error> {
    let mut claim = connection.prepare_cached(&format!(
        "UPDATE jobs SET fence = fence + 1, attempts = attempts + 1, leased_until = ?2
         WHERE id IN (SELECT id FROM jobs WHERE {DUE} ORDER BY run_at LIMIT ?3)
         RETURNING id, kind, target, subject, fence, hints, attempts, since,
                   correlation, causation, traceparent, actor"
    ))?;
    let rows = claim.query_map(params![micros(now), micros(now + LEASE), max], ticket)?;
    rows.collect()
}

fn ticket(row: &Row<'_>) -> Result<Ticket, rusqlite::Error> {
    Ok(Ticket {
        id: JobId(row.get(0)?),
        kind: row.get(1)?,
        target: row.get(2)?,
        subject: row.get(3)?,
        fence: row.get(4)?,
        hints: row.get(5)?,
        attempts: row.get(6)?,
        since: timestamp(row.get(7)?),
        cause: Cause {
            correlation: row.get(8)?,
            causation: row.get::<_, Option<Uuid>>(9)?.map(EventId),
            traceparent: row.get(10)?,
            actor: row.get(11)?,
        },
    })
}
