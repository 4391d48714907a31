//! The drain: empties a broker's dead-letter queue into the service's own database.
//!
//! What lies there was delivered too often without an acknowledgement, which says that consumers
//! died, not that the event is bad. So an event is scheduled like one that failed once, and the
//! service's own count decides; what is no event is parked. A batch is split.

use crate::consumer::decode;
use crate::{Broker, Delivery, Inbox, Postponed, Queue, RETRY_DELAYS, StepError, Subscription};
use engine::jobs::jittered;
use kernel::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Transport units drained at once.
const DRAIN_MAX: usize = 32;
/// Pause while the database or the broker is away, or the queue is missing.
const PAUSE: Duration = Duration::from_secs(5);
/// Why an event of the queue is in the inbox.
const REASON: &str = "the broker gave it up: it was delivered too often without an answer";

/// Drains the dead letters of one queue.
pub struct Drain {
    /// The consumer whose events they are.
    pub consumer: &'static str,
    /// The dead-letter queue.
    pub queue: Queue,
    /// Where it lives.
    pub broker: Arc<dyn Broker>,
    /// Where they go.
    pub inbox: Arc<dyn Inbox>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Drain {
    /// Moves what one drain brings and acknowledges it after it is committed. Returns how many
    /// units that were.
    pub async fn run_once(&self, subscription: &mut dyn Subscription) -> Result<usize, StepError> {
        let deliveries = subscription.next(DRAIN_MAX).await?;
        self.take(&deliveries, subscription).await
    }

    async fn take(
        &self,
        deliveries: &[Delivery],
        subscription: &mut dyn Subscription,
    ) -> Result<usize, StepError> {
        let Some(last) = deliveries.last().map(|delivery| delivery.tag) else { return Ok(0) };
        let (events, malformed) = decode(deliveries);
        let now = self.clock.now();
        tracing::warn!(
            consumer = self.consumer,
            queue = self.queue.name,
            events = events.len(),
            malformed = malformed.len(),
            "dead letters of the broker are taken back"
        );
        if !malformed.is_empty() {
            self.inbox.park(self.consumer, malformed, now).await?;
        }
        let postponed: Vec<Postponed> = events
            .into_iter()
            .map(|event| Postponed {
                next_at: Some(now + jittered(RETRY_DELAYS[0], event.id.uuid())),
                attempts: 1,
                reason: REASON.to_owned(),
                event,
            })
            .collect();
        if !postponed.is_empty() {
            self.inbox.postpone(self.consumer, postponed, now).await?;
        }
        subscription.ack_through(last).await?;
        Ok(deliveries.len())
    }

    /// Drains until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        while let Err(error) = self.drain(&stop).await {
            tracing::debug!(queue = self.queue.name, %error, "the drain pauses");
            stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
    }

    async fn drain(&self, stop: &CancellationToken) -> Result<(), StepError> {
        if stop.is_cancelled() {
            return Ok(());
        }
        let mut subscription = self.broker.subscribe(self.queue).await?;
        while let Some(deliveries) = stop.run_until_cancelled(subscription.next(DRAIN_MAX)).await {
            self.take(&deliveries?, &mut *subscription).await?;
        }
        Ok(())
    }
}
