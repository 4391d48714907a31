//! What a process needs around its services: HTTP in, problems out, settings, logs, health, and an
//! orderly end.
//!
//! Knows no order and no payment: a service brings its routes, its problem kinds and its workers,
//! this crate runs them. Everything here is bounded: bytes, headers, connections, requests in
//! flight, waiting time and log lines.

pub mod problem;

mod caller;
mod idempotency;
mod json;
mod params;

pub mod config;
pub mod health;
pub mod http;
pub mod lifecycle;
pub mod mask;
pub mod telemetry;

pub use caller::{Caller, LogOrder};
pub use idempotency::IdempotencyKey;
pub use json::{BodyLimits, Json, RawBody, parse_json};
pub use params::{AuditPage, Path, Query, cut, page_size};
pub use problem::{FieldError, Problem};
