//! A transaction as the gateway reports it, whatever the report is: a file, or the simulator's list.

use crate::lists::standing::Standing;
use jiff::Timestamp;
use payment::models::{Fraud, GatewayStatus};

/// One transaction of a report. Money is whole rupiah.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Where it stands in a file, from 1.
    pub(crate) line: Option<u64>,
    /// The gateway's `order_id`: an attempt, if it is ours.
    pub(crate) order_id: Box<str>,
    pub(crate) transaction_id: Option<Box<str>>,
    pub(crate) status: GatewayStatus,
    /// No file tells it.
    pub(crate) fraud: Option<Fraud>,
    pub(crate) gross: i64,
    pub(crate) refunded: Option<i64>,
    /// No file tells it.
    pub(crate) charged_back: Option<i64>,
    pub(crate) currency: Option<Box<str>>,
    /// `transaction_time`.
    pub(crate) at: Option<Timestamp>,
    /// `settlement_time`.
    pub(crate) settled_at: Option<Timestamp>,
}

impl Row {
    /// Whether both lines say the same.
    pub(super) fn says_as(&self, other: &Self) -> bool {
        Self { line: None, ..self.clone() } == Self { line: None, ..other.clone() }
    }

    pub(super) fn standing(&self) -> Standing {
        let Self { status, fraud, gross, refunded, charged_back, .. } = *self;
        Standing { status, fraud, gross, refunded, charged_back }
    }

    /// A try that ended without ever holding money.
    pub(super) fn is_idle(&self) -> bool {
        use GatewayStatus as S;
        let ended = matches!(self.status, S::Deny | S::Cancel | S::Expire | S::Failure);
        // Denied after it had settled is a reversal (midtrans.md 3.3).
        ended && self.settled_at.is_none()
    }
}
