//! The URL table of the payment service.

use crate::controllers::audit::audit;
use crate::controllers::{
    Api, approve, attempts, callbacks_of, deny, exchanges, get as get_payment, items, list,
    list_callbacks, pay, receive, refund, refunds, resolve, sync,
};
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// One line an endpoint. The callback has two, because a redirect would lose it.
pub fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/payments", get(list))
        .route("/v1/payments/{id}", get(get_payment))
        .route("/v1/payments/{id}/attempts", get(attempts))
        .route("/v1/payments/{id}/callbacks", get(callbacks_of))
        .route("/v1/payments/{id}/exchanges", get(exchanges))
        .route("/v1/payments/{id}/refunds", get(refunds).post(refund))
        .route("/v1/payments/{id}/sync", post(sync))
        .route("/v1/operator-items", get(items))
        .route("/v1/operator-items/{id}/approve", post(approve))
        .route("/v1/operator-items/{id}/deny", post(deny))
        .route("/v1/operator-items/{id}/resolve", post(resolve))
        .route("/v1/callbacks", get(list_callbacks))
        .route("/ops/payment/audit", get(audit))
        .route("/webhooks/midtrans", post(receive))
        .route("/webhooks/midtrans/", post(receive))
        .route("/pay/{order}", get(pay))
        .with_state(api)
}
