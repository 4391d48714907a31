//! What operators compare with what the other services know of the same orders: every order, whosoever
//! it is, without the customer's name, address or number. The merchant's own notes are as the merchant
//! wrote them.
//!
//! No judgement: whether services agree is for whoever reads several of them.

use super::orders::Api;
use crate::models::{Line, Order, OrderId, Payment};
use axum::extract::State;
use engine::Versioned;
use kernel::{Text, Timestamp};
use runtime::mask::fingerprint;
use runtime::{AuditPage, Json, Problem, cut};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A page of dossiers, by ascending order id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderPage {
    /// The orders.
    pub data: Vec<OrderDossier>,
    /// There are more: ask again with `after` set to the last `order_id`.
    pub has_more: bool,
}

/// One order as this service has it. Times are RFC 3339, ids are UUIDs of 36 characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderDossier {
    /// Which.
    pub order_id: String,
    /// Whose.
    pub account: String,
    /// The merchant's own name for it.
    pub reference: Option<String>,
    /// Where it stands.
    pub status: String,
    /// How many facts it has.
    pub version: u32,
    /// Whole rupiah.
    pub total_amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// [`lines_digest`] of its lines.
    pub lines_digest: String,
    /// [`fingerprint`] of the customer's address under the order's id.
    pub email_fingerprint: String,
    /// The merchant's own notes, as written.
    pub metadata: BTreeMap<String, String>,
    /// What it was last told of its payment.
    pub payment: Option<PaymentSeen>,
    /// Until when it can be paid; orders from before there were such windows have none.
    pub payment_due_at: Option<String>,
    /// When somebody first wanted it called off.
    pub cancel_requested_at: Option<String>,
    /// Whether the money goes back if it is paid after all; none while nobody wants it called off.
    pub refund_if_paid: Option<bool>,
    /// Accepted.
    pub created_at: String,
    /// Last moved.
    pub updated_at: String,
}

/// A payment as an order was last told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentSeen {
    /// Which.
    pub payment_id: String,
    /// Where it stood.
    pub status: String,
    /// The gateway's name of the method, once chosen.
    pub method: Option<String>,
    /// The payment service's sequence of the fact that told it.
    pub sequence: u32,
}

/// A line of an order, wherever it was read: in the order, in an event about it, in what the merchant
/// asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSeen<'a> {
    /// Stock keeping unit.
    pub sku: &'a str,
    /// What the customer reads.
    pub name: &'a str,
    /// How many.
    pub quantity: u32,
    /// Whole rupiah each.
    pub unit_price: i64,
}

/// 64 lower-case hex digits by which the lines of an order are compared, wherever they are read:
/// SHA-256 over one line of text for each, in their order, `sku TAB name TAB quantity TAB unit_price
/// LF`. No two orders look alike to it, since neither of the texts can hold a control character.
pub fn lines_digest(lines: &[LineSeen<'_>]) -> String {
    let mut hash = Sha256::new();
    for LineSeen { sku, name, quantity, unit_price } in lines {
        hash.update(format!("{sku}\t{name}\t{quantity}\t{unit_price}\n"));
    }
    hex::encode(hash.finalize())
}

/// `GET /ops/order/audit`: every account's orders, a page at a time.
pub(crate) async fn page(
    State(api): State<Arc<Api>>,
    page: AuditPage<OrderId>,
) -> Result<Json<OrderPage>, Problem> {
    let found = api.orders.audit(page.after, page.limit + 1).await;
    let mut found = found.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, page.limit);
    let data = found.iter().map(OrderDossier::of).collect();
    Ok(Json(OrderPage { data, has_more }))
}

impl OrderDossier {
    fn of(order: &Versioned<Order>) -> Self {
        let Versioned { version, state: order } = order;
        let lines: Vec<_> = order.lines.iter().map(LineSeen::of).collect();
        let (text, cancellation) = (|at: Timestamp| at.to_string(), order.cancellation.as_ref());
        Self {
            order_id: order.id.to_string(),
            account: order.account.to_string(),
            reference: order.reference.as_ref().map(Text::to_string),
            status: order.status.as_str().to_owned(),
            version: version.0,
            total_amount: order.total.as_rupiah(),
            currency: order.total.currency().code().to_owned(),
            lines_digest: lines_digest(&lines),
            email_fingerprint: fingerprint(order.id.uuid(), order.email.reveal()),
            metadata: order.metadata.clone(),
            payment: order.payment.as_ref().map(PaymentSeen::of),
            payment_due_at: order.payment_due_at.map(text),
            cancel_requested_at: cancellation.map(|c| text(c.requested_at)),
            refund_if_paid: cancellation.map(|c| c.wish.refund_if_paid),
            created_at: text(order.created_at),
            updated_at: text(order.updated_at),
        }
    }
}

impl PaymentSeen {
    fn of(payment: &Payment) -> Self {
        Self {
            payment_id: payment.id.to_string(),
            status: payment.status.as_str().to_owned(),
            method: payment.method.clone(),
            sequence: payment.sequence,
        }
    }
}

impl<'a> LineSeen<'a> {
    fn of(line: &'a Line) -> Self {
        Self {
            sku: line.sku.as_str(),
            name: line.name.as_str(),
            quantity: line.quantity,
            unit_price: line.unit_price.as_rupiah(),
        }
    }
}
