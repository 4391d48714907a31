//! Has the gateway asked about a payment now: for a person, and for reconciliation.
//!
//! Of several transactions of one attempt, the gateway tells the latest unless it is asked by the id
//! of another (reference: midtrans.md 8, L). Whoever knows such an id can name it. That is a hint
//! and nothing more: it is stored as evidence, and here nothing moves.

use super::apply::After;
use super::ports::{PaymentJob, Payments};
use crate::models::{AttemptId, Callback, Payment, Receipt, Reported};
use engine::{Basis, Command, Decision, ExecuteError, Versioned, execute_one};
use kernel::{Cause, Clock, Ids, Timestamp};
use sha2::{Digest, Sha256};
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
    /// Orders a look at each attempt, and all work that the payment owes by now, were its jobs lost;
    /// what is named is stored before as a hint about the newest one. Asking twice orders one look,
    /// and the same words again are counted. If storing failed in between, asking again makes it
    /// whole.
    pub async fn run(
        &self,
        payment: Versioned<Payment>,
        named: Option<Reported>,
        cause: Cause,
    ) -> Result<(), ExecuteError<Infallible>> {
        let at = self.clock.now();
        if let Some((reported, newest)) = named.zip(payment.state.attempts.last()) {
            let hint = hint(&payment.state, (newest.id, reported), at);
            tracing::info!(order_id = ?hint.order_id, status = hint.status, "a transaction is reported");
            let stored = self.payments.record_callback(hint, cause.clone()).await;
            stored.map_err(ExecuteError::Store)?;
        }
        let (id, input, guards) = (payment.state.id, (), vec![]);
        let command = Command { id, input, cause, guards, basis: Basis::Known(payment) };
        let decide = |payment: Option<&Payment>, (): &()| {
            Ok(payment.map_or_else(Decision::nothing, |payment| looked_at(payment, at)))
        };
        execute_one(&*self.payments, &*self.clock, &*self.ids, command, decide).await?;
        Ok(())
    }
}

fn looked_at(payment: &Payment, at: Timestamp) -> Decision<Payment> {
    let (after, order) = (After::of(payment), payment.bill.order_id);
    let looks = payment.attempts.iter().map(|a| PaymentJob::CheckStatus(order, a.id, at));
    let jobs: Vec<_> = looks.chain(after.owed()).chain(after.ending(at)).collect();
    jobs.into_iter().fold(after.decision(), Decision::with_job)
}

/// The evidence. Its body is ours and no JSON, so that no callback ever has the same; none of its
/// three words holds a space.
fn hint(payment: &Payment, (about, told): (AttemptId, Reported), at: Timestamp) -> Callback {
    let body = format!("reported {about} {} {}", told.transaction_id(), told.status());
    Callback {
        digest: Sha256::digest(&body).into(),
        attempt: Some(about),
        order_id: Some(payment.bill.order_id),
        transaction_id: told.transaction_id().to_owned(),
        status: told.status().to_string(),
        amount: None,
        receipt: Receipt::Reported,
        body,
        times: 1,
        received_at: at,
        last_at: at,
    }
}
