//! Read payments, their attempts and their callbacks.

use super::dto::{AttemptDto, CallbackDto, ListDto, ListParams, PageDto, PaymentDto};
use crate::models::{OrderId, Payment, PaymentId};
use crate::usecase::ports::{ListQuery, Payments};
use crate::usecase::{AskRefund, ReceiveCallback, ResolveItem, ReviewItem, Sync};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use engine::Versioned;
use kernel::{Account, Clock};
use runtime::{Json, LogOrder, Path, Problem, Query, cut, page_size};
use std::cmp::Reverse;
use std::sync::Arc;

/// Callbacks shown of one attempt; forged ones are the first to be left out.
const CALLBACKS_MAX: usize = 100;

/// What the handlers need.
pub struct Api {
    /// The verb behind the gateway's callbacks.
    pub receive_callback: ReceiveCallback,
    /// The verb behind refunds.
    pub ask_refund: AskRefund,
    /// Has the gateway asked now.
    pub sync: Sync,
    /// The verb behind operator items.
    pub resolve_item: ResolveItem,
    /// The verb behind those that are reviewed.
    pub review_item: ReviewItem,
    /// Reads.
    pub payments: Arc<dyn Payments>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where customers reach us, without a slash at the end.
    pub public_url: String,
}

/// `GET /v1/payments/{id}`
pub async fn get(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let payment = find(&api, &id).await?;
    let order = LogOrder(payment.state.bill.order_id.to_string());
    Ok((order, Json(PaymentDto::of(&payment, &api.public_url))).into_response())
}

/// `GET /v1/payments`: newest first, a page at a time.
pub async fn list(
    State(api): State<Arc<Api>>,
    Query(params): Query<ListParams>,
) -> Result<Json<PageDto<PaymentDto>>, Problem> {
    let limit = page_size(params.limit)?;
    let order_id = params.order_id.map(|id| id.parse::<OrderId>()).transpose();
    let after = params.starting_after.map(|id| id.parse::<PaymentId>()).transpose();
    let query = ListQuery {
        account: Account::default(),
        order_id: order_id.map_err(|_| Problem::invalid_parameter("order_id", "must be a UUID"))?,
        after: after.map_err(|_| Problem::invalid_parameter("starting_after", "must be a UUID"))?,
        limit: limit + 1,
    };
    let mut found = api.payments.list(&query).await.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, limit);
    let data = found.iter().map(|p| PaymentDto::of(p, &api.public_url)).collect();
    Ok(Json(PageDto { data, has_more }))
}

/// `GET /v1/payments/{id}/attempts`
pub async fn attempts(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<ListDto<AttemptDto>>, Problem> {
    let payment = find(&api, &id).await?;
    Ok(Json(ListDto { data: payment.state.attempts.iter().map(AttemptDto::of).collect() }))
}

/// `GET /v1/payments/{id}/callbacks`: each with its verdict, newest first.
pub async fn callbacks_of(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<ListDto<CallbackDto>>, Problem> {
    let payment = find(&api, &id).await?.state;
    let mut callbacks = Vec::new();
    for attempt in &payment.attempts {
        let found = api.payments.callbacks_of(attempt.id, CALLBACKS_MAX).await;
        callbacks.extend(found.map_err(Problem::of_fault)?);
    }
    callbacks.sort_by_key(|callback| Reverse(callback.received_at));
    let data = callbacks.iter().map(|c| CallbackDto::of(c, Some(&payment))).collect();
    Ok(Json(ListDto { data }))
}

pub(super) async fn find(api: &Api, id: &str) -> Result<Versioned<Payment>, Problem> {
    let id: PaymentId = id.parse().map_err(|_| Problem::not_found())?;
    let found = api.payments.find(&Account::default(), id).await.map_err(Problem::of_fault)?;
    found.ok_or_else(Problem::not_found)
}
