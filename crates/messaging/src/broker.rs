//! The broker port. An adapter moves bytes and reports; it never retries and owns no policy.

use async_trait::async_trait;
use bytes::Bytes;
use kernel::{Retryability, Retryable, Uuid};

/// What travels: one event, or a batch of them.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Topic.
    pub routing_key: String,
    /// Names the transport unit (not the event): returns are matched by it.
    pub message_id: Uuid,
    /// CloudEvents JSON.
    pub body: Bytes,
}

/// What became of one published unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// Every queue bound to its key has it for good.
    Confirmed,
    /// No queue is bound to its key.
    Returned,
    /// The broker has no room or will not say why.
    Refused(String),
}

/// The broker cannot be used at the moment. Always transient: the broker is disposable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the broker is not available: {0}")]
pub struct BrokerError(pub String);

impl Retryable for BrokerError {
    fn retryability(&self) -> Retryability {
        Retryability::Transient
    }
}

/// A queue: one per consuming service and purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Name, as in `payment.order-events`.
    pub name: &'static str,
    /// Routing keys bound to it, exact.
    pub bindings: &'static [&'static str],
}

/// One delivered unit.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Grows along a subscription; what [`Subscription::ack_through`] takes.
    pub tag: u64,
    /// Topic.
    pub routing_key: String,
    /// What was published.
    pub body: Bytes,
    /// It was delivered before and not acknowledged.
    pub redelivered: bool,
}

/// A message broker.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Publishes a window of units and waits for all their confirms; answers in the order given.
    ///
    /// At least once: an error, or dropping the future, leaves open whether a unit was taken.
    /// [`Published::Confirmed`] means that the broker cannot lose it any more.
    async fn publish(&self, units: Vec<Unit>) -> Result<Vec<Published>, BrokerError>;

    /// Consumes from the queue. Where queues are an operator's business, one that is missing is an
    /// error that names it; else it is declared with its bindings.
    async fn subscribe(&self, queue: Queue) -> Result<Box<dyn Subscription>, BrokerError>;
}

/// A consumer's end of a queue. Dropping it returns everything unacknowledged to the queue.
#[async_trait]
pub trait Subscription: Send {
    /// Waits for at least one delivery, then drains up to `max` without waiting.
    async fn next(&mut self, max: usize) -> Result<Vec<Delivery>, BrokerError>;

    /// Acknowledges every delivery up to and including `tag`.
    async fn ack_through(&mut self, tag: u64) -> Result<(), BrokerError>;
}
