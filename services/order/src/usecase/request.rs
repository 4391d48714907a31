//! A request under an idempotency key, and its one answer.

use engine::{Answer, Guard};
use kernel::Account;

/// The idempotency key of a request, with what it was used for.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of method, path and canonical body.
    pub fingerprint: [u8; 32],
}

/// What the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The stored answer: equal for every request with this key.
    pub answer: Answer,
    /// The key was used before, for the same request.
    pub replayed: bool,
}

impl RequestKey {
    /// What makes the request have its effect once, and be answered so ever after.
    pub(super) fn guard(self, account: Account, answer: Answer) -> Guard {
        Guard::Request { account, key: self.key, fingerprint: self.fingerprint, answer }
    }
}
