//! Asks the gateway where a payment stands and applies that, and only that.
//!
//! Callbacks, polls and operators all end here: a hint says when to ask, never what is true.

use super::ports::{GatewayError, PaymentGateway, PaymentJob, Payments};
use super::{GATEWAY_RETRIES, next_poll};
use crate::models::{AttemptId, Callback, Observation, Payment, Verdict};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use engine::{
    Basis, Command, Decision, ExecuteError, Executed, Guard, StoreError, Versioned, execute,
};
use kernel::{Clock, Ids, Timestamp};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Callbacks of an attempt that are looked at, newest first.
const HINTS_MAX: usize = 20;
/// Transactions asked about in one run.
const ASKED_MAX: usize = 5;
/// If the gateway's answer lags its own callback, it is asked again after these pauses.
const LAG: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

/// The verb, run as a job.
pub struct CheckStatus {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Work for CheckStatus {
    fn kind(&self) -> &'static str {
        PaymentJob::CHECK_STATUS
    }

    fn schedule(&self) -> Schedule {
        Schedule { delays: &GATEWAY_RETRIES, endless: true }
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        let attempt = AttemptId(ticket.target);
        let (payment, hints) = match self.read(attempt).await {
            Ok((Some(payment), hints)) => (payment, hints),
            Ok((None, _)) => return Finish::Dead { reason: "no payment has this attempt".into() },
            Err(error) => return Finish::Again { error: error.to_string(), after: None },
        };
        let seen = match self.ask(&payment.state, attempt, &hints).await {
            Ok(seen) => seen,
            Err(GatewayError::Unavailable { reason, retry_after }) => {
                return Finish::Again { error: reason, after: retry_after };
            }
            Err(error) => {
                tracing::error!(order_id = %payment.state.bill.order_id, %error,
                    "the gateway does not tell where a payment stands");
                return Finish::Again { error: error.to_string(), after: None };
            }
        };
        let after = apply(&payment.state, attempt, &seen, self.clock.now());
        // What stayed unconfirmed through an earlier job does not have every poll repeated.
        let lags = is_behind(hints.iter().filter(|h| h.last_at >= ticket.since), &after);
        let pause = LAG.get(usize::try_from(ticket.attempts).unwrap_or(usize::MAX).wrapping_sub(1));
        let lag = pause.filter(|_| lags);
        match self.commit(ticket, &payment, attempt, &seen, lag.is_none()).await {
            Ok(_) if lag.is_some() => Finish::Again {
                error: "the gateway does not yet say what its callback said".into(),
                after: lag.copied(),
            },
            Ok(_) => Finish::Settled,
            Err(error) => Finish::Again { error: error.to_string(), after: None },
        }
    }
}

impl CheckStatus {
    async fn read(
        &self,
        attempt: AttemptId,
    ) -> Result<(Option<Versioned<Payment>>, Vec<Callback>), StoreError> {
        let payment = self.payments.by_attempt(attempt).await?;
        Ok((payment, self.payments.callbacks_of(attempt, HINTS_MAX).await?))
    }

    /// Asks about the transactions that hints name and we cannot explain. Without any, or if the
    /// gateway does not explain them either, it asks about the attempt itself and whatever else
    /// we know of it: a false hint, or a try that failed, must not hide the one that was paid.
    async fn ask(
        &self,
        payment: &Payment,
        attempt: AttemptId,
        hints: &[Callback],
    ) -> Result<Vec<Observation>, GatewayError> {
        let mut seen = Vec::new();
        let unexplained = hints.iter().filter(|h| h.verdict(Some(payment)) == Verdict::Unconfirmed);
        let hinted: BTreeSet<&str> = unexplained.map(|h| h.transaction_id.as_str()).collect();
        for id in hinted.iter().take(ASKED_MAX) {
            seen.extend(self.ask_about_hint(id).await?);
        }
        let after = apply(payment, attempt, &seen, self.clock.now());
        if !hinted.is_empty() && !is_behind(hints, &after) {
            return Ok(seen);
        }
        seen.extend(self.gateway.status(&attempt.to_string()).await?);
        let known = payment.attempt(attempt).into_iter().flat_map(|a| &a.transactions);
        let others: Vec<&str> = known
            .map(|t| t.id.as_str())
            .filter(|id| seen.iter().all(|s| s.transaction_id != *id))
            .collect();
        for id in others.into_iter().take(ASKED_MAX) {
            seen.extend(self.gateway.status(id).await?);
        }
        Ok(seen)
    }

    /// A hint may name anything: what the gateway will not talk about is no transaction.
    async fn ask_about_hint(&self, id: &str) -> Result<Option<Observation>, GatewayError> {
        match self.gateway.status(id).await {
            Err(GatewayError::Refused(reason)) => {
                tracing::warn!(reason, "a callback names what the gateway does not talk about");
                Ok(None)
            }
            answer => answer,
        }
    }

    /// With `close` the job ends with this commit, unless hints arrived during the call.
    async fn commit(
        &self,
        ticket: &Ticket,
        payment: &Versioned<Payment>,
        attempt: AttemptId,
        seen: &[Observation],
        close: bool,
    ) -> Result<Executed<Payment>, ExecuteError<Infallible>> {
        let at = self.clock.now();
        let command = Command {
            id: payment.state.id,
            input: (),
            cause: ticket.cause.by(PaymentJob::CHECK_STATUS),
            guards: if close { vec![Guard::Job(ticket.clone())] } else { vec![] },
            basis: Basis::Known(payment.clone()),
        };
        let decide = |payment: Option<&Payment>, (): &()| {
            Ok(payment.map_or_else(Decision::nothing, |p| decide(p, attempt, seen, at, close)))
        };
        execute(&*self.payments, &*self.clock, &*self.ids, vec![command], decide).await.remove(0)
    }
}

fn decide(
    payment: &Payment,
    attempt: AttemptId,
    seen: &[Observation],
    at: Timestamp,
    close: bool,
) -> Decision<Payment> {
    let mut facts = Vec::new();
    let mut after = payment.clone();
    for observation in seen {
        if let Some((next, fact)) = after.observe(attempt, observation, at) {
            after = next;
            facts.push(fact);
        }
    }
    let age = at.duration_since(payment.created_at).unsigned_abs();
    let poll = PaymentJob::CheckStatus(payment.bill.order_id, attempt, at + next_poll(age));
    let open = after.status().is_open();
    let decision =
        if facts.is_empty() { Decision::nothing() } else { Decision::becomes(after, facts) };
    if close && open { decision.with_job(poll) } else { decision }
}

fn apply(payment: &Payment, attempt: AttemptId, seen: &[Observation], at: Timestamp) -> Payment {
    decide(payment, attempt, seen, at, false).state.unwrap_or_else(|| payment.clone())
}

fn is_behind<'a>(hints: impl IntoIterator<Item = &'a Callback>, payment: &Payment) -> bool {
    hints.into_iter().any(|h| h.verdict(Some(payment)) == Verdict::Unconfirmed)
}
