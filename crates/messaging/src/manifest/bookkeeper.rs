//! Hears manifests and requests beside a service's own events, which it hands on untouched.
//!
//! Writes its own database only: a request is an outbox row in the transaction of what was found.

use super::judge::{Next, judge};
use super::{
    ASKED_MAX, AskedV1, BUCKETS_MAX, Count, Findings, GivenUp, Inventory, Look, MANIFEST,
    ManifestV1, Page, RESEND_REQUESTED, ResendRequestedV1, Tally, Watch, resend_key,
};
use crate::{Event, EventDraft, Failure, Handler, OutgoingEvent};
use async_trait::async_trait;
use kernel::{Account, Clock, EventId, Ids, Timestamp, Uuid};
use std::sync::Arc;

/// A [`Handler`] around a service's own.
pub struct Bookkeeper {
    /// The service, as events name it.
    pub source: &'static str,
    /// Names the inbox rows.
    pub consumer: &'static str,
    /// The topics that its queue is bound to: others are not missed.
    pub bindings: &'static [&'static str],
    /// Buckets that ended by then do not count.
    pub first_start: Timestamp,
    /// The service's own reaction.
    pub handler: Arc<dyn Handler>,
    /// What it heard.
    pub inventory: Arc<dyn Inventory>,
    /// What it sent.
    pub tally: Arc<dyn Tally>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Handler for Bookkeeper {
    /// The service's events first, whatever the order: a manifest counts those before it.
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        if !events.iter().any(is_ours) {
            return self.handler.handle(events).await;
        }
        let theirs: Vec<Event> = events.iter().filter(|event| !is_ours(event)).cloned().collect();
        let handled = match theirs.as_slice() {
            [] => Vec::new(),
            some => self.handler.handle(some).await,
        };
        let mut handled = handled.into_iter();
        let mut answers = Vec::with_capacity(events.len());
        for event in events {
            answers.push(match event.event_type.as_str() {
                MANIFEST => self.compare(event).await,
                RESEND_REQUESTED => self.resend(event).await,
                _ => handled.next().unwrap_or_else(|| Err(Failure::unanswered())),
            });
        }
        answers
    }
}

fn is_ours(event: &Event) -> bool {
    event.event_type == MANIFEST || event.event_type == RESEND_REQUESTED
}

impl Bookkeeper {
    async fn compare(&self, event: &Event) -> Result<(), Failure> {
        let told: ManifestV1 = event.payload(MANIFEST)?;
        if told.buckets.len() > BUCKETS_MAX {
            return Err(Failure::permanent("a manifest of too many buckets"));
        }
        let announced: Vec<Count> =
            told.buckets.into_iter().map(Count::from).filter(|count| self.counts(count)).collect();
        let (inventory, source) = (&self.inventory, &event.source);
        let looks = inventory.open(self.consumer, source, &announced).await;
        let looks = looks.map_err(|error| Failure::from(&error))?;
        if looks.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let findings = self.findings(event, looks, now);
        let kept = inventory.keep(self.consumer, source, findings, now).await;
        kept.map_err(|error| Failure::from(&error))
    }

    fn counts(&self, count: &Count) -> bool {
        self.bindings.contains(&count.routing_key.as_str()) && count.bucket.end() > self.first_start
    }

    fn findings(&self, event: &Event, looks: Vec<Look>, now: Timestamp) -> Findings {
        let mut findings = Findings::default();
        let mut wanted: Vec<(Count, Watch, u32)> = Vec::new();
        for look in looks {
            let (watch, next) = judge(&look, now);
            match next {
                Next::Nothing => findings.watches.push((look.announced, watch)),
                Next::Ask(page) => wanted.push((look.announced, watch, page)),
                Next::GiveUp => {
                    findings.given_up.push(self.given_up(&look, &watch));
                    findings.watches.push((look.announced, watch));
                }
            }
        }
        // Those of which requests brought something first, and of equal ones the oldest.
        wanted.sort_by_key(|(count, watch, _)| (watch.fruitless, count.bucket));
        // The others are asked for at a later manifest.
        wanted.truncate(ASKED_MAX);
        findings.request = self.request(event, &wanted, now);
        let asked = |(count, watch, _): (Count, Watch, u32)| (count, watch.asked(now));
        findings.watches.extend(wanted.into_iter().map(asked));
        findings
    }

    fn given_up(&self, look: &Look, watch: &Watch) -> GivenUp {
        let Count { routing_key, bucket, events } = &look.announced;
        let missing = events.saturating_sub(look.held);
        let reason = format!(
            "{missing} of {events} events did not come, though they were asked for {} times",
            watch.asked
        );
        tracing::error!(
            consumer = self.consumer,
            key = routing_key,
            from = bucket.seconds(),
            missing,
            "events are missing and were asked for in vain"
        );
        GivenUp { announced: look.announced.clone(), reason, asked: watch.asked }
    }

    /// `None`: nothing is wanted, or the manifest came by a topic that names no producer.
    fn request(
        &self,
        manifest: &Event,
        wanted: &[(Count, Watch, u32)],
        now: Timestamp,
    ) -> Option<OutgoingEvent> {
        let routing_key = resend_key(&manifest.routing_key)?;
        let asked = |(count, _, page): &(Count, Watch, u32)| AskedV1 {
            routing_key: count.routing_key.clone(),
            from: count.bucket.seconds(),
            page: *page,
        };
        let buckets: Vec<AskedV1> = wanted.iter().map(asked).collect();
        if buckets.is_empty() {
            return None;
        }
        tracing::warn!(
            consumer = self.consumer,
            source = manifest.source,
            buckets = buckets.len(),
            "events are missing and are asked for again"
        );
        let draft = EventDraft {
            id: EventId(self.ids.uuid()),
            source: self.source,
            event_type: RESEND_REQUESTED,
            subject: Uuid::nil(),
            account: &Account::default(),
            time: now,
            sequence: 0,
            cause: &manifest.cause,
            data: &ResendRequestedV1 { source: manifest.source.clone(), buckets },
        };
        Some(OutgoingEvent::new(&routing_key, &draft).uncounted())
    }

    async fn resend(&self, event: &Event) -> Result<(), Failure> {
        let told: ResendRequestedV1 = event.payload(RESEND_REQUESTED)?;
        if told.source != self.source {
            return Err(Failure::permanent("a request to another producer"));
        }
        if told.buckets.len() > ASKED_MAX {
            return Err(Failure::permanent("a request for too many buckets"));
        }
        for page in told.buckets.into_iter().map(Page::from) {
            let now = self.clock.now();
            let marked = self.tally.resend(&page, now).await;
            let events = marked.map_err(|error| Failure::from(&error))?;
            tracing::warn!(
                asked_by = event.source,
                key = page.routing_key,
                from = page.bucket.seconds(),
                page = page.number,
                events,
                "events are sent again"
            );
        }
        Ok(())
    }
}
