//! The URLs, and what all of them share. Each file below speaks one dialect and decides nothing.
//!
//! Charge, refund, approve, deny and capture will be routes of `core`; test notifications and fault
//! switches routes of `admin`.

mod admin;
mod core;
mod page;
mod snap;
mod view;

use crate::sim::Sim;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest request body that is read.
const MAX_BODY_BYTES: usize = 256 * 1024;

pub(crate) fn router(sim: &Sim) -> Router {
    let snap = Router::new()
        .route("/v1/transactions", post(snap::create))
        .route("/v1/transactions/{token}/cancel", post(snap::cancel))
        .route("/v4/redirection/{token}", get(page::show))
        .route("/v4/redirection/{token}/choose", post(page::choose))
        .route("/v4/redirection/{token}/act", post(page::act))
        .fallback(not_found);
    let core = Router::new()
        .route("/{id}/status", get(core::status))
        .route("/{id}/cancel", post(core::cancel))
        .route("/{id}/expire", post(core::expire))
        .fallback(not_found);
    let admin = Router::new()
        .route("/transactions", get(admin::transactions))
        .route("/transactions/{id}", get(admin::transaction))
        .route("/transactions/{id}/{action}", post(admin::act))
        .route("/pages/{token}/pay", post(admin::pay))
        .route("/deliveries", get(admin::deliveries))
        .route("/autopay", get(admin::autopay).put(admin::set_autopay))
        .route("/clock", get(admin::clock).put(admin::set_clock))
        .route("/ledger", get(admin::ledger))
        .fallback(admin::not_found);
    Router::new()
        .nest("/snap", snap)
        .nest("/v2", core)
        .nest("/_sim", admin)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(sim.clone())
}

/// A path segment. One that is empty or not UTF-8 is an odd id: an HTML 404 (midtrans.md 2.1).
struct Id(String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if !id.is_empty() => Ok(Self(id)),
            _ => Err(not_found().await),
        }
    }
}

/// Whether the caller shows the server key: Basic, with an empty password (midtrans.md 1.2).
fn is_authorized(sim: &Sim, headers: &HeaderMap) -> bool {
    let shown = || {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, credentials) = value.split_once(' ')?;
        let decoded = STANDARD.decode(credentials.trim()).ok()?;
        Some((scheme.eq_ignore_ascii_case("basic"), decoded))
    };
    let expected = format!("{}:", sim.0.gateway.merchant.key.reveal()).into_bytes();
    shown().is_some_and(|(basic, decoded)| basic && decoded == expected)
}

/// An unknown path answers with a page, not JSON (midtrans.md 2.1).
async fn not_found() -> Response {
    let page = "<!doctype html><html><head><title>404 Not Found</title></head>\
                <body><h1>404 Not Found</h1></body></html>";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
