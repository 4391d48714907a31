//! The URL table of the order service.

use crate::controllers::{Api, audit, cancel, create, get as get_order, list};
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// One line an endpoint.
pub fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/orders", get(list).post(create))
        .route("/v1/orders/{id}", get(get_order))
        .route("/v1/orders/{id}/cancel", post(cancel))
        .route("/ops/order/audit", get(audit::page))
        .with_state(api)
}
