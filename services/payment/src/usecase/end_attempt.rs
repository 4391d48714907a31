//! Brings an attempt to its end at the gateway: because somebody called the payment off, or because
//! its time is over. Whatever the outcome is, it is the gateway's: here it is asked and looked at.

use super::apply::{After, observe};
use super::desk::{Desk, SCHEDULE, again, closing, failed};
use super::ports::{GatewayError, PageEnd, PaymentJob};
use crate::models::{AttemptId, Ending, GatewayStatus, Observation, Payment, Transaction};
use async_trait::async_trait;
use engine::Decision;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use kernel::Timestamp;
use std::time::Duration;

/// How long after the deadline the gateway is asked to end what is left: its own scheduler lags,
/// and should be first (reference: midtrans.md 6, "settlement after local expiry").
pub const GRACE: Duration = Duration::from_secs(15 * 60);
/// A refusal to close a page that nobody seems to use is believed at this try: by then a choice
/// that was being made is visible.
const BELIEVED_AT: u32 = 2;

/// Transactions beside the latest that are ended in one run.
const OTHERS_MAX: usize = 5;

/// The verb, run as a job.
pub struct EndAttempt(pub Desk);

/// What the asking came to.
#[derive(Default)]
struct Answer {
    /// Where transactions stand of which nothing can come any more, as far as the gateway knows.
    seen: Vec<Observation>,
    /// Transactions that it does not know any more.
    forgotten: Vec<String>,
    /// Why something still can: look again.
    left: Option<Left>,
}

/// Why an attempt is not over.
enum Left {
    /// Something may come of it.
    Unclear(&'static str),
    /// The gateway did not do or tell it.
    Failed(GatewayError),
}

#[async_trait]
impl Work for EndAttempt {
    fn kind(&self) -> &'static str {
        PaymentJob::END_ATTEMPT
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
        let why = why(&payment.state);
        let answer = match why {
            Some(why) => self.end(&payment.state, attempt, (why, ticket.attempts)).await,
            None => Ok(Answer::default()),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return failed(ticket, &payment.state, error),
        };
        let guards = if answer.left.is_some() { vec![] } else { closing(ticket) };
        let decide = |payment: &Payment, at| decide(payment, attempt, (why, &answer), at);
        if let Err(finish) = self.0.commit_answers(ticket, &payment, guards, decide).await {
            return finish;
        }
        match answer.left {
            None => Finish::Settled,
            Some(Left::Unclear(reason)) => again(reason),
            Some(Left::Failed(error)) => failed(ticket, &payment.state, error),
        }
    }
}

impl EndAttempt {
    /// The attempt's own id tells the latest of its transactions, or none (reference: midtrans.md 2.5):
    /// the others that we know to wait are ended by theirs. One that cannot be ended keeps no other.
    async fn end(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        (why, tries): (Ending, u32),
    ) -> Result<Answer, GatewayError> {
        let latest = self.0.gateway.status(&attempt.to_string()).await?;
        let told = |id: &str| latest.as_ref().is_some_and(|seen| seen.transaction_id == id);
        let known = payment.attempt(attempt).into_iter().flat_map(|a| &a.transactions);
        let others: Vec<&Transaction> = known.filter(|t| t.waits() && !told(&t.id)).collect();
        let mut answer = Answer::default();
        match latest {
            Some(seen) => answer.takes(self.end_one(payment, attempt, (seen, why)).await),
            None => answer.left = self.close_page(payment, attempt, tries).await?,
        }
        for other in others.into_iter().take(OTHERS_MAX) {
            if matches!(&answer.left, Some(Left::Failed(error)) if error.is_away()) {
                break;
            }
            match self.0.gateway.status(&other.id).await {
                Ok(Some(seen)) => answer.takes(self.end_one(payment, attempt, (seen, why)).await),
                Ok(None) => answer.forgotten.push(other.id.clone()),
                Err(error) => answer.takes(Err(error)),
            }
        }
        Ok(answer)
    }

    /// How a transaction stands once nothing can come of it; `None` if it still can.
    async fn end_one(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        (seen, why): (Observation, Ending),
    ) -> Result<Option<Observation>, GatewayError> {
        if !self.waits(payment, attempt, (&seen, why)) {
            return Ok(Some(seen));
        }
        // Whether it was done or something was quicker, the status tells. A reserved amount cannot
        // expire by request, only be cancelled (reference: midtrans.md 2.4).
        if why == Ending::Overdue && seen.status == Ok(GatewayStatus::Pending) {
            self.0.gateway.expire(&seen.transaction_id).await?;
        } else {
            self.0.gateway.cancel(&seen.transaction_id).await?;
        }
        let after = self.0.gateway.status(&seen.transaction_id).await?;
        Ok(after.filter(|seen| !self.waits(payment, attempt, (seen, why))))
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
                let after = observe(payment, attempt, told, self.0.clock.now()).payment;
                let ends = |t: &Transaction| t.is_held() && (why == Ending::CalledOff || t.late);
                after.transactions().any(|t| t.id == seen.transaction_id && ends(t))
            }
            _ => false,
        }
    }

    /// Nobody has chosen a method: the page is closed, so that nobody will. Why it is left open, if it
    /// is.
    async fn close_page(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        tries: u32,
    ) -> Result<Option<Left>, GatewayError> {
        let page = payment.attempt(attempt).and_then(|a| a.page.as_ref());
        let Some(page) = page else { return Ok(None) };
        if self.0.gateway.close_page(attempt, &page.token).await? == PageEnd::Closed {
            return Ok(None);
        }
        Ok(match self.0.gateway.status(&attempt.to_string()).await? {
            Some(_) => Some(Left::Unclear("somebody has begun to pay")),
            None if tries < BELIEVED_AT => Some(Left::Unclear("the page cannot be closed")),
            None => None,
        })
    }
}

impl Answer {
    /// What came of one transaction; the first that is left says why.
    fn takes(&mut self, ended: Result<Option<Observation>, GatewayError>) {
        let left = match ended {
            Ok(Some(seen)) => return self.seen.push(seen),
            Ok(None) => Left::Unclear("the gateway says it still waits"),
            Err(error) => Left::Failed(error),
        };
        self.left.get_or_insert(left);
    }
}

/// Why there is something to end now: what has ended, or is paid, stays as it is. (What is due later
/// has its job later: this one was ordered at the deadline, or by whoever called off.)
fn why(payment: &Payment) -> Option<Ending> {
    let open = payment.awaits_money();
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
    let Some(why) = why else { return Decision::nothing() };
    let Answer { seen, forgotten, left } = answer;
    let mut after: After = observe(payment, attempt, seen, at);
    for id in forgotten {
        after.takes(after.payment.vanished(attempt, id, at));
        after.takes(after.payment.forgotten(attempt, id, (why, at)));
    }
    let doubted = seen.iter().any(|seen| may_be_money(payment, attempt, seen));
    if left.is_none() && after.payment.status().is_open() && !doubted {
        after.takes(after.payment.closed(attempt, why, at));
    }
    // What is left has this job, which goes on: a look beside it would only order it again.
    let jobs = match left {
        Some(_) => after.owed().collect(),
        None => after.work(attempt, at),
    };
    jobs.into_iter().fold(after.decision(), Decision::with_job)
}

/// What is not believed and may be money is not told as "no payment came": a person looks.
fn may_be_money(payment: &Payment, attempt: AttemptId, seen: &Observation) -> bool {
    let ended = seen.status.as_ref().is_ok_and(|status| status.is_end());
    !ended && payment.believes(attempt, seen).is_err()
}
