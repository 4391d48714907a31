//! One service's operations over HTTP: what waits, what was given up, and the stories of orders.
//!
//! Every service mounts [`routes`] at `/ops/{service}`; whatever spans services is composed by
//! whoever reads several of them. Knows no order and no payment beyond the id of an order.

pub mod dto;

mod handlers;
mod personal;

use axum::Router;
use axum::routing::{get, post};
use handlers::{Operator, backlog, discard, letters, replay, stories, story};
use kernel::Clock;
use std::sync::Arc;
use storage::{DeadLetters, Operations};

/// The operations of one service.
pub fn routes(
    service: &'static str,
    operations: Arc<dyn Operations>,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
) -> Router {
    let at = |path: &str| format!("/ops/{service}{path}");
    Router::new()
        .route(&at("/backlog"), get(backlog))
        .route(&at("/orders/{id}"), get(story))
        .route(&at("/stories"), get(stories))
        .route(&at("/dead-letters"), get(letters))
        .route(&at("/dead-letters/{id}/replay"), post(replay))
        .route(&at("/dead-letters/{id}/discard"), post(discard))
        .with_state(Arc::new(Operator { service, operations, dead_letters, clock }))
}
