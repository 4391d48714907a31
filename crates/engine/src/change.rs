//! Values that a decision is made of. Pure: building one has no effect.

use crate::jobs::Ticket;
use kernel::{Account, Cause, EventId, Timestamp, Uuid};
use std::fmt::Debug;
use std::hash::Hash;

/// How many facts an aggregate has behind it; 0 before it exists.
///
/// It is the compare-and-set value of every update and the `sequence` of every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub u32);

impl Version {
    /// The version after `facts` more facts.
    pub fn after(self, facts: usize) -> Self {
        Self(self.0.saturating_add(u32::try_from(facts).unwrap_or(u32::MAX)))
    }
}

/// A thing with an identity whose changes are atomic, each told by facts.
pub trait Aggregate: Clone + Send + Sync + 'static {
    /// Its identity.
    type Id: Copy + Ord + Hash + Debug + Send + Sync + 'static;
    /// What can happen to it. Every state change is a fact; facts become timeline and events.
    type Fact: Clone + Send + Sync + 'static;
    /// Outside work that a change may order (a gateway call, a mail).
    type Job: Clone + Send + Sync + 'static;
}

/// An aggregate as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<A> {
    /// The version that a change of it must name.
    pub version: Version,
    /// Its state at that version.
    pub state: A,
}

/// What deciding one command came to.
#[derive(Debug, Clone)]
pub struct Decision<A: Aggregate> {
    /// The state after it; `None` leaves the aggregate as it was.
    pub state: Option<A>,
    /// What happened, in order. Never empty where `state` is given.
    pub facts: Vec<A::Fact>,
    /// Work ordered.
    pub jobs: Vec<A::Job>,
}

impl<A: Aggregate> Decision<A> {
    /// A repeated or stale input: nothing moves, the guards are still recorded.
    pub fn nothing() -> Self {
        Self { state: None, facts: Vec::new(), jobs: Vec::new() }
    }

    /// The aggregate becomes `state` because of `facts`.
    pub fn becomes(state: A, facts: Vec<A::Fact>) -> Self {
        debug_assert!(!facts.is_empty(), "a state change without a fact could not be explained");
        Self { state: Some(state), facts, jobs: Vec::new() }
    }

    /// The same decision, ordering `job` too.
    #[must_use]
    pub fn with_job(mut self, job: A::Job) -> Self {
        self.jobs.push(job);
        self
    }
}

/// The answer of a request, stored in the transaction of its effect and replayed for its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body, byte for byte.
    pub body: String,
}

/// Which stream an event belongs to, and when it happened: by these a producer's count of what it
/// sent is compared with a consumer's count of what it heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The producer.
    pub source: String,
    /// The topic that it came by.
    pub routing_key: String,
    /// The event's own time.
    pub time: Timestamp,
}

/// What makes a change happen once. Checked first; a guard that fails leaves nothing behind.
#[derive(Debug, Clone)]
pub enum Guard {
    /// The inbox row of a consumed event. Present already: [`Outcome::AlreadyDone`](crate::Outcome).
    Event {
        /// Who consumes; two consumers of one event have a row each.
        consumer: &'static str,
        /// Which event.
        id: EventId,
        /// The order that it is about.
        subject: Uuid,
        /// SHA-256 of the event as received.
        digest: [u8; 32],
        /// What the inbox is counted by.
        origin: Origin,
    },
    /// The idempotency row of an HTTP request.
    Request {
        /// Whose key space.
        account: Account,
        /// The caller's key.
        key: String,
        /// SHA-256 of method, path and canonical body.
        fingerprint: [u8; 32],
        /// What this request will be answered, now and whenever it is repeated.
        answer: Answer,
    },
    /// The lease of the job whose effect this change is. Closes the job, unless hints arrived
    /// during the call: then it is due again at once.
    Job(Ticket),
}

/// A fact and why it happened.
#[derive(Debug, Clone)]
pub struct Recorded<F> {
    /// What happened.
    pub fact: F,
    /// Why.
    pub cause: Cause,
}

/// One aggregate's change: written whole or not at all.
#[derive(Debug, Clone)]
pub struct Change<A: Aggregate> {
    /// Chosen before the write, so that a COMMIT of unknown outcome can be recognised as ours.
    pub write_id: Uuid,
    /// The aggregate.
    pub id: A::Id,
    /// The version that it was decided on; another version in the store means lost.
    pub expected: Version,
    /// The state to store, if it moved.
    pub state: Option<A>,
    /// Facts `expected + 1`, `expected + 2`, …
    pub facts: Vec<Recorded<A::Fact>>,
    /// Work ordered.
    pub jobs: Vec<Recorded<A::Job>>,
    /// What makes it happen once.
    pub guards: Vec<Guard>,
    /// When it was decided.
    pub at: Timestamp,
}
