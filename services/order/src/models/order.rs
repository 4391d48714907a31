//! The order: an aggregate that only payment facts move. A wish to call it off is noted on it.

use super::{
    CancelRefused, CancelRule, CancelWish, Cancellation, Line, OrderDraft, OrderStatus, Payment,
    PaymentUpdate, TotalError, total,
};
use kernel::{
    Account, Email, Money, PersonName, Phone, Retryability, Retryable, Text, Timestamp, typed_id,
};
use std::collections::BTreeMap;

typed_id! {
    /// An order.
    pub struct OrderId;
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Identity.
    pub id: OrderId,
    /// Whose.
    pub account: Account,
    /// The merchant's own name for it.
    pub reference: Option<Text<64>>,
    /// Where it stands.
    pub status: OrderStatus,
    /// Who pays.
    pub customer_name: PersonName,
    /// Where to tell.
    pub email: Email,
    /// Where to call.
    pub phone: Option<Phone>,
    /// Language of customer text.
    pub locale: &'static str,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// Σ of the lines.
    pub total: Money,
    /// The merchant's own notes.
    pub metadata: BTreeMap<String, String>,
    /// What the payment service last told.
    pub payment: Option<Payment>,
    /// Until when it can be paid; orders from before there were such windows have none.
    pub payment_due_at: Option<Timestamp>,
    /// The wish to call it off, once there is one.
    pub cancellation: Option<Cancellation>,
    /// Accepted.
    pub created_at: Timestamp,
    /// Last moved.
    pub updated_at: Timestamp,
}

/// What can happen to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderFact {
    /// Accepted.
    Placed,
    /// Somebody wants it called off. Told again when the wish is raised to a refund.
    CancelRequested(CancelWish),
    /// A payment fact moved it.
    StatusChanged {
        /// From.
        from: OrderStatus,
        /// To.
        to: OrderStatus,
        /// Because of.
        payment: Payment,
    },
    /// A payment fact arrived that changes details but not the status.
    PaymentNoted(Payment),
    /// A payment fact arrived late or against the table: recorded, and the state stays.
    PaymentIgnored {
        /// The status that it did not move.
        status: OrderStatus,
        /// What it said.
        payment: Payment,
    },
}

/// A payment fact arrived before its order: it waits, because order and payment events travel
/// apart. No order is invented from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is not known here yet")]
pub struct PaymentFirst;

impl Retryable for PaymentFirst {
    fn retryability(&self) -> Retryability {
        Retryability::Transient
    }
}

impl Order {
    /// A new order; computes the total.
    pub fn place(id: OrderId, draft: OrderDraft, at: Timestamp) -> Result<Self, TotalError> {
        let total = total(&draft.lines)?;
        Ok(Self {
            id,
            account: draft.account,
            reference: draft.reference,
            status: OrderStatus::Pending,
            customer_name: draft.customer_name,
            email: draft.email,
            phone: draft.phone,
            locale: draft.locale,
            lines: draft.lines,
            total,
            metadata: draft.metadata,
            payment: None,
            payment_due_at: Some(draft.payment_window.end(at)),
            cancellation: None,
            created_at: at,
            updated_at: at,
        })
    }

    /// What a payment fact means for this order: the order after it, and what to record.
    pub fn apply_payment(&self, update: &PaymentUpdate) -> (Self, OrderFact) {
        let payment = update.payment.clone();
        let newest = self.payment.as_ref().map_or(0, |p| p.sequence);
        let stale = payment.sequence <= newest;
        let from = self.status;
        let to = match update.is_late {
            true => self.with_late_money(),
            false => OrderStatus::wanted_by(payment.status),
        };
        if stale || (to != from && !from.may_become(to)) {
            return (self.clone(), OrderFact::PaymentIgnored { status: from, payment });
        }
        let after = Self {
            status: to,
            payment: Some(payment.clone()),
            updated_at: update.at,
            ..self.clone()
        };
        let fact = if to == from {
            OrderFact::PaymentNoted(payment)
        } else {
            OrderFact::StatusChanged { from, to, payment }
        };
        (after, fact)
    }

    /// Late money that goes back makes no order paid; what becomes of it does move it. That the payment
    /// had ended is known by it, if it was not told yet or was held.
    fn with_late_money(&self) -> OrderStatus {
        let ended = !self.status.is_open() || self.status.has_known_money();
        match self.cancellation {
            _ if ended => self.status,
            Some(_) => OrderStatus::Cancelled,
            None => OrderStatus::Expired,
        }
    }

    /// The wish to call the order off: the order with it and what to record, or nothing if no more
    /// is asked for than was accepted already. The status stays, whatever it is.
    pub fn request_cancel(
        &self,
        wish: &CancelWish,
        at: Timestamp,
    ) -> Result<Option<(Self, OrderFact)>, CancelRefused> {
        let earlier = self.cancellation.as_ref();
        let may_refund = wish.refund_if_paid || earlier.is_some_and(|c| c.wish.refund_if_paid);
        match self.status.cancel_rule() {
            CancelRule::Refuse => return Err(CancelRefused::Ended(self.status)),
            CancelRule::AcceptWithRefund if !may_refund => return Err(CancelRefused::Paid),
            CancelRule::Accept | CancelRule::AcceptWithRefund => {}
        }
        let raised = |c: &Cancellation| wish.refund_if_paid && !c.wish.refund_if_paid;
        if earlier.is_some_and(|c| !raised(c)) {
            return Ok(None);
        }
        let reason = wish.reason.as_ref().or_else(|| earlier?.wish.reason.as_ref()).cloned();
        let wish = CancelWish { refund_if_paid: wish.refund_if_paid, reason };
        let requested_at = earlier.map_or(at, |c| c.requested_at);
        let cancellation = Some(Cancellation { requested_at, wish: wish.clone() });
        let after = Self { cancellation, updated_at: at, ..self.clone() };
        Ok(Some((after, OrderFact::CancelRequested(wish))))
    }
}

#[cfg(test)]
mod tests;
