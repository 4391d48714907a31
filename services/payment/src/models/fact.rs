//! What can happen to a payment: the facts, and the moves of its status that they bring.

use super::{AttemptId, GatewayStatus, PaymentStatus};

/// A move of the payment's own status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusChange {
    /// From.
    pub from: PaymentStatus,
    /// To.
    pub to: PaymentStatus,
}

/// What can happen to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentFact {
    /// The bill arrived.
    Opened {
        /// Its first attempt.
        attempt: AttemptId,
    },
    /// The gateway opened a page.
    PageReady {
        /// For which attempt.
        attempt: AttemptId,
        /// What that means.
        change: Option<StatusChange>,
    },
    /// The gateway refused to open a page, for good.
    PageRefused {
        /// For which attempt.
        attempt: AttemptId,
        /// Why.
        reason: String,
        /// What that means.
        change: Option<StatusChange>,
    },
    /// The gateway, asked, told something new about where a transaction stands.
    Observed {
        /// Of which attempt.
        attempt: AttemptId,
        /// Which transaction.
        transaction: String,
        /// Where it stood before, if we knew it.
        from: Option<GatewayStatus>,
        /// Where it stands.
        to: GatewayStatus,
        /// By which method.
        method: Option<String>,
        /// What that means.
        change: Option<StatusChange>,
    },
    /// The gateway, asked, told something new about how a transaction is to be paid, or until
    /// when. It stands where it stood.
    Instructed {
        /// Of which attempt.
        attempt: AttemptId,
        /// Which transaction.
        transaction: String,
        /// The kinds of ways to pay it: no numbers, since facts are read by operators.
        kinds: Vec<&'static str>,
    },
    /// The gateway, asked, told something that does not fit; nothing moved.
    Distrusted {
        /// Of which attempt.
        attempt: AttemptId,
        /// Which transaction.
        transaction: String,
        /// What does not fit.
        why: String,
    },
    /// The gateway, asked, does not say what callbacks claimed; nothing moved.
    Contradicted {
        /// Of which attempt.
        attempt: AttemptId,
    },
}

impl PaymentFact {
    /// The move of the payment's status that this fact brought, if any.
    pub fn change(&self) -> Option<StatusChange> {
        match self {
            Self::PageReady { change, .. }
            | Self::PageRefused { change, .. }
            | Self::Observed { change, .. } => *change,
            Self::Opened { .. }
            | Self::Instructed { .. }
            | Self::Distrusted { .. }
            | Self::Contradicted { .. } => None,
        }
    }
}
