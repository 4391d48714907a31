//! The order's states and the edges between them, as data.

use super::PaymentStatus;
use std::fmt;
use std::str::FromStr;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// Accepted; there is no way to pay yet.
    Pending,
    /// The customer can pay.
    AwaitingPayment,
    /// The gateway's fraud detection wants a decision.
    OnHold,
    /// Paid.
    Paid,
    /// The last attempt was denied or failed; another may follow.
    PaymentFailed,
    /// Not paid in time.
    Expired,
    /// Called off.
    Cancelled,
    /// Part of the money went back.
    PartiallyRefunded,
    /// All the money went back.
    Refunded,
    /// The gateway took a settlement back.
    PaymentReversed,
    /// The card holder's bank took money back.
    ChargedBack,
}

use OrderStatus::{
    AwaitingPayment, Cancelled, ChargedBack, Expired, OnHold, Paid, PartiallyRefunded,
    PaymentFailed, PaymentReversed, Pending, Refunded,
};

/// Every legal move. The gateway may skip states (the first we hear may be a settlement), and
/// money may come late: that is why `expired` and `cancelled` can still become `paid`
/// (reference: midtrans.md 3.3, reliability.md F81 to F83).
pub const EDGES: &[(OrderStatus, &[OrderStatus])] = &[
    (Pending, &[AwaitingPayment, OnHold, Paid, PaymentFailed, Expired, Cancelled]),
    (AwaitingPayment, &[OnHold, Paid, PaymentFailed, Expired, Cancelled]),
    (OnHold, &[Paid, PaymentFailed, Expired, Cancelled]),
    (PaymentFailed, &[AwaitingPayment, OnHold, Paid, Expired, Cancelled]),
    (Expired, &[OnHold, Paid]),
    (Cancelled, &[OnHold, Paid]),
    (Paid, &[PartiallyRefunded, Refunded, PaymentReversed, ChargedBack, Cancelled]),
    (PartiallyRefunded, &[Refunded, ChargedBack]),
    (PaymentReversed, &[OnHold, Paid]),
    (Refunded, &[]),
    (ChargedBack, &[]),
];

impl OrderStatus {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Pending,
        AwaitingPayment,
        OnHold,
        Paid,
        PaymentFailed,
        Expired,
        Cancelled,
        PartiallyRefunded,
        Refunded,
        PaymentReversed,
        ChargedBack,
    ];

    /// Whether the table has the edge.
    pub fn may_become(self, next: Self) -> bool {
        EDGES.iter().any(|(from, to)| *from == self && to.contains(&next))
    }

    /// The state that a payment status asks for.
    pub fn wanted_by(payment: PaymentStatus) -> Self {
        match payment {
            PaymentStatus::Pending | PaymentStatus::Authorized => AwaitingPayment,
            PaymentStatus::Challenged => OnHold,
            PaymentStatus::Paid => Paid,
            PaymentStatus::Denied | PaymentStatus::Failed => PaymentFailed,
            PaymentStatus::Expired => Expired,
            PaymentStatus::Cancelled => Cancelled,
            PaymentStatus::PartiallyRefunded => PartiallyRefunded,
            PaymentStatus::Refunded => Refunded,
            PaymentStatus::Reversed => PaymentReversed,
            PaymentStatus::ChargedBack => ChargedBack,
        }
    }

    /// Its name, on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Pending => "pending",
            AwaitingPayment => "awaiting_payment",
            OnHold => "on_hold",
            Paid => "paid",
            PaymentFailed => "payment_failed",
            Expired => "expired",
            Cancelled => "cancelled",
            PartiallyRefunded => "partially_refunded",
            Refunded => "refunded",
            PaymentReversed => "payment_reversed",
            ChargedBack => "charged_back",
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an order status")]
pub struct UnknownStatus;

impl FromStr for OrderStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(UnknownStatus)
    }
}
