//! The states of one transaction, how they follow each other, and which code tells them where.

use super::method::Method;

/// `transaction_status` (midtrans.md 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Pending,
    Capture,
    Authorize,
    Settlement,
    Deny,
    Expire,
    Cancel,
    Failure,
    Refund,
    PartialRefund,
    Chargeback,
    PartialChargeback,
}

impl Status {
    pub(crate) const ALL: [Self; 12] = [
        Self::Pending,
        Self::Capture,
        Self::Authorize,
        Self::Settlement,
        Self::Deny,
        Self::Expire,
        Self::Cancel,
        Self::Failure,
        Self::Refund,
        Self::PartialRefund,
        Self::Chargeback,
        Self::PartialChargeback,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Capture => "capture",
            Self::Authorize => "authorize",
            Self::Settlement => "settlement",
            Self::Deny => "deny",
            Self::Expire => "expire",
            Self::Cancel => "cancel",
            Self::Failure => "failure",
            Self::Refund => "refund",
            Self::PartialRefund => "partial_refund",
            Self::Chargeback => "chargeback",
            Self::PartialChargeback => "partial_chargeback",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// `fraud_status` (midtrans.md 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fraud {
    Accept,
    Deny,
    Challenge,
}

impl Fraud {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Deny => "deny",
            Self::Challenge => "challenge",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Accept, Self::Deny, Self::Challenge].into_iter().find(|fraud| fraud.as_str() == text)
    }
}

/// How a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: Status,
    pub(crate) fraud: Fraud,
}

impl Standing {
    pub(crate) const PENDING: Self = Self { status: Status::Pending, fraud: Fraud::Accept };

    /// Whether it is paid: the test of midtrans.md 3.3.
    pub(crate) fn is_paid(self) -> bool {
        matches!(self.status, Status::Capture | Status::Settlement) && self.fraud == Fraud::Accept
    }

    /// Whether the merchant was credited and not debited of all of it by a reversal or a void; what
    /// went back in refunds and chargebacks is counted apart.
    pub(crate) fn is_credited(self) -> bool {
        self.is_paid()
            || matches!(
                self.status,
                Status::Refund
                    | Status::PartialRefund
                    | Status::Chargeback
                    | Status::PartialChargeback
            )
    }
}

/// What can be done to a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The customer pays, or a captured card settles.
    Settle,
    /// The customer pays what has expired or was cancelled: a misbehaviour that real rails show
    /// (midtrans.md 6).
    SettleLate,
    Deny,
    Expire,
    Cancel,
    /// A card is captured and held for review (midtrans.md 2.3).
    Challenge,
    /// The review ends well.
    Accept,
    /// The review ends badly.
    Reject,
    /// The bank takes a settlement back (midtrans.md 3.3).
    Reverse,
    /// A pre-authorised card is charged.
    Capture,
    /// Midtrans or the bank breaks down.
    Fail,
    /// The card holder disputes, and the bank takes everything back.
    Chargeback,
}

impl Action {
    pub(crate) const ALL: [Self; 12] = [
        Self::Settle,
        Self::SettleLate,
        Self::Deny,
        Self::Expire,
        Self::Cancel,
        Self::Challenge,
        Self::Accept,
        Self::Reject,
        Self::Reverse,
        Self::Capture,
        Self::Fail,
        Self::Chargeback,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::SettleLate => "settle_late",
            Self::Deny => "deny",
            Self::Expire => "expire",
            Self::Cancel => "cancel",
            Self::Challenge => "challenge",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Reverse => "reverse",
            Self::Capture => "capture",
            Self::Fail => "fail",
            Self::Chargeback => "chargeback",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// An action that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} is not possible on a {} transaction in state {}", action.as_str(), method.as_str(), status.as_str())]
pub(crate) struct Illegal {
    action: Action,
    method: Method,
    status: Status,
}

/// Where an action leads (midtrans.md 2.4, 3.3).
pub(crate) fn next(from: Standing, action: Action, method: Method) -> Result<Standing, Illegal> {
    use {Action as A, Status as S};
    let challenged = from.fraud == Fraud::Challenge;
    let card = method == Method::CreditCard;
    let (status, fraud) = match (action, from.status) {
        (A::Settle, S::Pending) if card => (S::Capture, Fraud::Accept),
        (A::Settle, S::Pending) => (S::Settlement, Fraud::Accept),
        (A::Settle, S::Capture) if !challenged => (S::Settlement, Fraud::Accept),
        (A::SettleLate, S::Expire | S::Cancel) => (S::Settlement, Fraud::Accept),
        (A::Deny, S::Pending | S::Authorize) => (S::Deny, Fraud::Accept),
        (A::Deny | A::Reject, S::Capture) if challenged => (S::Deny, Fraud::Deny),
        (A::Expire, S::Pending | S::Authorize) => (S::Expire, Fraud::Accept),
        (A::Cancel, S::Pending | S::Capture | S::Authorize) => (S::Cancel, from.fraud),
        (A::Challenge, S::Pending) if card => (S::Capture, Fraud::Challenge),
        (A::Capture, S::Authorize) => (S::Capture, Fraud::Accept),
        (A::Fail, S::Pending) => (S::Failure, Fraud::Accept),
        (A::Chargeback, S::Settlement | S::PartialChargeback) => (S::Chargeback, Fraud::Accept),
        (A::Accept, S::Capture) if challenged => (S::Capture, Fraud::Accept),
        (A::Reverse, S::Settlement) if method.can_be_reversed() => (S::Deny, Fraud::Accept),
        _ => return Err(Illegal { action, method, status: from.status }),
    };
    Ok(Standing { status, fraud })
}

/// Where an action leads when the merchant asks for it. Expiring is then for what waits for the
/// customer: a reservation ends by its own time (midtrans.md 2.4).
pub(crate) fn next_on_request(
    from: Standing,
    action: Action,
    method: Method,
) -> Result<Standing, Illegal> {
    match (action, from.status) {
        (Action::Expire, status) if status != Status::Pending => {
            Err(Illegal { action, method, status })
        }
        _ => next(from, action, method),
    }
}

/// Where a state is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// GET Status.
    Status,
    /// A notification.
    Notification,
}

/// `status_code` of a state; it differs by channel (midtrans.md 2.5). A challenge is 201, as in the
/// old table (2.3).
pub(crate) fn code(standing: Standing, channel: Channel) -> &'static str {
    match (standing.status, channel) {
        (Status::Capture, _) if standing.fraud == Fraud::Challenge => "201",
        (Status::Pending, _) => "201",
        (Status::Cancel, Channel::Status) => "200",
        (Status::Expire, Channel::Status) => "407",
        (Status::Cancel | Status::Expire, Channel::Notification) => "202",
        (Status::Deny | Status::Failure, _) => "202",
        _ => "200",
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
