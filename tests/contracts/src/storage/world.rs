//! A fresh database with its writer, and what a case asks of them.

use super::between::{Between, Twist};
use super::{Database, Draft, StorageHarness, Table, id};
use crate::wait::soon;
use engine::Outcome;
use engine::jobs::Ticket;
use kernel::Timestamp;
use messaging::{Claim, DeadLetter, Event, Postponed, Waiting};
use std::collections::BTreeMap;
use std::time::Duration;
use storage::{Story, Writer};

/// Who consumes, unless another is named.
pub(super) const CONSUMER: &str = "contracts.counters";

/// The suite's own aggregate, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Its version.
    pub version: u32,
    /// Its value.
    pub value: i64,
}

/// All that can be seen of a database from one counter's point of view.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    rows: BTreeMap<Table, u64>,
    counter: Option<Counter>,
    story: Story,
}

/// A database of a case's own, and its writer.
pub struct World<D: Database> {
    /// The database.
    pub database: D,
    /// Its writer.
    pub writer: Writer<D::Rows>,
}

impl<D: Database> World<D> {
    /// An empty one.
    pub async fn fresh<H: StorageHarness<Database = D>>(harness: &H) -> Self {
        let database = harness.fresh().await;
        Self { writer: database.writer(), database }
    }

    /// An empty one whose first commits end as the script says.
    pub(super) async fn twisted<H: StorageHarness<Database = D>>(
        harness: &H,
        script: &[Twist],
    ) -> Self {
        let mut world = Self::fresh(harness).await;
        world.twist(script);
        world
    }

    /// The next commits end as the script says.
    pub(super) fn twist(&mut self, script: &[Twist]) {
        let backend = Between::new(self.database.backend(), script);
        self.writer = Writer::start(Box::new(backend), self.database.pulse());
    }

    /// Closed and opened again.
    pub(super) async fn reopen(self) -> Self {
        let Self { database, writer } = self;
        drop(writer);
        let database = database.reopen().await;
        Self { writer: database.writer(), database }
    }

    /// Commits one change.
    pub async fn commit(&self, draft: Draft) -> Outcome {
        self.commit_all([draft]).await.remove(0)
    }

    /// Commits changes in one submission.
    pub async fn commit_all(&self, drafts: impl IntoIterator<Item = Draft>) -> Vec<Outcome> {
        soon(self.writer.commit(drafts.into_iter().map(Draft::write).collect())).await
    }

    /// Commits changes that must all go through.
    pub async fn done(&self, drafts: impl IntoIterator<Item = Draft>) {
        let outcomes = self.commit_all(drafts).await;
        assert!(outcomes.iter().all(|o| *o == Outcome::Done), "{outcomes:?}");
    }

    pub(super) async fn count(&self, table: Table) -> u64 {
        self.database.count(table).await
    }

    /// The counter as version and value.
    pub async fn counter(&self, n: u128) -> Option<(u32, i64)> {
        self.database.counter(id(n)).await.map(|c| (c.version, c.value))
    }

    pub(super) async fn snapshot(&self, n: u128) -> Snapshot {
        let mut rows = BTreeMap::new();
        for table in Table::ALL {
            rows.insert(table, self.count(table).await);
        }
        let story = self.story(n).await;
        Snapshot { rows, counter: self.database.counter(id(n)).await, story }
    }

    /// All that the database knows of order `n`.
    pub async fn story(&self, n: u128) -> Story {
        self.database.operations().story(id(n)).await.unwrap()
    }

    /// Claims what the outbox has.
    pub async fn claim(&self, now: Timestamp, max: usize) -> Box<dyn Claim> {
        soon(self.database.outbox().claim(now, max)).await.unwrap()
    }

    /// Claims due jobs.
    pub async fn tickets(&self, now: Timestamp) -> Vec<Ticket> {
        soon(self.database.jobs().claim(now, 100)).await.unwrap()
    }

    /// Claims the one job that is due.
    pub(super) async fn ticket(&self, now: Timestamp) -> Ticket {
        let mut tickets = self.tickets(now).await;
        assert_eq!(tickets.len(), 1, "{tickets:?}");
        tickets.remove(0)
    }

    pub(super) async fn postpone(&self, event: Event, attempts: u32, next_at: Option<Timestamp>) {
        let postponed = Postponed { event, attempts, next_at, reason: "not yet".to_owned() };
        self.database.inbox().postpone(CONSUMER, vec![postponed], at_postponing()).await.unwrap();
    }

    /// Leases what is due for 30 seconds.
    pub(super) async fn due(&self, now: Timestamp) -> Vec<Waiting> {
        let until = now + Duration::from_secs(30);
        self.database.inbox().due(CONSUMER, now, until, 100).await.unwrap()
    }

    /// Unresolved dead letters.
    pub async fn letters(&self) -> Vec<DeadLetter> {
        self.database.dead_letters().list(100).await.unwrap()
    }
}

fn at_postponing() -> Timestamp {
    super::at(1)
}
