//! `/_sim`: what no real Midtrans offers. Plays the customer, moves time, shows what happened.
//! Small JSON, errors as `{"error": text}`; amounts are whole rupiah, times RFC 3339.

use crate::body;
use crate::db::{DbError, DeliveryRow, Ledger, Listed, PostingRow};
use crate::gateway::{AUTOPAY, FEES, LENIENCY, Refusal};
use crate::model::{Autopay, Fees, Leniency, Transaction};
use crate::rules::method::Method;
use crate::rules::status::Action;
use crate::sim::Sim;
use axum::body::Bytes;
use axum::extract::rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 1000;
/// The highest fee that a customer pays.
const MAX_FEE: i64 = 1_000_000;
/// The furthest jump of the clock: ten years.
const MAX_ADVANCE_SECS: u64 = 10 * 366 * 24 * 3600;

pub(super) type Answer<T> = Result<Json<T>, Failure>;

/// An error on its way out.
pub(super) struct Failure(pub(super) StatusCode, pub(super) String);

impl Failure {
    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }

    pub(super) fn missing(text: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, text.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let http = match refusal {
            Refusal::NoPage | Refusal::NoTransaction | Refusal::NoDelivery => StatusCode::NOT_FOUND,
            Refusal::Db(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::CONFLICT,
        };
        Self(http, refusal.to_string())
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Refusal::Db(error).into()
    }
}

impl From<FormRejection> for Failure {
    fn from(rejection: FormRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

impl From<PathRejection> for Failure {
    fn from(rejection: PathRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    order_id: Option<String>,
    /// Only rows with a lower number.
    before: Option<i64>,
    limit: Option<u32>,
}

impl From<Filter> for Listed {
    fn from(filter: Filter) -> Self {
        let limit = filter.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        Self { order_id: filter.order_id, before: filter.before, limit }
    }
}

/// A transaction as it is listed.
#[derive(Serialize)]
pub(super) struct View {
    transaction_id: String,
    order_id: String,
    token: Option<String>,
    method: &'static str,
    payment_type: &'static str,
    transaction_status: &'static str,
    fraud_status: &'static str,
    gross_amount: i64,
    /// The part of it that is a fee.
    fee: i64,
    refunded: i64,
    charged_back: i64,
    account_number: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    paid_at: Option<Timestamp>,
    settled_at: Option<Timestamp>,
}

impl From<Transaction> for View {
    fn from(found: Transaction) -> Self {
        Self {
            account_number: body::account_number(&found),
            method: found.method.as_str(),
            payment_type: found.method.payment_type(),
            transaction_status: found.standing.status.as_str(),
            fraud_status: found.standing.fraud.as_str(),
            gross_amount: found.gross_amount,
            fee: found.facts.fee,
            refunded: found.refunded,
            charged_back: found.charged_back,
            created_at: found.created_at,
            expires_at: found.expires_at,
            paid_at: found.paid_at,
            settled_at: found.settled_at,
            transaction_id: found.id,
            order_id: found.order_id,
            token: found.token,
        }
    }
}

pub(super) async fn transactions(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Answer<Vec<View>> {
    let which = filter?.0.into();
    let found = sim.read(move |_, db, _| Ok(db.list_transactions(&which)?)).await?;
    Ok(Json(found.into_iter().map(View::from).collect()))
}

pub(super) async fn transaction(
    State(sim): State<Sim>,
    id: Result<Path<String>, PathRejection>,
) -> Answer<View> {
    let Path(id) = id?;
    let found = sim.read(move |_, db, _| db.transaction(&id)?.ok_or(Refusal::NoTransaction));
    Ok(Json(found.await?.into()))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Of a chargeback: whole rupiah, without it all that is left.
    amount: Option<i64>,
}

pub(super) async fn act(
    State(sim): State<Sim>,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Bytes,
) -> Answer<View> {
    let Path(what) = path?;
    let part: Option<Part> = match body.is_empty() {
        true => None,
        false => serde_json::from_slice(&body)
            .map_err(|error| Failure::bad(format!("the body cannot be read: {error}")))?,
    };
    acted(&sim, what, part.and_then(|part| part.amount)).await
}

/// Does something to a transaction, by its id and the action's name.
pub(super) async fn acted(
    sim: &Sim,
    (id, action): (String, String),
    amount: Option<i64>,
) -> Answer<View> {
    let action = Action::parse(&action).ok_or_else(|| Failure::bad("no such action"))?;
    let moved = sim.change(move |gateway, db, now| match action {
        Action::Chargeback => gateway.charge_back(db, &id, amount, now),
        action => gateway.act(db, &id, action, now),
    });
    Ok(Json(moved.await?.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pay {
    method: Option<String>,
    #[serde(default)]
    outcome: Outcome,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    #[default]
    Settle,
    Deny,
    Pending,
}

pub(super) async fn pay(
    State(sim): State<Sim>,
    token: Result<Path<String>, PathRejection>,
    pay: Result<Json<Pay>, JsonRejection>,
) -> Answer<View> {
    let (Path(token), Json(pay)) = (token?, pay?);
    let method = pay.method.as_deref().map(method).transpose()?;
    let action = match pay.outcome {
        Outcome::Settle => Some(Action::Settle),
        Outcome::Deny => Some(Action::Deny),
        Outcome::Pending => None,
    };
    let paid =
        sim.change(move |gateway, db, now| gateway.choose_and(db, &token, (method, action), now));
    Ok(Json(paid.await?.into()))
}

pub(super) async fn deliveries(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Answer<Vec<DeliveryRow>> {
    let which = filter?.0.into();
    Ok(Json(sim.read(move |_, db, _| Ok(db.list_deliveries(&which)?)).await?))
}

/// Sends a delivery again, as the dashboard's button does.
pub(super) async fn resend(
    State(sim): State<Sim>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<StatusCode, Failure> {
    let Path(id) = id?;
    let sent = sim.change(move |_, db, now| match db.resend(id, now)? {
        true => Ok(()),
        false => Err(Refusal::NoDelivery),
    });
    sent.await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sends what the dashboard's test button sends (midtrans.md 3.7).
pub(super) async fn test_notification(State(sim): State<Sim>) -> Answer<Value> {
    let order_id = sim.change(|gateway, db, now| gateway.notify_test(db, now)).await?;
    Ok(Json(json!({ "order_id": order_id })))
}

pub(super) async fn fees(State(sim): State<Sim>) -> Answer<Fees> {
    Ok(Json(sim.read(|_, db, _| Ok(db.setting(FEES)?.unwrap_or_default())).await?))
}

pub(super) async fn set_fees(
    State(sim): State<Sim>,
    fees: Result<Json<Fees>, JsonRejection>,
) -> Answer<Fees> {
    let Json(fees) = fees?;
    if !(0..=MAX_FEE).contains(&fees.amount) {
        return Err(Failure::bad(format!("a fee is 0 to {MAX_FEE} rupiah")));
    }
    let set = sim.change(move |_, db, _| {
        db.set(FEES, &fees)?;
        Ok(fees)
    });
    Ok(Json(set.await?))
}

pub(super) async fn leniency(State(sim): State<Sim>) -> Answer<Leniency> {
    Ok(Json(sim.read(|_, db, _| Ok(db.setting(LENIENCY)?.unwrap_or_default())).await?))
}

pub(super) async fn set_leniency(
    State(sim): State<Sim>,
    leniency: Result<Json<Leniency>, JsonRejection>,
) -> Answer<Leniency> {
    let Json(leniency) = leniency?;
    let set = sim.change(move |_, db, _| {
        db.set(LENIENCY, &leniency)?;
        Ok(leniency)
    });
    Ok(Json(set.await?))
}

pub(super) async fn autopay(State(sim): State<Sim>) -> Answer<Autopay> {
    Ok(Json(sim.read(|_, db, _| Ok(db.setting(AUTOPAY)?.unwrap_or_default())).await?))
}

pub(super) async fn set_autopay(
    State(sim): State<Sim>,
    autopay: Result<Json<Autopay>, JsonRejection>,
) -> Answer<Autopay> {
    let Json(autopay) = autopay?;
    method(&autopay.method)?;
    let set = sim.change(move |_, db, _| {
        db.set(AUTOPAY, &autopay)?;
        Ok(autopay)
    });
    Ok(Json(set.await?))
}

#[derive(Serialize)]
pub(super) struct ClockView {
    pub(super) now: Timestamp,
    pub(super) speed: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockChange {
    pub(super) speed: Option<f64>,
    #[serde(default)]
    pub(super) advance_seconds: u64,
}

pub(super) async fn clock(State(sim): State<Sim>) -> Json<ClockView> {
    let clock = &sim.0.clock;
    Json(ClockView { now: clock.now(), speed: clock.anchor().speed })
}

pub(super) async fn set_clock(
    State(sim): State<Sim>,
    change: Result<Json<ClockChange>, JsonRejection>,
) -> Answer<ClockView> {
    let Json(change) = change?;
    if change.advance_seconds > MAX_ADVANCE_SECS {
        return Err(Failure::bad("the clock jumps at most ten years"));
    }
    if let Some(speed) = change.speed {
        sim.0.clock.set_speed(speed).map_err(|error| Failure::bad(error.to_string()))?;
    }
    sim.0.clock.advance(Duration::from_secs(change.advance_seconds));
    sim.keep_clock().await?;
    Ok(clock(State(sim)).await)
}

pub(super) async fn ledger(State(sim): State<Sim>) -> Answer<Ledger> {
    Ok(Json(sim.read(|_, db, _| Ok(db.ledger()?)).await?))
}

pub(super) async fn postings(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Answer<Vec<PostingRow>> {
    let which = filter?.0.into();
    Ok(Json(sim.read(move |_, db, _| Ok(db.list_postings(&which)?)).await?))
}

pub(super) async fn not_allowed() -> Failure {
    Failure(StatusCode::METHOD_NOT_ALLOWED, "the path does not take this method".to_owned())
}

pub(super) async fn not_found() -> Failure {
    Failure(StatusCode::NOT_FOUND, "no such path".to_owned())
}

fn method(name: &str) -> Result<Method, Failure> {
    Method::parse(name).ok_or_else(|| Failure::bad("no such method"))
}
