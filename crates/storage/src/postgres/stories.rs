//! Stories in PostgreSQL: which orders there are, and what every table has to say of them.

use super::{Postgres, bound, column, damaged, dead_letters, number};
use crate::story::Stories;
use crate::{InboxEntry, OpenJob, OutboxEntry, TimelineRow};
use engine::StoreError;
use kernel::{EventId, JobId, Uuid};
use tokio_postgres::Row;

/// The next orders after `$1`, at most `$2`: from each to the next, one look into the index of every
/// table. So the plan is the same however many rows an order has, and while the tables are empty.
const SUBJECTS: &str = "
    WITH RECURSIVE page (subject, place) AS (
        SELECT $1::uuid, 0::bigint
        UNION ALL
        SELECT least(
                 (SELECT subject FROM timeline WHERE subject > page.subject ORDER BY 1 LIMIT 1),
                 (SELECT subject FROM outbox WHERE subject > page.subject ORDER BY 1 LIMIT 1),
                 (SELECT subject FROM inbox WHERE subject > page.subject ORDER BY 1 LIMIT 1),
                 (SELECT subject FROM dead_letters WHERE subject > page.subject ORDER BY 1 LIMIT 1)),
               place + 1
        FROM page WHERE page.subject IS NOT NULL AND place < $2)
    SELECT subject FROM page WHERE place > 0 AND subject IS NOT NULL ORDER BY subject";

/// Nil is no order: whatever is about it comes from no fact.
pub(super) async fn subjects(
    database: &Postgres,
    after: Uuid,
    max: usize,
) -> Result<Vec<Uuid>, StoreError> {
    let rows = database.read(SUBJECTS, &[&after, &bound(max)]).await?;
    rows.iter().map(|row| column(row, 0)).collect()
}

/// What there is about `subjects`, which come in order and with no other between them.
pub(super) async fn told(database: &Postgres, subjects: &[Uuid]) -> Result<Stories, StoreError> {
    let mut stories = Stories::about(subjects);
    let (Some(first), Some(last)) = (subjects.first(), subjects.last()) else {
        return Ok(stories);
    };
    let span = Span { database, first: *first, last: *last };
    stories.add(span.rows(TIMELINE, timeline).await?, |story| &mut story.timeline);
    stories.add(span.rows(OUTBOX, outbox).await?, |story| &mut story.outbox);
    stories.add(span.rows(INBOX, inbox).await?, |story| &mut story.inbox);
    stories.add(span.rows(JOBS, job).await?, |story| &mut story.jobs);
    let letters = span.rows(&dead_letters::about(), dead_letters::letter).await?;
    stories.add(letters, |story| &mut story.dead_letters);
    Ok(stories)
}

/// Orders next to each other. Ids grow with time, so in the tables too they lie close together.
struct Span<'d> {
    database: &'d Postgres,
    first: Uuid,
    last: Uuid,
}

impl Span<'_> {
    /// The rows of one table, each with its `subject`.
    async fn rows<T>(
        &self,
        sql: &str,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<(Uuid, T)>, StoreError> {
        let row = |row: &Row| Ok((row.try_get("subject").map_err(damaged)?, read(row)?));
        self.database.read(sql, &[&self.first, &self.last]).await?.iter().map(row).collect()
    }
}

const TIMELINE: &str = "
    SELECT aggregate, version, at, what, detail, correlation, causation, traceparent, actor, subject
    FROM timeline WHERE subject BETWEEN $1 AND $2 ORDER BY subject, at, aggregate, version";

fn timeline(row: &Row) -> Result<TimelineRow, StoreError> {
    Ok(TimelineRow {
        aggregate: column(row, 0)?,
        version: number(row, 1)?,
        at: column(row, 2)?,
        what: column(row, 3)?,
        detail: column(row, 4)?,
        correlation: column(row, 5)?,
        causation: column::<Option<Uuid>>(row, 6)?.map(EventId),
        traceparent: column(row, 7)?,
        actor: column(row, 8)?,
    })
}

const OUTBOX: &str = "
    SELECT id, routing_key, sequence, recorded_at, published_at, attempts, last_error, body, subject
    FROM outbox WHERE subject BETWEEN $1 AND $2 ORDER BY subject, recorded_at, sequence, id";

fn outbox(row: &Row) -> Result<OutboxEntry, StoreError> {
    Ok(OutboxEntry {
        id: EventId(column(row, 0)?),
        routing_key: column(row, 1)?,
        sequence: number(row, 2)?,
        recorded_at: column(row, 3)?,
        published_at: column(row, 4)?,
        attempts: number(row, 5)?,
        last_error: column(row, 6)?,
        digest: messaging::digest(column(row, 7)?),
    })
}

const INBOX: &str = "
    SELECT consumer, event_id, state, recorded_at, attempts, next_at, reason, source, routing_key,
           digest, subject
    FROM inbox WHERE subject BETWEEN $1 AND $2 ORDER BY subject, recorded_at, consumer, event_id";

fn inbox(row: &Row) -> Result<InboxEntry, StoreError> {
    Ok(InboxEntry {
        consumer: column(row, 0)?,
        event_id: EventId(column(row, 1)?),
        state: column(row, 2)?,
        recorded_at: column(row, 3)?,
        attempts: number(row, 4)?,
        next_at: column(row, 5)?,
        reason: column(row, 6)?,
        source: column(row, 7)?,
        routing_key: column(row, 8)?,
        digest: column::<&[u8]>(row, 9)?.try_into().map_err(damaged)?,
    })
}

const JOBS: &str = "
    SELECT id, kind, target, run_at, leased_until, attempts, last_error, subject
    FROM jobs WHERE subject BETWEEN $1 AND $2 ORDER BY subject, run_at, id";

fn job(row: &Row) -> Result<OpenJob, StoreError> {
    Ok(OpenJob {
        id: JobId(column(row, 0)?),
        kind: column(row, 1)?,
        target: column(row, 2)?,
        run_at: column(row, 3)?,
        leased_until: column(row, 4)?,
        attempts: number(row, 5)?,
        last_error: column(row, 6)?,
    })
}
