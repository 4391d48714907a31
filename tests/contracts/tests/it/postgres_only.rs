//! What only PostgreSQL can get wrong: several instances on one database, connections that end, a
//! server that is not as it should be.

mod batch;
mod claims;
mod cuts;
mod instances;
mod opening;
mod proxy;
mod server;
mod stories;

use crate::postgres::{Fresh, PostgresDatabase};
use contracts::storage::{Database, World, id};
use engine::{Answer, Guard};
use kernel::Account;
use messaging::Claim;

const CONSUMER: &str = "contracts.counters";

type PostgresWorld = World<PostgresDatabase>;

async fn world() -> PostgresWorld {
    World::fresh(&Fresh).await
}

/// Two instances of a service on one database.
async fn two_instances() -> [PostgresWorld; 2] {
    let one = world().await;
    let database = PostgresDatabase::on(one.database.server.clone()).await;
    let other = World { writer: database.writer(), database };
    [one, other]
}

/// The guard of request `key`, to be answered with `body`.
fn requested(key: &str, fingerprint: u8, body: &str) -> Guard {
    Guard::Request {
        account: Account::default(),
        key: key.to_owned(),
        fingerprint: [fingerprint; 32],
        answer: created(body),
    }
}

fn created(body: &str) -> Answer {
    Answer { status: 201, body: body.to_owned() }
}

fn numbers(claim: &dyn Claim) -> Vec<u128> {
    claim.events().iter().map(|event| event.id.uuid().as_u128()).collect()
}

impl PostgresDatabase {
    /// Connections of ours that sit inside a transaction with nothing to do.
    async fn idle_in_transaction(&self) -> i64 {
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        self.server.connect().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Connections that wait for another transaction to end.
    async fn waiting_for_a_row(&self) -> i64 {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND wait_event IN ('transactionid', 'tuple', 'spectoken')";
        self.server.connect().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Something that the suite's schema does not have.
    async fn sql(&self, sql: &str) {
        self.server.connect().await.batch_execute(sql).await.unwrap();
    }

    /// Facts of counter `n`.
    async fn facts(&self, n: u128) -> i64 {
        let sql = "SELECT count(*) FROM timeline WHERE aggregate = $1";
        self.server.connect().await.query_one(sql, &[&id(n)]).await.unwrap().get(0)
    }
}
