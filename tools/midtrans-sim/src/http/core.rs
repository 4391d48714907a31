//! The Core API: HTTP 200 for nearly everything, the outcome as a string in `status_code`
//! (midtrans.md 2.1). Request bodies are ignored, whatever they hold (5.3).

use super::{Id, is_authorized};
use crate::body;
use crate::gateway::Refusal;
use crate::rules::status::{Action, Channel};
use crate::sim::Sim;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};

pub(super) async fn status(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    let told = sim.read(move |gateway, db, _| {
        let found = db.transaction(&id)?.ok_or(Refusal::NoTransaction)?;
        let page = db.page(&found.token)?.ok_or(Refusal::NoPage)?;
        Ok(body::transaction(&gateway.merchant, &page.terms, &found, Channel::Status))
    });
    answer(&sim, &headers, told).await
}

pub(super) async fn cancel(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    act(&sim, &headers, id, (Action::Cancel, "200", "Success, transaction is canceled")).await
}

pub(super) async fn expire(State(sim): State<Sim>, headers: HeaderMap, Id(id): Id) -> Response {
    act(&sim, &headers, id, (Action::Expire, "407", "Success, transaction has expired")).await
}

async fn act(
    sim: &Sim,
    headers: &HeaderMap,
    id: String,
    (action, code, message): (Action, &'static str, &'static str),
) -> Response {
    let acted = sim.change(move |gateway, db, now| {
        let moved = gateway.act(db, &id, action, now)?;
        Ok(Value::Object(body::outcome(&gateway.merchant, &moved, code, message)))
    });
    answer(sim, headers, acted).await
}

/// Lets `work` happen only for a caller who shows the key: a future does nothing until awaited.
async fn answer(
    sim: &Sim,
    headers: &HeaderMap,
    work: impl Future<Output = Result<Value, Refusal>>,
) -> Response {
    if !is_authorized(sim, headers) {
        let text = "Transaction cannot be authorized with the current client/server key.";
        return fail(sim, StatusCode::UNAUTHORIZED, "401", text);
    }
    match work.await {
        Ok(body) => Json(body).into_response(),
        Err(Refusal::NoTransaction) => {
            fail(sim, StatusCode::OK, "404", "Transaction doesn't exist.")
        }
        Err(Refusal::Illegal(_)) => {
            fail(sim, StatusCode::OK, "412", "Transaction status cannot be updated.")
        }
        Err(error) => {
            tracing::error!(%error, "core request failed");
            let text = "Sorry, we encountered internal server error.";
            fail(sim, StatusCode::INTERNAL_SERVER_ERROR, "500", text)
        }
    }
}

fn fail(sim: &Sim, http: StatusCode, code: &str, message: &str) -> Response {
    let id = sim.0.gateway.ids.uuid().to_string();
    let body = json!({ "status_code": code, "status_message": message, "id": id });
    (http, Json(body)).into_response()
}
