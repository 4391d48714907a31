//! The outbox port: events recorded in the transaction of their facts, waiting to be sent.

use crate::{Bucket, EventDraft};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{EventId, Timestamp, Uuid};
use serde::Serialize;

/// An event as it lies in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// Identity.
    pub id: EventId,
    /// Topic.
    pub routing_key: String,
    /// The order that it is about.
    pub subject: Uuid,
    /// The aggregate's version at the fact.
    pub sequence: u32,
    /// CloudEvents JSON, serialised when it was recorded.
    pub body: String,
    /// How often sending it failed.
    pub attempts: u32,
    /// What it is counted in once it is confirmed; `None`: nothing.
    pub bucket: Option<Bucket>,
}

impl OutgoingEvent {
    /// An event on its way into the outbox, serialised for good.
    pub fn new<T: Serialize>(routing_key: &str, draft: &EventDraft<'_, T>) -> Self {
        Self {
            id: draft.id,
            routing_key: routing_key.to_owned(),
            subject: draft.subject,
            sequence: draft.sequence,
            body: draft.to_json(),
            attempts: 0,
            bucket: Some(Bucket::of(draft.time)),
        }
    }

    /// The same event, counted nowhere: nobody misses it if it is lost.
    #[must_use]
    pub fn uncounted(self) -> Self {
        Self { bucket: None, ..self }
    }
}

/// What became of one claimed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Confirmed by the broker.
    Confirmed,
    /// Returned or refused; stays pending and is due again at the time given.
    Failed {
        /// Why, for people.
        reason: String,
        /// When to try again.
        next_at: Timestamp,
    },
}

/// The outbox of one database.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Claims up to `max` pending events that are due, oldest first.
    ///
    /// Two live claims never hold one event. State decides, not position: an event committed late
    /// is found however old its id.
    async fn claim(&self, now: Timestamp, max: usize) -> Result<Box<dyn Claim>, StoreError>;
}

/// Claimed events. Dropping it leaves them pending and free.
#[async_trait]
pub trait Claim: Send {
    /// The events, oldest first.
    fn events(&self) -> &[OutgoingEvent];

    /// Records what became of them. An event not named stays pending.
    async fn settle(
        self: Box<Self>,
        sent: Vec<(EventId, Sent)>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
