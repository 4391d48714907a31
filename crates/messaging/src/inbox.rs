//! The inbox port: which events were consumed, which wait for another try, which are parked.

use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, Uuid};

use crate::{Event, Malformed};

/// An event that could not be handled now.
#[derive(Debug, Clone)]
pub struct Postponed {
    /// The event.
    pub event: Event,
    /// Tries so far.
    pub attempts: u32,
    /// When to try again; `None` parks it as a dead letter.
    pub next_at: Option<Timestamp>,
    /// Why, for people.
    pub reason: String,
}

/// A postponed event whose time has come.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The event.
    pub event: Event,
    /// Tries so far.
    pub attempts: u32,
}

/// A parked event, unit or job, waiting for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Identity.
    pub id: Uuid,
    /// The consumer or the job kind that gave up.
    pub origin: String,
    /// The order that it is about, where that is known.
    pub subject: Option<Uuid>,
    /// Why, for people.
    pub reason: String,
    /// Tries.
    pub attempts: u32,
    /// What it was, as far as it is text.
    pub body: String,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// `replayed` or `discarded`; `None` while it waits.
    pub resolution: Option<String>,
}

/// The inbox of one database. The row that says *handled* is written by the effect's own
/// transaction ([`engine::Guard::Event`]), never here.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Schedules or parks events. An event already handled or parked stays as it is.
    async fn postpone(
        &self,
        consumer: &'static str,
        events: Vec<Postponed>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Parks what is no event. The same body twice is one dead letter.
    async fn park(
        &self,
        consumer: &'static str,
        malformed: Vec<Malformed>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Leases up to `max` postponed events whose time has come; they are due again at `lease_until`
    /// unless they were handled or postponed before.
    async fn due(
        &self,
        consumer: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
        max: usize,
    ) -> Result<Vec<Waiting>, StoreError>;
}
