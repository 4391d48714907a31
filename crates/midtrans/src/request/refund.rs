//! The request to give money back (midtrans.md 2.6). Which methods can be refunded, by which call
//! and for how long, is the caller's to know.

use super::RequestError;
use super::method::text;
use serde::Serialize;

/// Names one refund of ours: 1 to 50 letters, digits, `-`, `_`. The charset is documented, the
/// length is not (L): 50 is what other ids have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct RefundKey(String);

impl RefundKey {
    /// Checks length and characters.
    pub fn try_new(text: impl Into<String>) -> Result<Self, RequestError> {
        let text = text.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if !(1..=50).contains(&text.len()) || !text.bytes().all(allowed) {
            return Err(RequestError::RefundKey);
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request to refund. The key is not optional: without one Midtrans invents a key for every call,
/// and a repeated call gives money back twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefundRequest {
    #[serde(rename = "refund_key")]
    key: RefundKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl RefundRequest {
    /// `amount` in whole rupiah, at least one; `None` gives back all that is left. `reason` has 1 to
    /// 255 characters.
    pub fn try_new(
        key: RefundKey,
        amount: Option<i64>,
        reason: Option<String>,
    ) -> Result<Self, RequestError> {
        if amount.is_some_and(|amount| amount < 1) {
            return Err(RequestError::Amount);
        }
        text("reason", reason.as_deref(), 255)?;
        Ok(Self { key, amount, reason })
    }

    /// Which refund it is.
    pub fn key(&self) -> &RefundKey {
        &self.key
    }

    /// Whole rupiah to give back; `None` is all.
    pub fn amount(&self) -> Option<i64> {
        self.amount
    }
}
