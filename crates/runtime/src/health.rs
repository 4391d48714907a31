//! `/livez` and `/readyz`.
//!
//! Liveness depends on nothing: a process that answers is alive, and restarting it mends no
//! database. Readiness depends on what the composition root names, which is the own database.

use crate::{Json, Query};
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::future::{BoxFuture, join_all};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Asks one thing whether it works; the error is shown to who asks verbosely.
pub type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The checks of this process.
#[derive(Clone)]
pub struct Health {
    checks: Vec<(String, Check)>,
    check_time_max: Duration,
}

/// No checks, one second for each.
impl Default for Health {
    fn default() -> Self {
        Self { checks: Vec::new(), check_time_max: Duration::from_secs(1) }
    }
}

impl Health {
    /// Adds a check that readiness depends on.
    #[must_use]
    pub fn check(mut self, name: impl Into<String>, check: Check) -> Self {
        self.checks.push((name.into(), check));
        self
    }

    /// Bounds each check.
    #[must_use]
    pub fn within(mut self, check_time_max: Duration) -> Self {
        self.check_time_max = check_time_max;
        self
    }

    /// The routes `/livez` and `/readyz` (with `?verbose` for each check).
    pub fn routes(self) -> Router {
        let ready = async move |Query(asked): Query<Asked>| self.answer(asked).await;
        Router::new().route("/livez", get(async || "ok")).route("/readyz", get(ready))
    }

    async fn answer(&self, asked: Asked) -> Response {
        let checks = join_all(self.checks.iter().map(|(name, check)| self.run(name, check))).await;
        let ready = checks.iter().all(|check| check.error.is_none());
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let answer = Readiness { ready, checks: asked.verbose.map(|_| checks) };
        (status, Json(answer)).into_response()
    }

    async fn run(&self, name: &str, check: &Check) -> Checked {
        let error = match timeout(self.check_time_max, check()).await {
            Ok(result) => result.err(),
            Err(_) => Some(format!("no answer within {:?}", self.check_time_max)),
        };
        Checked { name: name.to_owned(), ok: error.is_none(), error }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    verbose: Option<String>,
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<Checked>>,
}

#[derive(Serialize)]
struct Checked {
    name: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use std::future::{pending, ready};
    use tower::ServiceExt;

    fn health() -> Health {
        let healthy: Check = Arc::new(|| Box::pin(ready(Ok(()))));
        Health::default().within(Duration::from_millis(20)).check("database", healthy)
    }

    async fn ask(health: Health, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = health.routes().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn ready_when_every_check_passes() {
        assert_eq!(ask(health(), "/readyz").await, (200, r#"{"ready":true}"#.to_owned()));
        let (status, body) = ask(health(), "/readyz?verbose").await;
        assert_eq!(status, 200);
        assert_eq!(body, r#"{"ready":true,"checks":[{"name":"database","ok":true}]}"#);
    }

    #[tokio::test]
    async fn not_ready_when_a_check_fails_or_hangs_and_alive_all_the_same() {
        let failing: Check = Arc::new(|| Box::pin(ready(Err("disk full".to_owned()))));
        let hanging: Check = Arc::new(|| Box::pin(pending()));
        for (check, word) in [(failing, "disk full"), (hanging, "no answer")] {
            let health = health().check("bad", check);
            assert_eq!(ask(health.clone(), "/readyz").await.0, 503);
            assert!(ask(health.clone(), "/readyz?verbose").await.1.contains(word));
            assert_eq!(ask(health, "/livez").await, (200, "ok".to_owned()));
        }
    }
}
