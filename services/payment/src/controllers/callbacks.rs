//! The gateway's callbacks: signature, store, answer. The work comes after the answer.

use super::dto::{CallbackDto, CallbackParams, ListDto};
use super::payments::Api;
use crate::usecase::CallbackRefused;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::try_join_all;
use kernel::Retryable;
use runtime::problem::catalogue;
use runtime::{Caller, Json, LogOrder, Problem, Query, RawBody, page_size};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// `POST /webhooks/midtrans`, with or without a slash at the end.
///
/// The answers are chosen by what the gateway does with them (reference: midtrans.md 3.6): 200
/// ends it, 503 brings four retries; never 500 (one retry) and never a redirect (none).
pub async fn receive(
    State(api): State<Arc<Api>>,
    caller: Caller,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let malformed = |why: &str| Problem::new(&catalogue::MALFORMED_JSON, why);
    let text = std::str::from_utf8(&body).map_err(|_| malformed("the body is not UTF-8"))?;
    let digest: [u8; 32] = Sha256::digest(&body).into();
    match api.receive_callback.run(text, digest, caller.cause("midtrans")).await {
        Ok(stored) => {
            let order = stored.and_then(|c| c.order_id).map(|id| LogOrder(id.to_string()));
            Ok(match order {
                Some(order) => (order, StatusCode::OK).into_response(),
                None => StatusCode::OK.into_response(),
            })
        }
        Err(error @ CallbackRefused::Forged) => Err(Problem::unauthenticated(error.to_string())),
        Err(error @ CallbackRefused::Malformed(_)) => Err(malformed(&error.to_string())),
        Err(CallbackRefused::Store(error)) => {
            tracing::error!(%error, transient = error.is_transient(), "a callback was not stored");
            Err(Problem::unavailable("the callback cannot be stored at the moment", 1))
        }
    }
}

/// `GET /v1/callbacks`: newest first, those about unknown orders and forged ones included.
pub async fn list(
    State(api): State<Arc<Api>>,
    Query(params): Query<CallbackParams>,
) -> Result<Json<ListDto<CallbackDto>>, Problem> {
    let limit = page_size(params.limit)?;
    let callbacks = api.payments.callbacks(limit).await.map_err(Problem::of_fault)?;
    // By what they name, not by what was known on receipt; asked together, they are read together.
    let payments = callbacks.iter().map(|callback| async {
        match callback.attempt {
            Some(attempt) => api.payments.by_attempt(attempt).await,
            None => Ok(None),
        }
    });
    let payments = try_join_all(payments).await.map_err(Problem::of_fault)?;
    let payments = payments.iter().map(|found| found.as_ref().map(|p| &p.state));
    let data = callbacks.iter().zip(payments).map(|(c, payment)| CallbackDto::of(c, payment));
    Ok(Json(ListDto { data: data.collect() }))
}
