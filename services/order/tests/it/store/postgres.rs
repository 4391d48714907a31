//! The suite on PostgreSQL, each case on a database of its own.

use super::StoreHarness;
use fresh_database::FreshDatabase;
use kernel::TimeOrderedIds;
use order::repository::postgres::{PostgresOrders, migrations};
use order::usecase::ports::Orders;
use std::sync::Arc;
use storage::postgres::{Postgres, PostgresUrl};

struct OnServer {
    orders: Arc<dyn Orders>,
    place: FreshDatabase,
}

impl OnServer {
    async fn open(place: FreshDatabase) -> Self {
        let url = PostgresUrl::parse(place.url()).unwrap();
        let database = Postgres::open(&url, "order", migrations()).await.unwrap();
        let writer = database.writer();
        let orders = Arc::new(PostgresOrders::new(database, writer, Arc::new(TimeOrderedIds)));
        Self { orders, place }
    }
}

impl StoreHarness for OnServer {
    async fn fresh() -> Self {
        Self::open(FreshDatabase::create().await).await
    }

    fn orders(&self) -> Arc<dyn Orders> {
        self.orders.clone()
    }

    async fn run(&self, sql: &str) {
        self.place.connect().await.batch_execute(sql).await.unwrap();
    }

    async fn reopen(self) -> Option<Self> {
        let Self { orders, place } = self;
        drop(orders);
        Some(Self::open(place).await)
    }
}

orders_contract!(OnServer);
