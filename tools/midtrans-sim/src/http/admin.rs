//! `/_sim`: what no real Midtrans offers. Plays the customer, moves time; what happened is shown by
//! `lists`. Small JSON, errors as `{"error": text}`; amounts are whole rupiah, times RFC 3339.

use super::lists::View;
use crate::db::DbError;
use crate::gateway::Refusal;
use crate::rules::method::Method;
use crate::rules::status::Action;
use crate::sim::Sim;
use axum::body::Bytes;
use axum::extract::rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

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
    let action = Action::parse(&action)
        .ok_or_else(|| unknown("action", &Action::ALL.map(Action::as_str)))?;
    if amount.is_some() && action != Action::Chargeback {
        let text =
            format!("`amount` does nothing with {}: it goes with chargeback", action.as_str());
        return Err(Failure::bad(text));
    }
    let moved = sim.change(move |gateway, db, now| {
        let moved = match action {
            Action::Chargeback => gateway.charge_back(db, &id, amount, now)?,
            action => gateway.act(db, &id, action, now)?,
        };
        Ok::<View, Refusal>(View::load(db, moved)?)
    });
    Ok(Json(moved.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pay {
    method: Option<String>,
    outcome: Option<String>,
}

/// What becomes of a choice: the action that follows, if one does. The first is usual.
const OUTCOMES: [(&str, Option<Action>); 3] =
    [("settle", Some(Action::Settle)), ("deny", Some(Action::Deny)), ("pending", None)];

pub(super) async fn pay(
    State(sim): State<Sim>,
    token: Result<Path<String>, PathRejection>,
    pay: Result<Json<Pay>, JsonRejection>,
) -> Answer<View> {
    let (Path(token), Json(pay)) = (token?, pay?);
    let method = pay.method.as_deref().map(method).transpose()?;
    let action = outcome(pay.outcome.as_deref())?;
    let paid = sim.change(move |gateway, db, now| {
        let paid = gateway.choose_and(db, &token, (method, action), now)?;
        Ok::<View, Refusal>(View::load(db, paid)?)
    });
    Ok(Json(paid.await?))
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

pub(super) async fn not_allowed() -> Failure {
    Failure(StatusCode::METHOD_NOT_ALLOWED, "the path does not take this method".to_owned())
}

pub(super) async fn not_found() -> Failure {
    Failure(StatusCode::NOT_FOUND, "no such path".to_owned())
}

/// A method by its name.
pub(super) fn method(name: &str) -> Result<Method, Failure> {
    Method::parse(name).ok_or_else(|| unknown("method", &Method::ALL.map(Method::as_str)))
}

fn outcome(name: Option<&str>) -> Result<Option<Action>, Failure> {
    let (usual, _) = OUTCOMES[0];
    let wanted = name.unwrap_or(usual);
    let found = OUTCOMES.into_iter().find(|(name, _)| *name == wanted);
    let found = found.ok_or_else(|| unknown("outcome", &OUTCOMES.map(|(name, _)| name)))?;
    Ok(found.1)
}

fn unknown(what: &str, names: &[&str]) -> Failure {
    Failure::bad(format!("no such {what}: it is one of {}", names.join(", ")))
}
