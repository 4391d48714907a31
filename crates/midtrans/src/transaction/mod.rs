//! A transaction as Midtrans tells it: in GET Status, in notifications and in the answer to a
//! charge alike.
//!
//! Read leniently: fields come, go and change type without notice (midtrans.md 2.1). Only what
//! identifies and verifies the transaction is required. Nothing here decides what a state means
//! for an order.

pub(crate) mod lenient;
mod parts;

pub use parts::{Action, PaymentAmount, Refund, VaNumber};

use crate::amount::{self, AmountError};
use crate::{CardToken, FraudStatus, ServerKey, TransactionStatus, signature};
use jiff::Timestamp;
use lenient::{card_token, lenient, listed, many, moment, required, text};
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;

/// A transaction. Texts that the signature covers are kept byte for byte.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Transaction {
    /// The id that we gave.
    #[serde(deserialize_with = "required")]
    pub order_id: String,
    /// Midtrans' id; usually but not always a UUID. One order can have several.
    #[serde(deserialize_with = "required")]
    pub transaction_id: String,
    /// How it stands.
    pub transaction_status: TransactionStatus,
    /// The raw code. Differs between GET Status and a notification of the same state.
    #[serde(deserialize_with = "required")]
    pub status_code: String,
    /// The raw amount, as signed. May include fees: see [`Transaction::amount_to_compare`].
    #[serde(deserialize_with = "required")]
    pub gross_amount: String,
    /// The raw signature.
    #[serde(default, deserialize_with = "text")]
    pub signature_key: Option<String>,
    /// What fraud detection says.
    #[serde(default, deserialize_with = "lenient")]
    pub fraud_status: Option<FraudStatus>,
    /// `bank_transfer`, `qris`, `credit_card`, …; a wallet chosen as `gopay` may come back as
    /// `qris` (midtrans.md 3.1).
    #[serde(default, deserialize_with = "text")]
    pub payment_type: Option<String>,
    /// The merchant that was paid.
    #[serde(default, deserialize_with = "text")]
    pub merchant_id: Option<String>,
    /// ISO 4217 code.
    #[serde(default, deserialize_with = "text")]
    pub currency: Option<String>,
    /// A sentence for people; never a reason to branch.
    #[serde(default, deserialize_with = "text")]
    pub status_message: Option<String>,
    /// When the customer chose the method.
    #[serde(default, deserialize_with = "moment")]
    pub transaction_time: Option<Timestamp>,
    /// When it was paid.
    #[serde(default, deserialize_with = "moment")]
    pub settlement_time: Option<Timestamp>,
    /// Until when it can be paid; see [`Transaction::expires_at`].
    #[serde(default, deserialize_with = "moment")]
    pub expiry_time: Option<Timestamp>,
    /// The same, as some QRIS answers spell it (midtrans.md 2.2).
    #[serde(default, deserialize_with = "moment")]
    pub expire_time: Option<Timestamp>,
    /// Virtual accounts of BCA, BNI, BRI, CIMB.
    #[serde(default, deserialize_with = "listed")]
    pub va_numbers: Option<Vec<VaNumber>>,
    /// Virtual account of Permata.
    #[serde(default, deserialize_with = "text")]
    pub permata_va_number: Option<String>,
    /// Mandiri bill: the key.
    #[serde(default, deserialize_with = "text")]
    pub bill_key: Option<String>,
    /// Mandiri bill: the company.
    #[serde(default, deserialize_with = "text")]
    pub biller_code: Option<String>,
    /// Convenience store: the code to show.
    #[serde(default, deserialize_with = "text")]
    pub payment_code: Option<String>,
    /// Convenience store: which one.
    #[serde(default, deserialize_with = "text")]
    pub store: Option<String>,
    /// QRIS: who took the money.
    #[serde(default, deserialize_with = "text")]
    pub acquirer: Option<String>,
    /// QRIS: whose wallet paid.
    #[serde(default, deserialize_with = "text")]
    pub issuer: Option<String>,
    /// QRIS: the code itself, to be drawn.
    #[serde(default, deserialize_with = "text")]
    pub qr_string: Option<String>,
    /// What the customer or we can do next; pick by [`Transaction::action`].
    #[serde(default, deserialize_with = "many")]
    pub actions: Vec<Action>,
    /// Card with 3-D Secure: where the customer proves who they are. As told: look at its scheme
    /// before you send a browser there.
    #[serde(default, deserialize_with = "text")]
    pub redirect_url: Option<String>,
    /// QRIS: `on-us` or `off-us`.
    #[serde(default, deserialize_with = "text")]
    pub transaction_type: Option<String>,
    /// QRIS: the payment in the books of the acquirer.
    #[serde(default, deserialize_with = "text")]
    pub merchant_cross_reference_id: Option<String>,
    /// ShopeePay and its QRIS: the payment in their books.
    #[serde(default, deserialize_with = "text")]
    pub shopeepay_reference_number: Option<String>,
    /// ShopeePay and its QRIS: another of their ids.
    #[serde(default, deserialize_with = "text")]
    pub reference_id: Option<String>,
    /// GoPay: `GOPAY_WALLET`, `PAY_LATER`, ….
    #[serde(default, deserialize_with = "text")]
    pub payment_option_type: Option<String>,
    /// Virtual account: what was paid, where the bank tells it.
    #[serde(default, deserialize_with = "many")]
    pub payment_amounts: Vec<PaymentAmount>,
    /// Card: first and last digits.
    #[serde(default, deserialize_with = "text")]
    pub masked_card: Option<String>,
    /// Card that was to be saved: its token for next time. The name is known from Midtrans' guides
    /// and not in the fact sheet (L).
    #[serde(default, rename = "saved_token_id", deserialize_with = "card_token")]
    pub saved_token: Option<CardToken>,
    /// Card: `credit` or `debit`.
    #[serde(default, deserialize_with = "text")]
    pub card_type: Option<String>,
    /// Card: the acquiring bank.
    #[serde(default, deserialize_with = "text")]
    pub bank: Option<String>,
    /// Card: how far 3-D Secure went.
    #[serde(default, deserialize_with = "text")]
    pub eci: Option<String>,
    /// Card and Indomaret: the bank's word that it took the money.
    #[serde(default, deserialize_with = "text")]
    pub approval_code: Option<String>,
    /// The bank's own code, for people; 900 asks for another try with another order id
    /// (midtrans.md 2.7).
    #[serde(default, deserialize_with = "text")]
    pub channel_response_code: Option<String>,
    /// The bank's own words, for people.
    #[serde(default, deserialize_with = "text")]
    pub channel_response_message: Option<String>,
    /// What was given back so far, raw. In the answer to a refund perhaps of that one alone.
    #[serde(default, deserialize_with = "text")]
    pub refund_amount: Option<String>,
    /// Each time money was given back; see [`Transaction::refund_with_key`].
    #[serde(default, deserialize_with = "many")]
    pub refunds: Vec<Refund>,
    /// As we sent it.
    #[serde(default, deserialize_with = "text")]
    pub custom_field1: Option<String>,
    /// As we sent it.
    #[serde(default, deserialize_with = "text")]
    pub custom_field2: Option<String>,
    /// As we sent it.
    #[serde(default, deserialize_with = "text")]
    pub custom_field3: Option<String>,
    /// Free JSON that we sent, and what Midtrans adds to it.
    #[serde(default, deserialize_with = "lenient")]
    pub metadata: Option<Value>,
    /// Where some integrations see what others see inside `metadata` (midtrans.md 3.8).
    #[serde(default, deserialize_with = "lenient")]
    pub extra_info: Option<Value>,
}

/// JSON that is not a transaction.
#[derive(Debug, thiserror::Error)]
#[error("not a transaction")]
pub struct TransactionError(#[from] serde_json::Error);

impl Transaction {
    /// Reads a body of GET Status or of a notification.
    pub fn parse(body: &[u8]) -> Result<Self, TransactionError> {
        if holds_nul(body) {
            return Err(TransactionError(serde_json::Error::custom("it holds a NUL character")));
        }
        Ok(serde_json::from_slice(body)?)
    }

    /// The amount to hold against ours: the one before customer-imposed fees where Midtrans tells
    /// it, else `gross_amount` (midtrans.md 3.8).
    pub fn amount_to_compare(&self) -> Result<i64, AmountError> {
        let within = |root: Option<&Value>, path: &str| {
            root.and_then(|value| value.pointer(path)).map(|found| match found {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let metadata = "/extra_info/gross_amount_info/original_amount";
        let original = within(self.metadata.as_ref(), metadata)
            .or_else(|| within(self.extra_info.as_ref(), "/gross_amount_info/original_amount"));
        amount::parse(original.as_deref().unwrap_or(&self.gross_amount))
    }

    /// Whether money was taken and nothing objects: the whole paid test of midtrans.md 3.3 except
    /// the amount, which only the caller knows. A capture that is challenged is not paid: it waits
    /// for [`Client::approve`](crate::Client::approve).
    pub fn is_paid(&self) -> bool {
        let paid = [TransactionStatus::Settlement, TransactionStatus::Capture];
        let trusted = matches!(self.fraud_status, None | Some(FraudStatus::Accept));
        paid.contains(&self.transaction_status) && trusted && self.status_code == "200"
    }

    /// The action of this name. Their order is no promise, their names are (midtrans.md 2.2).
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// The refund that we named so: how to learn what became of a refund whose answer is unknown
    /// or a duplicate (midtrans.md 2.6).
    pub fn refund_with_key(&self, key: &str) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.refund_key.as_deref() == Some(key))
    }

    /// Whether this id is one of its two. Either may be asked by (midtrans.md 2.1).
    pub fn has_id(&self, id: &str) -> bool {
        self.order_id == id || self.transaction_id == id
    }

    /// Until when it can be paid, by either spelling.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expiry_time.or(self.expire_time)
    }

    /// Whether this body was signed with our key. A missing signature is no signature.
    pub fn verify_signature(&self, key: &ServerKey) -> bool {
        let claimed = self.signature_key.as_deref().unwrap_or_default();
        signature::verify(&self.order_id, &self.status_code, &self.gross_amount, key, claimed)
    }
}

/// Whether some text in a JSON body holds U+0000. Midtrans sends none, and PostgreSQL stores none.
pub(crate) fn holds_nul(body: &[u8]) -> bool {
    // A backslash that is itself escaped begins no escape.
    let is_escape = |at: usize| {
        let backslashes = body[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        !backslashes.is_multiple_of(2)
    };
    body.windows(5).enumerate().any(|(at, window)| window == b"u0000" && is_escape(at))
}

#[cfg(test)]
mod tests;
