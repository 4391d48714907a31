//! The suite on PostgreSQL, a database for each case, and what only several instances on one
//! database can get wrong.

use super::StoreHarness;
use super::draft::{
    TAKEN, becoming, cause, commit, everything, hint, listed, open, opening, payment, rival,
    stored, told, transaction,
};
use engine::Outcome;
use fresh_database::FreshDatabase;
use futures::future::join_all;
use kernel::{TimeOrderedIds, Timestamp, Uuid};
use payment::models::GatewayStatus;
use payment::repository::postgres::{PostgresPayments, migrations};
use payment::usecase::ports::Payments;
use refinery::Target;
use std::sync::Arc;
use storage::Operations;
use storage::postgres::{Migrations, Postgres, PostgresUrl};

struct OnServer {
    // Closed before its database goes.
    payments: Arc<PostgresPayments>,
    database: Postgres,
    fresh: FreshDatabase,
}

impl OnServer {
    async fn open(fresh: FreshDatabase) -> Self {
        let database = migrated(&fresh, migrations()).await;
        Self { payments: instance(&database), database, fresh }
    }
}

async fn migrated(fresh: &FreshDatabase, migrations: Migrations) -> Postgres {
    let url = PostgresUrl::parse(fresh.url()).unwrap();
    Postgres::open(&url, "payment", migrations).await.unwrap()
}

/// An instance of the service: a writer of its own.
fn instance(database: &Postgres) -> Arc<PostgresPayments> {
    let writer = database.writer();
    Arc::new(PostgresPayments::new(database.clone(), writer, Arc::new(TimeOrderedIds)))
}

impl StoreHarness for OnServer {
    const KEEPS_NUL: bool = false;

    async fn fresh() -> Self {
        Self::open(FreshDatabase::create().await).await
    }

    fn payments(&self) -> Arc<dyn Payments> {
        self.payments.clone()
    }

    async fn run(&self, sql: &str) {
        self.fresh.connect().await.batch_execute(sql).await.unwrap();
    }

    async fn upgraded(schema: i32, sql: &str) -> Option<Self> {
        let fresh = FreshDatabase::create().await;
        let old = migrations().set_target(Target::Version(schema));
        drop(migrated(&fresh, old).await);
        fresh.connect().await.batch_execute(sql).await.unwrap();
        Some(Self::open(fresh).await)
    }

    fn id(id: Uuid) -> String {
        format!("'{id}'::uuid")
    }

    fn time(at: Timestamp) -> String {
        format!("'{at}'::timestamptz")
    }

    fn operations(&self) -> Arc<dyn Operations> {
        Arc::new(self.database.clone())
    }

    async fn reopen(self) -> Option<Self> {
        let Self { payments, database, fresh } = self;
        drop((payments, database));
        Some(Self::open(fresh).await)
    }
}

mod on_server {
    payments_contract!(super::OnServer);
}

#[tokio::test]
async fn equal_bodies_of_a_batch_are_written_once() {
    let store = OnServer::fresh().await;
    let told = (0..50).map(|_| store.payments.record_callback(hint(1, "a", 5), cause()));
    assert_eq!(join_all(told).await, vec![Ok(()); 50]);
    // Where the row lies: its second version, or one behind a refused statement, is elsewhere.
    let row = store.fresh.connect().await.query_one("SELECT ctid::text FROM callbacks", &[]).await;
    assert_eq!(row.unwrap().get::<_, &str>(0), "(0,1)");
}

/// Instances that race for the same rows.
const INSTANCES: usize = 4;
const ROUNDS: u128 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_instances_that_open_one_order_at_once_exactly_one_is_done() {
    let store = OnServer::fresh().await;
    let instances: Vec<_> = (0..INSTANCES).map(|_| instance(&store.database)).collect();
    for round in 0..ROUNDS {
        let rivals = (1..).zip(&instances).map(|(n, payments)| async move {
            let mut mine = rival(round * 10 + n);
            mine.bill.order_id = payment(round * 10 + 1).bill.order_id;
            commit(&**payments, opening(&mine)).await
        });
        let mut outcomes = join_all(rivals).await;
        let done = outcomes.iter().position(|outcome| *outcome == Outcome::Done);
        outcomes.remove(done.unwrap());
        assert_eq!(outcomes, vec![TAKEN; INSTANCES - 1], "round {round}");
    }
    let listed = listed(&*store.payments, &everything()).await;
    assert_eq!(listed.len() as u128, ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_instances_that_move_one_payment_at_once_exactly_one_is_done() {
    let store = OnServer::fresh().await;
    let instances: Vec<_> = (0..INSTANCES).map(|_| instance(&store.database)).collect();
    open(&*store.payments, &[payment(1)]).await;
    let mut seen = Vec::new();
    for version in 1..=u32::try_from(ROUNDS).unwrap() {
        let states: Vec<_> = (0..INSTANCES)
            .map(|n| {
                let new = transaction(&format!("t-{version}-{n}"), GatewayStatus::Pending);
                told(1, seen.iter().cloned().chain([new]).collect())
            })
            .collect();
        let tries = instances.iter().zip(&states);
        let mut outcomes =
            join_all(tries.map(|(payments, state)| commit(&**payments, becoming(state, version))))
                .await;
        let winner = outcomes.iter().position(|outcome| *outcome == Outcome::Done).unwrap();
        outcomes.remove(winner);
        assert_eq!(outcomes, vec![Outcome::Lost; INSTANCES - 1], "version {version}");
        let after = states[winner].clone();
        assert_eq!(stored(&*store.payments, after.id).await, Some((version + 1, after.clone())));
        seen = after.attempts[0].transactions.clone();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_body_at_several_instances_is_counted_every_time() {
    let store = OnServer::fresh().await;
    let instances: Vec<_> = (0..INSTANCES).map(|_| instance(&store.database)).collect();
    let told = (0..80).map(|n: usize| {
        let body = ["a", "b", "c"][n % 3];
        instances[n % INSTANCES].record_callback(hint(1, body, 5), cause())
    });
    assert_eq!(join_all(told).await, vec![Ok(()); 80]);
    let mut counted: Vec<u32> =
        store.payments.callbacks(9).await.unwrap().iter().map(|c| c.times).collect();
    counted.sort_unstable();
    assert_eq!(counted, [26, 27, 27]);
}
