//! Has the gateway asked about a payment now: for a person, and for reconciliation.

use super::ports::{PaymentJob, Payments};
use crate::models::Payment;
use engine::{Basis, Command, Decision, ExecuteError, Versioned, execute};
use kernel::{Cause, Clock, Ids};
use std::convert::Infallible;
use std::sync::Arc;

/// The verb.
pub struct Sync {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

impl Sync {
    /// Orders a look at each attempt. Asking twice orders one.
    pub async fn run(
        &self,
        payment: Versioned<Payment>,
        cause: Cause,
    ) -> Result<(), ExecuteError<Infallible>> {
        let at = self.clock.now();
        let (id, input, guards) = (payment.state.id, (), vec![]);
        let command = Command { id, input, cause, guards, basis: Basis::Known(payment) };
        let decide = |payment: Option<&Payment>, (): &()| {
            let attempts = payment.into_iter().flat_map(|p| p.attempts.iter().map(move |a| (p, a)));
            let looks = attempts.map(|(p, a)| PaymentJob::CheckStatus(p.bill.order_id, a.id, at));
            Ok(looks.fold(Decision::nothing(), Decision::with_job))
        };
        let mut done =
            execute(&*self.payments, &*self.clock, &*self.ids, vec![command], decide).await;
        done.remove(0).map(|_| ())
    }
}
