//! The Core API's URLs: HTTP 200 for nearly everything, the outcome as a string in `status_code`
//! (midtrans.md 2.1). Bodies of requests that need none are ignored, whatever they hold (5.3).

use super::exchange::{Core, Dialect, Exchange, in_our_time, json_body};
use super::notify_urls::notify_urls;
use super::{Id, not_found};
use crate::body::qr_text;
use crate::faults::Call;
use crate::gateway::{CardFields, Refusal};
use crate::rules::request::{ChargeFault, RefundAsk, capture, charge, named_order, refund};
use crate::rules::status::Action;
use crate::sim::Sim;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// The most transactions of one page of `status/b2b`.
const MAX_PER_PAGE: usize = 100;

pub(super) async fn charge(
    State(sim): State<Sim>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = json_body(&headers, body);
    let order_id = body.as_ref().ok().and_then(named_order);
    let new = body.and_then(|body| charge::read(&body).map_err(refused));
    let new = new.map(|mut new| {
        new.expiry = in_our_time(&sim, new.expiry);
        new
    });
    // A body that cannot be read may still be a replay, which comes regardless of the body.
    let honours = new.as_ref().map_or(true, |new| new.method.honours_idempotency());
    let mut exchange = Exchange::new(&sim, &headers, Call::Charge, order_id);
    if !honours {
        exchange.forget_key();
    }
    if let Ok(new) = &new {
        exchange.paid_by(new.method.payment_type());
    }
    let notify = notify_urls(&headers);
    exchange
        .change(move |gateway, db, now| {
            let notify = notify.map_err(|fault| Refusal::Invalid(vec![fault]))?;
            gateway.charge(db, new?, notify, now)
        })
        .await
}

fn refused(fault: ChargeFault) -> Refusal {
    match fault {
        ChargeFault::Empty => Refusal::Empty,
        ChargeFault::Invalid(messages) => Refusal::Invalid(messages),
        ChargeFault::NotOffered => Refusal::NotEnabled,
        ChargeFault::NoToken => Refusal::CardToken,
    }
}

/// A browser's request with the client key, not the server key (midtrans.md 2.3).
pub(super) async fn token(
    State(sim): State<Sim>,
    fields: Result<Query<CardFields>, QueryRejection>,
) -> Response {
    let made = sim.change(move |gateway, db, now| {
        let Ok(Query(fields)) = fields else {
            return Err(Refusal::Invalid(vec!["the query cannot be read".to_owned()]));
        };
        gateway.card_token(db, &fields, now)
    });
    Core.answer(&sim, made.await)
}

pub(super) async fn status(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    let exchange = Exchange::new(&sim, &headers, Call::Status, Some(id.clone()));
    exchange.read(move |gateway, db, now| Ok(Value::Object(gateway.status(db, &id, now)?))).await
}

#[derive(Deserialize)]
pub(super) struct Paging {
    page: Option<usize>,
    per_page: Option<usize>,
}

pub(super) async fn status_b2b(
    State(sim): State<Sim>,
    headers: HeaderMap,
    Id(id): Id,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Response {
    let (page, per_page) = paging.map_or((None, None), |Query(asked)| (asked.page, asked.per_page));
    let window = (page.unwrap_or(0), per_page.unwrap_or(10).clamp(1, MAX_PER_PAGE));
    let exchange = Exchange::new(&sim, &headers, Call::StatusB2b, Some(id.clone()));
    exchange
        .read(move |gateway, db, now| {
            Ok(json!({
                "status_code": "200",
                "status_message": "Success, transactions are retrieved",
                "transactions": gateway.status_b2b(db, &id, window, now)?,
            }))
        })
        .await
}

pub(super) async fn cancel(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    let success = ("200", "Success, transaction is canceled");
    act(&sim, &headers, (Call::Cancel, Action::Cancel, success), id).await
}

pub(super) async fn expire(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    let success = ("407", "Success, transaction has expired");
    act(&sim, &headers, (Call::Expire, Action::Expire, success), id).await
}

pub(super) async fn approve(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    let success = ("200", "Success, transaction is approved");
    act(&sim, &headers, (Call::Approve, Action::Accept, success), id).await
}

/// Denies a challenge. That the status becomes `deny` rests on the documents; a live sample says
/// `cancel` (L, midtrans.md 2.4).
pub(super) async fn deny(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    let success = ("200", "Success, transaction is denied");
    act(&sim, &headers, (Call::Deny, Action::Reject, success), id).await
}

async fn act(
    sim: &Sim,
    headers: &HeaderMap,
    (call, action, (code, message)): (Call, Action, (&'static str, &'static str)),
    id: String,
) -> Response {
    let exchange = Exchange::new(sim, headers, call, Some(id.clone()));
    exchange
        .change(move |gateway, db, now| {
            let moved = gateway.act_on_request(db, &id, action, now)?;
            Ok(gateway.outcome(&moved, code, message))
        })
        .await
}

/// Charges what was reserved (midtrans.md 2.3).
pub(super) async fn capture(
    State(sim): State<Sim>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let asked =
        json_body(&headers, body).and_then(|body| capture::read(&body).map_err(Refusal::Invalid));
    let id = asked.as_ref().ok().map(|asked| asked.transaction_id.clone());
    let exchange = Exchange::new(&sim, &headers, Call::Capture, id);
    exchange
        .change(move |gateway, db, now| {
            let moved = gateway.capture(db, &asked?, now)?;
            Ok(gateway.outcome(
                &moved,
                "200",
                "Success, Credit Card capture transaction is successful",
            ))
        })
        .await
}

pub(super) async fn refund(
    State(sim): State<Sim>,
    headers: HeaderMap,
    Id(id): Id,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    give_back(&sim, &headers, (Call::Refund, id), body).await
}

pub(super) async fn refund_direct(
    State(sim): State<Sim>,
    headers: HeaderMap,
    Id(id): Id,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    give_back(&sim, &headers, (Call::RefundDirect, id), body).await
}

async fn give_back(
    sim: &Sim,
    headers: &HeaderMap,
    (call, id): (Call, String),
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let ask: Result<RefundAsk, Refusal> =
        json_body(headers, body).and_then(|body| refund::read(&body).map_err(Refusal::Invalid));
    let exchange = Exchange::new(sim, headers, call, Some(id.clone()));
    exchange.change(move |gateway, db, now| gateway.refund(db, &id, ask?, now)).await
}

/// The picture of a code to scan. Anybody who knows the id may look, as with the real one.
pub(super) async fn qr_code(State(sim): State<Sim>, Id(id): Id) -> Response {
    let found = sim.read(move |_, db, _| db.transaction(&id)?.ok_or(Refusal::NoTransaction)).await;
    let picture = found.ok().and_then(|found| super::qr::png(&qr_text(&found)?));
    match picture {
        Some(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        None => not_found().await,
    }
}
