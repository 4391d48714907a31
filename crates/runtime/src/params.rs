//! Query and path parameters, with refusals as problems.
//!
//! A parameter struct says `#[serde(deny_unknown_fields)]`, so that a mistyped filter is refused
//! instead of ignored.

use crate::Problem;
use crate::json::explain;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// Rows of a page, where the caller does not say.
const PAGE: usize = 20;
/// Rows of a page, at most.
const PAGE_MAX: usize = 200;

/// The size of a page: what the caller asks for, within bounds, or the usual.
pub fn page_size(asked: Option<usize>) -> Result<usize, Problem> {
    let size = asked.unwrap_or(PAGE);
    if (1..=PAGE_MAX).contains(&size) {
        return Ok(size);
    }
    Err(Problem::invalid_parameter("limit", format!("must be from 1 to {PAGE_MAX}")))
}

/// Cuts what was read to its page, which was asked for with one more; whether there is more.
pub fn cut<T>(found: &mut Vec<T>, limit: usize) -> bool {
    let has_more = found.len() > limit;
    found.truncate(limit);
    has_more
}

/// Rows of an audit's page, where the caller does not say.
const AUDIT_PAGE: usize = 200;
/// Rows of an audit's page, at most.
const AUDIT_PAGE_MAX: usize = 500;

/// Which part of an audit is wanted: `?after=…&limit=…`. An audit goes through everything by
/// ascending id, for operators, so its pages are larger than a merchant's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPage<I> {
    /// Only what comes after this one; from the first if absent.
    pub after: Option<I>,
    /// At most this many.
    pub limit: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditParams {
    after: Option<String>,
    limit: Option<usize>,
}

impl<S: Sync, I: FromStr> FromRequestParts<S> for AuditPage<I> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse_query(parts.uri.query().unwrap_or_default()).and_then(|params| Self::of(&params))
    }
}

impl<I: FromStr> AuditPage<I> {
    fn of(params: &AuditParams) -> Result<Self, Problem> {
        let limit = params.limit.unwrap_or(AUDIT_PAGE);
        if !(1..=AUDIT_PAGE_MAX).contains(&limit) {
            let rule = format!("must be from 1 to {AUDIT_PAGE_MAX}");
            return Err(Problem::invalid_parameter("limit", rule));
        }
        let after = params.after.as_deref().map(I::from_str).transpose();
        let after = after.map_err(|_| {
            Problem::invalid_parameter("after", "must be the id of the last one you got")
        })?;
        Ok(Self { after, limit })
    }
}

/// The query string as a struct.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse_query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let pairs = form(text);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let fault = explain::fault(error.path(), &error.inner().to_string());
        let name = fault.error.pointer.trim_start_matches('/');
        match fault.allowed {
            Some(allowed) => Problem::unknown_parameter(name, &allowed),
            None => Problem::invalid_parameter(name, fault.error.detail.as_str()),
        }
    })
}

fn form(text: &str) -> serde_urlencoded::Deserializer<'_> {
    serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()))
}

/// The route's last path parameter, parsed. What does not parse names nothing: 404.
///
/// An id that cannot exist and an id that does not exist are answered alike, so that addresses
/// tell a stranger nothing.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::not_found())?;
        let last = params.iter().last().and_then(|(_, text)| text.parse().ok());
        last.map(Self).ok_or_else(Problem::not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        limit: Option<u32>,
        cursor: Option<String>,
    }

    fn code(query: &str) -> (&'static str, String) {
        let problem = parse_query::<Page>(query).unwrap_err();
        assert_eq!(problem.status(), 400);
        (problem.code(), problem.detail().to_owned())
    }

    #[test]
    fn known_parameters_are_read() {
        let page: Page = parse_query("limit=20&cursor=a%20b").unwrap();
        assert_eq!((page.limit, page.cursor.as_deref()), (Some(20), Some("a b")));
    }

    #[test]
    fn an_unknown_parameter_is_refused_and_the_known_ones_are_named() {
        let (code, detail) = code("limt=20");
        assert_eq!(code, "unknown_parameter");
        assert!(detail.contains("`limit`") && detail.contains("`cursor`"), "{detail}");
    }

    kernel::typed_id! {
        /// A thing.
        pub struct ThingId;
    }

    fn audit(query: &str) -> Result<AuditPage<ThingId>, Problem> {
        parse_query(query).and_then(|params| AuditPage::of(&params))
    }

    #[test]
    fn an_audit_s_page_has_bounds_and_goes_on_after_an_id() {
        let id = "0192f0c1-2b3c-7d4e-8f50-617283940a1b";
        let page = |after, limit| AuditPage { after, limit };
        assert_eq!(audit("").unwrap(), page(None, 200));
        assert_eq!(audit("limit=500").unwrap(), page(None, 500));
        let after = Some(id.parse().unwrap());
        assert_eq!(audit(&format!("after={id}&limit=1")).unwrap(), page(after, 1));
        for query in ["limit=0", "limit=501", "limit=-1", "limit=x", "after=", "after=7", "afer=7"]
        {
            assert_eq!(audit(query).unwrap_err().status(), 400, "{query}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_is_refused() {
        for query in ["limit=abc", "limit=-1", "limit=", "limit=1&limit=2"] {
            assert_eq!(code(query).0, "invalid_parameter", "{query}");
        }
    }
}
