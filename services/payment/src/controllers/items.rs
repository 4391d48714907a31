//! What waits for a person: listed, reviewed, dealt with.

use super::dto::{ItemDto, ItemParams, NewResolution, PageDto};
use super::payments::{Api, find};
use super::refunds::text;
use crate::models::{Choice, Payment, PaymentId, ResolveRefused, ReviewRefused, ReviewWish};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::{ExecuteError, Versioned};
use kernel::Account;
use runtime::{Caller, Json, LogOrder, Path, Problem, Query, cut, page_size};
use std::sync::Arc;

/// `GET /v1/operator-items`: what waits for a person, by payment, newest payment first.
pub async fn items(
    State(api): State<Arc<Api>>,
    Query(params): Query<ItemParams>,
) -> Result<Json<PageDto<ItemDto>>, Problem> {
    let limit = page_size(params.limit)?;
    let after = params.starting_after.as_deref().map(payment_of).transpose()?;
    let account = Account::default();
    let found = api.payments.with_open_items(&account, after, limit + 1).await;
    let mut found = found.map_err(Problem::of_fault)?;
    let has_more = cut(&mut found, limit);
    let open = found.iter().flat_map(|payment| {
        let items = payment.state.items().into_iter().filter(|item| item.resolution.is_none());
        items.map(|item| ItemDto::of(&payment.state, item)).collect::<Vec<_>>()
    });
    Ok(Json(PageDto { data: open.collect(), has_more }))
}

/// `POST /v1/operator-items/{id}/resolve`: a person writes what was done. A refund by hand counts as
/// made from then on.
pub async fn resolve(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<NewResolution>,
) -> Result<Response, Problem> {
    let (note, by) = written(body)?;
    let (payment, item) = named(&api, &id).await?;
    let order = LogOrder(payment.state.bill.order_id.to_string());
    match api.resolve_item.run(payment, (item, note, by), caller.cause("operator")).await {
        Ok(()) => Ok((order, StatusCode::NO_CONTENT).into_response()),
        Err(ExecuteError::Rejected(ResolveRefused::NoItem)) => Err(Problem::not_found()),
        Err(ExecuteError::Store(error)) => Err(Problem::of_fault(error)),
        Err(error) => Err(Problem::conflict(error.to_string())),
    }
}

/// `POST /v1/operator-items/{id}/approve`: a card payment that fraud detection holds is to go on.
/// 202 with the item, since the gateway is yet to be asked. The same again is the same answer; as
/// long as the charge is held, [`deny`] takes its place.
pub async fn approve(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<NewResolution>,
) -> Result<Response, Problem> {
    review(&api, caller, (&id, Choice::Approve), body).await
}

/// `POST /v1/operator-items/{id}/deny`: a card payment that fraud detection holds is to be refused.
/// As [`approve`].
pub async fn deny(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<NewResolution>,
) -> Result<Response, Problem> {
    review(&api, caller, (&id, Choice::Deny), body).await
}

async fn review(
    api: &Api,
    caller: Caller,
    (id, choice): (&str, Choice),
    body: NewResolution,
) -> Result<Response, Problem> {
    let (note, by) = written(body)?;
    let (payment, item) = named(api, id).await?;
    let order = LogOrder(payment.state.bill.order_id.to_string());
    let wish = ReviewWish { item: item.clone(), choice, note, by };
    let payment = api.review_item.run(payment, wish, caller.cause("operator")).await;
    let payment = payment.map_err(refused)?;
    let reviewed = payment.items().into_iter().find(|known| known.name == item);
    let reviewed = reviewed.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::ACCEPTED, order, Json(ItemDto::of(&payment, reviewed))).into_response())
}

fn refused(error: ExecuteError<ReviewRefused>) -> Problem {
    match error {
        ExecuteError::Rejected(ReviewRefused::NoItem) => Problem::not_found(),
        ExecuteError::Store(error) => Problem::of_fault(error),
        error => Problem::conflict(error.to_string()),
    }
}

/// What a person wrote, and who.
fn written(body: NewResolution) -> Result<(String, String), Problem> {
    let note = text("/note", Some(body.note))?.filter(|note| !note.trim().is_empty());
    let note = note.ok_or_else(|| {
        let text = "say what was done, for whoever looks later";
        Problem::field("/note", "required", text)
    })?;
    Ok((note, text("/by", body.by)?.unwrap_or_else(|| "operator".to_owned())))
}

/// The payment of an item, and the item's name within it.
async fn named(api: &Api, id: &str) -> Result<(Versioned<Payment>, String), Problem> {
    let (payment, item) = id.split_once('.').ok_or_else(Problem::not_found)?;
    Ok((find(api, payment).await?, item.to_owned()))
}

/// The payment in an item's id.
fn payment_of(item: &str) -> Result<PaymentId, Problem> {
    let payment = item.split('.').next().unwrap_or_default();
    let text = "must be the id of the last item you got";
    payment.parse().map_err(|_| Problem::invalid_parameter("starting_after", text))
}
