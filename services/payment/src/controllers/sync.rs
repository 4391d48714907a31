//! Have the gateway asked now, and tell it of which transaction.

use super::dto::NamedTransaction;
use super::payments::{Api, find};
use crate::models::Reported;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::ExecuteError;
use runtime::{Caller, Json, LogOrder, Path, Problem, RawBody};
use std::sync::Arc;

/// `POST /v1/payments/{id}/sync`: the gateway is asked now. 202; what it says is in the payment soon.
/// What the body names is a hint, listed with its verdict among the payment's callbacks.
pub async fn sync(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let reported = reported(request).await?;
    let payment = find(&api, &id).await?;
    let order = LogOrder(payment.state.bill.order_id.to_string());
    match api.sync.run(payment, reported, caller.cause("api")).await {
        Ok(()) => Ok((order, StatusCode::ACCEPTED).into_response()),
        Err(ExecuteError::Store(error)) => Err(Problem::of_fault(error)),
        Err(error) => Err(Problem::conflict(error.to_string())),
    }
}

/// What the body names. An empty one names nothing, nor does the `null` that clients send for none.
async fn reported(request: Request) -> Result<Option<Reported>, Problem> {
    let (head, body) = request.into_parts();
    let whole = Request::from_parts(head.clone(), body);
    let RawBody(raw) = RawBody::from_request(whole, &()).await?;
    if matches!(raw.trim_ascii(), b"" | b"null") {
        return Ok(None);
    }
    let read = Request::from_parts(head, Body::from(raw));
    let Json(named) = Json::<NamedTransaction>::from_request(read, &()).await?;
    match (named.transaction_id, named.transaction_status) {
        (None, None) => Ok(None),
        (Some(id), Some(word)) => {
            let status = word.parse();
            let known = "must be a status of the gateway, such as settlement";
            let status = status
                .map_err(|_| Problem::field("/transaction_status", "unknown_value", known))?;
            let reported = Reported::try_new(id, status);
            let told = reported
                .map_err(|why| Problem::field("/transaction_id", "text", why.to_string()))?;
            Ok(Some(told))
        }
        (None, Some(_)) => {
            Err(Problem::field("/transaction_id", "required", "is required with a status"))
        }
        (Some(_), None) => {
            Err(Problem::field("/transaction_status", "required", "is required with an id"))
        }
    }
}
