//! What the gateway's answers do to a payment, and what work follows: one place for all verbs that
//! ask it.

use super::ports::PaymentJob;
use super::{GRACE, next_look};
use crate::models::{AttemptId, Observation, Payment, PaymentFact, PaymentStatus, RefundState};
use engine::Decision;
use kernel::Timestamp;

/// A payment after news, and the news.
#[derive(Debug)]
pub(super) struct After {
    pub(super) payment: Payment,
    pub(super) facts: Vec<PaymentFact>,
}

/// Applies answers about an attempt one after the other.
pub(super) fn observe(
    payment: &Payment,
    attempt: AttemptId,
    seen: &[Observation],
    at: Timestamp,
) -> After {
    let mut after = After::of(payment);
    for observation in seen {
        after.takes(after.payment.hears(attempt, observation, at));
    }
    after
}

impl After {
    /// As it is, before any news.
    pub(super) fn of(payment: &Payment) -> Self {
        Self { payment: payment.clone(), facts: Vec::new() }
    }

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

    /// The work that follows: what is owed to the gateway, and the next unasked-for look.
    pub(super) fn work(&self, attempt: AttemptId, at: Timestamp) -> Vec<PaymentJob> {
        let order = self.payment.bill.order_id;
        let look = next_look(&self.payment, at);
        let look = look.map(|when| PaymentJob::CheckStatus(order, attempt, when));
        self.owed().chain(look).collect()
    }

    /// The jobs that give money back and tell of reviews, if there is any to give and to tell. They
    /// are ordered as long as that is so, not only when it becomes so: a job that was lost comes
    /// back, and one that is open is one. Such a job itself orders no other of its kind.
    pub(super) fn owed(&self) -> impl Iterator<Item = PaymentJob> + use<> {
        let payment = &self.payment;
        let (order, id) = (payment.bill.order_id, payment.id);
        let gives = payment.refunds.iter().any(|refund| refund.state == RefundState::Asked);
        let tells = payment.to_review().next().is_some();
        let give = gives.then_some(PaymentJob::GiveBack(order, id));
        give.into_iter().chain(tells.then_some(PaymentJob::Review(order, id)))
    }

    /// The jobs that end what should have ended by now: the one of the deadline was lost, or what
    /// could be paid came after somebody called it off. Not for the job that ends: it would order
    /// itself.
    pub(super) fn ending(&self, at: Timestamp) -> impl Iterator<Item = PaymentJob> {
        let payment = &self.payment;
        let attempts = payment.attempts.iter().filter(move |_| is_to_end(payment, at));
        attempts.map(move |a| PaymentJob::EndAttempt(payment.bill.order_id, a.id, at))
    }
}

/// What fraud detection holds is left to whoever reviews it, at the deadline: the customer was in time,
/// unless the charge came after an end.
fn is_to_end(payment: &Payment, at: Timestamp) -> bool {
    let status = payment.status();
    let late = || payment.transactions().any(|t| t.is_held() && t.late);
    let overdue =
        || at >= payment.due_at + GRACE && (status != PaymentStatus::Challenged || late());
    payment.awaits_money() && (payment.call_off.is_some() || overdue())
}
