//! What became of a refund (midtrans.md 2.6): the one operation whose code of the 200 family can
//! mean no.

use super::judge::may_be;
use super::{CoreAnswer, contradiction, not_understood, readable};
use crate::transaction::lenient::text;
use crate::{Error, RefundKey, RefundRequest, TransactionStatus, amount};
use serde::Deserialize;

/// What became of a refund that was answered without a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    /// Midtrans took it on. The money is back once `bank_confirmed_at` is told in the `refunds` of
    /// a notification or of GET Status.
    Accepted(RefundAccepted),
    /// The provider said no (code 202, nothing refunded): not done. Whether the same key may be
    /// used again is not documented (L); a new one is safe, for nothing was given back.
    Declined {
        /// For people, cut to 300 characters. Never a reason to branch.
        message: String,
    },
}

/// A refund that Midtrans took on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundAccepted {
    /// Midtrans' id of it, as written: what its two notifications have in common.
    pub chargeback_id: Option<String>,
    /// Our key.
    pub key: RefundKey,
    /// Whole rupiah, at least one and at least what was asked for. After an earlier refund perhaps
    /// the sum of both: pages do not say (L).
    pub amount: i64,
    /// `refund` or `partial_refund`.
    pub status: TransactionStatus,
}

/// Believes a success only if id, key, state and amount all say so.
pub(crate) fn refunded(
    answer: &CoreAnswer,
    id: &str,
    request: &RefundRequest,
) -> Result<RefundOutcome, Error> {
    let told: Told = serde_json::from_slice(&answer.body).map_err(|_| not_understood())?;
    let status = told.transaction_status.ok_or_else(not_understood)?;
    let ours = may_be(id, [&told.order_id, &told.transaction_id]);
    let key = told.refund_key.as_deref();
    if !ours || key.is_some_and(|key| key != request.key().as_str()) {
        return Err(contradiction());
    }
    let amount = told.refund_amount.as_deref().map(amount::parse).transpose();
    let amount = amount.map_err(|_| not_understood())?;
    match (answer.code, &status) {
        // Who asked for all is not told by the amount whether it was all: only the state says so.
        (200, TransactionStatus::PartialRefund) if request.amount().is_none() => {
            Err(contradiction())
        }
        (200, TransactionStatus::Refund | TransactionStatus::PartialRefund) => {
            let amount = amount.ok_or_else(not_understood)?;
            if amount < request.amount().unwrap_or(1) {
                return Err(contradiction());
            }
            let (chargeback_id, key) = (told.refund_chargeback_id, request.key().clone());
            Ok(RefundOutcome::Accepted(RefundAccepted { chargeback_id, key, amount, status }))
        }
        // A second refund that is declined leaves the state that the first one made.
        (202, TransactionStatus::Settlement | TransactionStatus::PartialRefund)
            if amount.unwrap_or_default() == 0 =>
        {
            let message = readable(told.status_message.as_deref().unwrap_or_default());
            Ok(RefundOutcome::Declined { message })
        }
        _ => Err(contradiction()),
    }
}

#[derive(Deserialize)]
struct Told {
    transaction_status: Option<TransactionStatus>,
    #[serde(default, deserialize_with = "text")]
    order_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    transaction_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    refund_chargeback_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    refund_amount: Option<String>,
    #[serde(default, deserialize_with = "text")]
    refund_key: Option<String>,
    #[serde(default, deserialize_with = "text")]
    status_message: Option<String>,
}
