//! The kinds of message: one for every payment status that customers are told of, and one for whoever
//! paid twice.

use std::str::FromStr;

/// A word that names nothing of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known name")]
pub struct UnknownName;

/// A kind of message; its words are the use cases' to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// Waiting for payment, with the pay link.
    Pending,
    /// Being looked at by fraud detection.
    Challenged,
    /// Paid.
    Paid,
    /// Paid a second time: that money goes back.
    PaidTwice,
    /// An attempt was denied.
    Denied,
    /// An attempt failed.
    Failed,
    /// Not paid in time.
    Expired,
    /// Called off.
    Cancelled,
    /// Part of the money went back.
    PartiallyRefunded,
    /// All the money went back.
    Refunded,
    /// A settlement was taken back.
    Reversed,
    /// The customer's bank took money back.
    ChargedBack,
    /// Money has to go back, by hand.
    RefundManualRequired,
}

impl Template {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Pending,
        Self::Challenged,
        Self::Paid,
        Self::PaidTwice,
        Self::Denied,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Reversed,
        Self::ChargedBack,
        Self::RefundManualRequired,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Challenged => "challenged",
            Self::Paid => "paid",
            Self::PaidTwice => "paid_twice",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Reversed => "reversed",
            Self::ChargedBack => "charged_back",
            Self::RefundManualRequired => "refund_manual_required",
        }
    }
}

impl FromStr for Template {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|t| t.as_str() == text).ok_or(UnknownName)
    }
}
