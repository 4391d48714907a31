//! What the clients sent, as it came in: heads only, so that bodies reach the simulator unread.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use std::sync::{Arc, Mutex};

/// A request to Snap or Core.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) agent: String,
    /// Bytes of the body, as announced.
    pub(crate) length: Option<usize>,
}

impl Seen {
    /// Whether it is a request of this kind: `POST …/cancel`.
    pub(crate) fn is(&self, method: &str, last: &str) -> bool {
        self.method == method && self.path.rsplit('/').next() == Some(last)
    }
}

/// Looks at what passes by.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<Seen>>>);

impl Wire {
    pub(crate) fn before(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), look))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }
}

async fn look(State(wire): State<Wire>, request: Request, next: Next) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    // `/_sim` and the rest are not for clients.
    if uri.path().starts_with("/snap/v1/") || uri.path().starts_with("/v2/") {
        let text = |name| text(headers, name);
        let seen = Seen {
            method: request.method().to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            agent: text(header::USER_AGENT).unwrap_or_default(),
            length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        };
        wire.0.lock().unwrap().push(seen);
    }
    next.run(request).await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Nobody but this client spoke to the gateway.
pub(crate) fn all_by(seen: &[Seen], agent: &str) {
    assert!(!seen.is_empty());
    let other = seen.iter().find(|call| call.agent != agent);
    assert!(other.is_none(), "not by {agent}: {other:?}");
}

/// A request like this was made.
#[track_caller]
pub(crate) fn any(seen: &[Seen], like: impl Fn(&Seen) -> bool) {
    assert!(seen.iter().any(like), "no such request among {seen:#?}");
}
