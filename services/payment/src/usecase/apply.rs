//! What the gateway's answers do to a payment, and what work follows: one place for all verbs that
//! ask it.

use super::next_look;
use super::ports::PaymentJob;
use crate::models::{AttemptId, Observation, Payment, PaymentFact, RefundState};
use engine::Decision;
use kernel::Timestamp;

/// A payment after news, and the news.
pub(super) struct After {
    pub(super) payment: Payment,
    pub(super) facts: Vec<PaymentFact>,
}

/// Applies answers about an attempt one after the other: where transactions stand, refunds that are
/// listed, and refunds that follow from it.
pub(super) fn observe(
    payment: &Payment,
    attempt: AttemptId,
    seen: &[Observation],
    at: Timestamp,
) -> After {
    let mut after = After { payment: payment.clone(), facts: Vec::new() };
    for observation in seen {
        let before = after.payment.clone();
        after.takes(before.observe(attempt, observation, at));
        after.takes(after.payment.refunds_seen(observation, at));
        after.takes(after.payment.owed_since(&before, at));
    }
    after
}

impl After {
    pub(super) fn takes(&mut self, moves: impl IntoIterator<Item = (Payment, PaymentFact)>) {
        for (payment, fact) in moves {
            self.payment = payment;
            self.facts.push(fact);
        }
    }

    /// As the change that it is; nothing without news.
    pub(super) fn decision(self) -> Decision<Payment> {
        match self.facts.is_empty() {
            true => Decision::nothing(),
            false => Decision::becomes(self.payment, self.facts),
        }
    }

    /// The work that follows: money that is to go back, and the next unasked-for look.
    pub(super) fn work(&self, attempt: AttemptId, at: Timestamp) -> Vec<PaymentJob> {
        let order = self.payment.bill.order_id;
        let look = next_look(&self.payment, at);
        let look = look.map(|when| PaymentJob::CheckStatus(order, attempt, when));
        self.giving_back().into_iter().chain(look).collect()
    }

    /// The job that gives money back, if some is newly to go.
    pub(super) fn giving_back(&self) -> Option<PaymentJob> {
        let new = |fact: &PaymentFact| {
            matches!(fact, PaymentFact::RefundAsked { state: RefundState::Asked, .. })
        };
        let payment = &self.payment;
        let job = || PaymentJob::GiveBack(payment.bill.order_id, payment.id);
        self.facts.iter().any(new).then(job)
    }
}
