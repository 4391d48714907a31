//! What an order knows of its payment: only what the payment service told.

use super::status::UnknownStatus;
use kernel::{Timestamp, typed_id};
use std::str::FromStr;

typed_id! {
    /// A payment, chosen by the payment service.
    pub struct PaymentId;
}

/// A payment's status, as told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// The customer can pay.
    Pending,
    /// A card amount is reserved.
    Authorized,
    /// Fraud detection wants a decision.
    Challenged,
    /// Paid.
    Paid,
    /// An attempt was denied.
    Denied,
    /// The gateway could not carry it out.
    Failed,
    /// Not paid in time.
    Expired,
    /// Called off.
    Cancelled,
    /// Part of the money went back.
    PartiallyRefunded,
    /// All the money went back.
    Refunded,
    /// The gateway took a settlement back.
    Reversed,
    /// The bank took money back.
    ChargedBack,
    /// Money has to go back and the gateway cannot do it.
    RefundManualRequired,
}

impl PaymentStatus {
    /// Every status.
    pub const ALL: [Self; 13] = [
        Self::Pending,
        Self::Authorized,
        Self::Challenged,
        Self::Paid,
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
            Self::Authorized => "authorized",
            Self::Challenged => "challenged",
            Self::Paid => "paid",
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

impl FromStr for PaymentStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(UnknownStatus)
    }
}

/// The payment, as last told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Which.
    pub id: PaymentId,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The gateway's name of the method, once chosen.
    pub method: Option<String>,
    /// The payment service's sequence of this fact.
    pub sequence: u32,
}

/// One fact about the payment, as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentUpdate {
    /// The payment after it.
    pub payment: Payment,
    /// Its money came after the order had ended, and is on its way back: nobody is to ship for it.
    pub is_late: bool,
    /// When it arrived.
    pub at: Timestamp,
}
