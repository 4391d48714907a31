//! Timeline, outbox and jobs of winners: a statement per table for a whole batch.

use super::Session;
use crate::{NewJob, Write};
use futures::try_join;
use kernel::{Cause, Timestamp, Uuid};
use messaging::{Bucket, OutgoingEvent};
use std::collections::BTreeMap;
use tokio_postgres::Error;

const TIMELINE: &str = "
    INSERT INTO timeline (aggregate, version, subject, at, what, detail, write_id,
                          correlation, causation, traceparent, actor)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::text[],
                         $6::text[], $7::uuid[], $8::text[], $9::uuid[], $10::text[], $11::text[])";

const OUTBOX: &str = "
    INSERT INTO outbox (id, routing_key, subject, sequence, body, recorded_at, bucket)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[],
                         $6::timestamptz[], $7::bigint[])";

/// `hints` comes in as the number of orders for this kind and target in the batch, less one.
const JOBS: &str = "
    INSERT INTO jobs (id, kind, target, subject, run_at, since, hints,
                      correlation, causation, traceparent, actor)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[],
                         $6::timestamptz[], $7::bigint[], $8::text[], $9::uuid[], $10::text[],
                         $11::text[])
    -- By kind and target, so that two instances cannot wait for each other.
    ORDER BY 2, 3
    ON CONFLICT (kind, target) DO UPDATE
    SET hints = jobs.hints + excluded.hints + 1, run_at = least(jobs.run_at, excluded.run_at)";

/// What follows the rows in the same round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Commit,
    Nothing,
}

/// Writes what winners leave beside their own rows.
///
/// With [`Then::Commit`], the COMMIT goes out behind the statements without waiting for them: if
/// one of them fails, the server turns it into a ROLLBACK (PostgreSQL manual, "COMMIT").
pub(super) async fn record<R>(
    session: &Session,
    writes: &[&Write<R>],
    then: Then,
) -> Result<(), Error> {
    // Prepared before any is sent, so that nothing can overtake.
    let timeline = session.prepare_cached(TIMELINE).await?;
    let outbox = session.prepare_cached(OUTBOX).await?;
    let jobs = session.prepare_cached(JOBS).await?;
    let facts = Facts::of(writes);
    let events = Events::of(writes);
    let orders = Orders::of(writes);
    let end = async {
        match then {
            Then::Commit => session.batch_execute("COMMIT").await,
            Then::Nothing => Ok(()),
        }
    };
    try_join!(
        async {
            if facts.aggregate.is_empty() {
                return Ok(0);
            }
            session.execute(&timeline, &facts.parameters()).await
        },
        async {
            if events.id.is_empty() {
                return Ok(0);
            }
            session.execute(&outbox, &events.parameters()).await
        },
        async {
            if orders.id.is_empty() {
                return Ok(0);
            }
            session.execute(&jobs, &orders.parameters()).await
        },
        end
    )?;
    Ok(())
}

/// One event that belongs to no change.
pub(super) async fn record_event(
    session: &Session,
    event: &OutgoingEvent,
    at: Timestamp,
) -> Result<(), Error> {
    let mut events = Events::default();
    events.push(event, at);
    let outbox = session.prepare_cached(OUTBOX).await?;
    session.execute(&outbox, &events.parameters()).await?;
    Ok(())
}

type Parameter<'a> = &'a (dyn tokio_postgres::types::ToSql + Sync);

/// Why, as columns.
#[derive(Default)]
struct Causes<'a> {
    correlation: Vec<&'a str>,
    causation: Vec<Option<Uuid>>,
    traceparent: Vec<Option<&'a str>>,
    actor: Vec<&'a str>,
}

impl<'a> Causes<'a> {
    fn push(&mut self, cause: &'a Cause) {
        self.correlation.push(&cause.correlation);
        self.causation.push(cause.causation.map(|id| id.uuid()));
        self.traceparent.push(cause.traceparent.as_deref());
        self.actor.push(&cause.actor);
    }
}

/// Timeline rows as columns.
#[derive(Default)]
struct Facts<'a> {
    aggregate: Vec<Uuid>,
    version: Vec<i64>,
    subject: Vec<Uuid>,
    at: Vec<Timestamp>,
    what: Vec<&'a str>,
    detail: Vec<&'a str>,
    write_id: Vec<Uuid>,
    causes: Causes<'a>,
}

impl<'a> Facts<'a> {
    fn of<R>(writes: &[&'a Write<R>]) -> Self {
        let mut facts = Self::default();
        for write in writes {
            for (entry, step) in write.timeline.iter().zip(1..) {
                facts.aggregate.push(write.aggregate);
                facts.version.push(i64::from(write.expected.after(step).0));
                facts.subject.push(write.subject);
                facts.at.push(write.at);
                facts.what.push(entry.what);
                facts.detail.push(&entry.detail);
                facts.write_id.push(write.id);
                facts.causes.push(&entry.cause);
            }
        }
        facts
    }

    fn parameters(&self) -> [Parameter<'_>; 11] {
        let Causes { correlation, causation, traceparent, actor } = &self.causes;
        [
            &self.aggregate,
            &self.version,
            &self.subject,
            &self.at,
            &self.what,
            &self.detail,
            &self.write_id,
            correlation,
            causation,
            traceparent,
            actor,
        ]
    }
}

/// Outbox rows as columns.
#[derive(Default)]
struct Events<'a> {
    id: Vec<Uuid>,
    routing_key: Vec<&'a str>,
    subject: Vec<Uuid>,
    sequence: Vec<i64>,
    body: Vec<&'a str>,
    recorded_at: Vec<Timestamp>,
    bucket: Vec<Option<i64>>,
}

impl<'a> Events<'a> {
    fn of<R>(writes: &[&'a Write<R>]) -> Self {
        let mut events = Self::default();
        for write in writes {
            for event in &write.events {
                events.push(event, write.at);
            }
        }
        events
    }

    fn push(&mut self, event: &'a OutgoingEvent, at: Timestamp) {
        self.id.push(event.id.uuid());
        self.routing_key.push(&event.routing_key);
        self.subject.push(event.subject);
        self.sequence.push(i64::from(event.sequence));
        self.body.push(&event.body);
        self.recorded_at.push(at);
        self.bucket.push(event.bucket.map(Bucket::seconds));
    }

    fn parameters(&self) -> [Parameter<'_>; 7] {
        [
            &self.id,
            &self.routing_key,
            &self.subject,
            &self.sequence,
            &self.body,
            &self.recorded_at,
            &self.bucket,
        ]
    }
}

/// Jobs as columns: one row for each kind and target, since a statement may touch a row only once.
#[derive(Default)]
struct Orders<'a> {
    id: Vec<Uuid>,
    kind: Vec<&'a str>,
    target: Vec<Uuid>,
    subject: Vec<Uuid>,
    run_at: Vec<Timestamp>,
    since: Vec<Timestamp>,
    hints: Vec<i64>,
    causes: Causes<'a>,
}

impl<'a> Orders<'a> {
    fn of<R>(writes: &[&'a Write<R>]) -> Self {
        let mut orders = Self::default();
        let mut rows: BTreeMap<(&str, Uuid), usize> = BTreeMap::new();
        for write in writes {
            for job in &write.jobs {
                if let Some(row) = rows.get(&(job.kind, job.target)) {
                    orders.hints[*row] += 1;
                    orders.run_at[*row] = orders.run_at[*row].min(job.run_at);
                } else {
                    rows.insert((job.kind, job.target), orders.id.len());
                    orders.push(job, write.subject, write.at);
                }
            }
        }
        orders
    }

    fn push(&mut self, job: &'a NewJob, subject: Uuid, at: Timestamp) {
        self.id.push(job.id.uuid());
        self.kind.push(job.kind);
        self.target.push(job.target);
        self.subject.push(subject);
        self.run_at.push(job.run_at);
        self.since.push(at);
        self.hints.push(0);
        self.causes.push(&job.cause);
    }

    fn parameters(&self) -> [Parameter<'_>; 11] {
        let Causes { correlation, causation, traceparent, actor } = &self.causes;
        [
            &self.id,
            &self.kind,
            &self.target,
            &self.subject,
            &self.run_at,
            &self.since,
            &self.hints,
            correlation,
            causation,
            traceparent,
            actor,
        ]
    }
}
