//! The producer's side: every half minute the counts of what was confirmed, behind the events.
//!
//! Sent without an outbox row, the one thing that is: a manifest is no fact, and the next one says
//! it all again. It reads only counts that were committed after the broker's confirms, so in every
//! queue it comes behind the events that it counts.

use super::{BUCKETS_MAX, Count, CountedV1, MANIFEST, ManifestV1, Producer, Selection, Tally};
use crate::{Broker, BrokerError, Bucket, EventDraft, OutgoingEvent, Published, StepError, Unit};
use kernel::{Account, Cause, Clock, EventId, Ids, Timestamp, Uuid};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A bucket is announced that long after its end: what is confirmed later raises its count.
const CLOSING: Duration = Duration::from_secs(5);
/// Buckets in which something was confirmed since then are announced at every turn …
const RECENT: Duration = Duration::from_secs(3_600);
/// … all that can still be re-sent at the start and once in this time, for consumers that were away
/// for long …
const EVERYTHING_EVERY: Duration = Duration::from_secs(3_600);
/// … which is a day less than the outbox is kept.
const KEPT: Duration = Duration::from_secs(13 * 86_400);
/// How often it is looked whether the turn is due.
const POLL: Duration = Duration::from_secs(5);
/// Publish and confirm of one manifest.
const DEADLINE: Duration = Duration::from_secs(10);

/// Announces one database's events. Several instances share the turns.
pub struct Announcer {
    producer: Producer,
    ports: AnnouncerPorts,
    /// When everything is announced; `None`: at the next step.
    everything_at: Option<Timestamp>,
}

/// What an announcer stands on.
#[derive(Clone)]
pub struct AnnouncerPorts {
    /// What is counted.
    pub tally: Arc<dyn Tally>,
    /// Where manifests go.
    pub broker: Arc<dyn Broker>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

impl Announcer {
    /// One that announces everything at its first step.
    pub fn new(producer: Producer, ports: AnnouncerPorts) -> Self {
        Self { producer, ports, everything_at: None }
    }

    /// One step: announces what is due, if it is this instance's turn. Returns how many buckets
    /// that were. What fails is announced at the next turn.
    pub async fn run_once(&mut self) -> Result<usize, StepError> {
        let now = self.ports.clock.now();
        let everything = self.everything_at.is_none_or(|at| at <= now);
        let before = Bucket::of(now - CLOSING);
        // With every bucket that closes comes a turn.
        let next = before.end() + CLOSING;
        let turn = self.ports.tally.take_turn(now, next).await?;
        if !turn && !everything {
            return Ok(0);
        }
        let since = now - if everything { KEPT } else { RECENT };
        let announced = self.announce(before, since, now).await?;
        if everything {
            self.everything_at = Some(now + EVERYTHING_EVERY);
        }
        Ok(announced)
    }

    async fn announce(
        &self,
        before: Bucket,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<usize, StepError> {
        let mut selection = Selection { before, since, after: None, max: BUCKETS_MAX };
        let mut announced = 0;
        loop {
            let counts = self.ports.tally.confirmed(&selection).await?;
            let Some(last) = counts.last() else { return Ok(announced) };
            selection.after = Some((last.bucket, last.routing_key.clone()));
            let full = counts.len() == BUCKETS_MAX;
            announced += counts.len();
            self.publish(counts, now).await?;
            if !full {
                return Ok(announced);
            }
        }
    }

    async fn publish(&self, counts: Vec<Count>, now: Timestamp) -> Result<(), BrokerError> {
        let id = EventId(self.ports.ids.uuid());
        let event = OutgoingEvent::new(
            self.producer.manifest_key,
            &EventDraft {
                id,
                source: self.producer.source,
                event_type: MANIFEST,
                subject: Uuid::nil(),
                account: &Account::default(),
                time: now,
                sequence: 0,
                cause: &Cause::begin(id.to_string(), "manifest"),
                data: &ManifestV1 { buckets: counts.into_iter().map(CountedV1::from).collect() },
            },
        );
        let unit =
            Unit { routing_key: event.routing_key, message_id: id.uuid(), body: event.body.into() };
        let published = tokio::time::timeout(DEADLINE, self.ports.broker.publish(vec![unit])).await;
        let late = |_| BrokerError("no confirm of a manifest in time".to_owned());
        match published.map_err(late)??.first() {
            Some(Published::Confirmed) => {}
            Some(Published::Returned) => tracing::warn!(
                key = self.producer.manifest_key,
                "no queue is bound to manifests, so that a lost event would not be noticed"
            ),
            other => return Err(BrokerError(format!("a manifest was not taken: {other:?}"))),
        }
        Ok(())
    }

    /// Runs until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match stop.run_until_cancelled(self.run_once()).await {
                Some(Err(error)) => tracing::warn!(%error, "nothing was announced"),
                Some(Ok(buckets)) if buckets > 0 => tracing::debug!(buckets, "announced"),
                _ => {}
            }
            stop.run_until_cancelled(tokio::time::sleep(POLL)).await;
        }
    }
}
