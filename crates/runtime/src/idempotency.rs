//! The `Idempotency-Key` header of a creating request, read and checked.
//!
//! What a key means is decided where the thing is stored; here it is only text.

use crate::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

const HEADER: &str = "idempotency-key";
const LENGTH_MAX: usize = 255;

/// A caller's key: 1 to 255 visible ASCII characters.
///
/// The quoted form is accepted too, because the IETF draft makes the header a structured string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(pub String);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut sent = parts.headers.get_all(HEADER).iter();
        let (Some(value), None) = (sent.next(), sent.next()) else {
            return Err(match parts.headers.contains_key(HEADER) {
                true => malformed(),
                false => Problem::missing_idempotency_key(),
            });
        };
        let text = value.to_str().map_err(|_| malformed())?;
        if text.is_empty() {
            return Err(Problem::missing_idempotency_key());
        }
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let key = quoted.unwrap_or(text);
        let legal = (1..=LENGTH_MAX).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_graphic());
        if legal { Ok(Self(key.to_owned())) } else { Err(malformed()) }
    }
}

fn malformed() -> Problem {
    let rule = "send one key of 1 to 255 visible ASCII characters";
    Problem::invalid_parameter("Idempotency-Key", rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    async fn read(values: &[&str]) -> Result<String, u16> {
        let mut request = Request::builder();
        for value in values {
            request = request.header(HEADER, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        let key = IdempotencyKey::from_request_parts(&mut parts, &()).await;
        key.map(|key| key.0).map_err(|problem| {
            let missing = problem.code() == "missing_idempotency_key";
            problem.status().as_u16() + u16::from(missing)
        })
    }

    #[tokio::test]
    async fn plain_and_quoted_keys_are_the_same_key() {
        assert_eq!(read(&["abc-1"]).await, Ok("abc-1".to_owned()));
        assert_eq!(read(&["\"abc-1\""]).await, Ok("abc-1".to_owned()));
    }

    #[tokio::test]
    async fn no_key_is_told_from_a_bad_key() {
        const MISSING: u16 = 401;
        assert_eq!(read(&[]).await, Err(MISSING));
        assert_eq!(read(&[""]).await, Err(MISSING));
        let long = "x".repeat(256);
        for bad in [&["a b"][..], &["\"\""], &["a", "b"], &[long.as_str()]] {
            assert_eq!(read(bad).await, Err(400), "{bad:?}");
        }
    }
}
