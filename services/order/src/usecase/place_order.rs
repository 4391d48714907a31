//! Accepts an order: order, event and idempotency row become visible together or not at all.

use super::ports::Orders;
use super::request::{Answered, RequestKey};
use crate::models::{Order, OrderDraft, OrderFact, OrderId, TotalError};
use engine::{
    Answer, Basis, Command, Decision, ExecuteError, Executed, Refusal, StoreError, execute_one,
};
use kernel::{Cause, Clock, Ids};
use std::sync::Arc;

/// Why no order was placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The total cannot be charged.
    #[error(transparent)]
    Total(#[from] TotalError),
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The merchant reference names another order.
    #[error("the reference is taken")]
    ReferenceTaken(Option<OrderId>),
    /// So many events wait for the broker that taking more would risk the disk.
    #[error("too many events wait for the broker")]
    Overloaded,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The verb.
pub struct PlaceOrder {
    orders: Arc<dyn Orders>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    pending_events_max: u64,
}

impl PlaceOrder {
    /// Refuses orders while more than `pending_events_max` events wait for the broker.
    pub fn new(
        orders: Arc<dyn Orders>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        pending_events_max: u64,
    ) -> Self {
        Self { orders, clock, ids, pending_events_max }
    }

    /// Places the order, or finds that this very request placed it before.
    ///
    /// `answer` says what the caller will be told; it is stored in the same transaction. Neither
    /// the broker nor the gateway nor mail is touched. Dropping the future leaves either the whole
    /// order or nothing.
    pub async fn run(
        &self,
        draft: OrderDraft,
        request: RequestKey,
        cause: Cause,
        answer: impl Fn(&Order) -> Answer,
    ) -> Result<Answered, PlaceError> {
        if self.orders.pending_events() >= self.pending_events_max {
            return Err(PlaceError::Overloaded);
        }
        let order = Order::place(OrderId(self.ids.uuid()), draft, self.clock.now())?;
        let answer = answer(&order);
        let guard = request.guard(order.account.clone(), answer.clone());
        let reference = order.reference.clone();
        let account = order.account.clone();
        let command =
            Command { id: order.id, input: order, cause, guards: vec![guard], basis: Basis::New };
        match self.commit(command).await {
            Ok(Executed::AlreadyDone(Some(earlier))) => {
                Ok(Answered { answer: earlier, replayed: true })
            }
            Ok(_) => Ok(Answered { answer, replayed: false }),
            Err(ExecuteError::Refused(Refusal::KeyReused)) => Err(PlaceError::KeyReused),
            Err(ExecuteError::Refused(Refusal::Taken(_))) => {
                let reference = reference.map(|r| r.to_string()).unwrap_or_default();
                let existing = self.orders.by_reference(&account, &reference).await?;
                Err(PlaceError::ReferenceTaken(existing))
            }
            Err(ExecuteError::Store(error)) => Err(error.into()),
            Err(ExecuteError::Rejected(never)) => match never {},
        }
    }

    async fn commit(
        &self,
        command: Command<Order, Order>,
    ) -> Result<Executed<Order>, ExecuteError<std::convert::Infallible>> {
        let decide = |_: Option<&Order>, order: &Order| {
            Ok(Decision::becomes(order.clone(), vec![OrderFact::Placed]))
        };
        execute_one(&*self.orders, &*self.clock, &*self.ids, command, decide).await
    }
}
