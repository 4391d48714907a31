//! The order: an aggregate that only payment facts move.

use super::{Line, OrderDraft, OrderStatus, Payment, PaymentUpdate, TotalError, total};
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
            created_at: at,
            updated_at: at,
        })
    }

    /// What a payment fact means for this order: the order after it, and what to record.
    pub fn apply_payment(&self, update: &PaymentUpdate) -> (Self, OrderFact) {
        let payment = update.payment.clone();
        let newest = self.payment.as_ref().map_or(0, |p| p.sequence);
        let stale = payment.sequence <= newest;
        let (from, to) = (self.status, OrderStatus::wanted_by(payment.status));
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
}

#[cfg(test)]
mod tests;
