//! Stories in SQLite: which orders there are, and what every table has to say of them.

use super::dead_letters;
use crate::story::Stories;
use crate::{InboxEntry, OpenJob, OutboxEntry, TimelineRow};
use kernel::{EventId, JobId, Timestamp, Uuid, timestamp};
use rusqlite::{Connection, Error, Row, params};

/// The next orders after `?1`, at most `?2`: each table's own from its index, then merged. A letter
/// about no order is after none.
const SUBJECTS: &str = "
    SELECT * FROM (SELECT DISTINCT subject FROM timeline WHERE subject > ?1 ORDER BY 1 LIMIT ?2)
    UNION
    SELECT * FROM (SELECT DISTINCT subject FROM outbox WHERE subject > ?1 ORDER BY 1 LIMIT ?2)
    UNION
    SELECT * FROM (SELECT DISTINCT subject FROM inbox WHERE subject > ?1 ORDER BY 1 LIMIT ?2)
    UNION
    SELECT * FROM (SELECT DISTINCT subject FROM dead_letters WHERE subject > ?1 ORDER BY 1 LIMIT ?2)
    ORDER BY 1 LIMIT ?2";

/// Nil is no order: whatever is about it comes from no fact.
pub(super) fn subjects(
    connection: &Connection,
    after: Uuid,
    max: usize,
) -> Result<Vec<Uuid>, Error> {
    connection.prepare_cached(SUBJECTS)?.query_map(params![after, max], |row| row.get(0))?.collect()
}

/// What there is about `subjects`, which come in order and with no other between them.
pub(super) fn told(connection: &Connection, subjects: &[Uuid]) -> Result<Stories, Error> {
    let mut stories = Stories::about(subjects);
    let (Some(first), Some(last)) = (subjects.first(), subjects.last()) else {
        return Ok(stories);
    };
    let span = Span { connection, first: *first, last: *last };
    stories.add(span.rows(TIMELINE, timeline)?, |story| &mut story.timeline);
    stories.add(span.rows(OUTBOX, outbox)?, |story| &mut story.outbox);
    stories.add(span.rows(INBOX, inbox)?, |story| &mut story.inbox);
    stories.add(span.rows(JOBS, job)?, |story| &mut story.jobs);
    let letters = span.rows(&dead_letters::about(), dead_letters::letter)?;
    stories.add(letters, |story| &mut story.dead_letters);
    Ok(stories)
}

/// Orders next to each other.
struct Span<'c> {
    connection: &'c Connection,
    first: Uuid,
    last: Uuid,
}

impl Span<'_> {
    /// The rows of one table, each with its `subject`.
    fn rows<T>(
        &self,
        sql: &str,
        read: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<(Uuid, T)>, Error> {
        self.connection
            .prepare_cached(sql)?
            .query_map([self.first, self.last], |row| Ok((row.get("subject")?, read(row)?)))?
            .collect()
    }
}

const TIMELINE: &str = "
    SELECT aggregate, version, at, what, detail, correlation, causation, traceparent, actor, subject
    FROM timeline WHERE subject BETWEEN ?1 AND ?2 ORDER BY subject, at, aggregate, version";

fn timeline(row: &Row<'_>) -> Result<TimelineRow, Error> {
    Ok(TimelineRow {
        aggregate: row.get(0)?,
        version: row.get(1)?,
        at: timestamp(row.get(2)?),
        what: row.get(3)?,
        detail: row.get(4)?,
        correlation: row.get(5)?,
        causation: row.get::<_, Option<Uuid>>(6)?.map(EventId),
        traceparent: row.get(7)?,
        actor: row.get(8)?,
    })
}

const OUTBOX: &str = "
    SELECT id, routing_key, sequence, recorded_at, published_at, attempts, last_error, body, subject
    FROM outbox WHERE subject BETWEEN ?1 AND ?2 ORDER BY subject, recorded_at, sequence, id";

fn outbox(row: &Row<'_>) -> Result<OutboxEntry, Error> {
    Ok(OutboxEntry {
        id: EventId(row.get(0)?),
        routing_key: row.get(1)?,
        sequence: row.get(2)?,
        recorded_at: timestamp(row.get(3)?),
        published_at: maybe_time(row, 4)?,
        attempts: row.get(5)?,
        last_error: row.get(6)?,
        digest: messaging::digest(row.get_ref(7)?.as_str()?),
    })
}

const INBOX: &str = "
    SELECT consumer, event_id, state, recorded_at, attempts, next_at, reason, source, routing_key,
           digest, subject
    FROM inbox WHERE subject BETWEEN ?1 AND ?2
    ORDER BY subject, recorded_at, consumer, event_id";

fn inbox(row: &Row<'_>) -> Result<InboxEntry, Error> {
    Ok(InboxEntry {
        consumer: row.get(0)?,
        event_id: EventId(row.get(1)?),
        state: row.get(2)?,
        recorded_at: timestamp(row.get(3)?),
        attempts: row.get(4)?,
        next_at: maybe_time(row, 5)?,
        reason: row.get(6)?,
        source: row.get(7)?,
        routing_key: row.get(8)?,
        digest: row.get(9)?,
    })
}

const JOBS: &str = "
    SELECT id, kind, target, run_at, leased_until, attempts, last_error, subject
    FROM jobs WHERE subject BETWEEN ?1 AND ?2 ORDER BY subject, run_at, id";

fn job(row: &Row<'_>) -> Result<OpenJob, Error> {
    Ok(OpenJob {
        id: JobId(row.get(0)?),
        kind: row.get(1)?,
        target: row.get(2)?,
        run_at: timestamp(row.get(3)?),
        leased_until: maybe_time(row, 4)?,
        attempts: row.get(5)?,
        last_error: row.get(6)?,
    })
}

pub(super) fn maybe_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, Error> {
    Ok(row.get::<_, Option<i64>>(column)?.map(timestamp))
}

#[cfg(test)]
#[path = "stories_tests.rs"]
mod tests;
