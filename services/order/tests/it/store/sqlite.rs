//! The suite on SQLite, in memory and in a file.

use super::StoreHarness;
use kernel::TimeOrderedIds;
use order::repository::sqlite::{SqliteOrders, migrations};
use order::usecase::ports::Orders;
use std::sync::Arc;
use storage::sqlite::Sqlite;
use tempfile::TempDir;

fn orders(database: &Sqlite) -> Arc<dyn Orders> {
    let writer = database.writer();
    Arc::new(SqliteOrders::new(database.clone(), writer, Arc::new(TimeOrderedIds)))
}

async fn run(database: &Sqlite, sql: &str) {
    let sql = sql.to_owned();
    database.write(move |connection| connection.execute_batch(&sql)).await.unwrap();
}

struct InMemory {
    database: Sqlite,
    orders: Arc<dyn Orders>,
}

impl StoreHarness for InMemory {
    async fn fresh() -> Self {
        let database = Sqlite::in_memory(migrations()).unwrap();
        Self { orders: orders(&database), database }
    }

    fn orders(&self) -> Arc<dyn Orders> {
        self.orders.clone()
    }

    async fn run(&self, sql: &str) {
        run(&self.database, sql).await;
    }

    async fn reopen(self) -> Option<Self> {
        None
    }
}

struct InFile {
    folder: TempDir,
    database: Sqlite,
    orders: Arc<dyn Orders>,
}

impl InFile {
    fn open(folder: TempDir) -> Self {
        let database = Sqlite::open(&folder.path().join("order.db"), migrations()).unwrap();
        Self { orders: orders(&database), database, folder }
    }
}

impl StoreHarness for InFile {
    async fn fresh() -> Self {
        Self::open(TempDir::new().unwrap())
    }

    fn orders(&self) -> Arc<dyn Orders> {
        self.orders.clone()
    }

    async fn run(&self, sql: &str) {
        run(&self.database, sql).await;
    }

    async fn reopen(self) -> Option<Self> {
        let Self { folder, database, orders } = self;
        drop((database, orders));
        Some(Self::open(folder))
    }
}

mod in_memory {
    orders_contract!(super::InMemory);
}

mod in_file {
    orders_contract!(super::InFile);
}
