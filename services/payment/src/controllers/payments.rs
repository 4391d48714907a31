//! Read payments, their attempts and their callbacks.

use super::dto::{AttemptDto, CallbackDto, ListDto, ListParams, PageDto, PaymentDto};
use crate::models::{OrderId, Payment, PaymentId};
use crate::usecase::ReceiveCallback;
use crate::usecase::ports::{ListQuery, Payments};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use engine::{StoreError, Versioned};
use kernel::{Account, Retryable};
use runtime::{Json, LogOrder, Path, Problem, Query};
use std::sync::Arc;

const PAGE: usize = 20;
const PAGE_MAX: usize = 200;
/// Callbacks shown of one attempt.
const CALLBACKS_MAX: usize = 100;

/// What the handlers need.
pub struct Api {
    /// The verb behind the gateway's callbacks.
    pub receive_callback: ReceiveCallback,
    /// Reads.
    pub payments: Arc<dyn Payments>,
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
    let limit = limit(params.limit, PAGE)?;
    let order_id = params.order_id.map(|id| id.parse::<OrderId>()).transpose();
    let after = params.starting_after.map(|id| id.parse::<PaymentId>()).transpose();
    let query = ListQuery {
        account: Account::default(),
        order_id: order_id.map_err(|_| Problem::invalid_parameter("order_id", "must be a UUID"))?,
        after: after.map_err(|_| Problem::invalid_parameter("starting_after", "must be a UUID"))?,
        limit: limit + 1,
    };
    let mut found = api.payments.list(&query).await.map_err(store_problem)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
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
    let mut data = Vec::new();
    for attempt in &payment.attempts {
        let callbacks = api.payments.callbacks_of(attempt.id, CALLBACKS_MAX).await;
        let callbacks = callbacks.map_err(store_problem)?;
        data.extend(callbacks.iter().map(|c| CallbackDto::of(c, Some(&payment))));
    }
    Ok(Json(ListDto { data }))
}

async fn find(api: &Api, id: &str) -> Result<Versioned<Payment>, Problem> {
    let id: PaymentId = id.parse().map_err(|_| Problem::not_found())?;
    let found = api.payments.find(&Account::default(), id).await.map_err(store_problem)?;
    found.ok_or_else(Problem::not_found)
}

pub(super) fn limit(asked: Option<usize>, otherwise: usize) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(otherwise);
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::invalid_parameter("limit", format!("must be from 1 to {PAGE_MAX}")))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn store_problem(error: StoreError) -> Problem {
    if error.is_transient() {
        tracing::warn!(%error, "the payment database is not available");
        return Problem::unavailable("the database is not available at the moment", 1);
    }
    tracing::error!(%error, "the payment database refused a row");
    Problem::internal()
}
