//! One gateway transaction: its states and the edges between them, as data.

use super::Instructions;
use kernel::{Money, Timestamp};
use std::fmt;
use std::str::FromStr;

/// `transaction_status` (reference: midtrans.md 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GatewayStatus {
    /// A method was chosen; money is awaited.
    Pending,
    /// A card amount is reserved.
    Authorize,
    /// A card was charged; settles the next day.
    Capture,
    /// Paid.
    Settlement,
    /// Refused by bank or fraud detection; after a settlement: reversed.
    Deny,
    /// Called off.
    Cancel,
    /// Not paid in time.
    Expire,
    /// The gateway could not carry it out.
    Failure,
    /// All money went back.
    Refund,
    /// Part of the money went back.
    PartialRefund,
    /// The card holder's bank took the money back.
    Chargeback,
    /// The card holder's bank took part of it back.
    PartialChargeback,
}

use GatewayStatus::{
    Authorize, Cancel, Capture, Chargeback, Deny, Expire, Failure, PartialChargeback,
    PartialRefund, Pending, Refund, Settlement,
};

/// The published table (reference: midtrans.md 3.3). Settlement → deny is a reversal.
pub const TRANSITIONS: &[(GatewayStatus, &[GatewayStatus])] = &[
    (Pending, &[Settlement, Capture, Expire, Cancel, Deny, Failure]),
    (Authorize, &[Capture, Deny, Cancel, Expire]),
    (Capture, &[Settlement, Cancel]),
    (Settlement, &[Refund, PartialRefund, Chargeback, PartialChargeback, Deny]),
    (PartialRefund, &[PartialRefund, Refund]),
    (PartialChargeback, &[Chargeback]),
    (Deny, &[]),
    (Cancel, &[]),
    (Expire, &[]),
    (Failure, &[]),
    (Refund, &[]),
    (Chargeback, &[]),
];

/// Not in the table, and yet seen: money that arrives after its transaction was closed. The
/// gateway is the truth, so it counts (reference: reliability.md F81).
pub const LATE_MONEY: &[(GatewayStatus, GatewayStatus)] = &[
    (Expire, Settlement),
    (Expire, Capture),
    (Cancel, Settlement),
    (Cancel, Capture),
    (Failure, Settlement),
    (Failure, Capture),
];

/// Left open by the table: the card holder's bank takes of what a refund in part has left. Banks know
/// no such order of things, so it is believed.
pub const TAKEN_AFTER_A_PART: &[(GatewayStatus, GatewayStatus)] =
    &[(PartialRefund, PartialChargeback)];

/// Not in the table either: a captured card that fraud detection held, and that a person then
/// denied (reference: midtrans.md 2.4).
pub const REVIEW: &[(GatewayStatus, GatewayStatus)] = &[(Capture, Deny)];

impl GatewayStatus {
    /// Every status.
    pub const ALL: [Self; 12] = [
        Pending,
        Authorize,
        Capture,
        Settlement,
        Deny,
        Cancel,
        Expire,
        Failure,
        Refund,
        PartialRefund,
        Chargeback,
        PartialChargeback,
    ];

    /// Whether a transaction in this status may be found in `next`.
    pub fn may_become(self, next: Self) -> bool {
        let listed = TRANSITIONS.iter().any(|(from, to)| *from == self && to.contains(&next));
        let more = [LATE_MONEY, TAKEN_AFTER_A_PART, REVIEW];
        listed || more.iter().any(|edges| edges.contains(&(self, next)))
    }

    /// Whether `later` lies ahead of this status, over any number of edges.
    pub fn leads_to(self, later: Self) -> bool {
        let mut reached = vec![self];
        let mut next = 0;
        while let Some(from) = reached.get(next).copied() {
            let new: Vec<_> = Self::ALL
                .into_iter()
                .filter(|to| from.may_become(*to) && !reached.contains(to))
                .collect();
            reached.extend(new);
            next += 1;
        }
        later != self && reached.contains(&later)
    }

    /// Whether nothing comes of such a try any more, unless money comes late.
    pub fn is_end(self) -> bool {
        matches!(self, Deny | Cancel | Expire | Failure)
    }

    /// The gateway's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Pending => "pending",
            Authorize => "authorize",
            Capture => "capture",
            Settlement => "settlement",
            Deny => "deny",
            Cancel => "cancel",
            Expire => "expire",
            Failure => "failure",
            Refund => "refund",
            PartialRefund => "partial_refund",
            Chargeback => "chargeback",
            PartialChargeback => "partial_chargeback",
        }
    }
}

impl fmt::Display for GatewayStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that the table does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known transaction status")]
pub struct UnknownStatus;

impl FromStr for GatewayStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(UnknownStatus)
    }
}

/// `fraud_status` (reference: midtrans.md 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fraud {
    /// No objection.
    Accept,
    /// Needs a review: not paid.
    Challenge,
    /// Objection: not paid.
    Deny,
}

impl Fraud {
    /// The gateway's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Challenge => "challenge",
            Self::Deny => "deny",
        }
    }
}

impl FromStr for Fraud {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let all = [Self::Accept, Self::Challenge, Self::Deny];
        all.into_iter().find(|f| f.as_str() == text).ok_or(UnknownStatus)
    }
}

/// A transaction, as the gateway last told it on our asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The gateway's id: text, not always a UUID.
    pub id: String,
    /// Where it stands.
    pub status: GatewayStatus,
    /// Absent means no objection.
    pub fraud: Option<Fraud>,
    /// `payment_type`.
    pub method: Option<String>,
    /// It was paid once: what follows is a refund or a reversal, not a refusal.
    pub was_paid: bool,
    /// It came after the payment had ended: its money goes back, though it be held first and approved
    /// long after.
    pub late: bool,
    /// When it was paid, as far as the gateway told, else when we first saw it paid.
    pub paid_at: Option<Timestamp>,
    /// What the customer pays, a fee on top of the bill included.
    pub gross: Money,
    /// What the gateway gave back of it so far.
    pub refunded: Money,
    /// When its status was told.
    pub seen_at: Timestamp,
    /// How it is to be paid, as far as that was ever told.
    pub instructions: Instructions,
    /// Until when it can be paid, as far as we know: the gateway decides (reference: midtrans.md 6,
    /// "settlement after local expiry").
    pub expires_at: Option<Timestamp>,
}

impl Transaction {
    /// Settled, or captured without objection (reference: midtrans.md 3.3, "paid test").
    pub fn is_paid(&self) -> bool {
        matches!(self.status, Settlement | Capture)
            && matches!(self.fraud, None | Some(Fraud::Accept))
    }

    /// Whether its money was taken of the customer, held by fraud detection or not, wherever it is now.
    pub fn is_charged(&self) -> bool {
        matches!(self.status, Settlement | Capture) || self.is_credited()
    }

    /// Whether money of it is here that can go back.
    pub fn holds_money(&self) -> bool {
        self.is_paid() || self.status == PartialRefund
    }

    /// Whether money can still come of it without anybody's new choice.
    pub fn waits(&self) -> bool {
        matches!(self.status, Pending | Authorize) || self.is_held()
    }

    /// Whether its money came and all went again.
    pub fn is_gone(&self) -> bool {
        matches!(self.status, Refund | Chargeback)
    }

    /// Captured, and held by fraud detection until somebody approves or denies it, or the gateway
    /// ends it by itself (reference: midtrans.md 2.3, 2.4).
    pub fn is_held(&self) -> bool {
        self.status == Capture && self.fraud == Some(Fraud::Challenge)
    }

    /// Whether the gateway owes us its money, less what went back.
    pub fn is_credited(&self) -> bool {
        self.is_paid()
            || matches!(self.status, Refund | PartialRefund | Chargeback | PartialChargeback)
    }

    /// Whether both say the same of where it stands.
    pub fn stands_as(&self, other: &Self) -> bool {
        self.status == other.status && self.fraud == other.fraud && self.refunded == other.refunded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of midtrans.md 3.3, written a second time on purpose.
    const PUBLISHED: &str = "
        pending: settlement capture expire cancel deny failure
        authorize: capture deny cancel expire
        capture: settlement cancel
        settlement: refund partial_refund chargeback partial_chargeback deny
        partial_refund: partial_refund refund
        partial_chargeback: chargeback
        deny:
        cancel:
        expire:
        failure:
        refund:
        chargeback:";

    #[test]
    fn the_table_is_the_published_one_plus_what_is_named() {
        let mut rows = 0;
        for line in PUBLISHED.trim().lines() {
            let (from, to) = line.trim().split_once(':').unwrap();
            let from: GatewayStatus = from.parse().unwrap();
            let to: Vec<GatewayStatus> =
                to.split_whitespace().map(|word| word.parse().unwrap()).collect();
            for next in GatewayStatus::ALL {
                let edges = LATE_MONEY.iter().chain(TAKEN_AFTER_A_PART).chain(REVIEW);
                let more = edges.into_iter().any(|edge| *edge == (from, next));
                assert_eq!(from.may_become(next), to.contains(&next) || more, "{from} → {next}");
            }
            rows += 1;
        }
        assert_eq!(rows, GatewayStatus::ALL.len());
    }

    #[test]
    fn paid_is_settled_or_captured_without_objection() {
        for status in GatewayStatus::ALL {
            for fraud in [None, Some(Fraud::Accept), Some(Fraud::Challenge), Some(Fraud::Deny)] {
                let transaction = Transaction {
                    id: "t".into(),
                    status,
                    fraud,
                    method: None,
                    was_paid: false,
                    late: false,
                    paid_at: None,
                    gross: Money::rupiah(1),
                    refunded: Money::rupiah(0),
                    seen_at: Timestamp::UNIX_EPOCH,
                    instructions: Instructions::default(),
                    expires_at: None,
                };
                let expected = matches!(status, Settlement | Capture)
                    && !matches!(fraud, Some(Fraud::Challenge | Fraud::Deny));
                assert_eq!(transaction.is_paid(), expected, "{status} {fraud:?}");
            }
        }
    }

    #[test]
    fn what_lies_ahead_is_found_over_several_edges() {
        assert!(Pending.leads_to(Refund) && Capture.leads_to(Chargeback));
        assert!(!Settlement.leads_to(Pending) && !Refund.leads_to(Settlement));
        assert!(!Pending.leads_to(Pending));
    }
}
