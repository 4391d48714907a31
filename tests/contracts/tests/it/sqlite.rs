//! SQLite under the suite, in a file and in memory.

use async_trait::async_trait;
use contracts::storage::{
    Counter, CounterRow, Database, StorageFeatures, StorageHarness, Table, World,
};
use engine::Version;
use engine::jobs::Jobs;
use kernel::Uuid;
use messaging::manifest::{Inventory, Tally};
use messaging::{Inbox, Outbox};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;
use storage::sqlite::{Sqlite, SqliteRows};
use storage::{Backend, DeadLetters, Operations, Pulse, RowOutcome};
use tempfile::TempDir;

mod counters {
    refinery::embed_migrations!("migrations/sqlite");
}

/// A file in a folder of its own.
pub(crate) struct InFile;
/// In memory.
pub(crate) struct InMemory;

/// A database of a case's own.
pub(crate) struct SqliteDatabase {
    pub(crate) sqlite: Sqlite,
    outbox: Arc<dyn Outbox>,
    resends: Arc<dyn Outbox>,
    folder: Option<TempDir>,
}

/// A world in memory, for the tests of what stands on the ports.
pub(crate) async fn world() -> World<SqliteDatabase> {
    World::fresh(&InMemory).await
}

impl SqliteDatabase {
    fn over(sqlite: Sqlite) -> Self {
        let (outbox, resends) = (Arc::new(sqlite.outbox()), Arc::new(sqlite.resends()));
        Self { outbox, resends, sqlite, folder: None }
    }

    fn in_folder(folder: TempDir) -> Self {
        let path = folder.path().join("counters.db");
        let sqlite = Sqlite::open(&path, counters::migrations::runner()).unwrap();
        Self { folder: Some(folder), ..Self::over(sqlite) }
    }
}

#[async_trait]
impl StorageHarness for InFile {
    type Rows = SqliteCounter;
    type Database = SqliteDatabase;

    async fn fresh(&self) -> SqliteDatabase {
        SqliteDatabase::in_folder(tempfile::tempdir().unwrap())
    }

    fn features(&self) -> StorageFeatures {
        StorageFeatures { durable: true }
    }
}

#[async_trait]
impl StorageHarness for InMemory {
    type Rows = SqliteCounter;
    type Database = SqliteDatabase;

    async fn fresh(&self) -> SqliteDatabase {
        let sqlite = Sqlite::in_memory(counters::migrations::runner()).unwrap();
        SqliteDatabase::over(sqlite)
    }

    fn features(&self) -> StorageFeatures {
        StorageFeatures { durable: false }
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    type Rows = SqliteCounter;

    fn backend(&self) -> Box<dyn Backend<SqliteCounter>> {
        Box::new(self.sqlite.backend())
    }
    fn pulse(&self) -> Arc<Pulse> {
        self.sqlite.pulse()
    }
    fn outbox(&self) -> Arc<dyn Outbox> {
        self.outbox.clone()
    }
    fn resends(&self) -> Arc<dyn Outbox> {
        self.resends.clone()
    }
    fn tally(&self) -> Arc<dyn Tally> {
        Arc::new(self.sqlite.clone())
    }
    fn inventory(&self) -> Arc<dyn Inventory> {
        Arc::new(self.sqlite.clone())
    }
    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(self.sqlite.clone())
    }
    fn jobs(&self) -> Arc<dyn Jobs> {
        Arc::new(self.sqlite.clone())
    }
    fn operations(&self) -> Arc<dyn Operations> {
        Arc::new(self.sqlite.clone())
    }
    fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        Arc::new(self.sqlite.clone())
    }

    async fn count(&self, table: Table) -> u64 {
        let sql = format!("SELECT count(*) FROM {}", table.name());
        self.sqlite.read(move |c| c.query_row(&sql, [], |row| row.get(0))).await.unwrap()
    }

    async fn counter(&self, id: Uuid) -> Option<Counter> {
        let read = move |connection: &Connection| {
            connection
                .query_row("SELECT version, value FROM counters WHERE id = ?1", [id], |row| {
                    Ok(Counter { version: row.get(0)?, value: row.get(1)? })
                })
                .optional()
        };
        self.sqlite.read(read).await.unwrap()
    }

    async fn reopen(self) -> Self {
        let Self { sqlite, outbox, resends, folder } = self;
        drop((sqlite, outbox, resends));
        Self::in_folder(folder.unwrap())
    }
}

/// [`CounterRow`] in SQLite.
pub(crate) struct SqliteCounter(CounterRow);

impl From<CounterRow> for SqliteCounter {
    fn from(row: CounterRow) -> Self {
        Self(row)
    }
}

impl SqliteRows for SqliteCounter {
    fn write(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        if self.0.expected == Version::default() {
            self.insert(connection)
        } else {
            self.update(connection)
        }
    }
}

impl SqliteCounter {
    fn insert(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        let CounterRow { id, name, value, version, .. } = &self.0;
        let written = connection.execute(
            "INSERT INTO counters (id, name, value, version) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
            params![id, name, value, version.0],
        )?;
        let exists = "SELECT EXISTS (SELECT 1 FROM counters WHERE id = ?1)";
        Ok(match written {
            1 => RowOutcome::Written,
            _ if connection.query_row(exists, [id], |row| row.get(0))? => RowOutcome::VersionMoved,
            _ => RowOutcome::Taken("name"),
        })
    }

    fn update(&self, connection: &Connection) -> Result<RowOutcome, rusqlite::Error> {
        let CounterRow { id, value, expected, version, .. } = &self.0;
        let written = connection.execute(
            "UPDATE counters SET value = ?3, version = ?4 WHERE id = ?1 AND version = ?2",
            params![id, expected.0, value, version.0],
        )?;
        Ok(if written == 1 { RowOutcome::Written } else { RowOutcome::VersionMoved })
    }
}
