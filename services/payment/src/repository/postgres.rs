//! Payments in PostgreSQL.
//!
//! The port and the schema; statements are in the modules below.

mod audit;
mod callbacks;
mod exchanges;
mod journal;
mod put;
mod read;
mod write;

use super::PaymentRows;
use super::recorder::{callback_write, exchanges_write, forget_write, payment_write};
use crate::models::{AttemptId, Callback, Exchange, OrderId, Payment, PaymentId};
use crate::usecase::ports::{Audited, ListQuery, Payments};
use async_trait::async_trait;
use engine::{Change, Outcome, Store, StoreError, Versioned};
use kernel::{Account, Cause, Ids, Timestamp, Uuid};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use storage::postgres::{Migrations, Postgres};
use storage::{Gather, Write, Writer};

mod schema {
    refinery::embed_migrations!("migrations/postgres");
}

/// The schema of this service.
pub fn migrations() -> Migrations {
    schema::migrations::runner()
}

/// [`Payments`] on PostgreSQL.
pub struct PostgresPayments {
    database: Postgres,
    writer: Writer<PaymentRows>,
    ids: Arc<dyn Ids>,
    by_attempt: Gather<AttemptId, Versioned<Payment>>,
    hints: Gather<(AttemptId, usize), Vec<Callback>>,
}

impl PostgresPayments {
    /// Over an opened database; `writer` is its writer task.
    pub fn new(database: Postgres, writer: Writer<PaymentRows>, ids: Arc<dyn Ids>) -> Self {
        let (payments, bodies) = (database.clone(), database.clone());
        Self {
            database,
            writer,
            ids,
            by_attempt: Gather::start(move |attempts| {
                let database = payments.clone();
                async move { read::of_attempts(&database, &attempts).await }
            }),
            hints: Gather::start(move |asked| {
                let database = bodies.clone();
                async move { callbacks::hints_of(&database, &asked).await }
            }),
        }
    }

    /// Commits rows that belong to no payment: nothing can be in their way but the database.
    async fn put(&self, write: Write<PaymentRows>) -> Result<(), StoreError> {
        match self.writer.commit(vec![write]).await.pop() {
            Some(Outcome::Done) => Ok(()),
            Some(Outcome::Failed(error)) => Err(error),
            other => Err(StoreError::Unavailable(format!("a row was not stored: {other:?}"))),
        }
    }
}

#[async_trait]
impl Store<Payment> for PostgresPayments {
    async fn load(
        &self,
        ids: &[PaymentId],
    ) -> Result<HashMap<PaymentId, Versioned<Payment>>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let found = read::those(&self.database, "id = ANY($1::uuid[])", &[&ids]).await?;
        Ok(found.into_iter().map(|payment| (payment.state.id, payment)).collect())
    }

    async fn commit(&self, changes: Vec<Change<Payment>>) -> Vec<Outcome> {
        let write = |change| payment_write(change, &*self.ids);
        self.writer.commit(changes.into_iter().map(write).collect()).await
    }
}

#[async_trait]
impl Payments for PostgresPayments {
    async fn by_attempt(&self, id: AttemptId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.by_attempt.one(id).await
    }

    async fn by_order(&self, id: OrderId) -> Result<Option<Versioned<Payment>>, StoreError> {
        Ok(read::those(&self.database, "order_id = $1", &[&id.uuid()]).await?.pop())
    }

    async fn find(
        &self,
        account: &Account,
        id: PaymentId,
    ) -> Result<Option<Versioned<Payment>>, StoreError> {
        let condition = "id = $1 AND account = $2";
        Ok(read::those(&self.database, condition, &[&id.uuid(), &account.as_str()]).await?.pop())
    }

    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Payment>>, StoreError> {
        read::list(&self.database, query).await
    }

    async fn record_callback(&self, callback: Callback, cause: Cause) -> Result<(), StoreError> {
        self.put(callback_write(callback, cause, self.ids.uuid())).await
    }

    async fn forget_forged(
        &self,
        before: Timestamp,
        keep: u32,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.put(forget_write(before, keep, at, self.ids.uuid())).await
    }

    async fn with_open_items(
        &self,
        account: &Account,
        after: Option<PaymentId>,
        max: usize,
    ) -> Result<Vec<Versioned<Payment>>, StoreError> {
        read::with_open_items(&self.database, account, after, max).await
    }

    async fn book_balances(&self) -> Result<Vec<(String, i64)>, StoreError> {
        journal::balances(&self.database).await
    }

    async fn audit(&self, after: Option<OrderId>, max: usize) -> Result<Vec<Audited>, StoreError> {
        audit::page(&self.database, after, max).await
    }

    async fn record_exchanges(
        &self,
        exchanges: Vec<Exchange>,
        before: Timestamp,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.put(exchanges_write(exchanges, before, at, self.ids.uuid())).await
    }

    async fn exchanges_of(
        &self,
        about: BTreeSet<String>,
        max: usize,
    ) -> Result<Vec<Exchange>, StoreError> {
        exchanges::of(&self.database, &about, max).await
    }

    async fn hints_of(&self, attempt: AttemptId, max: usize) -> Result<Vec<Callback>, StoreError> {
        Ok(self.hints.one((attempt, max)).await?.unwrap_or_default())
    }

    async fn callbacks_of(
        &self,
        attempt: AttemptId,
        max: usize,
    ) -> Result<Vec<Callback>, StoreError> {
        callbacks::of_attempt(&self.database, attempt, max).await
    }

    async fn callbacks(&self, max: usize) -> Result<Vec<Callback>, StoreError> {
        callbacks::newest(&self.database, max).await
    }
}
