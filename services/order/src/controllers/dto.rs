//! Wire types of the order API. Money is whole rupiah in an integer, never a float.

use crate::models::{Line, Order, Payment};
use engine::Versioned;
use kernel::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `POST /v1/orders`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The merchant's own name for it, unique within the account.
    #[serde(default)]
    pub reference: Option<String>,
    pub customer: Customer,
    /// Language of customer text: `id` (the default) or `en`.
    #[serde(default)]
    pub locale: Option<String>,
    pub lines: Vec<LineDto>,
    /// Up to 20 notes of the merchant's own.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// How long it can be paid, 5 to 10080; the shop's own default if absent. Left out of what the
    /// request's fingerprint is made of then: keys are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_window_minutes: Option<i64>,
}

/// `POST /v1/orders/{id}/cancel`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCancellation {
    /// Whether the money is to go back if the order is paid, or paid meanwhile.
    #[serde(default)]
    pub refund_if_paid: bool,
    /// In the merchant's words, up to 255 characters.
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    pub name: String,
    pub email: String,
    #[serde(default)]
    pub phone: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineDto {
    pub sku: String,
    pub name: String,
    pub quantity: u32,
    /// Whole rupiah each.
    pub unit_price: i64,
}

/// An order, as answered.
#[derive(Debug, Clone, Serialize)]
pub struct OrderDto {
    pub id: String,
    pub reference: Option<String>,
    pub status: &'static str,
    pub customer: Customer,
    pub locale: &'static str,
    pub lines: Vec<LineDto>,
    /// Whole rupiah, computed by us.
    pub total_amount: i64,
    pub currency: &'static str,
    pub metadata: BTreeMap<String, String>,
    /// Where the customer pays. Good from the first moment and for ever.
    pub pay_url: String,
    pub payment: Option<PaymentDto>,
    /// Until when it can be paid; null for orders from before there were such windows.
    pub payment_due_at: Option<String>,
    /// When somebody first wanted it called off. What became of it is told by `status`.
    pub cancel_requested_at: Option<String>,
    /// Whether the money goes back if it is paid after all; null while nobody wants it called off.
    pub refund_if_paid: Option<bool>,
    pub cancel_reason: Option<String>,
    /// Grows with every fact.
    pub version: u32,
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct PaymentDto {
    pub id: String,
    pub status: &'static str,
    pub method: Option<String>,
}

/// A page of orders, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct OrderPage {
    pub data: Vec<OrderDto>,
    /// There are older ones: ask again with `starting_after` set to the last id.
    pub has_more: bool,
}

/// `GET /v1/orders?…`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub reference: Option<String>,
    #[serde(default)]
    pub starting_after: Option<String>,
    #[serde(default)]
    pub limit: Option<usize>,
}

impl OrderDto {
    /// The order as the caller sees it; `public_url` is where customers reach us.
    pub fn of(order: &Versioned<Order>, public_url: &str) -> Self {
        let Versioned { version, state: order } = order;
        let cancellation = order.cancellation.as_ref();
        Self {
            id: order.id.to_string(),
            reference: order.reference.as_ref().map(ToString::to_string),
            status: order.status.as_str(),
            customer: Customer {
                name: order.customer_name.reveal().to_owned(),
                email: order.email.reveal().to_owned(),
                phone: order.phone.as_ref().map(|p| p.reveal().to_owned()),
            },
            locale: order.locale,
            lines: order.lines.iter().map(LineDto::of).collect(),
            total_amount: order.total.as_rupiah(),
            currency: order.total.currency().code(),
            metadata: order.metadata.clone(),
            pay_url: format!("{public_url}/pay/{}", order.id),
            payment: order.payment.as_ref().map(PaymentDto::of),
            payment_due_at: order.payment_due_at.map(|at| at.to_string()),
            cancel_requested_at: cancellation.map(|c| c.requested_at.to_string()),
            refund_if_paid: cancellation.map(|c| c.wish.refund_if_paid),
            cancel_reason: cancellation.and_then(|c| c.wish.reason.as_ref().map(Text::to_string)),
            version: version.0,
            created_at: order.created_at.to_string(),
            updated_at: order.updated_at.to_string(),
        }
    }
}

impl LineDto {
    fn of(line: &Line) -> Self {
        Self {
            sku: line.sku.to_string(),
            name: line.name.to_string(),
            quantity: line.quantity,
            unit_price: line.unit_price.as_rupiah(),
        }
    }
}

impl PaymentDto {
    fn of(payment: &Payment) -> Self {
        Self {
            id: payment.id.to_string(),
            status: payment.status.as_str(),
            method: payment.method.clone(),
        }
    }
}
