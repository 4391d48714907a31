//! What a payment as a whole owes the gateway: a call for each thing owed, and one commit of all that
//! came of them. Which calls, and what they move, each errand says itself.

use super::GATEWAY_RETRIES;
use super::apply::{After, observe};
use super::ports::{GatewayError, PaymentGateway, Payments};
use crate::models::{AttemptId, Moved, Observation, Payment, PaymentId};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket};
use engine::{Basis, Command, Decision, ExecuteError, Executed, Guard, Versioned, execute};
use kernel::{Clock, Ids, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;

/// Pauses between tries. Nothing that is owed is given up.
pub(super) const SCHEDULE: Schedule = Schedule { delays: &GATEWAY_RETRIES, endless: true };

/// What errands stand on.
pub struct Errands {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

/// What came of one call.
pub(super) struct Answer<N> {
    pub(super) attempt: AttemptId,
    /// What the call itself told, if anything.
    pub(super) news: Option<N>,
    /// How the gateway says that the transaction stands after it.
    pub(super) seen: Vec<Observation>,
}

/// What came of all calls, and of one that failed why.
pub(super) type Answers<N> = (Vec<Answer<N>>, Option<GatewayError>);

/// One kind of errand.
#[async_trait]
pub(super) trait Errand: Sync {
    /// What a call tells by itself.
    type News: Send + Sync;
    /// The kind of its job.
    const KIND: &'static str;
    /// Why it is tried again though nothing failed.
    const LEFT: &'static str;

    /// What it stands on.
    fn errands(&self) -> &Errands;

    /// Makes a call for each thing that is owed.
    async fn call(&self, payment: &Payment) -> Answers<Self::News>;

    /// What such news does to a payment; `None` if it is none any more.
    fn moved(payment: &Payment, news: &Self::News, at: Timestamp) -> Option<Moved>;

    /// Whether anything is owed.
    fn is_left(payment: &Payment) -> bool;
}

/// Does an errand for the payment that a job is about.
pub(super) async fn run<E: Errand>(errand: &E, ticket: &Ticket) -> Finish {
    let Errands { payments, clock, .. } = errand.errands();
    let id = PaymentId(ticket.target);
    let payment = match payments.load(&[id]).await.map(|mut found| found.remove(&id)) {
        Ok(Some(payment)) => payment,
        Ok(None) => return Finish::Dead { reason: "there is no such payment".into() },
        Err(error) => return again(error.to_string()),
    };
    let (answers, failed) = errand.call(&payment.state).await;
    // What came to be owed during the calls is not ours: the guard keeps its job.
    let rest = E::is_left(&applied::<E>(&payment.state, &answers, clock.now()).payment);
    let rest = rest || failed.is_some();
    let guards = if rest { vec![] } else { vec![Guard::Job(ticket.clone())] };
    match (commit(errand, ticket, &payment, (&answers, guards)).await, failed) {
        (Err(error), _) => again(error.to_string()),
        (Ok(_), Some(GatewayError::Unavailable { reason, retry_after })) => {
            Finish::Again { error: reason, after: retry_after }
        }
        (Ok(_), Some(error)) => {
            tracing::error!(order_id = %payment.state.bill.order_id, job = E::KIND, %error,
                "the gateway does not do what is owed");
            again(error.to_string())
        }
        (Ok(_), None) if rest => again(E::LEFT.into()),
        (Ok(_), None) => Finish::Settled,
    }
}

async fn commit<E: Errand>(
    errand: &E,
    ticket: &Ticket,
    payment: &Versioned<Payment>,
    (answers, guards): (&[Answer<E::News>], Vec<Guard>),
) -> Result<Executed<Payment>, ExecuteError<Infallible>> {
    let Errands { payments, clock, ids, .. } = errand.errands();
    let at = clock.now();
    let command = Command {
        id: payment.state.id,
        input: (),
        cause: ticket.cause.by(E::KIND),
        guards,
        basis: Basis::Known(payment.clone()),
    };
    let decide = |payment: Option<&Payment>, (): &()| {
        let Some(payment) = payment else { return Ok(Decision::nothing()) };
        let after = applied::<E>(payment, answers, at);
        let attempt = answers.first().map(|answer| answer.attempt);
        let jobs = attempt.map(|attempt| after.work(attempt, at)).unwrap_or_default();
        // Its own job is kept, or closed by the guard: ordered here, it would be due at once.
        let jobs = jobs.into_iter().filter(|job| job.kind() != E::KIND);
        Ok(jobs.fold(after.decision(), Decision::with_job))
    };
    execute(&**payments, &**clock, &**ids, vec![command], decide).await.remove(0)
}

fn applied<E: Errand>(payment: &Payment, answers: &[Answer<E::News>], at: Timestamp) -> After {
    let mut after = After::of(payment);
    for Answer { attempt, news, seen } in answers {
        after.takes(news.as_ref().and_then(|news| E::moved(&after.payment, news, at)));
        let told = observe(&after.payment, *attempt, seen, at);
        after.payment = told.payment;
        after.facts.extend(told.facts);
    }
    after
}

fn again(error: String) -> Finish {
    Finish::Again { error, after: None }
}
