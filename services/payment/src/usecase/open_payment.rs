//! Opens a payment for an order: payment, first attempt and the job that has a page opened.

use super::end_attempt::GRACE;
use super::ports::{PaymentJob, Payments};
use crate::models::{Attempt, Bill, Payment, PaymentFact, PaymentId};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Guard, Refusal, execute};
use kernel::{Cause, Clock, Ids, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;

/// The verb.
pub struct OpenPayment {
    payments: Arc<dyn Payments>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl OpenPayment {
    /// Over these payments.
    pub fn new(payments: Arc<dyn Payments>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { payments, clock, ids }
    }

    /// Opens many; answers in the order given. An order that has its payment keeps it.
    pub async fn run(
        &self,
        bills: Vec<((Bill, Timestamp), Cause, Guard)>,
    ) -> Vec<Result<(), ExecuteError<Infallible>>> {
        let command = |((bill, due_at), cause, guard)| {
            let id = PaymentId(self.ids.uuid());
            let attempt = crate::models::AttemptId(self.ids.uuid());
            let input = Payment::open(id, attempt, bill, (self.clock.now(), due_at));
            Command { id, input, cause, guards: vec![guard], basis: Basis::New }
        };
        let commands = bills.into_iter().map(command).collect();
        let results = execute(&*self.payments, &*self.clock, &*self.ids, commands, decide).await;
        results.into_iter().map(already_open_is_done).collect()
    }
}

fn decide(_: Option<&Payment>, payment: &Payment) -> Result<Decision<Payment>, Infallible> {
    let facts = payment.attempts.iter().map(|a| PaymentFact::Opened { attempt: a.id }).collect();
    let order = payment.bill.order_id;
    let end = payment.due_at + GRACE;
    let jobs = |a: &Attempt| {
        [PaymentJob::CreatePage(order, a.id), PaymentJob::EndAttempt(order, a.id, end)]
    };
    let jobs = payment.attempts.iter().flat_map(jobs).collect();
    Ok(Decision { state: Some(payment.clone()), facts, jobs })
}

/// The natural key behind the inbox: however old the copy of an event, one payment per order.
fn already_open_is_done(
    result: Result<Executed<Payment>, ExecuteError<Infallible>>,
) -> Result<(), ExecuteError<Infallible>> {
    match result {
        Err(ExecuteError::Refused(Refusal::Taken(_))) => Ok(()),
        other => other.map(|_| ()),
    }
}
