//! Problem documents (RFC 9457): the one shape in which HTTP says no.
//!
//! The kinds that every service shares are in [`catalogue`]; a service adds its own by declaring
//! a [`Kind`] and handing it to [`routes`]. No service's rule belongs here.

pub mod catalogue;
mod page;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::Kind;
use kernel::Retryable;
use serde::Serialize;
use std::borrow::Cow;

pub use page::routes;

/// No text of ours needs more; text that quotes a request is cut here.
const DETAIL_CHARS_MAX: usize = 500;

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer of the field, such as `/items/0/quantity`.
    pub pointer: String,
    /// What a program may compare, such as `required`.
    pub code: Cow<'static, str>,
    /// What a person may read, such as `must be at least 1`.
    pub detail: String,
}

impl FieldError {
    /// One fault of one field.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { pointer: clip(pointer.into()), code: code.into(), detail: clip(detail.into()) }
    }
}

/// A refusal: what happened, whether trying again helps, and where it is explained.
///
/// `instance` and `request_id` are filled in at the edge, which knows them.
#[derive(Debug, Clone)]
pub struct Problem(Box<Document>);

#[derive(Debug, Clone, Serialize)]
struct Document {
    #[serde(rename = "type")]
    type_url: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(flatten)]
    facts: serde_json::Map<String, serde_json::Value>,
    #[serde(skip)]
    closes_connection: bool,
}

impl Problem {
    /// A problem of this kind. `detail` says what is particular about this case.
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Document {
            type_url: kind.type_url(),
            title: kind.title,
            status: kind.status,
            code: kind.code,
            detail: clip(detail.into()),
            instance: None,
            request_id: None,
            retryable: kind.retryable,
            retry_after: None,
            errors: Vec::new(),
            facts: serde_json::Map::new(),
            closes_connection: false,
        }))
    }

    /// 422: the fields named do not satisfy the rules.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => "1 field needs attention".to_owned(),
            n => format!("{n} fields need attention"),
        };
        let mut problem = Self::new(&catalogue::VALIDATION, detail);
        problem.0.errors = errors;
        problem
    }

    /// 422: one field does not satisfy a rule.
    pub fn field(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        why: impl Into<String>,
    ) -> Self {
        Self::validation(vec![FieldError::new(pointer, code, why)])
    }

    /// 400: the body is not JSON. `what` is the parser's word, without any of the input.
    pub fn malformed_json(line: usize, column: usize, what: &str) -> Self {
        let detail = format!("{what} at line {line}, column {column}");
        Self::new(&catalogue::MALFORMED_JSON, detail).with("line", line).with("column", column)
    }

    /// 400: the body stopped before its announced end.
    pub fn incomplete_body() -> Self {
        Self::new(&catalogue::INCOMPLETE_BODY, "the connection ended inside the body").and_close()
    }

    /// 400: a query parameter that the endpoint does not know; `allowed` lists those it does.
    pub fn unknown_parameter(name: &str, allowed: &str) -> Self {
        let detail = match allowed {
            "" => "the endpoint takes no query parameters".to_owned(),
            some => format!("the endpoint takes {some}"),
        };
        Self::new(&catalogue::UNKNOWN_PARAMETER, detail).with("parameter", clip(name.to_owned()))
    }

    /// 400: a query parameter or header whose value cannot be read.
    pub fn invalid_parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::new(&catalogue::INVALID_PARAMETER, detail).with("parameter", clip(name.to_owned()))
    }

    /// 400: a creating request without `Idempotency-Key`.
    pub fn missing_idempotency_key() -> Self {
        let kind = &catalogue::MISSING_IDEMPOTENCY_KEY;
        Self::new(kind, format!("send an `Idempotency-Key` header: see {}", kind.type_url()))
    }

    /// 401: the sender is not proven. `detail` says what is missing, never what would fit.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(&catalogue::UNAUTHENTICATED, detail)
    }

    /// 404: nothing here, or nothing of the caller's. Both answers are the same on purpose.
    pub fn not_found() -> Self {
        Self::new(&catalogue::NOT_FOUND, "there is nothing at this address")
    }

    /// 405: the address exists, the method does not; `Allow` names those that do.
    pub fn method_not_allowed() -> Self {
        let detail = "the `Allow` header lists the methods of this address";
        Self::new(&catalogue::METHOD_NOT_ALLOWED, detail)
    }

    /// 408: the body came too slowly.
    pub fn request_timeout() -> Self {
        Self::new(&catalogue::REQUEST_TIMEOUT, "the body took too long to arrive").and_close()
    }

    /// 409: the state of the resource does not allow this.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(&catalogue::CONFLICT, detail)
    }

    /// 409: the caller's own reference already names another resource, `existing`.
    pub fn reference_taken(existing: &str) -> Self {
        let detail = "another resource of this account carries the reference";
        Self::new(&catalogue::REFERENCE_TAKEN, detail).with("existing_id", existing)
    }

    /// 422: the key was used for a different request.
    pub fn idempotency_mismatch() -> Self {
        let detail = "this key was used before, for a request with a different content";
        Self::new(&catalogue::IDEMPOTENCY_MISMATCH, detail)
    }

    /// 413, and the connection ends: what is left of the body is not wanted.
    pub fn payload_too_large(limit_bytes: usize) -> Self {
        let detail = format!("a body may have at most {limit_bytes} bytes");
        Self::new(&catalogue::PAYLOAD_TOO_LARGE, detail).with("limit", limit_bytes).and_close()
    }

    /// 415: a body in another language than the endpoint's.
    pub fn unsupported_media_type(wanted: &str) -> Self {
        Self::new(&catalogue::UNSUPPORTED_MEDIA_TYPE, format!("send the body as {wanted}"))
    }

    /// 503 with `Retry-After`: not now, and the same request may succeed later.
    pub fn unavailable(detail: impl Into<String>, retry_after_s: u32) -> Self {
        Self::new(&catalogue::UNAVAILABLE, detail).and_retry_after(retry_after_s)
    }

    /// What a failed port means for the caller: 503 if the same request may succeed later, else
    /// 500. Logged here, once; the caller is told nothing of the inside.
    #[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
    pub fn of_fault(error: impl Retryable + std::fmt::Display) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "not available");
            return Self::unavailable("the database is not available at the moment", 1);
        }
        tracing::error!(%error, "a request failed for good");
        Self::internal()
    }

    /// 500: our fault. Says nothing of the inside; the log has it under the request id.
    pub fn internal() -> Self {
        Self::new(&catalogue::INTERNAL, "the fault is ours and is logged under the request id")
    }

    /// Adds a member that helps a program, such as the current state.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.0.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Adds `Retry-After`, in seconds.
    #[must_use]
    pub fn and_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Ends the connection after the answer, because the rest of the request will not be read.
    #[must_use]
    fn and_close(mut self) -> Self {
        self.0.closes_connection = true;
        self
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The relative URL that explains the kind.
    pub fn type_url(&self) -> &str {
        &self.0.type_url
    }

    /// The word for programs.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// What is particular about this case.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The fields at fault, if any are.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// Says which request this answers.
    pub(crate) fn locate(&mut self, instance: &str, request_id: &str) {
        self.0.instance = Some(clip(instance.to_owned()));
        self.0.request_id = Some(request_id.to_owned());
    }

    pub(crate) fn body(&self) -> Body {
        let json = serde_json::to_vec(&self.0).expect("strings, numbers and JSON values serialise");
        Body::from(json)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.body()).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.closes_connection {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Cuts text that may quote a request, so that a refusal is never larger than what caused it.
fn clip(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(DETAIL_CHARS_MAX) {
        text.truncate(at);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
