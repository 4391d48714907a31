//! What may accompany a call besides its body: the idempotency key and where notifications go.
//! Both are headers; neither says what is asked.

use crate::RequestError;
use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use sha2::{Digest, Sha512};
use url::Url;

/// What may accompany a call. [`Options::default`] is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Makes a repeated call of the Core API answer what the first one did, for five minutes.
    /// Snap documents no such header, so none is sent there (midtrans.md 2.8).
    pub idempotency_key: Option<IdempotencyKey>,
    /// Where notifications of this transaction go instead of the dashboard's address. There is no
    /// way back to that one if these cannot be reached (midtrans.md 1.2).
    pub override_notification: Option<NotificationUrls>,
    /// Where notifications of this transaction go besides.
    pub append_notification: Option<NotificationUrls>,
}

impl Options {
    /// Nothing but an idempotency key.
    pub fn idempotent(key: IdempotencyKey) -> Self {
        Self { idempotency_key: Some(key), ..Self::default() }
    }

    /// Sets the headers that every call takes.
    pub(crate) fn notifications(
        &self,
        mut call: RequestBuilder,
        usual: Option<&NotificationUrls>,
    ) -> RequestBuilder {
        if let Some(urls) = self.override_notification.as_ref().or(usual) {
            call = call.header("X-Override-Notification", &urls.0);
        }
        if let Some(urls) = &self.append_notification {
            call = call.header("X-Append-Notification", &urls.0);
        }
        call
    }

    /// Sets the header that only Core takes.
    pub(crate) fn idempotency(&self, call: RequestBuilder) -> RequestBuilder {
        match &self.idempotency_key {
            Some(key) => call.header("Idempotency-Key", key.as_str()),
            None => call,
        }
    }
}

/// One to three addresses, as their header says them (midtrans.md 1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationUrls(HeaderValue);

impl NotificationUrls {
    /// Most addresses that Midtrans takes.
    pub const MAX: usize = 3;

    /// Refuses none, more than three, what is not http or https, user names and passwords, and a
    /// comma, which would make two of one.
    pub fn try_new(urls: &[Url]) -> Result<Self, RequestError> {
        let fits = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && !url.as_str().contains(',')
        };
        if !(1..=Self::MAX).contains(&urls.len()) || !urls.iter().all(fits) {
            return Err(RequestError::NotificationUrls);
        }
        let joined = urls.iter().map(Url::as_str).collect::<Vec<_>>().join(",");
        HeaderValue::from_str(&joined).map(Self).map_err(|_| RequestError::NotificationUrls)
    }
}

/// An `Idempotency-Key` (midtrans.md 2.8): 1 to 36 printable ASCII characters without a space.
///
/// Midtrans remembers the answer of a *successful* call for five minutes and repeats it to whoever
/// sends the key again, whatever the endpoint and the body. A key must therefore never serve two
/// operations. Permata and Indomaret charges ignore it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// What a key made by [`IdempotencyKey::for_operation`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Charge; the id is the order id.
    Charge,
    /// Cancel; the id is the transaction id.
    Cancel,
    /// Expire; the id is the transaction id.
    Expire,
    /// Approve; the id is the transaction id.
    Approve,
    /// Deny; the id is the transaction id.
    Deny,
    /// Capture; the id is the transaction id.
    Capture,
    /// Refund; the id is the refund key.
    Refund,
    /// Direct refund; the id is the refund key.
    DirectRefund,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::DirectRefund => "direct-refund",
        }
    }
}

impl IdempotencyKey {
    /// Longest key. Midtrans says 46 and ignores a longer one silently, its Go client says 36: the
    /// shorter one is safe.
    pub const MAX: usize = 36;

    /// Checks length and characters.
    pub fn try_new(text: impl Into<String>) -> Result<Self, RequestError> {
        let text = text.into();
        let length = (1..=Self::MAX).contains(&text.len());
        if !length || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RequestError::IdempotencyKey);
        }
        Ok(Self(text))
    }

    /// The key of an operation: the same for the same two, another for any other two (144 bits of a
    /// hash).
    ///
    /// `id` must name what is done once: for a charge an order id that is never charged again, not
    /// even after a cancel, for otherwise the answer of the first charge comes back.
    pub fn for_operation(operation: Operation, id: &str) -> Self {
        let mut hash = Sha512::new();
        // No name of an operation holds a colon, so no two inputs run into one.
        for part in [operation.as_str(), ":", id] {
            hash.update(part.as_bytes());
        }
        Self(hex::encode(&hash.finalize()[..Self::MAX / 2]))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
