//! Who is asking: the request's id and trace, for causes and logs.
//!
//! Filled in at the edge; nothing here authenticates anybody.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponseParts, ResponseParts};
use kernel::{Cause, Ids, TimeOrderedIds};
use std::convert::Infallible;

const REQUEST_ID: &str = "x-request-id";
const TRACEPARENT: &str = "traceparent";

/// The request as the rest of the system will know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The caller's `X-Request-Id` where it is 1 to 64 visible ASCII characters, else ours.
    pub request_id: String,
    /// The caller's W3C trace context, where it is well-formed.
    pub traceparent: Option<String>,
}

impl Caller {
    /// Reads the headers, and makes an id where the caller sent no usable one.
    pub(crate) fn read(headers: &HeaderMap, ids: &dyn Ids) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let request_id = text(REQUEST_ID)
            .filter(|id| is_request_id(id))
            .map_or_else(|| ids.uuid().to_string(), str::to_owned);
        let traceparent = text(TRACEPARENT).filter(|t| is_traceparent(t)).map(str::to_owned);
        Self { request_id, traceparent }
    }

    /// The cause of what this request changes; the request id becomes the correlation id.
    pub fn cause(&self, actor: &str) -> Cause {
        let traceparent = self.traceparent.clone();
        Cause { traceparent, ..Cause::begin(self.request_id.clone(), actor) }
    }

    fn known(extensions: &Extensions) -> Option<Self> {
        extensions.get::<Self>().cloned()
    }
}

/// Never fails: a router used without the edge (in a test) gets an id all the same.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = Self::known(&parts.extensions);
        Ok(known.unwrap_or_else(|| Self::read(&parts.headers, &TimeOrderedIds)))
    }
}

/// Put into an answer, makes the request's log line name the order it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOrder(pub String);

impl IntoResponseParts for LogOrder {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

fn is_request_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Version 00 of W3C Trace Context: `00-<32 hex>-<16 hex>-<2 hex>`, lower case, ids not all zero.
fn is_traceparent(text: &str) -> bool {
    let lower_hex =
        |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let mut parts = text.split('-');
    let [Some("00"), Some(trace), Some(span), Some(flags), None] =
        [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()]
    else {
        return false;
    };
    (trace.len(), span.len(), flags.len()) == (32, 16, 2)
        && [trace, span, flags].into_iter().all(lower_hex)
        && [trace, span].into_iter().all(|id| id.bytes().any(|b| b != b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{ConstantIds, Timestamp};

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn caller(name: &'static str, value: &str) -> Caller {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        Caller::read(&headers, &ConstantIds::new(Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn a_usable_request_id_is_kept_and_any_other_is_replaced() {
        assert_eq!(caller(REQUEST_ID, "abc-1").request_id, "abc-1");
        for bad in ["", "two words", &"x".repeat(65)] {
            assert_eq!(caller(REQUEST_ID, bad).request_id.len(), 36, "{bad:?}");
        }
    }

    #[test]
    fn only_a_well_formed_traceparent_travels() {
        assert_eq!(caller(TRACEPARENT, TRACE).cause("api").traceparent.as_deref(), Some(TRACE));
        let zero = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        for bad in ["", "00", zero, &TRACE.to_uppercase(), &format!("{TRACE}-x"), &TRACE[1..]] {
            assert_eq!(caller(TRACEPARENT, bad).traceparent, None, "{bad:?}");
        }
    }

    #[test]
    fn the_request_id_is_the_correlation() {
        let cause = caller(REQUEST_ID, "abc").cause("api");
        assert_eq!((cause.correlation.as_str(), cause.actor.as_str()), ("abc", "api"));
    }
}
