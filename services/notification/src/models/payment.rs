//! What the payment service tells, as far as customers are told of it.

use super::{OrderId, Template};
use kernel::{Money, Timestamp, typed_id};

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

/// What customers are told of each status. A reservation is no news to whoever made it.
pub const TOLD: &[(PaymentStatus, Option<Template>)] = &[
    (PaymentStatus::Pending, Some(Template::Pending)),
    (PaymentStatus::Authorized, None),
    (PaymentStatus::Challenged, Some(Template::Challenged)),
    (PaymentStatus::Paid, Some(Template::Paid)),
    (PaymentStatus::Denied, Some(Template::Denied)),
    (PaymentStatus::Failed, Some(Template::Failed)),
    (PaymentStatus::Expired, Some(Template::Expired)),
    (PaymentStatus::Cancelled, Some(Template::Cancelled)),
    (PaymentStatus::PartiallyRefunded, Some(Template::PartiallyRefunded)),
    (PaymentStatus::Refunded, Some(Template::Refunded)),
    (PaymentStatus::Reversed, Some(Template::Reversed)),
    (PaymentStatus::ChargedBack, Some(Template::ChargedBack)),
    (PaymentStatus::RefundManualRequired, Some(Template::RefundManualRequired)),
];

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

    /// What the customer is told of it, if anything.
    pub fn template(self) -> Option<Template> {
        TOLD.iter().find(|(status, _)| *status == self).and_then(|(_, template)| *template)
    }
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackCause {
    /// The merchant asked for it.
    Asked,
    /// It came after the end.
    LateMoney,
    /// The order was called off.
    CalledOff,
    /// The customer paid twice.
    SecondPayment,
}

impl BackCause {
    /// Every cause.
    pub const ALL: [Self; 4] = [Self::Asked, Self::LateMoney, Self::CalledOff, Self::SecondPayment];

    /// Its name, as templates ask for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::LateMoney => "late_money",
            Self::CalledOff => "called_off",
            Self::SecondPayment => "second_payment",
        }
    }
}

/// Money that is on its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoesBack {
    /// Why.
    pub cause: BackCause,
    /// How much, if that was told.
    pub amount: Option<Money>,
}

/// What a fact about a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Its status moved.
    Moved {
        /// To here.
        to: PaymentStatus,
        /// How much went back so far, if that was told.
        refunded: Option<Money>,
        /// Money that arrived and is on its way back already.
        goes_back: Option<GoesBack>,
    },
    /// Money is to go back.
    RefundAsked {
        /// Which.
        back: GoesBack,
        /// The gateway cannot give it back: somebody will transfer it.
        by_hand: bool,
    },
}

/// One fact about a payment, as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentUpdate {
    /// Of which order.
    pub order: OrderId,
    /// Which payment.
    pub payment: PaymentId,
    /// What happened.
    pub news: News,
    /// Who told: with payment and sequence, what makes this fact itself.
    pub source: String,
    /// The teller's sequence of this fact.
    pub sequence: u32,
    /// When it happened.
    pub at: Timestamp,
}

impl News {
    /// What the customer is told of it, if anything. Of all refunds that are asked for only that of a
    /// second payment has a message: it moves no status, and all others are told by one. A fact has
    /// one message, and the status that it moves is told with the same sequence: no cause that moves
    /// one may have a message here.
    pub fn template(&self) -> Option<Template> {
        match self {
            Self::Moved { to, .. } => to.template(),
            Self::RefundAsked { back, .. } => {
                (back.cause == BackCause::SecondPayment).then_some(Template::PaidTwice)
            }
        }
    }
}

#[cfg(test)]
#[path = "payment_tests.rs"]
mod tests;
