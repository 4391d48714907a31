//! `refund.requested.v1`

use serde::{Deserialize, Serialize};

/// Money of a payment is to go back: wanted, not done. What was done is told as a status
/// (`partially_refunded`, `refunded`), but for a second payment, which never was the order's: what
/// becomes of that is told by no event.
///
/// It moves no order. Where the same fact moves the payment's status as well, `payment.status.updated`
/// tells that with the same `sequence`. What somebody gave back at the gateway itself was never
/// requested, and is told as a status only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequestedV1 {
    /// UUID.
    pub payment_id: String,
    /// UUID.
    pub order_id: String,
    /// The refund's name for ever, here and at the gateway.
    pub refund_id: String,
    /// Whole rupiah of it.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Why.
    pub cause: RefundCauseV1,
    /// The gateway cannot give it back, as far as is known now: a person will.
    pub by_hand: bool,
}

/// Why money is to go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundCauseV1 {
    /// The merchant asked for it.
    Asked,
    /// The order was called off, with its money to go back.
    CalledOff,
    /// It arrived after the payment had ended.
    LateMoney,
    /// The order was paid already: the customer paid twice.
    SecondPayment,
}
