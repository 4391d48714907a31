//! PostgreSQL under the suite, a database of its own for every case.

use async_trait::async_trait;
use contracts::storage::{Counter, CounterRow, Database, StorageFeatures, StorageHarness, Table};
use engine::Version;
use engine::jobs::Jobs;
use fresh_database::FreshDatabase;
use kernel::Uuid;
use messaging::manifest::{Inventory, Tally};
use messaging::{Inbox, Outbox};
use std::collections::HashSet;
use std::sync::Arc;
use storage::postgres::{Postgres, PostgresRows, PostgresUrl, Session, number};
use storage::{Backend, DeadLetters, Operations, Pulse, RowOutcome};
use tokio_postgres::Error;

pub(crate) mod counters {
    refinery::embed_migrations!("migrations/postgres");
}

/// The service that the suite's databases belong to.
pub(crate) const SERVICE: &str = "contracts";

/// A fresh database on the server of the tests.
pub(crate) struct Fresh;

/// A database of a case's own.
pub(crate) struct PostgresDatabase {
    pub(crate) postgres: Postgres,
    pub(crate) server: Arc<FreshDatabase>,
}

impl PostgresDatabase {
    /// Another instance on the same database, or the first.
    pub(crate) async fn on(server: Arc<FreshDatabase>) -> Self {
        let url = PostgresUrl::parse(server.url()).unwrap();
        Self { postgres: open(&url).await, server }
    }
}

pub(crate) async fn open(url: &PostgresUrl) -> Postgres {
    Postgres::open(url, SERVICE, counters::migrations::runner()).await.unwrap()
}

#[async_trait]
impl StorageHarness for Fresh {
    type Rows = PostgresCounter;
    type Database = PostgresDatabase;

    async fn fresh(&self) -> PostgresDatabase {
        PostgresDatabase::on(Arc::new(FreshDatabase::create().await)).await
    }

    fn features(&self) -> StorageFeatures {
        StorageFeatures { durable: true }
    }
}

#[async_trait]
impl Database for PostgresDatabase {
    type Rows = PostgresCounter;

    fn backend(&self) -> Box<dyn Backend<PostgresCounter>> {
        Box::new(self.postgres.backend())
    }
    fn pulse(&self) -> Arc<Pulse> {
        self.postgres.pulse()
    }
    fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(self.postgres.outbox())
    }
    fn resends(&self) -> Arc<dyn Outbox> {
        Arc::new(self.postgres.resends())
    }
    fn tally(&self) -> Arc<dyn Tally> {
        Arc::new(self.postgres.clone())
    }
    fn inventory(&self) -> Arc<dyn Inventory> {
        Arc::new(self.postgres.clone())
    }
    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(self.postgres.clone())
    }
    fn jobs(&self) -> Arc<dyn Jobs> {
        Arc::new(self.postgres.clone())
    }
    fn operations(&self) -> Arc<dyn Operations> {
        Arc::new(self.postgres.clone())
    }
    fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        Arc::new(self.postgres.clone())
    }

    async fn count(&self, table: Table) -> u64 {
        let sql = format!("SELECT count(*) FROM {}", table.name());
        number(&self.postgres.read(&sql, &[]).await.unwrap()[0], 0).unwrap()
    }

    async fn counter(&self, id: Uuid) -> Option<Counter> {
        let sql = "SELECT version, value FROM counters WHERE id = $1";
        let rows = self.postgres.read(sql, &[&id]).await.unwrap();
        let counter = |row| Counter { version: number(row, 0).unwrap(), value: row.get(1) };
        rows.first().map(counter)
    }

    async fn reopen(self) -> Self {
        let Self { postgres, server } = self;
        drop(postgres);
        Self::on(server).await
    }
}

/// [`CounterRow`] in PostgreSQL.
pub(crate) struct PostgresCounter(CounterRow);

impl From<CounterRow> for PostgresCounter {
    fn from(row: CounterRow) -> Self {
        Self(row)
    }
}

#[async_trait]
impl PostgresRows for PostgresCounter {
    async fn write(rows: &[&Self], session: &Session) -> Result<Vec<RowOutcome>, Error> {
        let (new, old): (Vec<&CounterRow>, Vec<&CounterRow>) =
            rows.iter().map(|row| &row.0).partition(|row| row.expected == Version::default());
        let mut written = insert(&new, session).await?;
        written.extend(update(&old, session).await?);
        let there = exists(&new, session).await?;
        let outcome = |row: &&Self| match () {
            () if written.contains(&row.0.id) => RowOutcome::Written,
            () if row.0.expected == Version::default() && !there.contains(&row.0.id) => {
                RowOutcome::Taken("name")
            }
            () => RowOutcome::VersionMoved,
        };
        Ok(rows.iter().map(outcome).collect())
    }
}

async fn insert(rows: &[&CounterRow], session: &Session) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let values: Vec<i64> = rows.iter().map(|row| row.value).collect();
    let versions: Vec<i64> = rows.iter().map(|row| i64::from(row.version.0)).collect();
    let sql = "INSERT INTO counters (id, name, value, version)
               SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[])
               ON CONFLICT DO NOTHING RETURNING id";
    let statement = session.prepare_cached(sql).await?;
    let written = session.query(&statement, &[&ids, &names, &values, &versions]).await?;
    Ok(written.iter().map(|row| row.get(0)).collect())
}

async fn update(rows: &[&CounterRow], session: &Session) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let expected: Vec<i64> = rows.iter().map(|row| i64::from(row.expected.0)).collect();
    let values: Vec<i64> = rows.iter().map(|row| row.value).collect();
    let versions: Vec<i64> = rows.iter().map(|row| i64::from(row.version.0)).collect();
    let sql = "UPDATE counters c SET value = t.value, version = t.version
               FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
                    AS t (id, expected, value, version)
               WHERE c.id = t.id AND c.version = t.expected RETURNING c.id";
    let statement = session.prepare_cached(sql).await?;
    let written = session.query(&statement, &[&ids, &expected, &values, &versions]).await?;
    Ok(written.iter().map(|row| row.get(0)).collect())
}

async fn exists(rows: &[&CounterRow], session: &Session) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let statement = session.prepare_cached("SELECT id FROM counters WHERE id = ANY($1)").await?;
    let there = session.query(&statement, &[&ids]).await?;
    Ok(there.iter().map(|row| row.get(0)).collect())
}
