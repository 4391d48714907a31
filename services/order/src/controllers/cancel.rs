//! Call an order off.

use super::dto::{NewCancellation, OrderDto};
use super::orders::Api;
use super::parse;
use super::request::{fingerprint, replay};
use crate::models::{CancelRefused, Order, OrderId, OrderStatus, PaymentId};
use crate::usecase::{CancelError, CancelRequest, RequestKey};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::{Answer, Versioned};
use kernel::Account;
use runtime::{Caller, IdempotencyKey, Json, Path, Problem};
use std::sync::Arc;

/// `POST /v1/orders/{id}/cancel`: 202 only after the commit. The wish is noted and told on; what
/// becomes of it is the gateway's to say, and shows in the order's status.
pub async fn cancel(
    State(api): State<Arc<Api>>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Path(id): Path<String>,
    Json(body): Json<NewCancellation>,
) -> Result<Response, Problem> {
    let order: OrderId = id.parse().map_err(|_| Problem::not_found())?;
    let fingerprint = fingerprint(&format!("/v1/orders/{order}/cancel"), &body);
    let request = CancelRequest {
        account: Account::default(),
        order,
        wish: parse::wish(&body).map_err(Problem::validation)?,
        key: RequestKey { key, fingerprint },
        cause: caller.cause("api"),
    };
    let answer = |order: &Versioned<Order>| {
        let body = serde_json::to_string(&OrderDto::of(order, &api.public_url))
            .expect("text and numbers serialise");
        Answer { status: StatusCode::ACCEPTED.as_u16(), body }
    };
    let answered = api.cancel_order.run(request, answer).await.map_err(problem)?;
    Ok(replay(order.to_string(), answered))
}

fn problem(error: CancelError) -> Problem {
    match error {
        CancelError::Unknown => Problem::not_found(),
        CancelError::Refused { why: CancelRefused::Paid, payment } => paid(payment),
        CancelError::Refused { why: CancelRefused::Ended(status), payment: _ } => ended(status),
        CancelError::KeyReused => Problem::idempotency_mismatch(),
        CancelError::Store(error) => Problem::of_fault(error),
    }
}

/// Says how the money goes back.
fn paid(payment: Option<PaymentId>) -> Problem {
    let refunds = payment.map(|id| format!("/v1/payments/{id}/refunds"));
    let at = refunds.as_deref().unwrap_or("/v1/payments/{id}/refunds");
    let detail = format!(
        "the order is paid: give the money back with POST {at}, or ask again under another \
         Idempotency-Key with \"refund_if_paid\": true"
    );
    let problem = Problem::conflict(detail).with("order_status", OrderStatus::Paid.as_str());
    match refunds {
        Some(refunds) => problem.with("refund_url", refunds),
        None => problem,
    }
}

fn ended(status: OrderStatus) -> Problem {
    let why = match status {
        OrderStatus::Cancelled => "it is cancelled already",
        OrderStatus::Expired => "the time to pay it is over, and it is closed",
        OrderStatus::PartiallyRefunded => {
            "a part of its payment went back: give the rest back with a refund of the payment"
        }
        OrderStatus::Refunded => "its payment went back already",
        OrderStatus::PaymentReversed => "the gateway took its payment back",
        OrderStatus::ChargedBack => "the customer's bank took its payment back",
        OrderStatus::RefundManualRequired => {
            "its payment has to go back already, and an operator has to transfer it"
        }
        OrderStatus::Pending
        | OrderStatus::AwaitingPayment
        | OrderStatus::OnHold
        | OrderStatus::PaymentFailed
        | OrderStatus::Paid => "its state does not allow it",
    };
    let detail = format!("the order cannot be cancelled: {why}");
    Problem::conflict(detail).with("order_status", status.as_str())
}
