//! Give money back.

use super::dto::{ListDto, NewRefund, RefundDto};
use super::payments::{Api, find};
use crate::models::{PaymentId, RefundId, RefundRefused, RefundWish};
use crate::usecase::AskRefused;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::ExecuteError;
use kernel::{Money, Uuid};
use runtime::{Caller, IdempotencyKey, Json, LogOrder, Path, Problem};
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
            Problem::field("/amount", "range", rule.to_string())
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

/// A text as it is stored; an absent one stays absent.
pub(super) fn text(field: &'static str, text: Option<String>) -> Result<Option<String>, Problem> {
    let bad = |what: &str| Problem::field(field, "text", what);
    match text {
        Some(text) if text.chars().count() > TEXT_MAX => Err(bad("has more than 255 characters")),
        Some(text) if text.chars().any(char::is_control) => Err(bad("holds a control character")),
        text => Ok(text),
    }
}
