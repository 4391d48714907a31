//! Has the gateway open a page: intent recorded (the job), call, result recorded.
//!
//! The attempt's id is the gateway's `order_id` and is the same on every retry, so a call whose
//! answer was lost is simply made again (reference: reliability.md F62 to F64).

use super::apply::{After, observe};
use super::desk::{self, Desk, SCHEDULE, closing, failed};
use super::ports::{GatewayError, PaymentJob};
use crate::models::{AttemptId, Observation, Page, Payment};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use engine::{Decision, Executed, Versioned};
use kernel::Timestamp;

/// The verb, run as a job.
pub struct CreatePage(pub Desk);

/// What the call came to.
enum Answer {
    /// A page.
    Ready(Page),
    /// The gateway knows the attempt already: the customer has chosen a method there.
    Underway(Box<Observation>),
    /// A definite no.
    Refused(String),
    /// Nothing left to do: the payment has ended or is not ours.
    Nothing,
    /// The lease was lost with a page in hand: have another made.
    Again,
}

#[async_trait]
impl Work for CreatePage {
    fn kind(&self) -> &'static str {
        PaymentJob::CREATE_PAGE
    }

    fn schedule(&self) -> Schedule {
        SCHEDULE
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        let attempt = AttemptId(ticket.target);
        let payment = match self.0.of_attempt(attempt).await {
            Ok(payment) => payment,
            Err(finish) => return finish,
        };
        match self.call(&payment.state, attempt).await {
            Ok(answer) => self.record(ticket, &payment, attempt, answer).await,
            Err(GatewayError::Refused(reason)) => Finish::Dead { reason },
            Err(error) => failed(ticket, &payment.state, error),
        }
    }
}

impl CreatePage {
    async fn call(&self, payment: &Payment, attempt: AttemptId) -> Result<Answer, GatewayError> {
        if !payment.status().is_open() {
            return Ok(Answer::Nothing);
        }
        match self.0.gateway.create_page(payment, attempt).await {
            Ok(page) => Ok(Answer::Ready(page)),
            // "Already taken" has many wordings; whether it is that, the status tells.
            Err(GatewayError::Refused(reason)) => {
                match self.0.gateway.status(&attempt.to_string()).await? {
                    Some(seen) => Ok(Answer::Underway(Box::new(seen))),
                    None => Ok(Answer::Refused(reason)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn record(
        &self,
        ticket: &Ticket,
        payment: &Versioned<Payment>,
        attempt: AttemptId,
        answer: Answer,
    ) -> Finish {
        let decides = |answer: Answer| {
            move |now: &Payment, at| decide(now, &payment.state, (attempt, &answer), at)
        };
        let ready = matches!(answer, Answer::Ready(_));
        let done = match self.0.commit(ticket, payment, closing(ticket), decides(answer)).await {
            // Our late call revoked the page that the new holder of the lease may have stored.
            Ok(Executed::Fenced) if ready => {
                self.0.commit(ticket, payment, vec![], decides(Answer::Again)).await
            }
            done => done,
        };
        done.map_or_else(desk::again, |_| Finish::Settled)
    }
}

fn decide(
    payment: &Payment,
    asked: &Payment,
    (attempt, answer): (AttemptId, &Answer),
    at: Timestamp,
) -> Decision<Payment> {
    let order = payment.bill.order_id;
    let mut after = After::of(payment);
    match answer {
        Answer::Ready(page) => after.takes(payment.page_ready(attempt, page.clone(), at)),
        // Overtaken by what we know, it is no news: the look that follows finds how it stands.
        Answer::Underway(seen) if payment.stands_as(asked) => {
            after = observe(payment, attempt, std::slice::from_ref(&**seen), at);
        }
        Answer::Refused(reason) => after.takes(payment.page_refused(attempt, reason.clone(), at)),
        Answer::Underway(_) | Answer::Nothing => {}
        Answer::Again => {
            return Decision::nothing().with_job(PaymentJob::CreatePage(order, attempt));
        }
    }
    let mut jobs = after.work(attempt, at);
    // It was to be ended while its page was made: that page is ended too.
    let ended = after.payment.attempt(attempt).is_some_and(|a| a.closed.is_some());
    if ended && matches!(answer, Answer::Ready(_)) {
        jobs.push(PaymentJob::EndAttempt(order, attempt, at));
    }
    jobs.into_iter().fold(after.decision(), Decision::with_job)
}
