//! What happens to every request around its handler: id, turn, deadline, panic, answer, log line.
//!
//! One function instead of a stack of layers, so that the order is readable. No business here.

use super::ServerConfig;
use crate::{Caller, LogOrder, Problem};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::Ids;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tracing::Instrument;

/// Puts the edge around every route, and answers what no route does.
pub(super) fn wrap(routes: Router, ids: Arc<dyn Ids>, config: ServerConfig) -> Router {
    let turns = Semaphore::new(config.in_flight_max);
    let edge = Arc::new(Edge { ids, turns, config, refused: AtomicU32::new(0) });
    routes
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(edge, serve))
}

struct Edge {
    ids: Arc<dyn Ids>,
    turns: Semaphore,
    config: ServerConfig,
    /// Spreads `Retry-After`, so that those refused together do not come back together.
    refused: AtomicU32,
}

async fn serve(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let caller = Caller::read(request.headers(), &*edge.ids);
    let path = request.uri().path().to_owned();
    let mut line = LogLine::begin(&request, &caller.request_id);
    // At error level, so that no filter takes the id away from what is logged within.
    let span = tracing::error_span!("request", request_id = %caller.request_id);
    let request_id = caller.request_id.clone();
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(edge.config.body_limits());
    let answer = edge.answer(&path, request, next).instrument(span).await;
    let answer = dressed(answer, &path, &request_id);
    line.end(&answer);
    answer
}

impl Edge {
    async fn answer(&self, path: &str, request: Request, next: Next) -> Response {
        let _turn = match self.turn(path).await {
            Ok(turn) => turn,
            Err(problem) => return problem.into_response(),
        };
        let handler = AssertUnwindSafe(next.run(request)).catch_unwind();
        match timeout(self.config.handler_time_max, handler).await {
            Ok(Ok(answer)) => answer,
            // The panic hook has logged it, within this request's span.
            Ok(Err(_panic)) => Problem::internal().into_response(),
            Err(_late) => {
                tracing::warn!("a handler did not finish in time");
                self.busy("the request took too long").into_response()
            }
        }
    }

    /// A place among the requests in flight. Those with priority need none.
    async fn turn(&self, path: &str) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        if self.config.is_priority(path) {
            return Ok(None);
        }
        if let Ok(turn) = self.turns.try_acquire() {
            return Ok(Some(turn));
        }
        match timeout(self.config.queue_time_max, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(Some(turn)),
            _ => Err(self.busy("too many requests are being served")),
        }
    }

    fn busy(&self, detail: &str) -> Problem {
        let spread = self.refused.fetch_add(1, Ordering::Relaxed) % 3;
        Problem::unavailable(detail, 1 + spread)
    }
}

/// Adds the request id, and to a problem which request it answers.
fn dressed(mut answer: Response, path: &str, request_id: &str) -> Response {
    if let Some(mut problem) = answer.extensions_mut().remove::<Problem>() {
        problem.locate(path, request_id);
        answer.headers_mut().remove(header::CONTENT_LENGTH);
        *answer.body_mut() = problem.body();
    }
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// The one line per request. Written on drop, so that a client who hangs up is logged too.
///
/// The path is the route's template and the query is left out: both may carry personal data.
struct LogLine {
    started: Instant,
    method: Method,
    route: Option<MatchedPath>,
    request_id: String,
    order_id: Option<String>,
    status: Option<StatusCode>,
}

impl LogLine {
    fn begin(request: &Request, request_id: &str) -> Self {
        Self {
            started: Instant::now(),
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
            request_id: request_id.to_owned(),
            order_id: None,
            status: None,
        }
    }

    fn end(&mut self, answer: &Response) {
        self.status = Some(answer.status());
        self.order_id = answer.extensions().get().map(|LogOrder(id)| id.clone());
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        let route = self.route.as_ref().map_or("(none)", MatchedPath::as_str);
        // 499, as nginx writes it: the client left before the answer.
        let status = self.status.map_or(499, |status| status.as_u16());
        let duration_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (method, request_id) = (self.method.as_str(), self.request_id.as_str());
        let order_id = self.order_id.as_deref();
        if status == 200 && matches!(route, "/livez" | "/readyz" | "/metrics") {
            // Asked every second by machines; only a failure is news.
            tracing::debug!(target: "http", method, route, status, duration_us, request_id);
        } else {
            tracing::info!(target: "http", method, route, status, duration_us, request_id, order_id);
        }
    }
}
