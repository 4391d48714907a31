//! Tells the gateway of reviews of payments that fraud detection holds: review recorded (with this
//! job), call, result recorded. What became of it, its status tells, not its answer.

use super::desk::{Desk, SCHEDULE};
use super::errands::{Answer, Answers, Errand, run};
use super::ports::{Ended, GatewayError, PaymentJob};
use crate::models::{AttemptId, Choice, Fraud, GatewayStatus, Moved, Observation, Payment, Review};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use kernel::Timestamp;

/// The verb, run as a job.
pub struct TellReview(pub Desk);

#[async_trait]
impl Work for TellReview {
    fn kind(&self) -> &'static str {
        PaymentJob::REVIEW
    }

    fn schedule(&self) -> Schedule {
        SCHEDULE
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        run(self, ticket).await
    }
}

/// The gateway will not do what a review wants, and why.
type Declined = (Review, String);

#[async_trait]
impl Errand for TellReview {
    type News = Declined;
    const KIND: &'static str = PaymentJob::REVIEW;
    const LEFT: &'static str = "the gateway says that it is held still";

    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn call(&self, payment: &Payment) -> Answers<Declined> {
        let (mut answers, mut failed) = (Vec::new(), None);
        for (attempt, review) in payment.to_review() {
            match self.tell(attempt, review).await {
                Ok(answer) => answers.push(answer),
                Err(error) => failed = Some(error),
            }
        }
        (answers, failed)
    }

    fn moved(payment: &Payment, (review, why): &Declined, at: Timestamp) -> Option<Moved> {
        payment.review_declined(review, why, at)
    }

    fn is_left(payment: &Payment) -> bool {
        payment.to_review().next().is_some()
    }
}

impl TellReview {
    /// A definite no is an answer: a person sees it, and may want something else.
    async fn tell(
        &self,
        attempt: AttemptId,
        review: &Review,
    ) -> Result<Answer<Declined>, GatewayError> {
        let (id, gateway) = (&review.transaction, &self.0.gateway);
        let told = match review.choice {
            Choice::Approve => gateway.approve(id).await,
            Choice::Deny => gateway.deny(id).await,
        };
        let news = match told {
            Ok(Ended::Done) => None,
            Ok(Ended::OtherState) => {
                tracing::info!(transaction = id, "a held payment was reviewed elsewhere");
                None
            }
            Err(GatewayError::Refused(why)) => {
                tracing::error!(transaction = id, why, "the gateway declines a review");
                Some((review.clone(), why))
            }
            Err(error) => return Err(error),
        };
        let mut seen: Vec<Observation> = gateway.status(id).await?.into_iter().collect();
        if review.choice == Choice::Approve && news.is_none() {
            seen.iter_mut().for_each(hear_the_end);
        }
        Ok(Answer { attempt, news, seen })
    }
}

/// Silence about fraud is not the end of a hold (reference: midtrans.md 3.4), but after our own approve
/// it is: that leaves `capture` accepted, and is refused with 412 for what is held no more (2.4, H). A
/// code other than 200 is no silence: it reads as a challenge.
fn hear_the_end(seen: &mut Observation) {
    if seen.status == Ok(GatewayStatus::Capture) {
        seen.fraud = seen.fraud.or(Some(Fraud::Accept));
    }
}
