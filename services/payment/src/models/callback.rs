//! A callback: evidence that makes us ask the gateway, and nothing more.
//!
//! Its signature does not cover the status (reference: midtrans.md 0.1 #5), so a callback moves
//! no payment. What it was worth is derived from what the gateway said when asked.

use super::{AttemptId, GatewayStatus, OrderId, Payment};
use kernel::Timestamp;

/// What was plain on receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// About one of our attempts: the gateway will be asked.
    Hint,
    /// About an order that we do not have.
    UnknownOrder,
    /// About one of our attempts, with another amount.
    AmountMismatch,
}

impl Receipt {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::UnknownOrder => "unknown_order",
            Self::AmountMismatch => "amount_mismatch",
        }
    }

    /// The receipt of a name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hint, Self::UnknownOrder, Self::AmountMismatch]
            .into_iter()
            .find(|r| r.as_str() == text)
    }
}

/// A callback with a valid signature, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// SHA-256 of the body: the same body again is the same callback.
    pub digest: [u8; 32],
    /// The attempt that it names, if it is ours.
    pub attempt: Option<AttemptId>,
    /// The order behind that attempt.
    pub order_id: Option<OrderId>,
    /// Which transaction.
    pub transaction_id: String,
    /// The status that it claims, in the gateway's word.
    pub status: String,
    /// What was plain on receipt.
    pub receipt: Receipt,
    /// As received.
    pub body: String,
    /// How often it came.
    pub times: u32,
    /// First.
    pub received_at: Timestamp,
    /// Last.
    pub last_at: Timestamp,
}

/// What a callback was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The gateway said the same when asked.
    Confirmed,
    /// The gateway is past it: a late or repeated callback.
    Stale,
    /// The gateway does not say so (yet); nothing was changed by it.
    Unconfirmed,
    /// About an order that we do not have.
    UnknownOrder,
    /// With another amount than ours; nothing was changed by it.
    AmountMismatch,
}

impl Verdict {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Stale => "stale",
            Self::Unconfirmed => "unconfirmed",
            Self::UnknownOrder => "unknown_order",
            Self::AmountMismatch => "amount_mismatch",
        }
    }
}

impl Callback {
    /// What it was worth, given what the gateway told about its payment.
    pub fn verdict(&self, payment: Option<&Payment>) -> Verdict {
        match self.receipt {
            Receipt::UnknownOrder => return Verdict::UnknownOrder,
            Receipt::AmountMismatch => return Verdict::AmountMismatch,
            Receipt::Hint => {}
        }
        let known = payment
            .zip(self.attempt)
            .and_then(|(payment, attempt)| payment.attempt(attempt))
            .and_then(|a| a.transactions.iter().find(|t| t.id == self.transaction_id));
        let claimed: Option<GatewayStatus> = self.status.parse().ok();
        match (known, claimed) {
            (Some(known), Some(claimed)) if known.status == claimed => Verdict::Confirmed,
            (Some(known), Some(claimed)) if claimed.leads_to(known.status) => Verdict::Stale,
            _ => Verdict::Unconfirmed,
        }
    }
}
