//! What a call can come to, told as outcomes that a caller can act on. The two error dialects and
//! the message texts stay behind this type (midtrans.md 0.1 #1, 1.4, 2.1).

use std::time::Duration;

/// Why a call did not give what was asked. Each variant answers: was it done?
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A definite no: it was not done, and the same request will be refused again.
    #[error("midtrans refused with http {http}, code {code}: {}", messages.join("; "))]
    Refused {
        /// HTTP status.
        http: u16,
        /// The body's `status_code` where it has one, else the HTTP status.
        code: u16,
        /// For people, at most ten, each cut to 300 characters. Never a reason to branch.
        messages: Vec<String>,
    },
    /// The server key is not accepted: wrong key or wrong environment. Not done.
    #[error("midtrans does not accept the server key (http {http})")]
    Unauthorized {
        /// HTTP status.
        http: u16,
    },
    /// Overload or a fault on their side. Every call of this client is safe to repeat.
    #[error("midtrans is busy or failing (code {code})")]
    Busy {
        /// The body's `status_code` where it has one, else the HTTP status.
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
}

impl Error {
    /// Whether the same call, later, can succeed.
    pub fn retry_helps(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unknown(_) | Self::Unreachable(_))
    }

    /// Whether the call was certainly not carried out.
    pub fn is_certainly_not_done(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. } | Self::Unauthorized { .. } | Self::Unreachable(_) | Self::BadId
        )
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

    /// Whether Midtrans does not know the id (code 404 in Midtrans' own dialect).
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code: 404, .. })
    }
}
