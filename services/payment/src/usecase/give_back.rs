//! Has the gateway give money back: intent recorded (the refund and this job), call, result recorded.
//!
//! The refund's key is the gateway's too and the same on every retry, so an answer that was lost is
//! simply asked for again. What the gateway cannot do is put before a person.

use super::desk::{Desk, SCHEDULE};
use super::errands::{Answer, Answers, Errand, run};
use super::ports::{Ended, GatewayError, PaymentJob, RefundAnswer};
use crate::models::{AttemptId, GatewayStatus, Moved, Observation, Payment, Refund, RefundState};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use kernel::Timestamp;

/// The verb, run as a job.
pub struct GiveBack(pub Desk);

#[async_trait]
impl Work for GiveBack {
    fn kind(&self) -> &'static str {
        PaymentJob::GIVE_BACK
    }

    fn schedule(&self) -> Schedule {
        SCHEDULE
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        run(self, ticket).await
    }
}

/// What the gateway did about a refund, by its key.
type Given = (String, RefundState);

#[async_trait]
impl Errand for GiveBack {
    type News = Given;
    const KIND: &'static str = PaymentJob::GIVE_BACK;
    const LEFT: &'static str = "the gateway has not yet said what became of it";

    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn call(&self, payment: &Payment) -> Answers<Given> {
        let (mut answers, mut failed) = (Vec::new(), None);
        for (attempt, refund) in asked(payment) {
            match self.give(payment, attempt, refund).await {
                Ok(answer) => answers.push(answer),
                Err(error) => failed = Some(error),
            }
        }
        (answers, failed)
    }

    fn moved(payment: &Payment, (key, state): &Given, at: Timestamp) -> Option<Moved> {
        payment.refund_moved(key, state.clone(), at)
    }

    fn is_left(payment: &Payment) -> bool {
        asked(payment).next().is_some()
    }
}

impl GiveBack {
    async fn give(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        refund: &Refund,
    ) -> Result<Answer<Given>, GatewayError> {
        let (id, gateway) = (&refund.transaction, &self.0.gateway);
        // `None`: look at what is seen, and ask again if it does not tell.
        let mut state = None;
        let captured =
            payment.attempt(attempt).into_iter().flat_map(|a| &a.transactions).any(|t| {
                t.id == *id && t.status == GatewayStatus::Capture && t.gross == refund.amount
            });
        if captured {
            // A charge that has not settled is called off instead (reference: midtrans.md 2.6).
            if gateway.cancel(id).await? == Ended::Done {
                state = Some(RefundState::Confirmed);
            }
        } else {
            state = match gateway.refund(refund).await? {
                RefundAnswer::Taken => Some(RefundState::Taken),
                RefundAnswer::Declined(reason) => Some(RefundState::Manual(reason)),
                RefundAnswer::Known | RefundAnswer::OtherState => None,
            };
        }
        let seen: Vec<Observation> = gateway.status(id).await?.into_iter().collect();
        let state = state.or_else(|| seen.first().and_then(|seen| told(seen, refund)));
        let news = state.map(|state| (refund.key.clone(), state));
        Ok(Answer { attempt, news, seen })
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
