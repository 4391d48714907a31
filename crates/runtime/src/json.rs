//! Request bodies: bounded in bytes and time, refused with the field or the place at fault.
//!
//! Shape only. Rules about values (a quantity of at least one) belong to the use cases.

pub(crate) mod explain;

use crate::Problem;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;
use std::time::Duration;
use tokio::time::timeout;

/// How much body is read, and for how long. The server puts its own into every request.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// More bytes are answered 413.
    pub bytes_max: usize,
    /// A body that takes longer is answered 408.
    pub time_max: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes_max: 64 * 1024, time_max: Duration::from_secs(10) }
    }
}

/// A body of any type, within the limits; for callers whose type we do not control.
#[derive(Debug, Clone)]
pub struct RawBody(pub Bytes);

impl<S: Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(request).await.map(Self)
    }
}

/// A JSON body as a struct; as an answer, a struct as JSON.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_plain_json(request.headers()) {
            return Err(Problem::unsupported_media_type("uncompressed `application/json`"));
        }
        parse_json(&read(request).await?).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let json = [(header::CONTENT_TYPE, "application/json")];
                (StatusCode::OK, json, body).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                Problem::internal().into_response()
            }
        }
    }
}

/// Parses a JSON object. Not JSON: 400 with the place. No object, or one of another shape: 422 with
/// the field.
pub fn parse_json<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    must_be_object(raw)?;
    let mut json = serde_json::Deserializer::from_slice(raw);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let inner = error.inner();
        // A wrong field may stand before the place where the JSON breaks; the break weighs more.
        let broken = serde_json::from_slice::<IgnoredAny>(raw).err();
        match broken.as_ref().or((inner.classify() != Category::Data).then_some(inner)) {
            Some(syntax) => malformed(syntax),
            None => {
                let fault = explain::fault(error.path(), &inner.to_string());
                Problem::validation(vec![fault.error])
            }
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// A derived struct would take a list for itself, field by field: `[true]` for whatever its first
/// field means. What is no JSON at all is told as that.
fn must_be_object(raw: &[u8]) -> Result<(), Problem> {
    let found = match raw.trim_ascii_start().first() {
        Some(b'{') => return Ok(()),
        None => return Err(Problem::malformed_json(1, 1, "the body is empty")),
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        Some(_) => "a number",
    };
    serde_json::from_slice::<Value>(raw).map_err(|error| malformed(&error))?;
    Err(Problem::field("", "type", format!("must be an object, not {found}")))
}

fn malformed(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    Problem::malformed_json(error.line(), error.column(), explain::without_place(&text))
}

/// `application/json` or `application/*+json`, not compressed.
fn is_plain_json(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let plain = text(header::CONTENT_ENCODING).is_none_or(|coding| coding == "identity");
    let media = text(header::CONTENT_TYPE).unwrap_or_default().split(';').next();
    let media = media.unwrap_or_default().trim().to_ascii_lowercase();
    let json = media == "application/json"
        || (media.starts_with("application/") && media.ends_with("+json"));
    plain && json
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    let limits = request.extensions().get::<BodyLimits>().copied().unwrap_or_default();
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > limits.bytes_max) {
        return Err(Problem::payload_too_large(limits.bytes_max));
    }
    let body = collect(request, limits.bytes_max, announced.unwrap_or_default());
    timeout(limits.time_max, body).await.map_err(|_| Problem::request_timeout())?
}

async fn collect(request: Request, bytes_max: usize, announced: usize) -> Result<Bytes, Problem> {
    let mut body = request.into_body();
    let mut bytes = BytesMut::with_capacity(announced);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::incomplete_body())?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > bytes_max {
            return Err(Problem::payload_too_large(bytes_max));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests;
