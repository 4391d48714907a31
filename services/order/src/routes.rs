//! The URL table of the order service.

use crate::controllers::{Api, create, get as get_order, list};
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// One line an endpoint.
pub fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/orders", get(list).post(create))
        .route("/v1/orders/{id}", get(get_order))
        .with_state(api)
}
