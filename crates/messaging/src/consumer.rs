//! The consumer: drains deliveries, has them handled together, schedules or parks what failed,
//! and acknowledges only after all of that is committed.
//!
//! It never publishes and never calls out. Attempts are counted in the service's own database;
//! the broker's delivery count decides nothing.

use crate::{
    Broker, BrokerError, Delivery, Event, Inbox, Malformed, Postponed, Queue, Subscription,
    Waiting, unpack,
};
use async_trait::async_trait;
use engine::{ExecuteError, StoreError, jobs::jittered};
use kernel::{Clock, Retryability, Retryable, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Delays before the second, third, … try of a failing event, ± 20 %; after the last it is parked.
pub const RETRY_DELAYS: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(1800),
];

/// Transport units drained at once.
const DRAIN_MAX: usize = 32;
/// Postponed events tried again at once.
const DUE_MAX: usize = 256;
/// How long a retried event is hidden from other instances.
const LEASE: Duration = Duration::from_secs(30);
/// How often postponed events are looked for.
const DUE_POLL: Duration = Duration::from_secs(1);
/// Pauses while the database or the broker is away.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// Why one event was not handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For people; lands in the dead letter.
    pub reason: String,
    /// Transient: tried again on the schedule. Permanent: parked at once.
    pub retryability: Retryability,
    /// The service's own database was away, which says nothing of the event: nothing is counted,
    /// and the event is not given up for it.
    pub database_away: bool,
}

impl Failure {
    /// The same event fails for ever.
    pub fn permanent(reason: impl Into<String>) -> Self {
        let retryability = Retryability::Permanent;
        Self { reason: reason.into(), retryability, database_away: false }
    }

    /// The same event may be handled later.
    pub fn transient(reason: impl Into<String>) -> Self {
        let retryability = Retryability::Transient;
        Self { reason: reason.into(), retryability, database_away: false }
    }

    /// Whoever was to handle the event said nothing of it: it is tried again.
    pub fn unanswered() -> Self {
        Self::transient("no result came back")
    }
}

/// The model's own refusals say whether they pass; so do guards and stores.
impl<E: std::fmt::Display + Retryable> From<ExecuteError<E>> for Failure {
    fn from(error: ExecuteError<E>) -> Self {
        let retryability = match &error {
            ExecuteError::Rejected(rejection) => rejection.retryability(),
            ExecuteError::Refused(_) => Retryability::Permanent,
            ExecuteError::Store(store) => return Self::from(store),
        };
        Self { reason: error.to_string(), retryability, database_away: false }
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        let retryability = error.retryability();
        Self { reason: error.to_string(), retryability, database_away: error.is_transient() }
    }
}

/// A service's reaction to events: decides and commits, with the inbox row as guard.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Handles many; answers in the order given, which is by order and sequence. `Ok` means that the effect and the inbox row are
    /// committed, by this call or by an earlier one.
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>>;
}

/// Runs those events that `accept` could read together, and gives the answers of all in the order
/// of `events`.
pub async fn by_accepted<C, F>(
    events: &[Event],
    accept: impl Fn(&Event) -> Result<C, Failure>,
    run: impl FnOnce(Vec<C>) -> F,
) -> Vec<Result<(), Failure>>
where
    F: Future<Output = Vec<Result<(), Failure>>>,
{
    let mut commands = Vec::with_capacity(events.len());
    let mut answers: Vec<Option<Failure>> = Vec::with_capacity(events.len());
    for event in events {
        match accept(event) {
            Ok(command) => {
                commands.push(command);
                answers.push(None);
            }
            Err(failure) => answers.push(Some(failure)),
        }
    }
    let mut results = run(commands).await.into_iter();
    let mut next = || results.next().unwrap_or_else(|| Err(Failure::unanswered()));
    answers.into_iter().map(|refused| refused.map_or_else(&mut next, Err)).collect()
}

/// One queue's consumer.
pub struct Consumer {
    /// Names the inbox rows; one per service and queue.
    pub name: &'static str,
    /// The queue.
    pub queue: Queue,
    /// Where it lives.
    pub broker: Arc<dyn Broker>,
    /// Where failures wait.
    pub inbox: Arc<dyn Inbox>,
    /// The reaction.
    pub handler: Arc<dyn Handler>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Consumer {
    /// Handles what one drain brings and acknowledges it. Returns how many events that were; an
    /// error means that nothing was acknowledged.
    pub async fn run_once(&self, subscription: &mut dyn Subscription) -> Result<usize, StepError> {
        let deliveries = subscription.next(DRAIN_MAX).await?;
        self.take(&deliveries, subscription).await
    }

    async fn take(
        &self,
        deliveries: &[Delivery],
        subscription: &mut dyn Subscription,
    ) -> Result<usize, StepError> {
        let Some(last) = deliveries.last().map(|d| d.tag) else { return Ok(0) };
        let (events, malformed) = decode(deliveries);
        let count = events.len();
        for event in &events {
            tracing::debug!(consumer = self.name, event_id = %event.id, order_id = %event.subject,
                correlation = event.cause.correlation, kind = event.event_type, "event in");
        }
        self.park(malformed).await?;
        self.handle(events.into_iter().map(|event| Waiting { event, attempts: 0 }).collect())
            .await?;
        subscription.ack_through(last).await?;
        Ok(count)
    }

    async fn park(&self, malformed: Vec<Malformed>) -> Result<(), StoreError> {
        if malformed.is_empty() {
            return Ok(());
        }
        for m in &malformed {
            tracing::error!(consumer = self.name, key = m.routing_key, reason = m.reason, "parked");
        }
        self.inbox.park(self.name, malformed, self.clock.now()).await
    }

    /// Tries postponed events again. Returns how many were due.
    pub async fn retry_once(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let due = self.inbox.due(self.name, now, now + LEASE, DUE_MAX).await?;
        let count = due.len();
        self.handle(due).await?;
        Ok(count)
    }

    async fn handle(&self, mut waiting: Vec<Waiting>) -> Result<(), StoreError> {
        if waiting.is_empty() {
            return Ok(());
        }
        // Several events of one order are folded in sequence, however they arrived.
        waiting.sort_by(|a, b| {
            let key = |w: &Waiting| (w.event.subject, w.event.sequence);
            key(a).cmp(&key(b)).then_with(|| a.event.source.cmp(&b.event.source))
        });
        let (events, attempts): (Vec<Event>, Vec<u32>) =
            waiting.into_iter().map(|w| (w.event, w.attempts)).unzip();
        let answers = self.handler.handle(&events).await.into_iter();
        // An event that nobody answered for is not taken for handled.
        let results = answers.chain(std::iter::repeat_with(|| Err(Failure::unanswered())));
        let now = self.clock.now();
        let mut away = None;
        let mut postponed: Vec<Postponed> = Vec::new();
        for ((event, attempts), result) in events.into_iter().zip(attempts).zip(results) {
            match result {
                Ok(()) => {}
                Err(failure) if failure.database_away => away = Some(failure.reason),
                Err(failure) => postponed.push(self.postpone(event, attempts + 1, failure, now)),
            }
        }
        if !postponed.is_empty() {
            self.inbox.postpone(self.name, postponed, now).await?;
        }
        away.map_or(Ok(()), |why| Err(StoreError::Unavailable(why)))
    }

    fn postpone(&self, event: Event, attempts: u32, failure: Failure, now: Timestamp) -> Postponed {
        let index = usize::try_from(attempts - 1).unwrap_or(usize::MAX);
        let transient = failure.retryability == Retryability::Transient;
        let delay = RETRY_DELAYS.get(index).filter(|_| transient);
        let next_at = delay.map(|d| now + jittered(*d, event.id.uuid()));
        tracing::warn!(consumer = self.name, event_id = %event.id, order_id = %event.subject,
            correlation = event.cause.correlation, attempts, reason = failure.reason,
            parked = next_at.is_none(), "event not handled");
        Postponed { event, attempts, next_at, reason: failure.reason }
    }

    /// Consumes until `stop`. Whatever fails is left unacknowledged and tried again after a pause.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        tokio::join!(self.run_deliveries(stop.clone()), self.run_retries(stop));
    }

    async fn run_deliveries(&self, stop: CancellationToken) {
        let mut failures = 0;
        while let Err(error) = self.consume(&stop, &mut failures).await {
            tracing::warn!(consumer = self.name, %error, "consumer pauses");
            let pause = PAUSES[failures.min(PAUSES.len() - 1)];
            failures += 1;
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    async fn consume(
        &self,
        stop: &CancellationToken,
        failures: &mut usize,
    ) -> Result<(), StepError> {
        if stop.is_cancelled() {
            return Ok(());
        }
        let mut subscription = self.broker.subscribe(self.queue).await?;
        // Only the wait is cancelled: a batch that was taken is finished and acknowledged.
        while let Some(deliveries) = stop.run_until_cancelled(subscription.next(DRAIN_MAX)).await {
            self.take_at_last(&deliveries?, &mut *subscription, stop).await?;
            *failures = 0;
        }
        Ok(())
    }

    /// Keeps what was delivered while the database is away: given back, it would be charged with a
    /// delivery each time, and brokers count those.
    async fn take_at_last(
        &self,
        deliveries: &[Delivery],
        subscription: &mut dyn Subscription,
        stop: &CancellationToken,
    ) -> Result<usize, StepError> {
        let mut failures = 0;
        loop {
            match self.take(deliveries, subscription).await {
                Err(StepError::Store(error)) if error.is_transient() && !stop.is_cancelled() => {
                    tracing::warn!(consumer = self.name, %error, "consumer waits for its database");
                    let pause = PAUSES[failures.min(PAUSES.len() - 1)];
                    failures += 1;
                    stop.run_until_cancelled(tokio::time::sleep(pause)).await;
                }
                taken => return taken,
            }
        }
    }

    async fn run_retries(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.retry_once().await {
                Ok(DUE_MAX) => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(consumer = self.name, %error, "retries wait"),
            }
            stop.run_until_cancelled(tokio::time::sleep(DUE_POLL)).await;
        }
    }
}

pub(crate) fn decode(deliveries: &[Delivery]) -> (Vec<Event>, Vec<Malformed>) {
    let mut events = Vec::new();
    let mut malformed = Vec::new();
    for delivery in deliveries {
        for item in unpack(&delivery.routing_key, &delivery.body) {
            match item {
                Ok(event) => events.push(event),
                Err(bad) => malformed.push(bad),
            }
        }
    }
    (events, malformed)
}

/// Why a step acknowledged nothing.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The broker failed.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
