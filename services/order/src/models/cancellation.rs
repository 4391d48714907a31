//! The wish to call an order off, and the rules for it, as data.
//!
//! A wish moves no state. What becomes of it is the gateway's to say, and arrives as a payment fact:
//! a customer who pays at this moment has paid.

use super::OrderStatus;
use super::OrderStatus::{
    AwaitingPayment, Cancelled, ChargedBack, Expired, OnHold, Paid, PartiallyRefunded,
    PaymentFailed, PaymentReversed, Pending, RefundManualRequired, Refunded,
};
use kernel::{Text, Timestamp};

/// What a caller wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelWish {
    /// Whether the money is to go back if the order is paid, or paid meanwhile.
    pub refund_if_paid: bool,
    /// In the merchant's words.
    pub reason: Option<Text<255>>,
}

/// A wish that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// Accepted first.
    pub requested_at: Timestamp,
    /// The wish; raised from "keep the money" to "give it back", never lowered.
    pub wish: CancelWish,
}

/// What a state says to the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelRule {
    /// Accepted: nobody has paid yet.
    Accept,
    /// Accepted if the money may go back.
    AcceptWithRefund,
    /// Nothing is left to call off.
    Refuse,
}

/// Every state's rule. After a denied payment the customer may still try again, so there is
/// something to call off.
pub const CANCEL_RULES: &[(OrderStatus, CancelRule)] = &[
    (Pending, CancelRule::Accept),
    (AwaitingPayment, CancelRule::Accept),
    (OnHold, CancelRule::Accept),
    (PaymentFailed, CancelRule::Accept),
    (Paid, CancelRule::AcceptWithRefund),
    (Expired, CancelRule::Refuse),
    (Cancelled, CancelRule::Refuse),
    (PartiallyRefunded, CancelRule::Refuse),
    (Refunded, CancelRule::Refuse),
    (PaymentReversed, CancelRule::Refuse),
    (ChargedBack, CancelRule::Refuse),
    (RefundManualRequired, CancelRule::Refuse),
];

impl OrderStatus {
    /// What it says to the wish to call the order off.
    pub fn cancel_rule(self) -> CancelRule {
        let row = CANCEL_RULES.iter().find(|(status, _)| *status == self);
        row.map_or(CancelRule::Refuse, |(_, rule)| *rule)
    }
}

/// Why an order is not called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefused {
    /// It is paid, and the caller did not say that the money may go back.
    #[error("the order is paid")]
    Paid,
    /// There is nothing to call off any more.
    #[error("the order is {0}")]
    Ended(OrderStatus),
}
