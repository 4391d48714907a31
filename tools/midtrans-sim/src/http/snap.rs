//! Snap's API: real HTTP codes, errors as `error_messages` (midtrans.md 1.4).

use super::Id;
use super::exchange::{Exchange, in_our_time, json_body};
use super::notify_urls::notify_urls;
use crate::faults::Call;
use crate::gateway::{LENIENCY, Refusal};
use crate::model::Leniency;
use crate::rules::request::{OrderIds, named_order, snap};
use crate::sim::Sim;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

pub(super) async fn create(
    State(sim): State<Sim>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = json_body(&headers, body);
    let order_id = body.as_ref().ok().and_then(named_order);
    let notify = notify_urls(&headers);
    let clock = sim.clone();
    Exchange::snap(&sim, &headers, Call::Snap, order_id)
        .change(move |gateway, db, now| {
            let leniency = db.setting::<Leniency>(LENIENCY)?.unwrap_or_default();
            let order_ids = if leniency.order_ids { OrderIds::Any } else { OrderIds::Documented };
            let mut new = snap::read(&body?, order_ids).map_err(Refusal::Invalid)?;
            new.expiry = in_our_time(&clock, new.expiry);
            let notify = notify.map_err(|fault| Refusal::Invalid(vec![fault]))?;
            let page = gateway.create_page(db, new, notify, now)?;
            let base = &gateway.merchant.public_url;
            let url = format!("{base}/snap/v4/redirection/{}", page.token);
            Ok(json!({ "token": page.token, "redirect_url": url }))
        })
        .await
}

pub(super) async fn cancel(State(sim): State<Sim>, headers: HeaderMap, Id(token): Id) -> Response {
    Exchange::snap(&sim, &headers, Call::SnapCancel, Some(token.clone()))
        .change(move |gateway, db, now| {
            gateway.cancel_page(db, &token)?;
            Ok(json!({ "canceled_at": now }))
        })
        .await
}
