//! The relay: takes recorded events from the outbox to the broker.
//!
//! Claim a window, pack it, publish it, await all confirms, then mark. Never marks before the
//! confirm; an event may be sent twice, never not at all.

use crate::{Broker, Outbox, OutgoingEvent, Published, Sent, pack};
use engine::StoreError;
use kernel::{Clock, EventId, Ids, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Events claimed at once.
const WINDOW: usize = 1024;
/// Publish and confirms, together. Below the 12 s for which a claim may be held.
const DEADLINE: Duration = Duration::from_secs(10);
/// An unroutable event is tried again that often: its queue may come back at any time.
const RETURNED_DELAY: Duration = Duration::from_secs(5);
/// A refused event backs off from here, doubled each time …
const REFUSED_DELAY_MIN: Duration = Duration::from_millis(100);
/// … up to here.
const REFUSED_DELAY_MAX: Duration = Duration::from_secs(5);
/// What a window in flight is given when the process stops.
const GRACE: Duration = Duration::from_secs(1);
/// How long a relay whose database failed waits.
const AFTER_FAULT: Duration = Duration::from_secs(1);
/// How long an idle relay sleeps without being woken.
const POLL: Duration = Duration::from_millis(500);

/// Sends one database's events.
pub struct Relay {
    outbox: Arc<dyn Outbox>,
    broker: Arc<dyn Broker>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    wake: Arc<Notify>,
}

impl Relay {
    /// A relay; `wake` is notified after every commit that records an event.
    pub fn new(
        outbox: Arc<dyn Outbox>,
        broker: Arc<dyn Broker>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        wake: Arc<Notify>,
    ) -> Self {
        Self { outbox, broker, clock, ids, wake }
    }

    /// One step: sends one window. Returns how many events the broker confirmed, none if it failed;
    /// an error says that the store failed. Whatever is not marked stays pending and is sent again.
    pub async fn run_once(&self) -> Result<Tick, StoreError> {
        let claim = self.outbox.claim(self.clock.now(), WINDOW).await?;
        if claim.events().is_empty() {
            return Ok(Tick::default());
        }
        let claimed = claim.events().len();
        let (units, members): (Vec<_>, Vec<_>) =
            pack(claim.events(), &*self.ids).into_iter().unzip();
        let published = match tokio::time::timeout(DEADLINE, self.broker.publish(units)).await {
            Ok(Ok(published)) => published,
            Ok(Err(error)) => {
                tracing::warn!(%error, events = claimed, "events wait in the outbox");
                return Ok(Tick { claimed, confirmed: 0 });
            }
            Err(_) => {
                tracing::warn!(events = claimed, "no confirms in time; events wait in the outbox");
                return Ok(Tick { claimed, confirmed: 0 });
            }
        };
        let sent = self.verdicts(claim.events(), members, published);
        let confirmed = sent.iter().filter(|(_, s)| *s == Sent::Confirmed).count();
        for event in claim.events() {
            tracing::debug!(event_id = %event.id, order_id = %event.subject,
                key = event.routing_key, sequence = event.sequence, "event out");
        }
        claim.settle(sent, self.clock.now()).await?;
        tracing::debug!(claimed, confirmed, "window out");
        Ok(Tick { claimed, confirmed })
    }

    /// What became of each event of each unit: a return or refusal leaves the whole unit pending.
    fn verdicts(
        &self,
        events: &[OutgoingEvent],
        members: Vec<Vec<EventId>>,
        published: Vec<Published>,
    ) -> Vec<(EventId, Sent)> {
        let now = self.clock.now();
        let attempts = |id: EventId| events.iter().find(|e| e.id == id).map_or(0, |e| e.attempts);
        let mut sent = Vec::with_capacity(events.len());
        for (unit, outcome) in members.into_iter().zip(published) {
            if let Published::Confirmed = outcome {
                sent.extend(unit.into_iter().map(|id| (id, Sent::Confirmed)));
                continue;
            }
            let tries = unit.iter().map(|id| attempts(*id)).max().unwrap_or(0);
            let failed = failure(&outcome, tries, now);
            tracing::warn!(
                events = unit.len(),
                ?outcome,
                "events were not taken; they stay pending"
            );
            sent.extend(unit.into_iter().map(|id| (id, failed.clone())));
        }
        sent
    }

    /// Runs until `stop`. A window in flight then has a moment to be confirmed; what is not stays
    /// pending and is sent again at the next start.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let stopped = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! { () = self.send_for_ever(&stop) => {}, () = stopped => {} }
    }

    async fn send_for_ever(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.run_once().await {
                Ok(tick) if tick.confirmed > 0 => continue,
                Ok(_) => {}
                Err(error) => {
                    // No wake-up cuts this short: a window that cannot be marked is sent again.
                    tracing::warn!(%error, "the outbox could not be read or marked");
                    stop.run_until_cancelled(tokio::time::sleep(AFTER_FAULT)).await;
                    continue;
                }
            }
            let woken = async {
                tokio::select! { () = self.wake.notified() => {}, () = tokio::time::sleep(POLL) => {} }
            };
            stop.run_until_cancelled(woken).await;
        }
    }
}

fn failure(outcome: &Published, tries: u32, now: Timestamp) -> Sent {
    let (reason, delay) = match outcome {
        Published::Refused(reason) => {
            let backoff = REFUSED_DELAY_MIN.saturating_mul(1 << tries.min(16));
            (format!("refused: {reason}"), backoff.min(REFUSED_DELAY_MAX))
        }
        _ => ("no queue is bound to its routing key".to_owned(), RETURNED_DELAY),
    };
    Sent::Failed { reason, next_at: now + delay }
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tick {
    /// Events claimed.
    pub claimed: usize,
    /// Events the broker confirmed.
    pub confirmed: usize,
}
