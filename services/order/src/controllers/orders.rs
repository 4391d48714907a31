//! Create, read and list orders.

use super::dto::{ListParams, NewOrder, OrderDto, OrderPage};
use super::parse;
use super::request::{fingerprint, replay};
use crate::models::{Order, OrderId, OrderStatus, PaymentWindow};
use crate::usecase::ports::{ListQuery, Orders};
use crate::usecase::{CancelOrder, PlaceError, PlaceOrder, RequestKey};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::{Answer, Version, Versioned};
use kernel::Account;
use runtime::{Caller, IdempotencyKey, Json, LogOrder, Path, Problem, Query, cut, page_size};
use std::sync::Arc;

/// What the handlers need.
pub struct Api {
    /// The verb behind `POST`.
    pub place_order: PlaceOrder,
    /// The verb behind `POST …/cancel`.
    pub cancel_order: CancelOrder,
    /// Reads.
    pub orders: Arc<dyn Orders>,
    /// Where customers reach us, without a slash at the end.
    pub public_url: String,
    /// How long an order can be paid whose creator does not say.
    pub payment_window: PaymentWindow,
}

/// `POST /v1/orders`: 201 only after the commit; the same key again gives the same answer.
pub async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(order): Json<NewOrder>,
) -> Result<Response, Problem> {
    let account = Account::default();
    let fingerprint = fingerprint("/v1/orders", &order);
    let draft = parse::draft(order, account, api.payment_window).map_err(Problem::validation)?;
    let answer = |order: &Order| {
        let created = Versioned { version: Version(1), state: order.clone() };
        let body = serde_json::to_string(&OrderDto::of(&created, &api.public_url))
            .expect("text and numbers serialise");
        Answer { status: StatusCode::CREATED.as_u16(), body }
    };
    let request = RequestKey { key, fingerprint };
    let placed = api.place_order.run(draft, request, caller.cause("api"), answer).await;
    let placed = placed.map_err(problem)?;
    Ok(replay(order_id(&placed.answer.body), placed))
}

/// The id inside a stored answer, which we wrote ourselves.
fn order_id(body: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Id {
        id: String,
    }
    serde_json::from_str::<Id>(body).map(|i| i.id).unwrap_or_default()
}

/// `GET /v1/orders/{id}`
pub async fn get(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: OrderId = id.parse().map_err(|_| Problem::not_found())?;
    let found = api.orders.find(&Account::default(), id).await.map_err(Problem::of_fault)?;
    let order = found.ok_or_else(Problem::not_found)?;
    Ok((LogOrder(id.to_string()), Json(OrderDto::of(&order, &api.public_url))).into_response())
}

/// `GET /v1/orders`: newest first, a page at a time.
pub async fn list(
    State(api): State<Arc<Api>>,
    Query(params): Query<ListParams>,
) -> Result<Json<OrderPage>, Problem> {
    let limit = page_size(params.limit)?;
    let query = list_query(params, limit + 1)?;
    let mut found = api.orders.list(&query).await.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, limit);
    let data = found.iter().map(|order| OrderDto::of(order, &api.public_url)).collect();
    Ok(Json(OrderPage { data, has_more }))
}

fn list_query(params: ListParams, limit: usize) -> Result<ListQuery, Problem> {
    let status = params.status.map(|s| s.parse::<OrderStatus>()).transpose().map_err(|_| {
        let names = OrderStatus::ALL.map(OrderStatus::as_str).join(", ");
        Problem::invalid_parameter("status", format!("must be one of {names}"))
    })?;
    let after = params.starting_after.map(|s| s.parse::<OrderId>()).transpose();
    let after = after.map_err(|_| {
        Problem::invalid_parameter("starting_after", "must be the id of the last order you got")
    })?;
    Ok(ListQuery { account: Account::default(), status, reference: params.reference, after, limit })
}

fn problem(error: PlaceError) -> Problem {
    match error {
        PlaceError::Total(error) => Problem::field("/lines", "total", error.to_string()),
        PlaceError::KeyReused => Problem::idempotency_mismatch(),
        PlaceError::ReferenceTaken(existing) => {
            Problem::reference_taken(&existing.map(|id| id.to_string()).unwrap_or_default())
        }
        PlaceError::Overloaded => Problem::unavailable(PlaceError::Overloaded.to_string(), 5),
        PlaceError::Store(error) => Problem::of_fault(error),
    }
}
