//! What a database must be able to count, on either side.

use crate::{Bucket, OutgoingEvent};
use async_trait::async_trait;
use engine::StoreError;
use kernel::Timestamp;

/// How many events of one topic and bucket there are, by their producer's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Topic.
    pub routing_key: String,
    /// By the events' own time.
    pub bucket: Bucket,
    /// Events.
    pub events: u64,
}

/// Which counts to read.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Only buckets before this one.
    pub before: Bucket,
    /// Only buckets of which an event was confirmed since then.
    pub since: Timestamp,
    /// Only what comes behind this bucket and topic.
    pub after: Option<(Bucket, String)>,
    /// That many.
    pub max: usize,
}

/// A part of a bucket: of its events of one topic, in order of id, those from `number` times
/// [`PAGE_EVENTS`](super::PAGE_EVENTS) on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Topic.
    pub routing_key: String,
    /// By the events' own time.
    pub bucket: Bucket,
    /// From 0.
    pub number: u32,
}

/// What a producer's database knows of the events that it sent.
///
/// An event is counted in the transaction that marks it confirmed, once: not again when it is
/// re-sent. Events that have no bucket are counted nowhere.
#[async_trait]
pub trait Tally: Send + Sync {
    /// Takes the turn to announce if it is due, and makes it due again at `next`. Of several
    /// instances one gets it.
    async fn take_turn(&self, now: Timestamp, next: Timestamp) -> Result<bool, StoreError>;

    /// Confirmed events by bucket and topic, in that order.
    async fn confirmed(&self, selection: &Selection) -> Result<Vec<Count>, StoreError>;

    /// Has the confirmed events of a page sent again; leaves out those that wait to be sent again
    /// or just were. Returns how many there are. They stay confirmed.
    async fn resend(&self, page: &Page, now: Timestamp) -> Result<usize, StoreError>;
}

/// What a consumer remembers of a bucket of which it held fewer events than announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watch {
    /// Events that its inbox held at the last look.
    pub held: u64,
    /// When it was first seen to be short; `None`: it is complete.
    pub short_since: Option<Timestamp>,
    /// Requests so far.
    pub asked: u32,
    /// When the last one was made.
    pub asked_at: Option<Timestamp>,
    /// Requests since the last event of it came in.
    pub fruitless: u32,
}

/// A bucket of which more was announced than was held when it was looked at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What was announced.
    pub announced: Count,
    /// What the inbox holds now: handled, deferred or parked.
    pub held: u64,
    /// What was remembered.
    pub before: Option<Watch>,
}

/// Events that are not asked for any more, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Where they are missing: topic and bucket.
    pub announced: Count,
    /// Why, for people.
    pub reason: String,
    /// Requests made in vain.
    pub asked: u32,
}

/// What came of a look at a producer's buckets.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// To be remembered, for each bucket that was looked at.
    pub watches: Vec<(Count, Watch)>,
    /// The event that asks.
    pub request: Option<OutgoingEvent>,
    /// To be put before an operator.
    pub given_up: Vec<GivenUp>,
}

/// What a consumer's database knows of the events that it heard.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// When this consumer started for the first time: `now` if it never did, which is kept.
    async fn first_start(
        &self,
        consumer: &'static str,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError>;

    /// Of the announced buckets of a producer those that held fewer at the last look, counted anew.
    async fn open(
        &self,
        consumer: &'static str,
        source: &str,
        announced: &[Count],
    ) -> Result<Vec<Look>, StoreError>;

    /// Remembers what was found, records the request and parks what is given up, all or nothing.
    async fn keep(
        &self,
        consumer: &'static str,
        source: &str,
        findings: Findings,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
