//! Takes the wish that a payment be called off, and orders the work: the gateway decides.

use super::apply::After;
use super::ports::Payments;
use crate::models::{OrderId, Payment};
use engine::{Basis, Command, Decision, ExecuteError, Guard, execute_one};
use kernel::{Cause, Clock, Ids, Retryability, Retryable, Timestamp};
use std::sync::Arc;

/// The verb.
pub struct CallOffPayment {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

/// The order's own event is still on its way: this one waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the payment is not known here yet")]
pub struct PaymentFirst;

impl Retryable for PaymentFirst {
    fn retryability(&self) -> Retryability {
        Retryability::Transient
    }
}

impl CallOffPayment {
    /// Records the wish; the same wish again is done. A payment that has ended is left alone; one
    /// that is paid gives its money back if that was asked for.
    pub async fn run(
        &self,
        order: OrderId,
        refund_if_paid: bool,
        (cause, guard): (Cause, Guard),
    ) -> Result<(), ExecuteError<PaymentFirst>> {
        let payment = self.payments.by_order(order).await.map_err(ExecuteError::Store)?;
        let payment = payment.ok_or(ExecuteError::Rejected(PaymentFirst))?;
        let at = self.clock.now();
        let command = Command {
            id: payment.state.id,
            input: refund_if_paid,
            cause,
            guards: vec![guard],
            basis: Basis::Known(payment),
        };
        let decide = |payment: Option<&Payment>, wish: &bool| Ok(decide(payment, *wish, at));
        execute_one(&*self.payments, &*self.clock, &*self.ids, command, decide).await?;
        Ok(())
    }
}

fn decide(payment: Option<&Payment>, refund_if_paid: bool, at: Timestamp) -> Decision<Payment> {
    let Some(payment) = payment else { return Decision::nothing() };
    let mut after = After::of(payment);
    after.takes(payment.called_off(refund_if_paid, at));
    if after.facts.is_empty() {
        return Decision::nothing();
    }
    // Paid before the wish arrived: what is owed is what it is when the wish comes first.
    after.takes(after.payment.owed(at));
    let jobs: Vec<_> = after.owed().chain(after.ending(at)).collect();
    jobs.into_iter().fold(after.decision(), Decision::with_job)
}
