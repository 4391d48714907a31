//! Has the gateway give money back: intent recorded (the refund and this job), call, result recorded.
//!
//! The refund's key is the gateway's too and the same on every retry, so an answer that was lost is
//! simply asked for again. What the gateway cannot do is put before a person.

use super::apply::observe;
use super::desk::{Desk, SCHEDULE};
use super::errands::{Answer, Answers, Errand, applied, run};
use super::ports::{Ended, GatewayError, PaymentJob, RefundAnswer};
use crate::models::{AttemptId, GatewayStatus, Moved, Observation, Payment, Refund, RefundState};
use async_trait::async_trait;
use engine::jobs::{Finish, Schedule, Ticket, Work};
use kernel::{Money, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long the gateway may put a refund off before a person hears of it. ShopeePay's night has six
/// hours (reference: midtrans.md 2.6); "not at this time" is also what a window says that is over.
const PUT_OFF_MAX: Duration = Duration::from_secs(24 * 60 * 60);

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

/// What came of asking for a refund, by its key.
pub(super) enum Given {
    /// It is so far.
    Moved(String, RefundState),
    /// For longer than it may take, nobody can tell.
    InVain(AttemptId, String),
}

#[async_trait]
impl Errand for GiveBack {
    type News = Given;
    const KIND: &'static str = PaymentJob::GIVE_BACK;
    const LEFT: &'static str = "the gateway has not yet said what became of it";

    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn call(&self, payment: &Payment) -> Answers<Given> {
        let (mut answers, mut failed, mut tried) = (Vec::new(), None, BTreeSet::new());
        // Each is judged by what the ones before it left of the money.
        let mut known = payment.clone();
        while let Some((attempt, refund)) = next(&known, &mut tried) {
            let answer = match &failed {
                Some(error) if GatewayError::is_away(error) => Err(None),
                _ => self.give(&known, attempt, refund).await.map_err(Some),
            };
            let at = self.0.clock.now();
            let answer = answer.unwrap_or_else(|error| {
                failed = error.or(failed.take());
                Answer { attempt, news: in_vain(&known, (attempt, refund), at), seen: vec![] }
            });
            known = applied::<Self>(&known, std::slice::from_ref(&answer), at).payment;
            answers.push(answer);
        }
        (answers, failed)
    }

    fn moved(payment: &Payment, given: &Given, at: Timestamp) -> Option<Moved> {
        match given {
            // A look may have found meanwhile that it was done.
            Given::Moved(key, state) => asked(payment)
                .any(|(_, refund)| refund.key == *key)
                .then(|| payment.refund_moved(key, state.clone(), at))?,
            Given::InVain(attempt, key) => payment.asked_in_vain(*attempt, key, at),
        }
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
        let of = payment.transactions().find(|t| t.id == *id);
        let captured =
            of.is_some_and(|t| t.status == GatewayStatus::Capture && t.gross == refund.amount);
        let did = if captured {
            // A charge that has not settled is called off instead (reference: midtrans.md 2.6).
            match gateway.cancel(id).await? {
                Ended::Done => Did::Moved(RefundState::Confirmed),
                Ended::OtherState => Did::Nothing("it cannot be called off any more".to_owned()),
            }
        } else {
            match gateway.refund(refund).await? {
                RefundAnswer::Taken => Did::Moved(RefundState::Taken),
                RefundAnswer::Known => Did::Before,
                RefundAnswer::OtherState(why) => Did::Nothing(why),
                RefundAnswer::Declined(why) => Did::Never(why),
            }
        };
        let seen: Vec<Observation> = gateway.status(id).await?.into_iter().collect();
        let believed = seen.iter().find(|seen| payment.believes(attempt, seen).is_ok());
        let (at, before) = (self.0.clock.now(), matches!(did, Did::Before));
        let state = became(payment, (attempt, refund), (did, believed), at);
        let moved = state.map(|state| Given::Moved(refund.key.clone(), state));
        let vain = || before.then(|| in_vain(payment, (attempt, refund), at)).flatten();
        let news = moved.or_else(vain);
        Ok(Answer { attempt, news, seen })
    }
}

/// What the call about a refund came to.
enum Did {
    /// It moved the refund.
    Moved(RefundState),
    /// The gateway has had it since an earlier call.
    Before,
    /// Not now, for this reason: its state, or the hour.
    Nothing(String),
    /// It will not, for this reason.
    Never(String),
}

/// How far a refund is after a call about it and a look; `None`: it stays asked for, and the next run
/// asks again, for what is left of it by then.
fn became(
    payment: &Payment,
    (attempt, refund): (AttemptId, &Refund),
    (did, seen): (Did, Option<&Observation>),
    at: Timestamp,
) -> Option<RefundState> {
    use GatewayStatus::{Cancel, Capture, Chargeback, Deny, PartialRefund, Settlement};
    let seen_as = |wanted: &[GatewayStatus]| {
        seen.is_some_and(|seen| seen.status.as_ref().is_ok_and(|status| wanted.contains(status)))
    };
    let listed = seen.and_then(|seen| seen.refunds.iter().find(|r| r.key == refund.key));
    let told = match listed.map(|listed| listed.confirmed) {
        Some(true) => Some(RefundState::Confirmed),
        Some(false) => Some(RefundState::Taken),
        None if seen_as(&[Cancel]) => Some(RefundState::Confirmed),
        None => seen_as(&[Deny, Chargeback]).then_some(RefundState::Moot),
    };
    match did {
        Did::Moved(state) => Some(state),
        _ if told.is_some() => told,
        Did::Before => {
            seen.is_some_and(|seen| is_in_sum(payment, refund, seen)).then_some(RefundState::Taken)
        }
        // Some of it has gone elsewhere: what is left of it, the look decides.
        _ if is_cut(payment, (attempt, refund), seen, at) => None,
        Did::Never(why) => Some(RefundState::Manual(why)),
        // It waits for its settlement.
        Did::Nothing(_) if seen.is_none() || seen_as(&[Capture]) => None,
        Did::Nothing(why) if seen_as(&[Settlement, PartialRefund]) => {
            is_overdue(payment, refund, at).then_some(RefundState::Manual(why))
        }
        Did::Nothing(why) => Some(RefundState::Manual(why)),
    }
}

/// Something for a person, if nobody can tell for too long what became of it.
fn in_vain(
    payment: &Payment,
    (attempt, refund): (AttemptId, &Refund),
    at: Timestamp,
) -> Option<Given> {
    is_overdue(payment, refund, at).then(|| Given::InVain(attempt, refund.key.clone()))
}

/// Whether what went back of the transaction in all has room for the refund beside the others that did.
fn is_in_sum(payment: &Payment, refund: &Refund, seen: &Observation) -> bool {
    if seen.status == Ok(GatewayStatus::Refund) {
        return true;
    }
    let others = |r: &&Refund| {
        let went = matches!(r.state, RefundState::Taken | RefundState::Confirmed);
        went && r.transaction == refund.transaction
    };
    let known = payment.refunds.iter().filter(others).map(|r| (&r.key, r.amount));
    let listed = seen.refunds.iter().map(|r| (&r.key, r.amount));
    let others: BTreeMap<&String, Money> = known.chain(listed).collect();
    let others: i64 = others.values().map(|amount| amount.as_rupiah()).sum();
    let sum = seen.refunded.map_or(0, Money::as_rupiah);
    sum >= others + refund.amount.as_rupiah()
}

fn is_cut(
    payment: &Payment,
    (attempt, refund): (AttemptId, &Refund),
    seen: Option<&Observation>,
    at: Timestamp,
) -> bool {
    let Some(seen) = seen else { return false };
    let after = observe(payment, attempt, std::slice::from_ref(seen), at).payment;
    let same = |r: &Refund| r.key == refund.key && r.is_due() && r.amount == refund.amount;
    !after.refunds.iter().any(same)
}

/// Whether the gateway has put it off for longer than a provider's night, since it could be given back
/// as far as we know.
fn is_overdue(payment: &Payment, refund: &Refund, at: Timestamp) -> bool {
    use GatewayStatus::{PartialRefund, Settlement};
    let of = payment.transactions().find(|t| t.id == refund.transaction);
    of.is_some_and(|t| {
        // What has only now settled is asked for as a refund first.
        matches!(t.status, Settlement | PartialRefund)
            && at >= t.seen_at.max(refund.asked_at) + PUT_OFF_MAX
    })
}

/// The first that was not tried yet.
fn next<'a>(payment: &'a Payment, tried: &mut BTreeSet<String>) -> Option<(AttemptId, &'a Refund)> {
    asked(payment).find(|(_, refund)| tried.insert(refund.key.clone()))
}

fn asked(payment: &Payment) -> impl Iterator<Item = (AttemptId, &Refund)> {
    let waits = |refund: &&Refund| refund.state == RefundState::Asked;
    payment.refunds.iter().filter(waits).filter_map(|refund| {
        let of =
            |a: &&crate::models::Attempt| a.transactions.iter().any(|t| t.id == refund.transaction);
        Some((payment.attempts.iter().find(of)?.id, refund))
    })
}
