//! Where a payment stands: derived from its attempts and their transactions, never set.

use super::{
    Attempt, Ending, Fraud, GatewayStatus, Payment, RefundCause, RefundState, Transaction,
};
use std::fmt;
use std::str::FromStr;

/// A payment's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// No way to pay yet.
    Opening,
    /// The customer can pay.
    Pending,
    /// A card amount is reserved.
    Authorized,
    /// Fraud detection wants a review.
    Challenged,
    /// Paid.
    Paid,
    /// The last try was denied; the customer may try again.
    Denied,
    /// The gateway could not carry it out; the customer may try again.
    Failed,
    /// Not paid in time.
    Expired,
    /// Called off.
    Cancelled,
    /// Part of the money went back.
    PartiallyRefunded,
    /// All the money went back.
    Refunded,
    /// A settlement was taken back.
    Reversed,
    /// The bank took money back.
    ChargedBack,
    /// Money has to go back and the gateway cannot do it: a person must.
    RefundManualRequired,
}

impl PaymentStatus {
    /// Every status.
    pub const ALL: [Self; 14] = [
        Self::Opening,
        Self::Pending,
        Self::Authorized,
        Self::Challenged,
        Self::Paid,
        Self::Denied,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Reversed,
        Self::ChargedBack,
        Self::RefundManualRequired,
    ];

    /// The status of a payment.
    ///
    /// Money wins over money that went again, that over waiting, and waiting over an end; among ends the
    /// latest news counts. A second payment is not the order's. What goes back by hand, or should, is
    /// known to us alone.
    pub fn of(payment: &Payment) -> Self {
        match of_attempts(payment) {
            held @ (Self::Paid | Self::PartiallyRefunded) => by_hand(payment, held),
            // A page that is closed lets nobody try again.
            waits @ (Self::Opening | Self::Pending | Self::Denied | Self::Failed) => {
                of_closed(payment).unwrap_or(waits)
            }
            other => other,
        }
    }

    /// Whether the gateway may still bring news without being asked to.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Opening
                | Self::Pending
                | Self::Authorized
                | Self::Challenged
                | Self::Denied
                | Self::Failed
        )
    }

    /// Whether money that pays the order is here.
    pub fn holds_money(self) -> bool {
        matches!(self, Self::Paid | Self::PartiallyRefunded | Self::RefundManualRequired)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Pending => "pending",
            Self::Authorized => "authorized",
            Self::Challenged => "challenged",
            Self::Paid => "paid",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Reversed => "reversed",
            Self::ChargedBack => "charged_back",
            Self::RefundManualRequired => "refund_manual_required",
        }
    }
}

fn of_attempts(payment: &Payment) -> PaymentStatus {
    let ours = payment.transactions().filter(|t| !payment.is_beside(t));
    let strongest = ours.max_by_key(|t| (strength(t), t.seen_at));
    strongest.map_or_else(|| of_pages(&payment.attempts), of_transaction)
}

/// Ends have none: the latest news decides between them.
fn strength(transaction: &Transaction) -> u8 {
    match of_transaction(transaction) {
        PaymentStatus::Paid => 6,
        PaymentStatus::PartiallyRefunded => 5,
        // Paid once, and taken back: that another waits is no news for an order that was told "paid".
        _ if transaction.was_paid => 4,
        PaymentStatus::Challenged => 3,
        PaymentStatus::Authorized => 2,
        PaymentStatus::Pending => 1,
        _ => 0,
    }
}

/// Refunds that no gateway does. A second payment is another matter: the order stays paid.
fn by_hand(payment: &Payment, held: PaymentStatus) -> PaymentStatus {
    let ours = || payment.refunds.iter().filter(|r| r.cause != RefundCause::Second);
    if ours().any(|r| matches!(r.state, RefundState::Manual(_))) {
        return PaymentStatus::RefundManualRequired;
    }
    let sum: i64 =
        ours().filter(|r| r.state == RefundState::ByHand).map(|r| r.amount.as_rupiah()).sum();
    let through_gateway: i64 = payment.kept().map_or(0, |t| t.refunded.as_rupiah());
    match sum {
        0 => held,
        _ if sum + through_gateway >= payment.bill.amount.as_rupiah() => PaymentStatus::Refunded,
        _ => PaymentStatus::PartiallyRefunded,
    }
}

/// Before anybody waits for money: whether the last page is closed, and why.
fn of_closed(payment: &Payment) -> Option<PaymentStatus> {
    let attempt = payment.attempts.last()?;
    if attempt.transactions.iter().any(|t| t.status == GatewayStatus::Pending) {
        return None;
    }
    Some(match attempt.closed?.why {
        Ending::CalledOff => PaymentStatus::Cancelled,
        Ending::Overdue => PaymentStatus::Expired,
    })
}

fn of_transaction(transaction: &Transaction) -> PaymentStatus {
    use PaymentStatus as S;
    match transaction.status {
        GatewayStatus::Pending => S::Pending,
        GatewayStatus::Authorize => S::Authorized,
        GatewayStatus::Capture | GatewayStatus::Settlement => match transaction.fraud {
            None | Some(Fraud::Accept) => S::Paid,
            Some(Fraud::Challenge) => S::Challenged,
            Some(Fraud::Deny) => S::Denied,
        },
        GatewayStatus::Deny if transaction.was_paid => S::Reversed,
        GatewayStatus::Deny => S::Denied,
        GatewayStatus::Cancel => S::Cancelled,
        GatewayStatus::Expire => S::Expired,
        GatewayStatus::Failure => S::Failed,
        GatewayStatus::Refund => S::Refunded,
        GatewayStatus::PartialRefund => S::PartiallyRefunded,
        GatewayStatus::Chargeback | GatewayStatus::PartialChargeback => S::ChargedBack,
    }
}

/// Before the first transaction: is there a page, was it refused, or neither?
fn of_pages(attempts: &[Attempt]) -> PaymentStatus {
    match attempts.last() {
        Some(attempt) if attempt.page.is_some() => PaymentStatus::Pending,
        Some(attempt) if attempt.refusal.is_some() => PaymentStatus::Failed,
        _ => PaymentStatus::Opening,
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a payment status")]
pub struct UnknownStatus;

impl FromStr for PaymentStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(UnknownStatus)
    }
}
