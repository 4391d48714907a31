//! `order.created.v1`

use serde::{Deserialize, Serialize};

/// An order as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCreatedV1 {
    /// UUID.
    pub order_id: String,
    /// The merchant's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Customer's address.
    pub email: String,
    /// Customer's name.
    pub customer_name: String,
    /// Customer's phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Language of customer text: `id` or `en`.
    pub locale: String,
    /// Whole rupiah.
    pub total_amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Until when it can be paid: RFC 3339, UTC. Absent: the reader's own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_due_at: Option<String>,
    /// What was ordered; the sum of quantity × price is `total_amount`.
    pub lines: Vec<LineV1>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineV1 {
    /// Stock keeping unit.
    pub sku: String,
    /// What the customer reads.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Whole rupiah each.
    pub unit_price: i64,
}
