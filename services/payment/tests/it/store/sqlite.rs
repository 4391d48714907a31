//! The suite on SQLite, in memory and in a file.

use super::StoreHarness;
use kernel::TimeOrderedIds;
use payment::repository::sqlite::{SqlitePayments, migrations};
use payment::usecase::ports::Payments;
use std::sync::Arc;
use storage::Operations;
use storage::sqlite::Sqlite;
use tempfile::TempDir;

fn payments(database: &Sqlite) -> Arc<dyn Payments> {
    let writer = database.writer();
    Arc::new(SqlitePayments::new(database.clone(), writer, Arc::new(TimeOrderedIds)))
}

struct InMemory {
    database: Sqlite,
    payments: Arc<dyn Payments>,
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
    payments: Arc<dyn Payments>,
}

impl InFile {
    fn open(folder: TempDir) -> Self {
        let database = Sqlite::open(&folder.path().join("payment.db"), migrations()).unwrap();
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
