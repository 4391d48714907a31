//! What operators compare with what the other services know of the same orders: whom this service
//! would tell and what it told, without anybody's name or address.
//!
//! No judgement: whether services agree is for whoever reads several of them.

use super::notifications::Api;
use crate::models::OrderId;
use crate::usecase::ports::{Correspondence, Told};
use axum::extract::State;
use runtime::mask::fingerprint;
use runtime::{AuditPage, Json, Problem, cut};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A page of dossiers, by ascending order id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationPage {
    /// The orders.
    pub data: Vec<NotificationDossier>,
    /// There are more: ask again with `after` set to the last `order_id`.
    pub has_more: bool,
}

/// What this service has of one order. Times are RFC 3339, ids are UUIDs of 36 characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationDossier {
    /// Which.
    pub order_id: String,
    /// [`fingerprint`] of the contact's address under the order's id; none if there is no contact,
    /// which should not be.
    pub email_fingerprint: Option<String>,
    /// By the time of writing, then by id.
    pub messages: Vec<MessageDossier>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageDossier {
    /// Which.
    pub id: String,
    /// Who told the fact that it tells.
    pub source: String,
    /// Of which payment.
    pub payment_id: String,
    /// The teller's sequence of the fact.
    pub sequence: u32,
    /// How it goes.
    pub channel: String,
    /// What kind it is.
    pub template: String,
    /// `queued`, `sent` or `failed`.
    pub status: String,
    /// [`fingerprint`] of the address that it goes to, under the order's id.
    pub email_fingerprint: String,
    /// Tries since it was queued last.
    pub attempts: u32,
    /// How often it was asked for again.
    pub resends: u32,
    /// When the channel last took it.
    pub sent_at: Option<String>,
}

/// `GET /ops/notification/audit`: every account's orders, a page at a time.
pub(crate) async fn page(
    State(api): State<Arc<Api>>,
    page: AuditPage<OrderId>,
) -> Result<Json<NotificationPage>, Problem> {
    let found = api.messages.audit(page.after, page.limit + 1).await;
    let mut found = found.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, page.limit);
    let data = found.iter().map(NotificationDossier::of).collect();
    Ok(Json(NotificationPage { data, has_more }))
}

impl NotificationDossier {
    fn of(known: &Correspondence) -> Self {
        let Correspondence { order, contact, messages } = known;
        let address = contact.as_ref().map(|contact| contact.email.reveal());
        Self {
            order_id: order.to_string(),
            email_fingerprint: address.map(|address| fingerprint(order.uuid(), address)),
            messages: messages.iter().map(|told| MessageDossier::of(*order, told)).collect(),
        }
    }
}

impl MessageDossier {
    fn of(order: OrderId, told: &Told) -> Self {
        Self {
            id: told.id.to_string(),
            source: told.origin.source.clone(),
            payment_id: told.origin.payment.to_string(),
            sequence: told.origin.sequence,
            channel: told.channel.as_str().to_owned(),
            template: told.template.as_str().to_owned(),
            status: told.status.as_str().to_owned(),
            email_fingerprint: fingerprint(order.uuid(), told.recipient.reveal()),
            attempts: told.attempts,
            resends: told.resends,
            sent_at: told.sent_at.map(|at| at.to_string()),
        }
    }
}
