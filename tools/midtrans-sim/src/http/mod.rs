//! The URLs, and what all of them share. Each file below speaks one dialect and decides nothing.

mod admin;
mod console;
mod core;
mod counter;
mod exchange;
mod lists;
mod misbehave;
mod notify_urls;
mod own_forms;
mod page;
mod qr;
mod report;
mod settings;
mod snap;
mod switches;
mod view;

use crate::sim::Sim;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post};
use exchange::{Core, Dialect, Snap};

/// The longest request body that is read.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Of every page: nothing is loaded, nothing runs, forms go back to us and say that they are ours,
/// nobody frames it.
const PAGE_HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

pub(crate) fn router(sim: &Sim) -> Router {
    let own_forms_only = || middleware::from_fn_with_state(sim.clone(), own_forms::own_forms_only);
    Router::new()
        .nest("/snap", snap_routes(page_routes().route_layer(own_forms_only())))
        .nest("/v2", core_routes())
        .route("/v4/qris/gopay/{id}/qr-code", get(core::qr_code))
        // A nest serves its root without the slash only.
        .route("/_sim/", get(console::home))
        .nest("/_sim", admin_routes().layer(own_forms_only()))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(sim.clone())
}

fn snap_routes(pages: Router<Sim>) -> Router<Sim> {
    pages
        .route("/v1/transactions", post(snap::create))
        .route("/v1/transactions/{token}/cancel", post(snap::cancel))
        .method_not_allowed_fallback(async |State(sim): State<Sim>| Snap.refuse(&sim, 405, &[]))
        .fallback(not_found)
}

fn page_routes() -> Router<Sim> {
    Router::new()
        .route("/v4/redirection/{token}", get(page::show))
        .route("/v4/redirection/{token}/choose", post(page::choose))
        .route("/v4/redirection/{token}/act", post(page::act))
}

fn core_routes() -> Router<Sim> {
    Router::new()
        .route("/charge", post(core::charge))
        .route("/capture", post(core::capture))
        .route("/token", get(core::token))
        .route("/{id}/status", get(core::status))
        .route("/{id}/status/b2b", get(core::status_b2b))
        .route("/{id}/cancel", post(core::cancel))
        .route("/{id}/expire", post(core::expire))
        .route("/{id}/approve", post(core::approve))
        .route("/{id}/deny", post(core::deny))
        .route("/{id}/refund", post(core::refund))
        .route("/{id}/refund/online/direct", post(core::refund_direct))
        .route("/gopay/{id}/qr-code", get(core::qr_code))
        .route("/qris/{id}/qr-code", get(core::qr_code))
        .method_not_allowed_fallback(async |State(sim): State<Sim>| Core.refuse(&sim, 405, &[]))
        .fallback(not_found)
}

fn admin_routes() -> Router<Sim> {
    Router::new()
        .route("/transactions", get(lists::transactions))
        .route("/transactions/{id}", get(lists::transaction))
        .route("/transactions/{id}/{action}", post(admin::act))
        .route("/report.csv", get(report::show))
        .route("/pages/{token}", get(lists::page))
        .route("/pages/{token}/pay", post(admin::pay))
        .route("/deliveries", get(lists::deliveries))
        .route("/deliveries/{id}/resend", post(admin::resend))
        .route("/test-notification", post(admin::test_notification))
        .route("/autopay", get(settings::autopay).put(settings::set_autopay))
        .route("/fees", get(settings::fees).put(settings::set_fees))
        .route("/leniency", get(settings::leniency).put(settings::set_leniency))
        .route("/clock", get(admin::clock).put(admin::set_clock))
        .route("/ledger", get(lists::ledger))
        .route("/ledger/postings", get(lists::postings))
        .route("/faults", get(switches::list).put(switches::replace).post(switches::add))
        .route("/faults/{id}", delete(switches::remove))
        .route("/3ds", get(counter::show))
        .route("/gopay/checkout", get(counter::show))
        .route("/wallet", get(counter::show))
        .route("/counter/{id}", post(counter::act))
        .merge(console::routes())
        .method_not_allowed_fallback(admin::not_allowed)
        .fallback(admin::not_found)
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

/// An unknown path answers with a page, not JSON (midtrans.md 2.1).
async fn not_found() -> Response {
    let page = "<!doctype html><html><head><title>404 Not Found</title></head>\
                <body><h1>404 Not Found</h1></body></html>";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
