//! What operators read: the story of an order in one service, its backlog, its dead letters.

use async_trait::async_trait;
use engine::StoreError;
use kernel::{EventId, JobId, Timestamp, Uuid};
use messaging::DeadLetter;
use std::collections::BTreeMap;

/// One fact of the timeline, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    /// The aggregate (order, payment, message).
    pub aggregate: Uuid,
    /// Its version at the fact.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// Name of the fact.
    pub what: String,
    /// Particulars, a JSON object.
    pub detail: String,
    /// Conversation.
    pub correlation: String,
    /// The event that led here.
    pub causation: Option<EventId>,
    /// W3C trace context of the journey's start.
    pub traceparent: Option<String>,
    /// Who asked.
    pub actor: String,
}

/// One event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Identity.
    pub id: EventId,
    /// Topic.
    pub routing_key: String,
    /// Sequence at the producer.
    pub sequence: u32,
    /// Recorded.
    pub recorded_at: Timestamp,
    /// Confirmed by the broker.
    pub published_at: Option<Timestamp>,
    /// Failed sends.
    pub attempts: u32,
    /// Why the last one failed.
    pub last_error: Option<String>,
    /// [`messaging::digest`] of its body: equal to [`InboxEntry::digest`] wherever it was heard.
    pub digest: [u8; 32],
}

/// One event of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// Who consumed.
    pub consumer: String,
    /// Which event.
    pub event_id: EventId,
    /// `handled`, `deferred` or `parked`.
    pub state: String,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// Failed tries.
    pub attempts: u32,
    /// Next try.
    pub next_at: Option<Timestamp>,
    /// Why it waits.
    pub reason: Option<String>,
    /// Producer; `None` if it was handled before that was kept.
    pub source: Option<String>,
    /// Topic; `None` as for the producer.
    pub routing_key: Option<String>,
    /// [`messaging::digest`] of the event as received.
    pub digest: [u8; 32],
}

/// One open job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJob {
    /// Identity.
    pub id: JobId,
    /// What to do.
    pub kind: String,
    /// To what.
    pub target: Uuid,
    /// Due.
    pub run_at: Timestamp,
    /// Held by a worker until.
    pub leased_until: Option<Timestamp>,
    /// Attempts so far.
    pub attempts: u32,
    /// Why the last one failed.
    pub last_error: Option<String>,
}

/// All that one service knows of one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Story {
    /// Facts, oldest first.
    pub timeline: Vec<TimelineRow>,
    /// Events told, oldest first.
    pub outbox: Vec<OutboxEntry>,
    /// Events heard, oldest first.
    pub inbox: Vec<InboxEntry>,
    /// Work owed.
    pub jobs: Vec<OpenJob>,
    /// What was given up, resolved or not.
    pub dead_letters: Vec<DeadLetter>,
}

/// Stories of several orders, while their rows come in table by table.
pub(crate) struct Stories(BTreeMap<Uuid, Story>);

impl Stories {
    /// One for each of these orders, empty yet.
    pub(crate) fn about(subjects: &[Uuid]) -> Self {
        Self(subjects.iter().map(|subject| (*subject, Story::default())).collect())
    }

    /// Adds rows of one table, each order's oldest first. One about another order was written after
    /// the orders were found; it is left out.
    pub(crate) fn add<T>(&mut self, rows: Vec<(Uuid, T)>, part: fn(&mut Story) -> &mut Vec<T>) {
        for (subject, row) in rows {
            if let Some(story) = self.0.get_mut(&subject) {
                part(story).push(row);
            }
        }
    }

    /// All of them, by order.
    pub(crate) fn all(self) -> Vec<(Uuid, Story)> {
        self.0.into_iter().collect()
    }

    /// The first of them, where only one was asked for.
    pub(crate) fn only(mut self) -> Story {
        self.0.pop_first().map(|(_, story)| story).unwrap_or_default()
    }
}

/// How much waits in one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Events recorded and not confirmed.
    pub outbox_pending: u64,
    /// When the oldest of them was recorded.
    pub outbox_oldest: Option<Timestamp>,
    /// Events that wait for another try.
    pub inbox_deferred: u64,
    /// Open jobs.
    pub jobs_open: u64,
    /// Unresolved dead letters.
    pub dead_letters_open: u64,
}

/// What to do with a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    /// Try it again, now.
    Replay,
    /// Give it up; the letter is kept.
    Discard,
}

/// The operator's view of one database.
#[async_trait]
pub trait Operations: Send + Sync {
    /// All that this service knows of an order; empty if it knows nothing.
    async fn story(&self, subject: Uuid) -> Result<Story, StoreError>;

    /// The stories of the next `max` orders after `after`, by order. Orders are those that occur in
    /// the timeline, the outbox, the inbox or the dead letters; a job alone makes no story.
    ///
    /// Read table by table: of a change that commits meanwhile, a part may be seen.
    async fn stories(
        &self,
        after: Option<Uuid>,
        max: usize,
    ) -> Result<Vec<(Uuid, Story)>, StoreError>;

    /// How much waits.
    async fn backlog(&self) -> Result<Backlog, StoreError>;

    /// Answers if the database can be read and written.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Deletes what has been kept long enough: published events and the buckets that count them
    /// after 14 days, inbox rows and the buckets of what was announced after 30, idempotency keys
    /// after 7. Returns how many rows went.
    async fn purge(&self, now: Timestamp) -> Result<usize, StoreError>;
}

/// The dead letters of one database.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Unresolved letters, oldest first.
    async fn list(&self, max: usize) -> Result<Vec<DeadLetter>, StoreError>;

    /// Resolves a letter; `false` if there is no such unresolved one. A message that is no event
    /// cannot be replayed: that is [`StoreError::Invalid`].
    async fn resolve(&self, id: Uuid, how: Resolve, now: Timestamp) -> Result<bool, StoreError>;
}
