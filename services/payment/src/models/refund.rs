//! Money that goes back: what was asked for, what the gateway made of it, and what a method can do.

use super::Transaction;
use kernel::{Money, Timestamp, typed_id};
use std::fmt;

typed_id! {
    /// A refund; in 36 characters the gateway's `refund_key`. The same key on every retry, so that
    /// a repeated call cannot give money back twice.
    pub struct RefundId;
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundCause {
    /// The merchant asked for it.
    Asked,
    /// The order was to be cancelled, was paid meanwhile, and the caller had asked for the money
    /// back in that case.
    CalledOff,
    /// It arrived after the payment had ended.
    Late,
    /// The order was paid already.
    Second,
    /// It was done elsewhere, as in the gateway's dashboard: we only learned of it.
    Elsewhere,
}

/// How far a refund is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundState {
    /// The gateway is to be asked, or was and has not answered.
    Asked,
    /// The gateway took it on.
    Taken,
    /// The bank confirmed it.
    Confirmed,
    /// The gateway cannot: a person has to transfer the money. Holds the reason.
    Manual(String),
    /// A person transferred it.
    ByHand,
    /// There is nothing to give back any more: the bank took the payment back itself.
    Moot,
}

/// A refund of one transaction, whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Identity; `refund_key` at the gateway.
    pub key: String,
    /// Of which transaction.
    pub transaction: String,
    /// How much.
    pub amount: Money,
    /// Why.
    pub cause: RefundCause,
    /// In the merchant's words, for the gateway and the books.
    pub reason: Option<String>,
    /// How far.
    pub state: RefundState,
    /// Asked for, or first heard of.
    pub asked_at: Timestamp,
    /// Last moved.
    pub updated_at: Timestamp,
}

/// Money on its way back, as far as others hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoesBack {
    /// Why.
    pub cause: RefundCause,
    /// How much.
    pub amount: Money,
}

/// What a method lets the gateway give back (reference: midtrans.md 2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Nothing.
    Never,
    /// All at once, for so many days.
    Whole {
        /// After the settlement.
        days: i64,
    },
    /// In parts too, for so many days.
    Parts {
        /// After the settlement.
        days: i64,
    },
}

/// By `payment_type`. A method that is not listed is tried: the gateway refuses what it cannot.
const CAPABILITIES: &[(&str, Capability)] = &[
    ("bank_transfer", Capability::Never),
    ("permata", Capability::Never),
    ("echannel", Capability::Never),
    ("cstore", Capability::Never),
    ("credit_card", Capability::Parts { days: 180 }),
    ("gopay", Capability::Parts { days: 45 }),
    // From other wallets only 7; the gateway tells, the table must not promise less than can be.
    ("qris", Capability::Parts { days: 45 }),
    ("dana", Capability::Parts { days: 45 }),
    ("shopeepay", Capability::Parts { days: 365 }),
    ("ovo", Capability::Whole { days: 7 }),
    ("kredivo", Capability::Parts { days: 14 }),
    ("akulaku", Capability::Parts { days: 14 }),
];

impl Capability {
    /// What a method can.
    pub fn of(method: Option<&str>) -> Self {
        let listed = CAPABILITIES.iter().find(|(name, _)| Some(*name) == method);
        listed.map_or(Self::Parts { days: 180 }, |(_, capability)| *capability)
    }

    /// Why the gateway cannot give back this part of a transaction; `None` if it may.
    pub fn objects(self, of: &Transaction, amount: Money, at: Timestamp) -> Option<&'static str> {
        let days = match self {
            Self::Never => return Some("this method cannot be refunded through the gateway"),
            Self::Whole { .. } if amount != of.gross || of.refunded != Money::rupiah(0) => {
                return Some("this method can only be refunded whole");
            }
            Self::Whole { days } | Self::Parts { days } => days,
        };
        let age = at.duration_since(of.paid_at.unwrap_or(at));
        (age.as_hours() >= 24 * days).then_some("the time in which it can be refunded is over")
    }
}

impl RefundCause {
    /// Every cause.
    pub const ALL: [Self; 5] =
        [Self::Asked, Self::CalledOff, Self::Late, Self::Second, Self::Elsewhere];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::CalledOff => "called_off",
            Self::Late => "late_money",
            Self::Second => "second_payment",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The cause of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

impl RefundState {
    /// Its name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Taken => "taken",
            Self::Confirmed => "confirmed",
            Self::Manual(_) => "manual_required",
            Self::ByHand => "by_hand",
            Self::Moot => "moot",
        }
    }

    /// The state of a name; `reason` is that of a manual one.
    pub fn parse(text: &str, reason: Option<String>) -> Option<Self> {
        Some(match text {
            "asked" => Self::Asked,
            "taken" => Self::Taken,
            "confirmed" => Self::Confirmed,
            "manual_required" => Self::Manual(reason.unwrap_or_default()),
            "by_hand" => Self::ByHand,
            "moot" => Self::Moot,
            _ => return None,
        })
    }

    /// Why a person has to do it.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Manual(reason) => Some(reason),
            _ => None,
        }
    }
}

impl Refund {
    /// Whether its money is spoken for and not yet in the transaction's own `refunded`.
    pub fn is_due(&self) -> bool {
        matches!(self.state, RefundState::Asked | RefundState::Manual(_))
    }
}

impl fmt::Display for RefundCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
#[path = "refund_tests.rs"]
mod tests;
