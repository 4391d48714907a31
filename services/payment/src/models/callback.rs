//! A callback: evidence that makes us ask the gateway, and nothing more.
//!
//! Its signature does not cover the status (reference: midtrans.md 0.1 #5), so a callback moves
//! no payment. What it was worth is derived from what the gateway said when asked. What an operator
//! or a report says of a transaction is the same kind of evidence, and kept among the callbacks.

use super::{Attempt, AttemptId, GatewayStatus, OrderId, Payment};
use kernel::{Money, Timestamp};

/// What was plain on receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// About one of our attempts: the gateway will be asked.
    Hint,
    /// No callback: an operator named it, or a report of the gateway's. About one of our attempts,
    /// and the gateway will be asked.
    Reported,
    /// About an order that we did not have then.
    UnknownOrder,
    /// About one of our attempts, with another amount.
    AmountMismatch,
    /// About money of another currency than ours.
    CurrencyMismatch,
    /// About another merchant's money.
    ForeignMerchant,
    /// Without our signature: nobody knows who sent it, and nobody believes a word of it.
    Forged,
}

impl Receipt {
    const ALL: [Self; 7] = [
        Self::Hint,
        Self::Reported,
        Self::UnknownOrder,
        Self::AmountMismatch,
        Self::CurrencyMismatch,
        Self::ForeignMerchant,
        Self::Forged,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Reported => "reported",
            Self::UnknownOrder => "unknown_order",
            Self::AmountMismatch => "amount_mismatch",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::ForeignMerchant => "foreign_merchant",
            Self::Forged => "forged",
        }
    }

    /// The receipt of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// A transaction as an operator, or a report, tells of it: a hint like a callback's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    transaction_id: String,
    status: GatewayStatus,
}

/// An id that no transaction has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {} visible ASCII characters", Reported::ID_MAX)]
pub struct BadTransactionId;

impl Reported {
    /// The longest id, in bytes. Those of the gateway have 28 to 36 (reference: midtrans.md 2).
    pub const ID_MAX: usize = 64;

    /// What is told of a transaction by its id, and by nothing else: an attempt's id names whichever
    /// is the latest.
    pub fn try_new(
        transaction_id: impl Into<String>,
        status: GatewayStatus,
    ) -> Result<Self, BadTransactionId> {
        let transaction_id = transaction_id.into();
        let visible = transaction_id.bytes().all(|byte| byte.is_ascii_graphic());
        match transaction_id.len() {
            1..=Self::ID_MAX if visible => Ok(Self { transaction_id, status }),
            _ => Err(BadTransactionId),
        }
    }

    /// Which transaction.
    pub fn transaction_id(&self) -> &str {
        &self.transaction_id
    }

    /// Where it is said to stand.
    pub fn status(&self) -> GatewayStatus {
        self.status
    }
}

/// A callback as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// SHA-256 of the body: the same body again is the same callback.
    pub digest: [u8; 32],
    /// The attempt that it names, if it names one; whether that is ours, its payment tells.
    pub attempt: Option<AttemptId>,
    /// The order behind that attempt, if it was found on receipt.
    pub order_id: Option<OrderId>,
    /// Which transaction.
    pub transaction_id: String,
    /// The status that it claims, in the gateway's word.
    pub status: String,
    /// The amount that it claims, where that can be read.
    pub amount: Option<Money>,
    /// What was plain on receipt.
    pub receipt: Receipt,
    /// As received; of a forged one its beginning.
    pub body: String,
    /// How often it came.
    pub times: u32,
    /// First.
    pub received_at: Timestamp,
    /// Last.
    pub last_at: Timestamp,
}

/// What a callback was worth, by what the gateway has told until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The gateway says the same when asked.
    Confirmed,
    /// The gateway is past it: a late, repeated or overtaken callback.
    Stale,
    /// The gateway was not asked since it came, or not for long enough; nothing was changed by it.
    Unconfirmed,
    /// The gateway was asked since and does not say so; nothing was changed by it.
    Contradicted,
    /// About an order that we do not have.
    UnknownOrder,
    /// With another amount than ours; nothing was changed by it.
    AmountMismatch,
    /// In another currency than ours; nothing was changed by it.
    CurrencyMismatch,
    /// About another merchant; nothing was changed by it.
    ForeignMerchant,
    /// Without our signature; refused.
    Forged,
}

impl Verdict {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Stale => "stale",
            Self::Unconfirmed => "unconfirmed",
            Self::Contradicted => "contradicted",
            Self::UnknownOrder => "unknown_order",
            Self::AmountMismatch => "amount_mismatch",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::ForeignMerchant => "foreign_merchant",
            Self::Forged => "forged",
        }
    }

    /// Whether it claims what the gateway has not said: worth asking about.
    pub fn is_unexplained(self) -> bool {
        matches!(self, Self::Unconfirmed | Self::Contradicted)
    }
}

impl Callback {
    /// Whether the gateway is to be asked because of it. So it is about what does not fit an order of
    /// ours: if it says that itself, a person has to see it.
    pub fn asks(&self) -> bool {
        match self.receipt {
            Receipt::Hint | Receipt::Reported => true,
            Receipt::AmountMismatch | Receipt::CurrencyMismatch => self.order_id.is_some(),
            Receipt::UnknownOrder | Receipt::ForeignMerchant | Receipt::Forged => false,
        }
    }

    /// What it was worth, given what the gateway told about its payment. What came before its
    /// attempt was known is judged like any other once it is.
    pub fn verdict(&self, payment: Option<&Payment>) -> Verdict {
        let known = payment.zip(self.attempt).and_then(|(p, id)| Some((p, p.attempt(id)?)));
        match (self.receipt, known) {
            (Receipt::Forged, _) => Verdict::Forged,
            (Receipt::ForeignMerchant, _) => Verdict::ForeignMerchant,
            (Receipt::CurrencyMismatch, _) => Verdict::CurrencyMismatch,
            (Receipt::AmountMismatch, _) => Verdict::AmountMismatch,
            (Receipt::UnknownOrder, None) => Verdict::UnknownOrder,
            (Receipt::UnknownOrder, Some((payment, _)))
                if self.amount != Some(payment.bill.amount) =>
            {
                Verdict::AmountMismatch
            }
            (Receipt::Hint | Receipt::Reported, None) => Verdict::Unconfirmed,
            (Receipt::Hint | Receipt::Reported | Receipt::UnknownOrder, Some((_, attempt))) => {
                self.compared(attempt)
            }
        }
    }

    fn compared(&self, attempt: &Attempt) -> Verdict {
        // Strictly later: what came at the very moment of asking may have come after it.
        let asked = attempt.contradicted_at > Some(self.last_at);
        let known = attempt.transactions.iter().find(|t| t.id == self.transaction_id);
        let claimed: Option<GatewayStatus> = self.status.parse().ok();
        match (known, claimed) {
            (Some(known), Some(claimed)) if known.status == claimed => Verdict::Confirmed,
            // Where the table leads both ways, as from cancel to late money and back, only the
            // gateway can tell which came last: a capture that was voided is not a false claim.
            (Some(known), Some(claimed))
                if claimed.leads_to(known.status)
                    && (asked || !known.status.may_become(claimed)) =>
            {
                Verdict::Stale
            }
            _ if asked => Verdict::Contradicted,
            _ => Verdict::Unconfirmed,
        }
    }
}

#[cfg(test)]
#[path = "callback_tests.rs"]
mod tests;
