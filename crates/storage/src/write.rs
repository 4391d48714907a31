//! One change as rows, in no dialect yet.

use engine::{Guard, Version};
use kernel::{Cause, JobId, Timestamp, Uuid};
use messaging::OutgoingEvent;

/// One aggregate's change as rows: written whole or not at all.
#[derive(Debug, Clone)]
pub struct Write<R> {
    /// Chosen before the write; kept in the timeline.
    pub id: Uuid,
    /// The aggregate. Rows are written in its order; one change of it per batch.
    pub aggregate: Uuid,
    /// The order that it is about.
    pub subject: Uuid,
    /// The version it was decided on.
    pub expected: Version,
    /// Checked before anything else is written.
    pub guards: Vec<Guard>,
    /// The service's own rows; `None` when no state moved.
    pub rows: Option<R>,
    /// What happened: versions `expected + 1`, `expected + 2`, …
    pub timeline: Vec<TimelineEntry>,
    /// What others are told.
    pub events: Vec<OutgoingEvent>,
    /// What is owed.
    pub jobs: Vec<NewJob>,
    /// When.
    pub at: Timestamp,
}

/// One fact for the timeline.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// Name of the fact.
    pub what: &'static str,
    /// Its particulars, a JSON object without personal data.
    pub detail: String,
    /// Why.
    pub cause: Cause,
}

/// A job to order. If one of its kind is open for the target, that one gets a hint instead.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Identity, if it becomes a row.
    pub id: JobId,
    /// What to do.
    pub kind: &'static str,
    /// To what.
    pub target: Uuid,
    /// When, at the earliest.
    pub run_at: Timestamp,
    /// Why.
    pub cause: Cause,
}

/// What became of a service's own rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// Written.
    Written,
    /// The stored version is not the expected one.
    VersionMoved,
    /// A natural key, named, belongs to another aggregate.
    Taken(&'static str),
}
