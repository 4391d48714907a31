//! Wire types of the operations API. They are read back by whoever composes services, so each goes
//! both ways. Times are RFC 3339, ids are UUIDs in their 36-character form.

use crate::personal::masked;
use kernel::{Timestamp, Uuid};
use messaging::DeadLetter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::{Backlog, InboxEntry, OpenJob, OutboxEntry, Story, TimelineRow};

/// All that one service knows of one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoryDto {
    /// Which service tells it.
    pub service: String,
    /// The order.
    pub order_id: String,
    /// Facts, oldest first.
    pub timeline: Vec<FactDto>,
    /// Events told, oldest first.
    pub outbox: Vec<OutboxDto>,
    /// Events heard, oldest first.
    pub inbox: Vec<InboxDto>,
    /// Work owed.
    pub jobs: Vec<JobDto>,
    /// What was given up, resolved or not.
    pub dead_letters: Vec<DeadLetterDto>,
}

/// A page of stories, by order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoryPage {
    /// The stories.
    pub data: Vec<StoryDto>,
    /// There are more, after the last of these.
    pub has_more: bool,
}

/// One fact of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactDto {
    /// The aggregate (order, payment, message).
    pub aggregate: String,
    /// Its version at the fact.
    pub version: u32,
    /// When.
    pub at: String,
    /// Name of the fact.
    pub what: String,
    /// Particulars.
    pub detail: Value,
    /// Conversation.
    pub correlation: String,
    /// The event that led here.
    pub causation: Option<String>,
    /// W3C trace context of the journey's start.
    pub traceparent: Option<String>,
    /// Who asked.
    pub actor: String,
}

/// One event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxDto {
    /// Identity.
    pub id: String,
    /// Topic.
    pub routing_key: String,
    /// Sequence at the producer.
    pub sequence: u32,
    /// Recorded.
    pub recorded_at: String,
    /// Confirmed by the broker.
    pub published_at: Option<String>,
    /// Failed sends.
    pub attempts: u32,
    /// Why the last one failed.
    pub last_error: Option<String>,
    /// SHA-256 of its body, in hex: the `digest` of this event in every inbox.
    pub digest: String,
}

/// One event of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxDto {
    /// Who consumed.
    pub consumer: String,
    /// Which event.
    pub event_id: String,
    /// `handled`, `deferred` or `parked`.
    pub state: String,
    /// When that was recorded.
    pub recorded_at: String,
    /// Failed tries.
    pub attempts: u32,
    /// Next try.
    pub next_at: Option<String>,
    /// Why it waits.
    pub reason: Option<String>,
    /// Producer; null for events that an early version handled.
    pub source: Option<String>,
    /// Topic; null as the producer is.
    pub routing_key: Option<String>,
    /// SHA-256 of the event as received, in hex.
    pub digest: String,
}

/// One open job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobDto {
    /// Identity.
    pub id: String,
    /// What to do.
    pub kind: String,
    /// To what.
    pub target: String,
    /// Due.
    pub run_at: String,
    /// Held by a worker until.
    pub leased_until: Option<String>,
    /// Attempts so far.
    pub attempts: u32,
    /// Why the last one failed.
    pub last_error: Option<String>,
}

/// One dead letter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetterDto {
    /// Identity.
    pub id: String,
    /// The consumer or the job kind that gave up.
    pub origin: String,
    /// The order that it is about, where that is known.
    pub order_id: Option<String>,
    /// Why.
    pub reason: String,
    /// Tries.
    pub attempts: u32,
    /// What it was, as JSON or as text, with personal data masked.
    pub body: Value,
    /// When it was parked.
    pub parked_at: String,
    /// `replayed` or `discarded`; null while it waits.
    pub resolution: Option<String>,
}

/// A page of unresolved dead letters, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetterPage {
    /// The letters.
    pub data: Vec<DeadLetterDto>,
    /// There are younger ones: resolve some of these and ask again.
    pub has_more: bool,
}

/// How much waits in one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacklogDto {
    /// Which service.
    pub service: String,
    /// Events recorded and not confirmed.
    pub outbox_pending: u64,
    /// When the oldest of them was recorded.
    pub outbox_oldest: Option<String>,
    /// Events that wait for another try.
    pub inbox_deferred: u64,
    /// Open jobs.
    pub jobs_open: u64,
    /// Unresolved dead letters.
    pub dead_letters_open: u64,
}

impl StoryDto {
    /// A story as a service's database tells it.
    pub fn of(service: &str, order: Uuid, story: Story) -> Self {
        let Story { timeline, outbox, inbox, jobs, dead_letters } = story;
        Self {
            service: service.to_owned(),
            order_id: order.to_string(),
            timeline: timeline.into_iter().map(FactDto::of).collect(),
            outbox: outbox.into_iter().map(OutboxDto::of).collect(),
            inbox: inbox.into_iter().map(InboxDto::of).collect(),
            jobs: jobs.into_iter().map(JobDto::of).collect(),
            dead_letters: dead_letters.into_iter().map(DeadLetterDto::of).collect(),
        }
    }
}

impl FactDto {
    fn of(row: TimelineRow) -> Self {
        Self {
            aggregate: row.aggregate.to_string(),
            version: row.version,
            at: row.at.to_string(),
            what: row.what,
            // Details are JSON objects by contract; anything else is shown as it is.
            detail: serde_json::from_str(&row.detail).unwrap_or(Value::String(row.detail)),
            correlation: row.correlation,
            causation: row.causation.map(|id| id.to_string()),
            traceparent: row.traceparent,
            actor: row.actor,
        }
    }
}

impl OutboxDto {
    fn of(entry: OutboxEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            routing_key: entry.routing_key,
            sequence: entry.sequence,
            recorded_at: entry.recorded_at.to_string(),
            published_at: text(entry.published_at),
            attempts: entry.attempts,
            last_error: entry.last_error,
            digest: hex::encode(entry.digest),
        }
    }
}

impl InboxDto {
    fn of(entry: InboxEntry) -> Self {
        Self {
            consumer: entry.consumer,
            event_id: entry.event_id.to_string(),
            state: entry.state,
            recorded_at: entry.recorded_at.to_string(),
            attempts: entry.attempts,
            next_at: text(entry.next_at),
            reason: entry.reason,
            source: entry.source,
            routing_key: entry.routing_key,
            digest: hex::encode(entry.digest),
        }
    }
}

impl JobDto {
    fn of(job: OpenJob) -> Self {
        Self {
            id: job.id.to_string(),
            kind: job.kind,
            target: job.target.to_string(),
            run_at: job.run_at.to_string(),
            leased_until: text(job.leased_until),
            attempts: job.attempts,
            last_error: job.last_error,
        }
    }
}

impl DeadLetterDto {
    /// A letter as its database tells it.
    pub fn of(letter: DeadLetter) -> Self {
        Self {
            id: letter.id.to_string(),
            origin: letter.origin,
            order_id: letter.subject.map(|id| id.to_string()),
            reason: letter.reason,
            attempts: letter.attempts,
            body: masked(&letter.body),
            parked_at: letter.parked_at.to_string(),
            resolution: letter.resolution,
        }
    }
}

impl BacklogDto {
    /// A backlog as a service's database tells it.
    pub fn of(service: &str, backlog: &Backlog) -> Self {
        Self {
            service: service.to_owned(),
            outbox_pending: backlog.outbox_pending,
            outbox_oldest: text(backlog.outbox_oldest),
            inbox_deferred: backlog.inbox_deferred,
            jobs_open: backlog.jobs_open,
            dead_letters_open: backlog.dead_letters_open,
        }
    }
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
