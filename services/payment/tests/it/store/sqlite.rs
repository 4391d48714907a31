//! The suite on SQLite, in memory and in a file.

use super::StoreHarness;
use kernel::{TimeOrderedIds, Timestamp, Uuid};
use payment::repository::sqlite::{SqlitePayments, migrations};
use payment::usecase::ports::Payments;
use refinery::Target;
use std::sync::Arc;
use storage::Operations;
use storage::sqlite::Sqlite;
use tempfile::TempDir;

fn payments(database: &Sqlite) -> Arc<SqlitePayments> {
    let writer = database.writer();
    Arc::new(SqlitePayments::new(database.clone(), writer, Arc::new(TimeOrderedIds)))
}

async fn run(database: &Sqlite, sql: &str) {
    let sql = sql.to_owned();
    database.write(move |connection| connection.execute_batch(&sql)).await.unwrap();
}

fn literal(id: Uuid) -> String {
    format!("x'{}'", id.simple())
}

const FILE: &str = "payment.db";

struct InMemory {
    database: Sqlite,
    payments: Arc<SqlitePayments>,
}

impl StoreHarness for InMemory {
    const KEEPS_NUL: bool = true;

    async fn fresh() -> Self {
        let database = Sqlite::in_memory(migrations()).unwrap();
        Self { payments: payments(&database), database }
    }

    fn payments(&self) -> Arc<dyn Payments> {
        self.payments.clone()
    }

    async fn run(&self, sql: &str) {
        run(&self.database, sql).await;
    }

    async fn upgraded(_: i32, _: &str) -> Option<Self> {
        None
    }

    fn id(id: Uuid) -> String {
        literal(id)
    }

    fn time(at: Timestamp) -> String {
        at.as_microsecond().to_string()
    }

    fn operations(&self) -> Arc<dyn Operations> {
        Arc::new(self.database.clone())
    }

    async fn reopen(self) -> Option<Self> {
        None
    }
}

struct InFile {
    folder: TempDir,
    database: Sqlite,
    payments: Arc<SqlitePayments>,
}

impl InFile {
    fn open(folder: TempDir) -> Self {
        let database = Sqlite::open(&folder.path().join(FILE), migrations()).unwrap();
        Self { payments: payments(&database), database, folder }
    }
}

impl StoreHarness for InFile {
    const KEEPS_NUL: bool = true;

    async fn fresh() -> Self {
        Self::open(TempDir::new().unwrap())
    }

    fn payments(&self) -> Arc<dyn Payments> {
        self.payments.clone()
    }

    async fn run(&self, sql: &str) {
        run(&self.database, sql).await;
    }

    async fn upgraded(schema: i32, sql: &str) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let old = migrations().set_target(Target::Version(schema));
        let database = Sqlite::open(&folder.path().join(FILE), old).unwrap();
        run(&database, sql).await;
        drop(database);
        Some(Self::open(folder))
    }

    fn id(id: Uuid) -> String {
        literal(id)
    }

    fn time(at: Timestamp) -> String {
        at.as_microsecond().to_string()
    }

    fn operations(&self) -> Arc<dyn Operations> {
        Arc::new(self.database.clone())
    }

    async fn reopen(self) -> Option<Self> {
        let Self { folder, database, payments } = self;
        drop((database, payments));
        Some(Self::open(folder))
    }
}

mod in_memory {
    payments_contract!(super::InMemory);
}

mod in_file {
    payments_contract!(super::InFile);
}
