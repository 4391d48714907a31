//! Payments that two callers read at the same version before either may write.

use async_trait::async_trait;
use engine::{Change, Outcome, Store, StoreError, Versioned};
use kernel::{Account, Cause};
use payment::models::{AttemptId, Callback, OrderId, Payment, PaymentId};
use payment::usecase::ports::{ListQuery, Payments};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Barrier;

pub struct Meeting {
    stored: Arc<dyn Payments>,
    both: Barrier,
    expected: AtomicUsize,
}

impl Meeting {
    pub fn new(stored: Arc<dyn Payments>) -> Arc<Self> {
        Arc::new(Self { stored, both: Barrier::new(2), expected: AtomicUsize::new(0) })
    }

    /// The next two that load wait for each other.
    pub fn call(&self) {
        self.expected.store(2, Ordering::SeqCst);
    }

    pub fn has_met(&self) -> bool {
        self.expected.load(Ordering::SeqCst) == 0
    }
}

#[async_trait]
impl Store<Payment> for Meeting {
    async fn load(
        &self,
        ids: &[PaymentId],
    ) -> Result<HashMap<PaymentId, Versioned<Payment>>, StoreError> {
        let loaded = self.stored.load(ids).await;
        eprintln!("load {:?}", self.expected);
        let one_less = |n: usize| n.checked_sub(1);
        if self.expected.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
            self.both.wait().await;
        }
        loaded
    }

    async fn commit(&self, changes: Vec<Change<Payment>>) -> Vec<Outcome> {
        self.stored.commit(changes).await
    }
}

#[async_trait]
impl Payments for Meeting {
    async fn by_attempt(&self, id: AttemptId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.stored.by_attempt(id).await
    }

    async fn by_order(&self, id: OrderId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.stored.by_order(id).await
    }

    async fn find(
        &self,
        account: &Account,
        id: PaymentId,
    ) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.stored.find(account, id).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Payment>>, StoreError> {
        self.stored.list(query).await
    }

    async fn record_callback(&self, callback: Callback, cause: Cause) -> Result<(), StoreError> {
        self.stored.record_callback(callback, cause).await
    }

    async fn callbacks_of(
        &self,
        attempt: AttemptId,
        max: usize,
    ) -> Result<Vec<Callback>, StoreError> {
        self.stored.callbacks_of(attempt, max).await
    }

    async fn callbacks(&self, max: usize) -> Result<Vec<Callback>, StoreError> {
        self.stored.callbacks(max).await
    }
}
