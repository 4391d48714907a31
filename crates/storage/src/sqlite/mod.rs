//! The SQLite dialect: embedded, durable (WAL, synchronous FULL), one writing thread per file.

mod commit;
mod dead_letters;
mod guards;
mod inbox;
mod inventory;
mod jobs;
mod operations;
mod outbox;
mod session;
mod stories;
mod tally;

pub use commit::SqliteRows;
pub use refinery::Runner as Migrations;
pub use session::{Sqlite, SqliteError, damaged};

use commit::SqliteBackend;

use crate::Pulse;
use crate::Writer;
use std::sync::Arc;

impl Sqlite {
    /// Starts the writer task of this database.
    pub fn writer<R: SqliteRows>(&self) -> Writer<R> {
        Writer::start(Box::new(self.backend()), self.pulse())
    }

    /// The writer's way of committing; apart from [`Sqlite::writer`] so that a test can stand between.
    pub fn backend(&self) -> SqliteBackend {
        SqliteBackend::new(self.clone())
    }

    /// Wake-ups of this database.
    pub fn pulse(&self) -> Arc<Pulse> {
        self.pulse.clone()
    }
}
