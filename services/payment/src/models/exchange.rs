//! What was asked of the gateway, and what came of it: evidence that nothing is decided by.
//!
//! It holds no body, no address and no token; what the gateway says in words comes masked
//! (`kernel::masked`), like all that is kept of it.

use kernel::{Timestamp, Uuid};
use std::time::Duration;

/// The longest id and the longest detail, in characters.
const TEXT_MAX: usize = 200;

/// One call, as noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Identity: noted twice, it is one.
    pub id: Uuid,
    /// Which attempt or transaction, by the id that the gateway was asked about.
    pub about: String,
    /// What it was asked to do.
    pub operation: Operation,
    /// Asked.
    pub at: Timestamp,
    /// Until it answered or was given up, our own wait for a place in its rate included.
    pub took: Duration,
    /// What came of it.
    pub outcome: ExchangeOutcome,
    /// The status that it told, or its reason, at most 200 characters.
    pub detail: Option<String>,
}

/// What the gateway is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Open a page.
    CreatePage,
    /// Tell a status.
    Status,
    /// Close a page.
    ClosePage,
    /// Call a transaction off.
    Cancel,
    /// Expire a transaction.
    Expire,
    /// Give money back.
    Refund,
    /// Let a charge go on.
    Approve,
    /// Refuse a charge.
    Deny,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExchangeOutcome {
    /// It was done, or told.
    Done,
    /// There is no such transaction: nobody has chosen a method.
    Nothing,
    /// A definite no.
    Refused,
    /// No answer that helps; perhaps it was done.
    Unavailable,
    /// Our key is not accepted.
    Unauthorized,
    /// The transaction's state forbids it.
    OtherState,
    /// It has a refund of this key already.
    Known,
    /// It will not give the money back.
    Declined,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 8] = [
        Self::CreatePage,
        Self::Status,
        Self::ClosePage,
        Self::Cancel,
        Self::Expire,
        Self::Refund,
        Self::Approve,
        Self::Deny,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreatePage => "create_page",
            Self::Status => "status",
            Self::ClosePage => "close_page",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Refund => "refund",
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }

    /// The operation of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text)
    }
}

impl ExchangeOutcome {
    /// Every outcome.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Nothing,
        Self::Refused,
        Self::Unavailable,
        Self::Unauthorized,
        Self::OtherState,
        Self::Known,
        Self::Declined,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Nothing => "nothing",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Unauthorized => "unauthorized",
            Self::OtherState => "other_state",
            Self::Known => "known",
            Self::Declined => "declined",
        }
    }

    /// The outcome of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

impl Exchange {
    /// An id as it is kept, and looked for: a callback may name anything as a transaction.
    pub fn about(id: &str) -> String {
        id.chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect()
    }

    /// What the gateway said, as it is kept.
    pub fn detail(said: &str) -> String {
        said.chars().take(TEXT_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for operation in Operation::ALL {
            assert_eq!(Operation::parse(operation.as_str()), Some(operation));
        }
        for outcome in ExchangeOutcome::ALL {
            assert_eq!(ExchangeOutcome::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!((Operation::parse("pay"), ExchangeOutcome::parse("")), (None, None));
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(Exchange::detail(&"☕".repeat(300)), "☕".repeat(200));
        assert_eq!(Exchange::about(&format!("t\u{0}-1{}", "x".repeat(300))).len(), 200);
    }
}
