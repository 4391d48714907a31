//! The PostgreSQL dialect: one writer connection, a pool that reads, a pool that works.
//!
//! A batch of changes is a statement per table, whatever its size. Right for any version from 15
//! on; no extension, no NOTIFY, no advisory lock but the one around migrations.

mod commit;
mod dead_letters;
mod fault;
mod guards;
mod inbox;
mod inventory;
mod jobs;
mod open;
mod operations;
mod outbox;
mod record;
mod session;
mod stories;
mod tally;
mod transaction;
mod values;

pub use commit::PostgresRows;
pub use fault::{column, damaged, number};
pub use open::OpenError;
pub use outbox::PostgresOutbox;
pub use refinery::Runner as Migrations;
pub use session::{BadUrl, Postgres, PostgresUrl, Session};
pub use values::{bound, each};

use crate::{Pulse, Writer};
use commit::PostgresBackend;
use std::sync::Arc;

impl Postgres {
    /// Starts a writer task on this database, with a connection of its own.
    pub fn writer<R: PostgresRows>(&self) -> Writer<R> {
        Writer::start(Box::new(self.backend()), self.pulse())
    }

    /// The writer's way of committing; apart from [`Postgres::writer`] so that a test can stand
    /// between.
    pub fn backend(&self) -> PostgresBackend {
        PostgresBackend::new(self.clone())
    }

    /// Wake-ups of this database.
    pub fn pulse(&self) -> Arc<Pulse> {
        self.pulse.clone()
    }
}
