//! Give money back, have the gateway asked, and deal with what only a person can.

use super::dto::{ItemDto, ListDto, NewRefund, NewResolution, PageDto, RefundDto};
use super::payments::{Api, find};
use crate::models::{PaymentId, RefundId, RefundRefused, RefundWish, ResolveRefused};
use crate::usecase::AskRefused;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::ExecuteError;
use kernel::{Account, Money, Uuid};
use runtime::{
    Caller, FieldError, IdempotencyKey, Json, LogOrder, Path, Problem, Query, page_size,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The longest note and reason, in characters (reference: midtrans.md 2.6 for the reason).
const TEXT_MAX: usize = 255;

/// `POST /v1/payments/{id}/refunds`: 202, since the gateway is yet to answer. The same key again is
/// the same refund.
pub async fn refund(
    State(api): State<Arc<Api>>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Path(id): Path<String>,
    Json(body): Json<NewRefund>,
) -> Result<Response, Problem> {
    let payment = find(&api, &id).await?;
    let reason = text("/reason", body.reason)?;
    let order = LogOrder(payment.state.bill.order_id.to_string());
    let wish = RefundWish {
        key: refund_key(payment.state.id, &key),
        amount: body.amount.map(Money::rupiah),
        reason,
    };
    let asked = api.ask_refund.run(payment, wish, caller.cause("api")).await;
    let refund = asked.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, order, Json(RefundDto::of(&refund))).into_response())
}

/// The gateway's `refund_key`, from the caller's key: asked twice, it is one refund.
fn refund_key(payment: PaymentId, key: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(payment.to_string());
    hash.update(key);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    RefundId(Uuid::from_bytes(bytes)).to_string()
}

fn refused(error: AskRefused) -> Problem {
    match error {
        AskRefused::Rule(rule @ RefundRefused::NotPaid(_)) => Problem::conflict(rule.to_string()),
        AskRefused::Rule(rule @ RefundRefused::Amount { .. }) => {
            Problem::validation(vec![FieldError::new("/amount", "range", rule.to_string())])
        }
        AskRefused::OtherWish => Problem::idempotency_mismatch(),
        AskRefused::Store(error) => Problem::of_fault(error),
        AskRefused::Execute(ExecuteError::Store(error)) => Problem::of_fault(error),
        AskRefused::Execute(error) => Problem::conflict(error.to_string()),
    }
}

/// `GET /v1/payments/{id}/refunds`: oldest first.
pub async fn refunds(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<ListDto<RefundDto>>, Problem> {
    let payment = find(&api, &id).await?.state;
    Ok(Json(ListDto { data: payment.refunds.iter().map(RefundDto::of).collect() }))
}

/// `POST /v1/payments/{id}/sync`: the gateway is asked now. 202; what it says is in the payment soon.
pub async fn sync(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let payment = find(&api, &id).await?;
    let order = LogOrder(payment.state.bill.order_id.to_string());
    match api.sync.run(payment, caller.cause("api")).await {
        Ok(()) => Ok((order, StatusCode::ACCEPTED).into_response()),
        Err(ExecuteError::Store(error)) => Err(Problem::of_fault(error)),
        Err(error) => Err(Problem::conflict(error.to_string())),
    }
}

/// `GET /v1/operator-items`: what waits for a person, by payment, newest payment first.
pub async fn items(
    State(api): State<Arc<Api>>,
    Query(params): Query<super::dto::ItemParams>,
) -> Result<Json<PageDto<ItemDto>>, Problem> {
    let limit = page_size(params.limit)?;
    let after = params.starting_after.as_deref().map(payment_of).transpose()?;
    let account = Account::default();
    let found = api.payments.with_open_items(&account, after, limit + 1).await;
    let mut found = found.map_err(Problem::of_fault)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
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
    let note = text("/note", Some(body.note))?.filter(|note| !note.trim().is_empty());
    let note = note.ok_or_else(|| {
        let text = "say what was done, for whoever looks later";
        Problem::validation(vec![FieldError::new("/note", "required", text)])
    })?;
    let by = text("/by", body.by)?.unwrap_or_else(|| "operator".to_owned());
    let (payment, item) = id.split_once('.').ok_or_else(Problem::not_found)?;
    let payment = find(&api, payment).await?;
    let order = LogOrder(payment.state.bill.order_id.to_string());
    let item = (item.to_owned(), note, by);
    match api.resolve_item.run(payment, item, caller.cause("operator")).await {
        Ok(()) => Ok((order, StatusCode::NO_CONTENT).into_response()),
        Err(ExecuteError::Rejected(ResolveRefused::NoItem)) => Err(Problem::not_found()),
        Err(ExecuteError::Rejected(error @ ResolveRefused::Resolved)) => {
            Err(Problem::conflict(error.to_string()))
        }
        Err(ExecuteError::Store(error)) => Err(Problem::of_fault(error)),
        Err(error) => Err(Problem::conflict(error.to_string())),
    }
}

/// The payment in an item's id.
fn payment_of(item: &str) -> Result<PaymentId, Problem> {
    let payment = item.split('.').next().unwrap_or_default();
    let text = "must be the id of the last item you got";
    payment.parse().map_err(|_| Problem::invalid_parameter("starting_after", text))
}

fn text(field: &'static str, text: Option<String>) -> Result<Option<String>, Problem> {
    let bad = |what: &str| Problem::validation(vec![FieldError::new(field, "text", what)]);
    match text {
        Some(text) if text.chars().count() > TEXT_MAX => Err(bad("has more than 255 characters")),
        Some(text) if text.chars().any(char::is_control) => Err(bad("holds a control character")),
        text => Ok(text),
    }
}
