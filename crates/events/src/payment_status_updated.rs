//! `payment.status.updated.v1`

use serde::{Deserialize, Serialize};

/// A payment's status moved, always after the gateway said so; or another part of its money went back,
/// which leaves it `partially_refunded` with a larger `refunded_amount`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentStatusUpdatedV1 {
    /// UUID.
    pub payment_id: String,
    /// UUID.
    pub order_id: String,
    /// The status.
    pub payment_status: PaymentStatusV1,
    /// The gateway's name of the method (`bank_transfer`, `qris`, …); null before one is chosen.
    pub payment_method: Option<String>,
    /// Whole rupiah.
    pub total_amount: i64,
    /// Whole rupiah given back so far, of all refunds together; absent: not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded_amount: Option<i64>,
    /// Why money that is told as `paid` is on its way back already. Absent: nothing goes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_back: Option<GoesBackV1>,
    /// Whole rupiah of it; absent with nothing to go back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_back_amount: Option<i64>,
    /// ISO 4217.
    pub currency: String,
}

/// Why money goes back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoesBackV1 {
    /// It arrived after the payment had ended.
    LateMoney,
    /// The order was called off, with its money to go back.
    CalledOff,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatusV1 {
    /// The customer can pay.
    Pending,
    /// A card amount is reserved and not taken.
    Authorized,
    /// The gateway's fraud detection wants a decision.
    Challenged,
    /// Paid.
    Paid,
    /// An attempt was denied; the customer may try again until the deadline.
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
    /// The card holder's bank took money back.
    ChargedBack,
    /// Money has to go back and the gateway cannot do it: an operator must.
    RefundManualRequired,
}
