//! Has the gateway open a page: intent recorded (the job), call, result recorded.
//!
//! The attempt's id is the gateway's `order_id` and is the same on every retry, so a call whose
//! answer was lost is simply made again (reference: reliability.md F62 to F64).

use super::GATEWAY_RETRIES;
use super::apply::{After, observe};
use super::ports::{GatewayError, PaymentGateway, PaymentJob, Payments};
use crate::models::{AttemptId, Observation, Page, Payment};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Guard, Versioned, execute};
use kernel::{Clock, Ids, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// The verb, run as a job.
pub struct CreatePage {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

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
        Schedule { delays: &GATEWAY_RETRIES, endless: true }
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        let attempt = AttemptId(ticket.target);
        let payment = match self.payments.by_attempt(attempt).await {
            Ok(Some(payment)) => payment,
            Ok(None) => return Finish::Dead { reason: "no payment has this attempt".into() },
            Err(error) => return again(error.to_string(), None),
        };
        match self.call(&payment, attempt).await {
            Ok(answer) => self.record(ticket, &payment, attempt, answer).await,
            Err(GatewayError::Unauthorized(reason)) => {
                tracing::error!(order_id = %payment.state.bill.order_id, reason,
                    "the gateway refuses the server key: check midtrans.server_key");
                again(reason, None)
            }
            Err(GatewayError::Unavailable { reason, retry_after }) => again(reason, retry_after),
            Err(GatewayError::Refused(reason)) => Finish::Dead { reason },
        }
    }
}

impl CreatePage {
    async fn call(
        &self,
        payment: &Versioned<Payment>,
        attempt: AttemptId,
    ) -> Result<Answer, GatewayError> {
        if !payment.state.status().is_open() {
            return Ok(Answer::Nothing);
        }
        match self.gateway.create_page(&payment.state, attempt).await {
            Ok(page) => Ok(Answer::Ready(page)),
            // "Already taken" has many wordings; whether it is that, the status tells.
            Err(GatewayError::Refused(reason)) => {
                match self.gateway.status(&attempt.to_string()).await? {
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
        let guard = Guard::Job(ticket.clone());
        match self.commit(ticket, payment, attempt, &answer, vec![guard]).await {
            Ok(Executed::Fenced) if matches!(answer, Answer::Ready(_)) => {
                // Our late call revoked the page that the new holder of the lease may have stored.
                let again = self.commit(ticket, payment, attempt, &Answer::Again, vec![]).await;
                again.map_or_else(|e| self::again(e.to_string(), None), |_| Finish::Settled)
            }
            Ok(_) => Finish::Settled,
            Err(error) => self::again(error.to_string(), None),
        }
    }

    async fn commit(
        &self,
        ticket: &Ticket,
        payment: &Versioned<Payment>,
        attempt: AttemptId,
        answer: &Answer,
        guards: Vec<Guard>,
    ) -> Result<Executed<Payment>, ExecuteError<Infallible>> {
        let at = self.clock.now();
        let command = Command {
            id: payment.state.id,
            input: (),
            cause: ticket.cause.by(PaymentJob::CREATE_PAGE),
            guards,
            basis: Basis::Known(payment.clone()),
        };
        let decide = |payment: Option<&Payment>, (): &()| Ok(decide(payment, attempt, answer, at));
        execute(&*self.payments, &*self.clock, &*self.ids, vec![command], decide).await.remove(0)
    }
}

fn decide(
    payment: Option<&Payment>,
    attempt: AttemptId,
    answer: &Answer,
    at: Timestamp,
) -> Decision<Payment> {
    let Some(payment) = payment else { return Decision::nothing() };
    let order = payment.bill.order_id;
    let mut after = After::of(payment);
    match answer {
        Answer::Ready(page) => after.takes(payment.page_ready(attempt, page.clone(), at)),
        Answer::Underway(seen) => {
            after = observe(payment, attempt, std::slice::from_ref(&**seen), at);
        }
        Answer::Refused(reason) => after.takes(payment.page_refused(attempt, reason.clone(), at)),
        Answer::Nothing => {}
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

fn again(error: String, after: Option<Duration>) -> Finish {
    Finish::Again { error, after }
}
