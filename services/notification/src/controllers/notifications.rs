//! Read, list and resend messages.

use super::dto::{ListParams, NotificationDto, NotificationPage, ResendDto};
use crate::models::{MessageId, MessageStatus, OrderId};
use crate::usecase::ports::{ListQuery, Messages};
use crate::usecase::{RequestKey, ResendError, ResendMessage, Resent};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::Answer;
use kernel::Account;
use runtime::{Caller, IdempotencyKey, Json, LogOrder, Path, Problem, Query, cut, page_size};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What the handlers need.
pub struct Api {
    /// The verb behind `POST`.
    pub resend: ResendMessage,
    /// Reads.
    pub messages: Arc<dyn Messages>,
}

/// `GET /v1/notifications/{id}`
pub async fn get(
    State(api): State<Arc<Api>>,
    Path(id): Path<MessageId>,
) -> Result<Response, Problem> {
    let found = api.messages.find(&Account::default(), id).await.map_err(Problem::of_fault)?;
    let message = found.ok_or_else(Problem::not_found)?;
    let order = LogOrder(message.state.order.to_string());
    Ok((order, Json(NotificationDto::whole(&message))).into_response())
}

/// `GET /v1/notifications`: newest first, a page at a time.
pub async fn list(
    State(api): State<Arc<Api>>,
    Query(params): Query<ListParams>,
) -> Result<Json<NotificationPage>, Problem> {
    let limit = page_size(params.limit)?;
    let query = list_query(&params, limit + 1)?;
    let mut found = api.messages.list(&query).await.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, limit);
    let data = found.iter().map(NotificationDto::summary).collect();
    Ok(Json(NotificationPage { data, has_more }))
}

fn list_query(params: &ListParams, limit: usize) -> Result<ListQuery, Problem> {
    let status = params.status.as_deref().map(str::parse::<MessageStatus>).transpose();
    let status = status.map_err(|_| {
        let names = MessageStatus::ALL.map(MessageStatus::as_str).join(", ");
        Problem::invalid_parameter("status", format!("must be one of {names}"))
    })?;
    let order = params.order_id.as_deref().map(str::parse::<OrderId>).transpose();
    let order =
        order.map_err(|_| Problem::invalid_parameter("order_id", "must be the id of an order"))?;
    let after = params.starting_after.as_deref().map(str::parse::<MessageId>).transpose();
    let after = after.map_err(|_| {
        let rule = "must be the id of the last notification you got";
        Problem::invalid_parameter("starting_after", rule)
    })?;
    Ok(ListQuery { account: Account::default(), order, status, after, limit })
}

/// `POST /v1/notifications/{id}/resend`: 202 only after the commit; the same key again gives the
/// same answer and sends nothing.
pub async fn resend(
    State(api): State<Arc<Api>>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Path(id): Path<MessageId>,
) -> Result<Response, Problem> {
    let told = ResendDto { id: id.to_string(), status: MessageStatus::Queued.as_str() };
    let body = serde_json::to_string(&told).expect("text serialises");
    let answer = Answer { status: StatusCode::ACCEPTED.as_u16(), body };
    let request = RequestKey { key, fingerprint: fingerprint(id), answer };
    let resent = api.resend.run(Account::default(), id, request, caller.cause("api")).await;
    resent.map(|resent| replay(id, resent)).map_err(problem)
}

/// SHA-256 over method and path: the request has no body.
fn fingerprint(id: MessageId) -> [u8; 32] {
    Sha256::digest(format!("POST /v1/notifications/{id}/resend\n")).into()
}

fn replay(id: MessageId, Resent { answer, replayed }: Resent) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::LOCATION, format!("/v1/notifications/{id}")),
    ];
    let mut response = (status, headers, answer.body).into_response();
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

fn problem(error: ResendError) -> Problem {
    match error {
        ResendError::Unknown => Problem::not_found(),
        ResendError::KeyReused => Problem::idempotency_mismatch(),
        ResendError::Store(error) => Problem::of_fault(error),
    }
}
