//! What a payment as a whole owes the gateway: a call for each thing owed, and one commit of all that
//! came of them. Which calls, and what they move, each errand says itself.

use super::apply::{After, observe};
use super::desk::{Desk, again, closing, failed};
use super::ports::GatewayError;
use crate::models::{AttemptId, Moved, Observation, Payment, PaymentId};
use async_trait::async_trait;
use engine::Decision;
use engine::jobs::{Finish, Ticket};
use kernel::Timestamp;
use std::time::Duration;

/// Until an errand goes on that has got somewhere.
const SOON: Duration = Duration::from_secs(1);

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

    /// Where it is done.
    fn desk(&self) -> &Desk;

    /// Makes a call for each thing that is owed.
    async fn call(&self, payment: &Payment) -> Answers<Self::News>;

    /// What such news does to a payment; `None` if it is none any more.
    fn moved(payment: &Payment, news: &Self::News, at: Timestamp) -> Option<Moved>;

    /// Whether anything is owed.
    fn is_left(payment: &Payment) -> bool;
}

/// Does an errand for the payment that a job is about.
pub(super) async fn run<E: Errand>(errand: &E, ticket: &Ticket) -> Finish {
    let desk = errand.desk();
    let payment = match desk.payment(PaymentId(ticket.target)).await {
        Ok(payment) => payment,
        Err(finish) => return finish,
    };
    let (answers, missed) = errand.call(&payment.state).await;
    // What came to be owed during the calls is not ours: the guard keeps its job.
    let after = applied::<E>(&payment.state, &answers, desk.clock.now());
    let rest = E::is_left(&after.payment) || missed.is_some();
    let guards = if rest { vec![] } else { closing(ticket) };
    let decide = |payment: &Payment, at| decide::<E>(payment, &answers, at);
    match (desk.commit_answers(ticket, &payment, guards, decide).await, missed) {
        (Err(finish), _) => finish,
        (Ok(()), Some(error)) => failed(ticket, &payment.state, error),
        // It is another errand now, as a refund of what is left: nothing to wait for.
        (Ok(()), None) if rest && after.payment.refunds != payment.state.refunds => {
            Finish::Again { error: E::LEFT.into(), after: Some(SOON) }
        }
        (Ok(()), None) if rest => again(E::LEFT),
        (Ok(()), None) => Finish::Settled,
    }
}

fn decide<E: Errand>(
    payment: &Payment,
    answers: &[Answer<E::News>],
    at: Timestamp,
) -> Decision<Payment> {
    let after = applied::<E>(payment, answers, at);
    let attempt = answers.first().map(|answer| answer.attempt);
    let jobs = attempt.map(|attempt| after.work(attempt, at)).unwrap_or_default();
    // Its own job is kept, or closed by the guard: ordered here, it would be due at once.
    let jobs = jobs.into_iter().filter(|job| job.kind() != E::KIND);
    jobs.fold(after.decision(), Decision::with_job)
}

/// A payment after these answers.
pub(super) fn applied<E: Errand>(
    payment: &Payment,
    answers: &[Answer<E::News>],
    at: Timestamp,
) -> After {
    let mut after = After::of(payment);
    for Answer { attempt, news, seen } in answers {
        after.takes(news.as_ref().and_then(|news| E::moved(&after.payment, news, at)));
        let told = observe(&after.payment, *attempt, seen, at);
        after.payment = told.payment;
        after.facts.extend(told.facts);
    }
    after
}
