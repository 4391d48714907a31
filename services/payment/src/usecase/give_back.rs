//! Has the gateway give money back: intent recorded (the refund and this job), call, result recorded.
//!
//! The refund's key is the gateway's too and the same on every retry, so an answer that was lost is
//! simply asked for again. What the gateway cannot do is put before a person.

use super::GATEWAY_RETRIES;
use super::apply::{After, observe};
use super::ports::{Ended, GatewayError, PaymentGateway, PaymentJob, Payments, RefundAnswer};
use crate::models::{
    AttemptId, GatewayStatus, Observation, Payment, PaymentId, Refund, RefundState,
};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Guard, Versioned, execute};
use kernel::{Clock, Ids, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;

/// The verb, run as a job.
pub struct GiveBack {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

/// What the gateway did about one refund.
struct Answer {
    attempt: AttemptId,
    key: String,
    /// `None`: look at what is seen, and ask again if it does not tell.
    state: Option<RefundState>,
    seen: Vec<Observation>,
}

#[async_trait]
impl Work for GiveBack {
    fn kind(&self) -> &'static str {
        PaymentJob::GIVE_BACK
    }

    fn schedule(&self) -> Schedule {
        Schedule { delays: &GATEWAY_RETRIES, endless: true }
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        let id = PaymentId(ticket.target);
        let payment = match self.payments.load(&[id]).await.map(|mut found| found.remove(&id)) {
            Ok(Some(payment)) => payment,
            Ok(None) => return Finish::Dead { reason: "there is no such payment".into() },
            Err(error) => return again(error.to_string()),
        };
        let mut answers = Vec::new();
        let mut failed = None;
        for (attempt, refund) in asked(&payment.state) {
            match self.give(&payment.state, attempt, refund).await {
                Ok(answer) => answers.push(answer),
                Err(error) => failed = Some(error),
            }
        }
        let at = self.clock.now();
        let rest = failed.is_some() || {
            let after = applied(&payment.state, &answers, at).payment;
            asked(&after).next().is_some()
        };
        let guards = if rest { vec![] } else { vec![Guard::Job(ticket.clone())] };
        match (self.commit(ticket, &payment, &answers, guards).await, failed) {
            (Err(error), _) => again(error.to_string()),
            (Ok(_), Some(GatewayError::Unavailable { reason, retry_after })) => {
                Finish::Again { error: reason, after: retry_after }
            }
            (Ok(_), Some(error)) => {
                tracing::error!(order_id = %payment.state.bill.order_id, %error,
                    "the gateway does not give money back");
                again(error.to_string())
            }
            (Ok(_), None) if rest => again("the gateway has not yet said what became of it".into()),
            (Ok(_), None) => Finish::Settled,
        }
    }
}

impl GiveBack {
    async fn give(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        refund: &Refund,
    ) -> Result<Answer, GatewayError> {
        let id = &refund.transaction;
        let mut answer = Answer { attempt, key: refund.key.clone(), state: None, seen: Vec::new() };
        let captured =
            payment.attempt(attempt).into_iter().flat_map(|a| &a.transactions).any(|t| {
                t.id == *id && t.status == GatewayStatus::Capture && t.gross == refund.amount
            });
        if captured {
            // A charge that has not settled is called off instead (reference: midtrans.md 2.6).
            if self.gateway.cancel(id).await? == Ended::Done {
                answer.state = Some(RefundState::Confirmed);
            }
        } else {
            answer.state = match self.gateway.refund(refund).await? {
                RefundAnswer::Taken => Some(RefundState::Taken),
                RefundAnswer::Declined(reason) => Some(RefundState::Manual(reason)),
                RefundAnswer::Known | RefundAnswer::OtherState => None,
            };
        }
        answer.seen.extend(self.gateway.status(id).await?);
        if answer.state.is_none() {
            answer.state = answer.seen.first().and_then(|seen| told(seen, refund));
        }
        Ok(answer)
    }

    async fn commit(
        &self,
        ticket: &Ticket,
        payment: &Versioned<Payment>,
        answers: &[Answer],
        guards: Vec<Guard>,
    ) -> Result<Executed<Payment>, ExecuteError<Infallible>> {
        let at = self.clock.now();
        let command = Command {
            id: payment.state.id,
            input: (),
            cause: ticket.cause.by(PaymentJob::GIVE_BACK),
            guards,
            basis: Basis::Known(payment.clone()),
        };
        let decide = |payment: Option<&Payment>, (): &()| {
            let Some(payment) = payment else { return Ok(Decision::nothing()) };
            let after = applied(payment, answers, at);
            let attempt = answers.first().map(|answer| answer.attempt);
            let jobs = attempt.map(|attempt| after.work(attempt, at)).unwrap_or_default();
            Ok(jobs.into_iter().fold(after.decision(), Decision::with_job))
        };
        execute(&*self.payments, &*self.clock, &*self.ids, vec![command], decide).await.remove(0)
    }
}

/// What the transaction's own state says about a refund that was not simply taken.
fn told(seen: &Observation, refund: &Refund) -> Option<RefundState> {
    if let Some(listed) = seen.refunds.iter().find(|listed| listed.key == refund.key) {
        return Some(if listed.confirmed { RefundState::Confirmed } else { RefundState::Taken });
    }
    match seen.status {
        // Still captured or settled: it may go as a refund, or later.
        Ok(GatewayStatus::Capture | GatewayStatus::Settlement) => None,
        Ok(GatewayStatus::Cancel) => Some(RefundState::Confirmed),
        Ok(GatewayStatus::Deny | GatewayStatus::Chargeback) => Some(RefundState::Moot),
        _ => Some(RefundState::Manual("the gateway's state of the payment forbids it".to_owned())),
    }
}

fn asked(payment: &Payment) -> impl Iterator<Item = (AttemptId, &Refund)> {
    let waits = |refund: &&Refund| refund.state == RefundState::Asked;
    payment.refunds.iter().filter(waits).filter_map(|refund| {
        let of =
            |a: &&crate::models::Attempt| a.transactions.iter().any(|t| t.id == refund.transaction);
        Some((payment.attempts.iter().find(of)?.id, refund))
    })
}

fn applied(payment: &Payment, answers: &[Answer], at: Timestamp) -> After {
    let mut after = After { payment: payment.clone(), facts: Vec::new() };
    for answer in answers {
        if let Some(state) = &answer.state {
            after.takes(after.payment.refund_moved(&answer.key, state.clone(), at));
        }
        let seen = observe(&after.payment, answer.attempt, &answer.seen, at);
        after.payment = seen.payment;
        after.facts.extend(seen.facts);
    }
    after
}

fn again(error: String) -> Finish {
    Finish::Again { error, after: None }
}
