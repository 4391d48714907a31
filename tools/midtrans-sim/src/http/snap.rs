//! Snap's API: real HTTP codes, errors as `error_messages` (midtrans.md 1.4).

use super::{Id, is_authorized};
use crate::gateway::Refusal;
use crate::model::{NotifyUrls, PageState};
use crate::rules::snap_request;
use crate::sim::Sim;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};
use url::Url;

/// The most addresses in one notification header (midtrans.md 1.2).
const MAX_URLS: usize = 3;

pub(super) async fn create(State(sim): State<Sim>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_authorized(&sim, &headers) {
        return unauthorized();
    }
    let body = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
    let Ok(body) = body else {
        return refuse(StatusCode::BAD_REQUEST, ["the request body is not JSON"]);
    };
    let mut new = match snap_request::read(&body) {
        Ok(new) => new,
        Err(faults) => return refuse(StatusCode::BAD_REQUEST, faults),
    };
    if let Some(window) = &mut new.expiry {
        // The merchant's clock is the real one; ours may run ahead of it.
        window.start = window.start.map(|start| sim.0.clock.at(start));
    }
    let notify = match notify_urls(&headers) {
        Ok(notify) => notify,
        Err(fault) => return refuse(StatusCode::BAD_REQUEST, [fault]),
    };
    let created =
        sim.change(move |gateway, db, now| gateway.create_page(db, new, notify, now)).await;
    match created {
        Ok(page) => {
            let url = format!("{}/snap/v4/redirection/{}", sim.0.public_url, page.token);
            let body = json!({ "token": page.token, "redirect_url": url });
            (StatusCode::CREATED, Json(body)).into_response()
        }
        Err(refusal) => refused(&refusal),
    }
}

pub(super) async fn cancel(State(sim): State<Sim>, headers: HeaderMap, Id(token): Id) -> Response {
    if !is_authorized(&sim, &headers) {
        return unauthorized();
    }
    let canceled = sim.change(move |gateway, db, now| {
        gateway.cancel_page(db, &token)?;
        Ok(now)
    });
    match canceled.await {
        Ok(at) => Json(json!({ "canceled_at": at })).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Response {
    let (http, message) = match refusal {
        Refusal::Taken => {
            (StatusCode::BAD_REQUEST, "transaction_details.order_id has already been taken")
        }
        Refusal::Utilized => (
            StatusCode::BAD_REQUEST,
            "transaction_details.order_id has been paid and utilized, please use another order ID",
        ),
        Refusal::InProgress => (StatusCode::BAD_REQUEST, "Transaction is on progress"),
        Refusal::PageGone(PageState::Canceled) => {
            (StatusCode::BAD_REQUEST, "token already canceled")
        }
        Refusal::NoPage | Refusal::PageGone(_) => (StatusCode::NOT_FOUND, "token not found"),
        other => {
            tracing::error!(error = %other, "snap request failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "Sorry, we encountered internal server error.")
        }
    };
    refuse(http, [message])
}

fn unauthorized() -> Response {
    refuse(
        StatusCode::UNAUTHORIZED,
        [
            "Access denied due to unauthorized transaction, please check client or server key",
            "Visit https://docs.midtrans.com for more details on the Authorization header",
        ],
    )
}

fn refuse(http: StatusCode, messages: impl IntoIterator<Item = impl Into<String>>) -> Response {
    let messages: Vec<String> = messages.into_iter().map(Into::into).collect();
    (http, Json(json!({ "error_messages": messages }))).into_response()
}

/// Reads the two notification headers; empty is absent (midtrans.md 1.2).
fn notify_urls(headers: &HeaderMap) -> Result<NotifyUrls, String> {
    let read = |name: &str| -> Result<Vec<String>, String> {
        let fault = || format!("{name} takes at most {MAX_URLS} http or https addresses");
        let Some(value) = headers.get(name) else { return Ok(vec![]) };
        let text = value.to_str().map_err(|_| fault())?;
        let urls = text.split(',').map(str::trim).filter(|url| !url.is_empty());
        let urls: Vec<String> = urls.map(str::to_owned).collect();
        let web = |url: &String| {
            Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        if urls.len() <= MAX_URLS && urls.iter().all(web) { Ok(urls) } else { Err(fault()) }
    };
    Ok(NotifyUrls {
        instead: read("X-Override-Notification")?,
        besides: read("X-Append-Notification")?,
    })
}
