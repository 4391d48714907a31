//! Takes the wish that a payment be called off, and orders the work: the gateway decides.

use super::ports::{PaymentJob, Payments};
use crate::models::{OrderId, Payment, RefundWish};
use engine::{Basis, Command, Decision, ExecuteError, Guard, execute};
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
        let mut done =
            execute(&*self.payments, &*self.clock, &*self.ids, vec![command], decide).await;
        done.remove(0).map(|_| ())
    }
}

fn decide(payment: Option<&Payment>, refund_if_paid: bool, at: Timestamp) -> Decision<Payment> {
    let Some(payment) = payment else { return Decision::nothing() };
    let Some((mut after, fact)) = payment.called_off(refund_if_paid, at) else {
        return Decision::nothing();
    };
    let order = after.bill.order_id;
    let mut facts = vec![fact];
    let mut jobs = Vec::new();
    if after.status().is_open() {
        jobs.extend(after.attempts.iter().map(|a| PaymentJob::EndAttempt(order, a.id, at)));
    } else if refund_if_paid {
        // Paid before the wish arrived.
        let key = after.attempts.last().map(|a| format!("{}-off", a.id)).unwrap_or_default();
        let wish = RefundWish { key, amount: None, reason: Some("called_off".to_owned()) };
        if let Ok(Some((with_refund, fact))) = after.refund(&wish, at) {
            after = with_refund;
            facts.push(fact);
            jobs.push(PaymentJob::GiveBack(order, after.id));
        }
    }
    jobs.into_iter().fold(Decision::becomes(after, facts), Decision::with_job)
}
