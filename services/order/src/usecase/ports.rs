//! What the verbs need from outside.

use crate::models::{Order, OrderFact, OrderId, OrderStatus};
use async_trait::async_trait;
use engine::{Aggregate, Answer, Store, StoreError, Versioned};
use kernel::Account;

impl Aggregate for Order {
    type Id = OrderId;
    type Fact = OrderFact;
    /// The order service owes nobody a call.
    type Job = std::convert::Infallible;
}

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose.
    pub account: Account,
    /// Only in this state.
    pub status: Option<OrderStatus>,
    /// Only with this merchant reference.
    pub reference: Option<String>,
    /// Only older than this one; the newest if absent.
    pub after: Option<OrderId>,
    /// At most this many.
    pub limit: usize,
}

/// What a request was answered, as its idempotency row has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierAnswer {
    /// Of which request.
    pub fingerprint: [u8; 32],
    /// What.
    pub answer: Answer,
}

/// The orders of this service.
#[async_trait]
pub trait Orders: Store<Order> {
    /// One order of an account; another account's order is no order.
    async fn find(
        &self,
        account: &Account,
        id: OrderId,
    ) -> Result<Option<Versioned<Order>>, StoreError>;

    /// Orders, newest first. Paging by the last id neither skips nor repeats an order, however
    /// many are created meanwhile.
    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Order>>, StoreError>;

    /// Orders of every account, by ascending id: those after `after`, at most `max`. For
    /// operators. An order that is committed with an id below the cursor is in no later page: who
    /// wants them all asks when nothing is being placed.
    async fn audit(
        &self,
        after: Option<OrderId>,
        max: usize,
    ) -> Result<Vec<Versioned<Order>>, StoreError>;

    /// The order that carries a merchant reference.
    async fn by_reference(
        &self,
        account: &Account,
        reference: &str,
    ) -> Result<Option<OrderId>, StoreError>;

    /// What an account's request under this key was answered, as long as the key is kept.
    async fn answered(
        &self,
        account: &Account,
        key: &str,
    ) -> Result<Option<EarlierAnswer>, StoreError>;

    /// Events recorded and not yet taken by the broker.
    fn pending_events(&self) -> u64;
}
