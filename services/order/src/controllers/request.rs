//! What every `POST` under an idempotency key shares: the fingerprint of the request, the answer.

use crate::usecase::Answered;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use runtime::LogOrder;
use serde::Serialize;
use sha2::{Digest, Sha256};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// SHA-256 over method, path and the body as we understood it: white space and the order of
/// fields do not make another request.
pub fn fingerprint(path: &str, body: &impl Serialize) -> [u8; 32] {
    let canonical = serde_json::to_vec(body).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(format!("POST {path}\n"));
    hash.update(canonical);
    hash.finalize().into()
}

/// The stored answer about an order.
pub fn replay(order: String, answered: Answered) -> Response {
    let Answered { answer, replayed } = answered;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::LOCATION, format!("/v1/orders/{order}")),
    ];
    let mut response = (status, headers, LogOrder(order), answer.body).into_response();
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
