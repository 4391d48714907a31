//! What a call can come to, told as outcomes that a caller can act on. The two error dialects and
//! the message texts stay behind this type (midtrans.md 0.1 #1, 1.4, 2.1).

use std::time::Duration;

/// Why a call did not give what was asked. [`Error::class`] says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A definite no: it was not done, and the same request will be refused again.
    #[error("midtrans refused with http {http}, code {code}: {}", messages.join("; "))]
    Refused {
        /// HTTP status.
        http: u16,
        /// The body's `status_code` where it has one, else the HTTP status.
        code: u16,
        /// For people, at most ten, each cut to 300 characters and without control characters.
        /// Never a reason to branch.
        messages: Vec<String>,
    },
    /// The server key is not accepted: wrong key or wrong environment. Not done.
    #[error("midtrans does not accept the server key (http {http})")]
    Unauthorized {
        /// HTTP status.
        http: u16,
    },
    /// Overload, a fault on their side or at the bank, or the same call still going on. Repeat the
    /// same call, later.
    #[error("midtrans is busy or failing (code {code})")]
    Busy {
        /// The body's `status_code` where it has one, else the HTTP status; 202 is HTTP 202.
        code: u16,
        /// How long Midtrans asks us to wait, at most an hour.
        retry_after: Option<Duration>,
    },
    /// Nobody knows whether it was done. Repeat the same call, or ask GET Status.
    #[error("the outcome is unknown: {0}")]
    Unknown(Doubt),
    /// No connection: certainly not done.
    #[error("midtrans cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// An id that cannot be a path segment (empty, `.` or `..`). Nothing was sent.
    #[error("an id that cannot stand in a url")]
    BadId,
}

/// Why the outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// No whole answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke before the answer was whole.
    #[error("the connection broke")]
    Cut,
    /// The answer is longer than we read.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer says success in a form that we cannot read.
    #[error("the answer cannot be understood")]
    NotUnderstood,
    /// Something between us and Midtrans answers with a redirect, which we do not follow.
    #[error("the answer is a redirect")]
    Redirect,
    /// The answer contradicts itself or what was asked: a failing HTTP status with a success in the
    /// body, another id or amount than ours, a refund of nothing, another state than was asked for.
    #[error("the answer contradicts itself or the request")]
    Contradiction,
}

/// What an [`Error`] means for whoever called. (`Ok` is the fourth class: done.)
///
/// Which code is which (midtrans.md 2.7). "Same call" means the same body with the same
/// idempotency key or refund key.
///
/// | code | charge | refund | any other | class |
/// |---|---|---|---|---|
/// | 400, 402, 403, 405, 408 in a body, 410, 411, 413, 501 in a body | wrong request or account | the same | the same | refused |
/// | 401 | wrong server key | the same | the same | refused |
/// | 404 | - | unknown id | unknown id; for GET Status no error but `None` | refused |
/// | 406 | the order id is used: ask GET Status | the refund key is used: look for it in `refunds` | - | refused |
/// | 412 | - | not settled, or a method without refunds (L) | another state, perhaps paid: ask GET Status | refused |
/// | 414 | - | the amount, or the merchant's balance (L) | - | refused |
/// | 418 | - | the provider does not refund at this time | - | retryable |
/// | 429 | too many calls | the same | the same | retryable |
/// | 505 | no virtual account number could be had | - | - | retryable |
/// | no connection | not sent | the same | the same | retryable |
/// | HTTP 202 | the first call with this key still runs | the same | the same | unknown |
/// | 500, 502, 503, 504, 900, HTTP 408, HTTP 425, other 5xx | a fault, perhaps after it was done | the same | the same | unknown |
/// | a [`Doubt`] | perhaps done | the same | the same | unknown |
///
/// 503 names a fault between Midtrans and the bank, so that a refund may have passed it: it counts
/// as unknown for every operation, like the other faults. 900 is known from
/// `channel_response_code`; as a `status_code` it is treated as 503 (L).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Not done, and the same call will not be done later either.
    Refused,
    /// Not done; the same call can be done later.
    Retryable,
    /// Perhaps done. Repeat the same call, or ask GET Status; never another one in its place.
    Unknown,
}

impl Error {
    /// What it means for the caller.
    pub fn class(&self) -> Outcome {
        match self {
            Self::Refused { .. } | Self::Unauthorized { .. } | Self::BadId => Outcome::Refused,
            Self::Unreachable(_) | Self::Busy { code: 418 | 429 | 505, .. } => Outcome::Retryable,
            Self::Busy { .. } | Self::Unknown(_) => Outcome::Unknown,
        }
    }

    /// Whether the same call, later, can succeed.
    pub fn retry_helps(&self) -> bool {
        self.class() != Outcome::Refused
    }

    /// Whether the call was certainly not carried out.
    pub fn is_certainly_not_done(&self) -> bool {
        self.class() != Outcome::Unknown
    }

    /// How long Midtrans asks us to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the transaction's state forbids the change (code 412): for a cancel or an expire,
    /// perhaps because it was paid. GET Status tells (midtrans.md 2.4).
    pub fn is_wrong_state(&self) -> bool {
        matches!(self, Self::Refused { code: 412, .. })
    }

    /// Whether the provider does not refund at this time (code 418): at night, or because its window is
    /// over (midtrans.md 2.6). Certainly not done.
    pub fn is_out_of_hours(&self) -> bool {
        matches!(self, Self::Busy { code: 418, .. })
    }

    /// Whether Core does not know the id (code 404 in its own dialect, told here as HTTP 200). A 404
    /// of anyone else comes from a wrong address and is not this.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { http: 200, code: 404, .. })
    }

    /// Whether the order id or the refund key is used already (code 406). This call did nothing, but
    /// an earlier one with the same key may have: GET Status tells the transaction, and in its
    /// `refunds` the refund (midtrans.md 2.2, 2.6).
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Refused { code: 406, .. })
    }

    /// Whether a refund was refused for its amount or for want of balance (code 414; pages disagree
    /// on which, L).
    pub fn is_amount_refused(&self) -> bool {
        matches!(self, Self::Refused { code: 414, .. })
    }
}
