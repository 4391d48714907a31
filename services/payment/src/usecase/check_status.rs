//! Asks the gateway where a payment stands and applies that, and only that.
//!
//! Callbacks, polls and operators all end here: a hint says when to ask, never what is true.

use super::apply::{After, observe};
use super::desk::{Desk, SCHEDULE, again, closing, failed};
use super::ports::{GatewayError, PaymentJob};
use crate::models::{AttemptId, Callback, Observation, Payment, Receipt, Transaction, Verdict};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use engine::{Decision, Versioned};
use kernel::Timestamp;
use std::time::Duration;

/// Hints about an attempt that are looked at, newest first.
const HINTS_MAX: usize = 20;
/// Transactions asked about in one run.
const ASKED_MAX: usize = 5;
/// If the gateway's answer lags its own callback, it is asked again after these pauses.
const LAG: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

/// The verb, run as a job.
pub struct CheckStatus(pub Desk);

#[async_trait]
impl Work for CheckStatus {
    fn kind(&self) -> &'static str {
        PaymentJob::CHECK_STATUS
    }

    fn schedule(&self) -> Schedule {
        SCHEDULE
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        let attempt = AttemptId(ticket.target);
        let (payment, hints) = match self.read(attempt).await {
            Ok(read) => read,
            Err(finish) => return finish,
        };
        let asked_at = self.0.clock.now();
        let told = match self.ask(&payment.state, attempt, &hints).await {
            Ok(told) => told,
            Err(error) => return failed(ticket, &payment.state, error),
        };
        let answer = Answer { attempt, hints, asked_at, told };
        let after = answer.apply(&payment.state, self.0.clock.now()).payment;
        // What stayed unconfirmed through an earlier job does not have every poll repeated.
        // Nor is a report ahead of the gateway, as a callback may be.
        let fresh = |h: &&Callback| h.last_at >= ticket.since && h.receipt != Receipt::Reported;
        let lags = is_behind(answer.hints.iter().filter(fresh), &after);
        let pause = LAG.get(usize::try_from(ticket.attempts).unwrap_or(usize::MAX).wrapping_sub(1));
        let lag = pause.filter(|_| lags);
        // A job that closes does so with this commit, unless hints arrived during the call.
        let (end, guards) = match lag {
            Some(_) => (End::GoesOn, vec![]),
            None => (End::Closes, closing(ticket)),
        };
        let decide = |payment: &Payment, at| answer.decide(payment, at, end);
        match self.0.commit_answers(ticket, &payment, guards, decide).await {
            Ok(()) if lag.is_some() => Finish::Again {
                error: "the gateway does not yet say what its callback said".into(),
                after: lag.copied(),
            },
            Ok(()) => Finish::Settled,
            Err(finish) => finish,
        }
    }
}

impl CheckStatus {
    async fn read(
        &self,
        attempt: AttemptId,
    ) -> Result<(Versioned<Payment>, Vec<Callback>), Finish> {
        let payment = self.0.of_attempt(attempt).await?;
        let hints = self.0.payments.hints_of(attempt, HINTS_MAX).await;
        Ok((payment, hints.map_err(again)?))
    }

    /// Asks about the transactions that hints name and we cannot explain. Without any, or if the
    /// gateway does not explain them either, it asks about the attempt itself and whatever else
    /// we know of it: a false hint, or a try that failed, must not hide the one that was paid. So
    /// it does if something was reported: where that was missed, more may have been.
    async fn ask(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        hints: &[Callback],
    ) -> Result<Told, GatewayError> {
        let (mut seen, mut unknown) = (Vec::new(), Vec::new());
        let mut failed = None;
        let hinted = unexplained(hints, payment);
        for id in hinted.iter().take(ASKED_MAX) {
            match self.ask_about_hint(id).await {
                Ok(told) => seen.extend(told.filter(|told| !is_slip(told, attempt, (id, hints)))),
                Err(error) => failed = Some(error),
            }
        }
        let after = observe(payment, attempt, &seen, self.0.clock.now()).payment;
        let reported = hints.iter().filter(|h| h.receipt == Receipt::Reported);
        let is_told = !is_behind(hints, &after) && !is_behind(reported, payment);
        if !hinted.is_empty() && is_told {
            return Ok(Told { seen, unknown });
        }
        match (self.0.gateway.status(&attempt.to_string()).await, failed.take()) {
            (Ok(told), first) => {
                seen.extend(told);
                failed = first;
            }
            (Err(error), first) => return Err(first.unwrap_or(error)),
        }
        for id in others(payment, attempt, &seen).into_iter().take(ASKED_MAX) {
            match self.0.gateway.status(id).await {
                Ok(Some(told)) => seen.push(told),
                Ok(None) => unknown.push(id.to_owned()),
                Err(error) => {
                    let away = error.is_away();
                    failed = Some(error);
                    if away {
                        break;
                    }
                }
            }
        }
        // What could not be asked about is again, unless there was news without.
        let news = !observe(payment, attempt, &seen, self.0.clock.now()).facts.is_empty();
        failed.filter(|_| !news).map_or(Ok(Told { seen, unknown }), Err)
    }

    /// A hint may name anything: what the gateway will not talk about is no transaction.
    async fn ask_about_hint(&self, id: &str) -> Result<Option<Observation>, GatewayError> {
        match self.0.gateway.status(id).await {
            Err(GatewayError::Refused(reason)) => {
                tracing::warn!(reason, "a hint names what the gateway does not talk about");
                Ok(None)
            }
            answer => answer,
        }
    }
}

/// What becomes of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is asked again soon: the answer lags a hint.
    GoesOn,
    /// It is done.
    Closes,
}

/// What was asked and answered.
struct Answer {
    attempt: AttemptId,
    hints: Vec<Callback>,
    /// When the asking began.
    asked_at: Timestamp,
    told: Told,
}

/// What the gateway said.
struct Told {
    seen: Vec<Observation>,
    /// Transactions that it does not know by their own ids.
    unknown: Vec<String>,
}

impl Answer {
    fn decide(&self, payment: &Payment, at: Timestamp, end: End) -> Decision<Payment> {
        let mut after = self.apply(payment, at);
        if end == End::Closes && self.contradicts(payment, &after.payment) {
            after.takes(after.payment.contradicted(self.attempt, self.asked_at, at));
        }
        let jobs = match end {
            End::Closes => {
                after.work(self.attempt, at).into_iter().chain(after.ending(at)).collect()
            }
            End::GoesOn => after.owed().collect::<Vec<_>>(),
        };
        let decision = after.decision();
        jobs.into_iter().fold(decision, Decision::with_job)
    }

    fn apply(&self, payment: &Payment, at: Timestamp) -> After {
        let mut after = observe(payment, self.attempt, &self.told.seen, at);
        for id in &self.told.unknown {
            after.takes(after.payment.vanished(self.attempt, id, at));
        }
        after
    }

    /// Whether the gateway was asked about all that hints claim, and some of it stays a claim.
    /// Told once for all of them: an answer without news costs no write.
    fn contradicts(&self, before: &Payment, after: &Payment) -> bool {
        let new = |hint: &Callback| {
            hint.verdict(Some(after)) == Verdict::Unconfirmed && hint.last_at < self.asked_at
        };
        unexplained(&self.hints, before).len() <= ASKED_MAX && self.hints.iter().any(new)
    }
}

/// What else is known of the attempt: first what waits for money, then what holds it, newest first.
fn others<'a>(payment: &'a Payment, attempt: AttemptId, seen: &[Observation]) -> Vec<&'a str> {
    let known = payment.attempt(attempt).into_iter().flat_map(|a| a.transactions.iter().rev());
    let mut others: Vec<&Transaction> =
        known.filter(|t| seen.iter().all(|s| s.transaction_id != t.id)).collect();
    others.sort_by_key(|t| (!t.waits(), !t.is_charged()));
    others.into_iter().map(|t| t.id.as_str()).collect()
}

/// The transactions of which hints claim what the gateway has not said: newest first, those that it
/// was asked about in vain last.
fn unexplained<'a>(hints: &'a [Callback], payment: &Payment) -> Vec<&'a str> {
    let judged = |hint: &'a Callback| (hint.verdict(Some(payment)), hint.transaction_id.as_str());
    let of = |wanted: Verdict| {
        hints.iter().map(judged).filter(move |(verdict, _)| *verdict == wanted).map(|(_, id)| id)
    };
    let mut ids: Vec<&str> = Vec::new();
    for id in of(Verdict::Unconfirmed).chain(of(Verdict::Contradicted)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Whether the answer to a hint is about another order only because somebody named a transaction of
/// another: it is dropped, and the hint ends as contradicted. The same after a callback is not: the
/// gateway itself put the two together, so that a person has to see it (`Payment::observe`).
fn is_slip(told: &Observation, attempt: AttemptId, (id, hints): (&str, &[Callback])) -> bool {
    let mut naming = hints.iter().filter(|h| h.transaction_id == id);
    let slip =
        told.order_id != attempt.to_string() && naming.all(|h| h.receipt == Receipt::Reported);
    if slip {
        tracing::warn!(%attempt, "what was reported is a transaction of another order");
    }
    slip
}

fn is_behind<'a>(hints: impl IntoIterator<Item = &'a Callback>, payment: &Payment) -> bool {
    hints.into_iter().any(|h| h.verdict(Some(payment)).is_unexplained())
}
