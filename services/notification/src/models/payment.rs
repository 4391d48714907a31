//! What the payment service tells, as far as customers are told of it.

use super::{OrderId, Template};
use kernel::{Timestamp, typed_id};

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
}

impl PaymentStatus {
    /// What the customer is told of it. A reservation is no news to whoever made it, and a
    /// charge-back is between the merchant and the bank.
    pub fn template(self) -> Option<Template> {
        match self {
            Self::Pending => Some(Template::Pending),
            Self::Challenged => Some(Template::Challenged),
            Self::Paid => Some(Template::Paid),
            Self::Denied => Some(Template::Denied),
            Self::Failed => Some(Template::Failed),
            Self::Expired => Some(Template::Expired),
            Self::Cancelled => Some(Template::Cancelled),
            Self::PartiallyRefunded => Some(Template::PartiallyRefunded),
            Self::Refunded => Some(Template::Refunded),
            Self::Reversed => Some(Template::Reversed),
            Self::Authorized | Self::ChargedBack => None,
        }
    }
}

/// One fact about a payment, as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentUpdate {
    /// Of which order.
    pub order: OrderId,
    /// Which payment.
    pub payment: PaymentId,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Who told: with payment and sequence, what makes this fact itself.
    pub source: String,
    /// The teller's sequence of this fact.
    pub sequence: u32,
    /// When it happened.
    pub at: Timestamp,
}
