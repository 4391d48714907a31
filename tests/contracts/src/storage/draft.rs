//! Changes, events and guards for the cases, each in a few words.

use engine::{Answer, Guard, Version};
use kernel::{Account, Cause, EventId, JobId, Timestamp, Uuid, timestamp};
use messaging::{Event, EventDraft, OutgoingEvent};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use storage::{NewJob, TimelineEntry, Write};

/// The producer of the suite's events.
pub const SOURCE: &str = "/contracts";
/// Topic of the suite's events unless another is asked for.
pub const KEY: &str = "counter.changed";
/// Kind of the suite's jobs unless another is asked for.
pub const KIND: &str = "ring";

/// The suite's own aggregate, about to be stored.
#[derive(Debug, Clone)]
pub struct CounterRow {
    /// Identity.
    pub id: Uuid,
    /// A natural key: unique.
    pub name: String,
    /// Refused by the database when negative.
    pub value: i64,
    /// The version that must be in the store; 0: none.
    pub expected: Version,
    /// The version after.
    pub version: Version,
}

/// `seconds` after the start of every case.
pub fn at(seconds: u64) -> Timestamp {
    timestamp(1_700_000_000_000_000) + Duration::from_secs(seconds)
}

/// An id that sorts by `n`.
pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A change of counter `n`, about order `n`.
#[derive(Debug, Clone)]
pub struct Draft {
    n: u128,
    expected: Version,
    row: Option<(String, i64)>,
    facts: usize,
    events: Vec<OutgoingEvent>,
    jobs: Vec<(&'static str, u128, Timestamp)>,
    guards: Vec<Guard>,
    at: Timestamp,
}

impl Draft {
    /// A new counter at 0, with one fact.
    pub fn create(n: u128) -> Self {
        Self::set(n, 0, 0)
    }

    /// A counter at `value`, decided on version `expected`, with one fact.
    pub fn set(n: u128, expected: u32, value: i64) -> Self {
        let row = Some((format!("counter {n}"), value));
        Self { expected: Version(expected), row, facts: 1, ..Self::nothing(n) }
    }

    /// A change that moves no state and has no facts: guards and jobs only.
    pub fn nothing(n: u128) -> Self {
        Self {
            n,
            expected: Version(0),
            row: None,
            facts: 0,
            events: Vec::new(),
            jobs: Vec::new(),
            guards: Vec::new(),
            at: at(0),
        }
    }

    /// Under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.row = self.row.map(|(_, value)| (name.to_owned(), value));
        self
    }

    /// With another value.
    #[must_use]
    pub fn with_value(mut self, value: i64) -> Self {
        self.row = self.row.map(|(name, _)| (name, value));
        self
    }

    /// With so many facts.
    #[must_use]
    pub fn facts(mut self, facts: usize) -> Self {
        self.facts = facts;
        self
    }

    /// Decided at another time.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    /// Under a guard too.
    #[must_use]
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }

    /// Recording event `event` too.
    #[must_use]
    pub fn tell(self, event: u128) -> Self {
        self.tell_on(KEY, event)
    }

    /// Recording event `event` of another topic too.
    #[must_use]
    pub fn tell_on(mut self, key: &str, event: u128) -> Self {
        self.events.push(outgoing(key, event, self.n, 1));
        self
    }

    /// Recording this event too.
    #[must_use]
    pub fn tell_this(mut self, event: OutgoingEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Ordering the job of its own counter too.
    #[must_use]
    pub fn order(self, run_at: Timestamp) -> Self {
        let target = self.n;
        self.order_of(KIND, target, run_at)
    }

    /// Ordering another job too.
    #[must_use]
    pub fn order_of(mut self, kind: &'static str, target: u128, run_at: Timestamp) -> Self {
        self.jobs.push((kind, target, run_at));
        self
    }

    /// The change as rows, under a write id and job ids of its own.
    pub fn write<R: From<CounterRow>>(self) -> Write<R> {
        let cause = Cause::begin(format!("request-{}", self.n), "contracts");
        let entry = |n: usize| TimelineEntry {
            what: "counted",
            detail: format!("{{\"fact\":{n}}}"),
            cause: cause.clone(),
        };
        let job = |(kind, target, run_at)| NewJob {
            id: JobId(unique()),
            kind,
            target: id(target),
            run_at,
            cause: cause.clone(),
        };
        let version = self.expected.after(self.facts);
        let row = |(name, value)| {
            CounterRow { id: id(self.n), name, value, expected: self.expected, version }.into()
        };
        Write {
            id: unique(),
            aggregate: id(self.n),
            subject: id(self.n),
            expected: self.expected,
            guards: self.guards,
            rows: self.row.map(row),
            timeline: (1..=self.facts).map(entry).collect(),
            events: self.events,
            jobs: self.jobs.into_iter().map(job).collect(),
            at: self.at,
        }
    }
}

fn unique() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    id(1 << 64 | u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Event `event` about order `subject`, as recorded.
pub fn outgoing(key: &str, event: u128, subject: u128, sequence: u32) -> OutgoingEvent {
    saying(key, event, subject, sequence, "")
}

/// Event `event` about order `event`, which happened then.
pub fn happened(key: &str, event: u128, time: Timestamp) -> OutgoingEvent {
    Said { key, event, subject: event, sequence: 1, data: "", time }.outgoing()
}

fn saying(key: &str, event: u128, subject: u128, sequence: u32, data: &str) -> OutgoingEvent {
    Said { key, event, subject, sequence, data, time: at(0) }.outgoing()
}

struct Said<'a> {
    key: &'a str,
    event: u128,
    subject: u128,
    sequence: u32,
    data: &'a str,
    time: Timestamp,
}

impl Said<'_> {
    fn outgoing(self) -> OutgoingEvent {
        let Self { key, event, subject, sequence, data, time } = self;
        let draft = EventDraft {
            id: EventId(id(event)),
            source: SOURCE,
            event_type: "counter.changed.v1",
            subject: id(subject),
            account: &Account::default(),
            time,
            sequence,
            cause: &Cause::begin("request", "contracts"),
            data: &data.to_owned(),
        };
        OutgoingEvent::new(key, &draft)
    }
}

/// Event `event` about order `subject`, as received.
pub fn event(event: u128, subject: u128) -> Event {
    event_saying(event, subject, "")
}

/// As [`event`], with another payload and so another body.
pub fn event_saying(event: u128, subject: u128, data: &str) -> Event {
    Event::parse(KEY, &saying(KEY, event, subject, 1, data).body).unwrap()
}

/// The guard of a consumed event.
pub fn consumed(consumer: &'static str, event: &Event) -> Guard {
    event.guard(consumer)
}

/// The guard of request `body` under `key`, to be answered with `answer`.
pub(super) fn requested(account: &str, key: &str, body: u8, answer: &Answer) -> Guard {
    Guard::Request {
        account: Account::parse(account).unwrap(),
        key: key.to_owned(),
        fingerprint: [body; 32],
        answer: answer.clone(),
    }
}

/// The answer `201` with `body`.
pub(super) fn created(body: &str) -> Answer {
    Answer { status: 201, body: body.to_owned() }
}
