//! The URL table of the notification service.

use crate::controllers::{Api, audit, get as get_message, inbox, list, opened, resend};
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// One line an endpoint.
pub fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/notifications", get(list))
        .route("/v1/notifications/{id}", get(get_message))
        .route("/v1/notifications/{id}/resend", post(resend))
        .route("/ops/notification/audit", get(audit::page))
        .with_state(api)
}

/// The pages that show what was sent; mounted only where the settings ask for them.
pub fn mailbox(api: Arc<Api>) -> Router {
    Router::new().route("/mailbox", get(inbox)).route("/mailbox/{id}", get(opened)).with_state(api)
}
