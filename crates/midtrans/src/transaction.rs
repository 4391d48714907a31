//! A transaction as Midtrans tells it, in GET Status and in notifications alike.
//!
//! Read leniently: fields come, go and change type without notice (midtrans.md 2.1). Only what
//! identifies and verifies the transaction is required. Nothing here decides what a state means
//! for an order.

use crate::amount::{self, AmountError};
use crate::{FraudStatus, ServerKey, TransactionStatus, signature, time};
use jiff::Timestamp;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

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
    #[serde(default, deserialize_with = "lenient")]
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
    /// Free JSON that we sent, and what Midtrans adds to it.
    #[serde(default, deserialize_with = "lenient")]
    pub metadata: Option<Value>,
    /// Where some integrations see what others see inside `metadata` (midtrans.md 3.8).
    #[serde(default, deserialize_with = "lenient")]
    pub extra_info: Option<Value>,
}

/// A virtual account number and its bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaNumber {
    /// `bca`, `bni`, `bri`, …
    pub bank: String,
    /// The number to pay to.
    pub va_number: String,
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
    /// the amount, which only the caller knows.
    pub fn is_paid(&self) -> bool {
        let paid = [TransactionStatus::Settlement, TransactionStatus::Capture];
        let trusted = matches!(self.fraud_status, None | Some(FraudStatus::Accept));
        paid.contains(&self.transaction_status) && trusted && self.status_code == "200"
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
    body.windows(6).any(|window| window == b"\\u0000")
}

/// A text; a bare number keeps the very digits it was written with, because they are signed.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).ok(),
        Some(b'-' | b'0'..=b'9') => Some(raw.get().to_owned()),
        _ => None,
    })
}

fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?.ok_or_else(|| D::Error::custom("a text is required"))
}

/// A value of an unexpected type is as good as none.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok().flatten())
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(text(deserializer)?.and_then(|written| time::parse(&written).ok()))
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
