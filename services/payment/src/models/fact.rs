//! What can happen to a payment: the facts, and the moves of its status that they bring.

use super::{AttemptId, Choice, Ending, GatewayStatus, PaymentStatus, RefundCause, RefundState};
use kernel::Money;

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
        /// Which transaction or refund.
        about: String,
        /// What does not fit.
        why: String,
    },
    /// The gateway, asked, does not say what callbacks claimed; nothing moved.
    Contradicted {
        /// Of which attempt.
        attempt: AttemptId,
    },
    /// Somebody wants it called off.
    CallOffAsked {
        /// Whether the money is to go back if it was paid meanwhile.
        refund_if_paid: bool,
        /// What that means.
        change: Option<StatusChange>,
    },
    /// The gateway confirmed that nobody can begin to pay on an attempt's page any more.
    Closed {
        /// Which attempt.
        attempt: AttemptId,
        /// Why it was asked to.
        why: Ending,
        /// What that means.
        change: Option<StatusChange>,
    },
    /// Money is to go back, or was found to have gone back.
    RefundAsked {
        /// Its key at the gateway.
        key: String,
        /// How much.
        amount: Money,
        /// Why.
        cause: RefundCause,
        /// How far it is already.
        state: RefundState,
        /// What that means.
        change: Option<StatusChange>,
    },
    /// A refund went on.
    RefundMoved {
        /// Its key at the gateway.
        key: String,
        /// How much.
        amount: Money,
        /// To where.
        state: RefundState,
        /// What that means.
        change: Option<StatusChange>,
    },
    /// A person reviewed a payment that fraud detection holds. The gateway is yet to be asked.
    Reviewed {
        /// Which transaction.
        transaction: String,
        /// What is wanted.
        choice: Choice,
    },
    /// The gateway, asked to do what a review wants, said for sure that it will not.
    ReviewDeclined {
        /// Which transaction.
        transaction: String,
        /// What is wanted.
        choice: Choice,
        /// Why it will not.
        why: String,
    },
    /// A person dealt with an operator item.
    ItemResolved {
        /// Which.
        item: String,
        /// What was done.
        note: String,
        /// What that means.
        change: Option<StatusChange>,
    },
}

impl PaymentFact {
    /// The move of the payment's status that this fact brought, if any.
    pub fn change(&self) -> Option<StatusChange> {
        match self {
            Self::PageReady { change, .. }
            | Self::PageRefused { change, .. }
            | Self::Observed { change, .. }
            | Self::CallOffAsked { change, .. }
            | Self::Closed { change, .. }
            | Self::RefundAsked { change, .. }
            | Self::RefundMoved { change, .. }
            | Self::ItemResolved { change, .. } => *change,
            Self::Opened { .. }
            | Self::Instructed { .. }
            | Self::Distrusted { .. }
            | Self::Contradicted { .. }
            | Self::Reviewed { .. }
            | Self::ReviewDeclined { .. } => None,
        }
    }
}
