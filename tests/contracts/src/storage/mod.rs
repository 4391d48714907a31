//! The storage suite: one database behind the writer and the ports of `storage`.

mod between;
mod draft;
mod world;

mod batch;
mod guards;
mod hints;
mod inbox;
mod inventory;
mod jobs;
mod letters;
mod operations;
mod outbox;
mod requests;
mod resends;
mod stories;
mod tally;
mod unanswered;
mod wakeups;
mod whole;

pub use draft::{
    CounterRow, Draft, KEY, KIND, SOURCE, at, consumed, event, event_saying, happened, id, outgoing,
};
pub use world::{Counter, World};

use async_trait::async_trait;
use engine::jobs::Jobs;
use kernel::Uuid;
use messaging::manifest::{Inventory, Tally};
use messaging::{Inbox, Outbox};
use std::sync::Arc;
use storage::{Backend, DeadLetters, Operations, Pulse, Writer};

/// The cases, one function each.
pub mod cases {
    crate::storage_contract!(@entries);
}

/// What an adapter may differ in, as far as callers can see it.
#[derive(Debug, Clone, Copy)]
pub struct StorageFeatures {
    /// What was committed is there after a restart.
    pub durable: bool,
}

/// Makes databases for the suite.
#[async_trait]
pub trait StorageHarness: Sync {
    /// The adapter's form of the suite's own rows.
    type Rows: From<CounterRow> + Send + Sync + 'static;
    /// A database.
    type Database: Database<Rows = Self::Rows>;

    /// An empty database with its schema, used by nobody else.
    async fn fresh(&self) -> Self::Database;

    /// What callers may see of the adapter.
    fn features(&self) -> StorageFeatures;
}

/// One opened database. The ports share it; `pulse` is that of all of them.
#[async_trait]
pub trait Database: Send + Sync + Sized + 'static {
    /// See [`StorageHarness::Rows`].
    type Rows: From<CounterRow> + Send + Sync + 'static;

    /// The writer's way of committing.
    fn backend(&self) -> Box<dyn Backend<Self::Rows>>;
    /// Wake-ups.
    fn pulse(&self) -> Arc<Pulse>;
    /// The outbox; always the same one.
    fn outbox(&self) -> Arc<dyn Outbox>;
    /// What is sent again; always the same one.
    fn resends(&self) -> Arc<dyn Outbox>;
    /// What was sent, counted.
    fn tally(&self) -> Arc<dyn Tally>;
    /// The inbox.
    fn inbox(&self) -> Arc<dyn Inbox>;
    /// What was heard, counted.
    fn inventory(&self) -> Arc<dyn Inventory>;
    /// The jobs.
    fn jobs(&self) -> Arc<dyn Jobs>;
    /// What operators read.
    fn operations(&self) -> Arc<dyn Operations>;
    /// The dead letters.
    fn dead_letters(&self) -> Arc<dyn DeadLetters>;

    /// The writer task, as a service starts it.
    fn writer(&self) -> Writer<Self::Rows> {
        Writer::start(self.backend(), self.pulse())
    }

    /// Rows in a table.
    async fn count(&self, table: Table) -> u64;
    /// The suite's own aggregate, as stored.
    async fn counter(&self, id: Uuid) -> Option<Counter>;
    /// Closes the database and opens it again. Called only if it is durable.
    async fn reopen(self) -> Self;
}

/// The tables that every database has, and the suite's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// `counters`
    Counters,
    /// `timeline`
    Timeline,
    /// `outbox`
    Outbox,
    /// `inbox`
    Inbox,
    /// `jobs`
    Jobs,
    /// `idempotency_keys`
    Keys,
    /// `dead_letters`
    Letters,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 7] = [
        Self::Counters,
        Self::Timeline,
        Self::Outbox,
        Self::Inbox,
        Self::Jobs,
        Self::Keys,
        Self::Letters,
    ];

    /// Its name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counters => "counters",
            Self::Timeline => "timeline",
            Self::Outbox => "outbox",
            Self::Inbox => "inbox",
            Self::Jobs => "jobs",
            Self::Keys => "idempotency_keys",
            Self::Letters => "dead_letters",
        }
    }
}
