//! Brings an attempt to its end at the gateway: because somebody called the payment off, or because
//! its time is over. Whatever the outcome is, it is the gateway's: here it is asked and looked at.

use super::GATEWAY_RETRIES;
use super::apply::{After, observe};
use super::ports::{GatewayError, PageEnd, PaymentGateway, PaymentJob, Payments};
use crate::models::{AttemptId, Ending, GatewayStatus, Observation, Payment, Transaction};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Guard, Versioned, execute};
use kernel::{Clock, Ids, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How long after the deadline the gateway is asked to end what is left: its own scheduler lags,
/// and should be first (reference: midtrans.md 6, "settlement after local expiry").
pub const GRACE: Duration = Duration::from_secs(15 * 60);
/// A refusal to close a page that nobody seems to use is believed at this try: by then a choice
/// that was being made is visible.
const BELIEVED_AT: u32 = 2;

/// The verb, run as a job.
pub struct EndAttempt {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

/// What the asking came to.
enum Answer {
    /// Nothing can come of the attempt any more, as far as the gateway knows.
    Over(Vec<Observation>),
    /// It may: look again.
    Unclear(&'static str),
    /// Not yet to be ended, or nothing left to end.
    Nothing,
}

#[async_trait]
impl Work for EndAttempt {
    fn kind(&self) -> &'static str {
        PaymentJob::END_ATTEMPT
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
        let why = why(&payment.state);
        let answer = match why {
            Some(why) => self.end(&payment.state, attempt, (why, ticket.attempts)).await,
            None => Ok(Answer::Nothing),
        };
        match answer {
            Ok(Answer::Unclear(reason)) => again(reason.to_owned(), None),
            Ok(answer) => match self.commit(ticket, &payment, attempt, (why, answer)).await {
                Ok(_) => Finish::Settled,
                Err(error) => again(error.to_string(), None),
            },
            Err(GatewayError::Unavailable { reason, retry_after }) => again(reason, retry_after),
            Err(error) => {
                tracing::error!(order_id = %payment.state.bill.order_id, %error,
                    "the gateway does not end a payment");
                again(error.to_string(), None)
            }
        }
    }
}

impl EndAttempt {
    async fn end(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        (why, tries): (Ending, u32),
    ) -> Result<Answer, GatewayError> {
        let Some(seen) = self.gateway.status(&attempt.to_string()).await? else {
            return self.close_page(payment, attempt, tries).await;
        };
        if !self.waits(payment, attempt, (&seen, why)) {
            return Ok(Answer::Over(vec![seen]));
        }
        // Whether it was done or something was quicker, the status tells. A reserved amount cannot
        // expire by request, only be cancelled (reference: midtrans.md 2.4).
        if why == Ending::Overdue && seen.status == Ok(GatewayStatus::Pending) {
            self.gateway.expire(&seen.transaction_id).await?;
        } else {
            self.gateway.cancel(&seen.transaction_id).await?;
        }
        let after = self.gateway.status(&seen.transaction_id).await?;
        let ends = |seen: &Observation| !self.waits(payment, attempt, (seen, why));
        let ended = after.into_iter().filter(ends).collect();
        match ended {
            seen if Vec::is_empty(&seen) => Ok(Answer::Unclear("the gateway says it still waits")),
            seen => Ok(Answer::Over(seen)),
        }
    }

    /// Whether money can still come of it without anybody's new choice. What fraud detection holds, as
    /// far as the payment knows after this answer, can be called off (reference: midtrans.md 2.4,
    /// `cancel`), and what came late goes back in any case. Other charges are left at the deadline to
    /// whoever reviews them: the customer was in time.
    fn waits(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        (seen, why): (&Observation, Ending),
    ) -> bool {
        match seen.status {
            Ok(GatewayStatus::Pending | GatewayStatus::Authorize) => true,
            Ok(GatewayStatus::Capture) => {
                let told = std::slice::from_ref(seen);
                let after = observe(payment, attempt, told, self.clock.now()).payment;
                let ends = |t: &Transaction| t.is_held() && (why == Ending::CalledOff || t.late);
                after.transactions().any(|t| t.id == seen.transaction_id && ends(t))
            }
            _ => false,
        }
    }

    /// Nobody has chosen a method: the page is closed, so that nobody will.
    async fn close_page(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        tries: u32,
    ) -> Result<Answer, GatewayError> {
        let page = payment.attempt(attempt).and_then(|a| a.page.as_ref());
        let Some(page) = page else { return Ok(Answer::Over(vec![])) };
        if self.gateway.close_page(attempt, &page.token).await? == PageEnd::Closed {
            return Ok(Answer::Over(vec![]));
        }
        match self.gateway.status(&attempt.to_string()).await? {
            Some(_) => Ok(Answer::Unclear("somebody has begun to pay")),
            None if tries < BELIEVED_AT => Ok(Answer::Unclear("the page cannot be closed")),
            None => Ok(Answer::Over(vec![])),
        }
    }

    async fn commit(
        &self,
        ticket: &Ticket,
        payment: &Versioned<Payment>,
        attempt: AttemptId,
        (why, answer): (Option<Ending>, Answer),
    ) -> Result<Executed<Payment>, ExecuteError<Infallible>> {
        let at = self.clock.now();
        let command = Command {
            id: payment.state.id,
            input: (),
            cause: ticket.cause.by(PaymentJob::END_ATTEMPT),
            guards: vec![Guard::Job(ticket.clone())],
            basis: Basis::Known(payment.clone()),
        };
        let decide = |payment: Option<&Payment>, (): &()| {
            let decided = payment.map(|p| decide(p, attempt, (why, &answer), at));
            Ok(decided.unwrap_or_else(Decision::nothing))
        };
        execute(&*self.payments, &*self.clock, &*self.ids, vec![command], decide).await.remove(0)
    }
}

/// Why there is something to end now: what has ended, or is paid, stays as it is. (What is due later
/// has its job later: this one was ordered at the deadline, or by whoever called off.)
fn why(payment: &Payment) -> Option<Ending> {
    let open = payment.status().is_open();
    let page_left = payment.attempts.iter().any(|a| a.closed.is_some() && a.page.is_some());
    match payment.call_off {
        _ if !open && !page_left => None,
        Some(_) => Some(Ending::CalledOff),
        None => Some(Ending::Overdue),
    }
}

fn decide(
    payment: &Payment,
    attempt: AttemptId,
    (why, answer): (Option<Ending>, &Answer),
    at: Timestamp,
) -> Decision<Payment> {
    let (Some(why), Answer::Over(seen)) = (why, answer) else { return Decision::nothing() };
    let mut after: After = observe(payment, attempt, seen, at);
    if after.payment.status().is_open() {
        after.takes(after.payment.closed(attempt, why, at));
    }
    let jobs = after.work(attempt, at);
    jobs.into_iter().fold(after.decision(), Decision::with_job)
}

fn again(error: String, after: Option<Duration>) -> Finish {
    Finish::Again { error, after }
}
