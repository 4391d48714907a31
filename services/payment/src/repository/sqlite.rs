//! Payments in SQLite.

mod audit;
mod callbacks;
mod exchanges;
mod journal;
mod read;
mod write;

use super::PaymentRows;
use super::recorder::{callback_write, exchanges_write, forget_write, payment_write};
use crate::models::{AttemptId, Callback, Exchange, OrderId, Payment, PaymentId};
use crate::usecase::ports::{Audited, ListQuery, Payments};
use async_trait::async_trait;
use engine::{Change, Outcome, Store, StoreError, Versioned};
use kernel::{Account, Cause, Ids, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use storage::sqlite::Sqlite;
use storage::{Gather, Write, Writer};

mod schema {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The schema of this service.
pub fn migrations() -> refinery::Runner {
    schema::migrations::runner()
}

/// [`Payments`] on SQLite.
pub struct SqlitePayments {
    database: Sqlite,
    writer: Writer<PaymentRows>,
    ids: Arc<dyn Ids>,
    by_attempt: Gather<AttemptId, Versioned<Payment>>,
    hints: Gather<(AttemptId, usize), Vec<Callback>>,
}

impl SqlitePayments {
    /// Over an opened database; `writer` is its writer task.
    pub fn new(database: Sqlite, writer: Writer<PaymentRows>, ids: Arc<dyn Ids>) -> Self {
        let (payments, bodies) = (database.clone(), database.clone());
        Self {
            database,
            writer,
            ids,
            by_attempt: Gather::start(move |attempts| {
                let database = payments.clone();
                async move { database.read(move |c| read::of_attempts(c, &attempts)).await }
            }),
            hints: Gather::start(move |asked| {
                let database = bodies.clone();
                async move { database.read(move |c| callbacks::hints_of(c, &asked)).await }
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
impl Store<Payment> for SqlitePayments {
    async fn load(
        &self,
        ids: &[PaymentId],
    ) -> Result<HashMap<PaymentId, Versioned<Payment>>, StoreError> {
        let ids = ids.to_vec();
        self.database
            .read(move |connection| {
                let mut found = HashMap::with_capacity(ids.len());
                for id in ids {
                    let payment = read::one(connection, "p.id = ?1", &[&id.uuid()])?;
                    found.extend(payment.map(|payment| (id, payment)));
                }
                Ok(found)
            })
            .await
    }

    async fn commit(&self, changes: Vec<Change<Payment>>) -> Vec<Outcome> {
        let write = |change| payment_write(change, &*self.ids);
        self.writer.commit(changes.into_iter().map(write).collect()).await
    }
}

#[async_trait]
impl Payments for SqlitePayments {
    async fn by_attempt(&self, id: AttemptId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.by_attempt.one(id).await
    }

    async fn by_order(&self, id: OrderId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.database.read(move |c| read::one(c, "p.order_id = ?1", &[&id.uuid()])).await
    }

    async fn find(
        &self,
        account: &Account,
        id: PaymentId,
    ) -> Result<Option<Versioned<Payment>>, StoreError> {
        let account = account.to_string();
        let condition = "p.id = ?1 AND p.account = ?2";
        self.database.read(move |c| read::one(c, condition, &[&id.uuid(), &account])).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Payment>>, StoreError> {
        let query = query.clone();
        self.database.read(move |connection| read::list(connection, &query)).await
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
        let account = account.clone();
        self.database.read(move |c| read::with_open_items(c, &account, after, max)).await
    }

    async fn book_balances(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.database.read(journal::balances).await
    }

    async fn audit(&self, after: Option<OrderId>, max: usize) -> Result<Vec<Audited>, StoreError> {
        self.database.read(move |c| audit::page(c, after, max)).await
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
        self.database.read(move |c| exchanges::of(c, &about, max)).await
    }

    async fn hints_of(&self, attempt: AttemptId, max: usize) -> Result<Vec<Callback>, StoreError> {
        Ok(self.hints.one((attempt, max)).await?.unwrap_or_default())
    }

    async fn callbacks_of(
        &self,
        attempt: AttemptId,
        max: usize,
    ) -> Result<Vec<Callback>, StoreError> {
        self.database.read(move |c| callbacks::of_attempt(c, attempt, max)).await
    }

    async fn callbacks(&self, max: usize) -> Result<Vec<Callback>, StoreError> {
        self.database.read(move |c| callbacks::newest(c, max)).await
    }
}
