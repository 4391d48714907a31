//! Moves orders as their payments move.

use super::ports::Orders;
use crate::models::{Order, PaymentFirst, PaymentUpdate};
use engine::{Command, Decision, ExecuteError, Executed, execute};
use kernel::{Clock, Ids};
use std::sync::Arc;

/// The verb.
pub struct ApplyPayment {
    orders: Arc<dyn Orders>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl ApplyPayment {
    /// Over these orders.
    pub fn new(orders: Arc<dyn Orders>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { orders, clock, ids }
    }

    /// Applies many payment facts; answers in the order given. A stale fact is recorded and moves
    /// nothing; a fact about an order that is not here yet is refused and worth another try.
    pub async fn run(
        &self,
        commands: Vec<Command<Order, PaymentUpdate>>,
    ) -> Vec<Result<Executed<Order>, ExecuteError<PaymentFirst>>> {
        execute(&*self.orders, &*self.clock, &*self.ids, commands, decide).await
    }
}

fn decide(order: Option<&Order>, update: &PaymentUpdate) -> Result<Decision<Order>, PaymentFirst> {
    let (after, fact) = order.ok_or(PaymentFirst)?.apply_payment(update);
    Ok(Decision::becomes(after, vec![fact]))
}
