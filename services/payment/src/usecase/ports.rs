//! What the verbs need from outside.

use crate::models::{
    AttemptId, Callback, Exchange, Observation, OrderId, Page, Payment, PaymentFact, PaymentId,
    Refund,
};
use async_trait::async_trait;
use engine::{Aggregate, Store, StoreError, Version, Versioned};
use kernel::{Account, Cause, Money, Retryability, Retryable, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

/// Outside work that a payment owes, and the order that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentJob {
    /// Have the gateway open a page for an attempt.
    CreatePage(OrderId, AttemptId),
    /// Ask the gateway about an attempt, not before the time given.
    CheckStatus(OrderId, AttemptId, Timestamp),
    /// Have the gateway end an attempt, not before the time given.
    EndAttempt(OrderId, AttemptId, Timestamp),
    /// Have the gateway give money back: whatever refunds of the payment wait for it.
    GiveBack(OrderId, PaymentId),
    /// Have the gateway told of reviews: what persons want of payments that fraud detection holds.
    Review(OrderId, PaymentId),
}

impl PaymentJob {
    /// Job kind of [`PaymentJob::CreatePage`].
    pub const CREATE_PAGE: &str = "gateway.create_page";
    /// Job kind of [`PaymentJob::CheckStatus`].
    pub const CHECK_STATUS: &str = "gateway.check_status";
    /// Job kind of [`PaymentJob::EndAttempt`].
    pub const END_ATTEMPT: &str = "gateway.end_attempt";
    /// Job kind of [`PaymentJob::GiveBack`].
    pub const GIVE_BACK: &str = "gateway.give_back";
    /// Job kind of [`PaymentJob::Review`].
    pub const REVIEW: &str = "gateway.review";

    /// Its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreatePage(..) => Self::CREATE_PAGE,
            Self::CheckStatus(..) => Self::CHECK_STATUS,
            Self::EndAttempt(..) => Self::END_ATTEMPT,
            Self::GiveBack(..) => Self::GIVE_BACK,
            Self::Review(..) => Self::REVIEW,
        }
    }

    /// The order that it is about.
    pub fn order(&self) -> OrderId {
        match self {
            Self::CreatePage(order, _)
            | Self::CheckStatus(order, _, _)
            | Self::EndAttempt(order, _, _)
            | Self::GiveBack(order, _)
            | Self::Review(order, _) => *order,
        }
    }
}

impl Aggregate for Payment {
    type Id = PaymentId;
    type Fact = PaymentFact;
    type Job = PaymentJob;
}

/// Which payments to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose.
    pub account: Account,
    /// Only of this order.
    pub order_id: Option<OrderId>,
    /// Only older than this one; the newest if absent.
    pub after: Option<PaymentId>,
    /// At most this many.
    pub limit: usize,
}

/// A line of the journal, as it was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// Which transaction.
    pub transaction_id: String,
    /// What happened to its money.
    pub kind: String,
    /// The payment's version after the change that moved the money.
    pub version: Version,
    /// How much of the kind the transaction had had, in whole rupiah.
    pub before: i64,
    /// Which account.
    pub account: String,
    /// Whole rupiah; debits are positive. The lines of a journal sum to zero.
    pub amount: i64,
    /// Booked.
    pub at: Timestamp,
}

/// A payment with what the books say of it, both of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// The payment.
    pub payment: Versioned<Payment>,
    /// Its lines, in the order in which they were booked; money comes before it goes.
    pub journal: Vec<JournalLine>,
}

/// The payments of this service.
#[async_trait]
pub trait Payments: Store<Payment> {
    /// The payment that an attempt belongs to.
    async fn by_attempt(&self, id: AttemptId) -> Result<Option<Versioned<Payment>>, StoreError>;

    /// The payment of an order.
    async fn by_order(&self, id: OrderId) -> Result<Option<Versioned<Payment>>, StoreError>;

    /// One payment of an account; another account's payment is no payment.
    async fn find(
        &self,
        account: &Account,
        id: PaymentId,
    ) -> Result<Option<Versioned<Payment>>, StoreError>;

    /// Payments, newest first.
    async fn list(&self, query: &ListQuery) -> Result<Vec<Versioned<Payment>>, StoreError>;

    /// Stores a callback and, if it is a hint or was reported, orders a status check for its attempt:
    /// both or neither. The same body again is counted on the stored one, which keeps its place but learns
    /// what is known of it by now. A forged one is never the same as one that is not.
    async fn record_callback(&self, callback: Callback, cause: Cause) -> Result<(), StoreError>;

    /// Deletes the forged callbacks that were first received before a time, and of the others all
    /// but the newest `keep`. `at` is now.
    async fn forget_forged(
        &self,
        before: Timestamp,
        keep: u32,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Payments of an account that wait for a person, newest first, older than `after`.
    async fn with_open_items(
        &self,
        account: &Account,
        after: Option<PaymentId>,
        max: usize,
    ) -> Result<Vec<Versioned<Payment>>, StoreError>;

    /// The balance of each account of the ledger: debits less credits, in whole rupiah.
    async fn book_balances(&self) -> Result<Vec<(String, i64)>, StoreError>;

    /// Payments of all accounts by the ids of their orders, the first `max` after that of `after`,
    /// each with its journal. What comes or moves meanwhile is there or not, but never half.
    async fn audit(&self, after: Option<OrderId>, max: usize) -> Result<Vec<Audited>, StoreError>;

    /// Stores what was asked of the gateway; one that is stored already is the same. Of those that
    /// were asked before a time, up to twice as many are deleted. `at` is now.
    async fn record_exchanges(
        &self,
        exchanges: Vec<Exchange>,
        before: Timestamp,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// The newest exchanges about these ids of attempts and transactions, oldest first.
    async fn exchanges_of(
        &self,
        about: BTreeSet<String>,
        max: usize,
    ) -> Result<Vec<Exchange>, StoreError>;

    /// The hints about an attempt, those that were reported included, newest first: what is no hint
    /// cannot crowd them out.
    async fn hints_of(&self, attempt: AttemptId, max: usize) -> Result<Vec<Callback>, StoreError>;

    /// The callbacks that name an attempt, newest first, but forged ones after all others: whoever
    /// knows an attempt can send any number of them, and shall hide nothing.
    async fn callbacks_of(
        &self,
        attempt: AttemptId,
        max: usize,
    ) -> Result<Vec<Callback>, StoreError>;

    /// All callbacks, newest first, those of unknown orders and forged ones included.
    async fn callbacks(&self, max: usize) -> Result<Vec<Callback>, StoreError>;
}

/// Why the gateway did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// A definite no: the same request is refused for ever.
    #[error("the gateway refused: {0}")]
    Refused(String),
    /// It does not accept our key. Nothing is wrong with the payment.
    #[error("the gateway does not accept the server key: {0}")]
    Unauthorized(String),
    /// Not now; or the outcome is unknown and asking again with the same id is safe.
    #[error("the gateway is not available: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
}

impl GatewayError {
    /// Whether any other call would fare no better: it is not about what was asked.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Unauthorized(_) | Self::Unavailable { .. })
    }
}

impl Retryable for GatewayError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Refused(_) => Retryability::Permanent,
            Self::Unauthorized(_) | Self::Unavailable { .. } => Retryability::Transient,
        }
    }
}

/// What became of a page that was to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEnd {
    /// It is closed, or is none any more.
    Closed,
    /// The gateway will not: somebody is paying there, or it is closed already. Its status tells.
    Refused,
}

/// What became of a transaction that was to be ended, or that was reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was done.
    Done,
    /// Its state forbids it, perhaps because it was paid: look again.
    OtherState,
}

/// What the gateway said to a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundAnswer {
    /// It took it on.
    Taken,
    /// It has one of this key: its status tells what became of it.
    Known,
    /// The transaction's state forbids it now, for this reason: look again.
    OtherState(String),
    /// It will not, with this reason.
    Declined(String),
}

/// What a callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The `order_id` that it names: an attempt, if it is ours.
    pub order_id: String,
    /// Which transaction.
    pub transaction_id: String,
    /// The status that it claims, in the gateway's word.
    pub status: String,
    /// The amount to compare.
    pub amount: Option<Money>,
    /// ISO 4217, where it was said.
    pub currency: Option<String>,
    /// Whether it names another merchant than ours.
    pub foreign_merchant: bool,
    /// A test from the gateway's dashboard, about no order.
    pub is_test: bool,
}

/// Why a callback is no hint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    /// Its signature is missing or wrong; what it claims is anybody's word.
    #[error("the signature is missing or wrong")]
    BadSignature(Box<Hint>),
    /// It cannot be read.
    #[error("the notification cannot be read: {0}")]
    Malformed(String),
}

/// The payment gateway. Every call has a deadline and is tried once: retrying is the jobs'.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Opens a page. Asking again for the same attempt is safe and revokes the earlier page,
    /// unless the customer has chosen a method there: then it is refused.
    async fn create_page(
        &self,
        payment: &Payment,
        attempt: AttemptId,
    ) -> Result<Page, GatewayError>;

    /// Where a transaction stands, by its own id or by an attempt's; `None`: no method was chosen.
    async fn status(&self, id: &str) -> Result<Option<Observation>, GatewayError>;

    /// Closes an attempt's page, by its token, on which nobody has chosen a method.
    async fn close_page(&self, attempt: AttemptId, token: &str) -> Result<PageEnd, GatewayError>;

    /// Calls a transaction off: one that waits for money, or a card charge that has not settled.
    async fn cancel(&self, transaction: &str) -> Result<Ended, GatewayError>;

    /// Expires a transaction that waits for money.
    async fn expire(&self, transaction: &str) -> Result<Ended, GatewayError>;

    /// Lets a charge go on that fraud detection holds.
    async fn approve(&self, transaction: &str) -> Result<Ended, GatewayError>;

    /// Refuses a charge that fraud detection holds.
    async fn deny(&self, transaction: &str) -> Result<Ended, GatewayError>;

    /// Gives money back. Asking again with the same key gives it back once.
    async fn refund(&self, refund: &Refund) -> Result<RefundAnswer, GatewayError>;

    /// Reads a callback and checks its signature over the raw strings. `Ok` is signed.
    fn read_callback(&self, body: &[u8]) -> Result<Hint, HintError>;
}
