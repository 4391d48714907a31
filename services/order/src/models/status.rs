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
    /// Money has to go back and the gateway cannot do it: an operator must.
    RefundManualRequired,
}

use OrderStatus::{
    AwaitingPayment, Cancelled, ChargedBack, Expired, OnHold, Paid, PartiallyRefunded,
    PaymentFailed, PaymentReversed, Pending, RefundManualRequired, Refunded,
};

/// Every legal step. The first that we hear may be a settlement, and money may come late: that is
/// why an end can still become `paid`, or what becomes of money that nobody wanted (reference:
/// midtrans.md 3.3, reliability.md F81 to F83). `paid` becomes `cancelled` when a captured card
/// payment is voided before it settles, and is put on hold if fraud detection objects after it was
/// silent (3.4).
pub const EDGES: &[(OrderStatus, &[OrderStatus])] = &[
    (Pending, &[AwaitingPayment, OnHold, Paid, PaymentFailed, Expired, Cancelled]),
    (AwaitingPayment, &[OnHold, Paid, PaymentFailed, Expired, Cancelled]),
    (OnHold, &[AwaitingPayment, Paid, PaymentFailed, Expired, Cancelled]),
    (PaymentFailed, &[AwaitingPayment, OnHold, Paid, Expired, Cancelled]),
    (
        Paid,
        &[
            OnHold,
            PartiallyRefunded,
            Refunded,
            RefundManualRequired,
            PaymentReversed,
            ChargedBack,
            Cancelled,
        ],
    ),
    (PartiallyRefunded, &[Refunded, RefundManualRequired, ChargedBack]),
    (RefundManualRequired, &[PartiallyRefunded, Refunded]),
    (Expired, &[OnHold, Paid, Refunded, RefundManualRequired]),
    (Cancelled, &[OnHold, Paid, Refunded, RefundManualRequired]),
    (Refunded, &[Paid, RefundManualRequired]),
    (PaymentReversed, &[OnHold, Paid]),
    (ChargedBack, &[Paid]),
];

impl OrderStatus {
    /// Every state.
    pub const ALL: [Self; 12] = [
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
        RefundManualRequired,
    ];

    /// Whether a newer payment fact may move an order from here to there.
    ///
    /// By an edge of the table; and to where money is or was, by several at once. Facts may arrive
    /// out of their order, and the newest must not be lost because it came before the others: a
    /// refund that overtakes its payment is a refund.
    pub fn may_become(self, next: Self) -> bool {
        let step = EDGES.iter().any(|(from, to)| *from == self && to.contains(&next));
        step || (next != self && next.has_known_money())
    }

    /// Whether an order comes here only by money that had arrived. The table leads from every
    /// state to each of these, which a test holds.
    pub fn has_known_money(self) -> bool {
        match self {
            Paid | PartiallyRefunded | Refunded | PaymentReversed | ChargedBack
            | RefundManualRequired => true,
            Pending | AwaitingPayment | OnHold | PaymentFailed | Expired | Cancelled => false,
        }
    }

    /// Whether an order does not stay here: a customer, a deadline, the gateway or an operator
    /// moves it on.
    pub fn is_open(self) -> bool {
        match self {
            Pending | AwaitingPayment | OnHold | PaymentFailed | RefundManualRequired => true,
            Paid | Expired | Cancelled | PartiallyRefunded | Refunded | PaymentReversed
            | ChargedBack => false,
        }
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
            PaymentStatus::RefundManualRequired => RefundManualRequired,
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
            RefundManualRequired => "refund_manual_required",
        }
    }
}

/// The table as a picture: Mermaid's `stateDiagram-v2`, the same text every time. An arrow to the
/// end: an order may stay there for ever.
pub fn diagram() -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned(), format!("    [*] --> {Pending}")];
    for (from, all) in EDGES {
        lines.extend(all.iter().map(|to| format!("    {from} --> {to}")));
        if !from.is_open() {
            lines.push(format!("    {from} --> [*]"));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known status")]
pub struct UnknownStatus;

impl FromStr for OrderStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(UnknownStatus)
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
