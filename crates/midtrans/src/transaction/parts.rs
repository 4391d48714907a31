//! The lists inside a transaction.

use super::lenient::{moment, required, text};
use crate::amount::{self, AmountError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A virtual account number and its bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaNumber {
    /// `bca`, `bni`, `bri`, …
    #[serde(deserialize_with = "required")]
    pub bank: String,
    /// The number to pay to.
    #[serde(deserialize_with = "required")]
    pub va_number: String,
}

/// Something that can be done next. Never call its address with the server key: some are pages for
/// the customer, some open an app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Action {
    /// What it is: [`Action::QR_CODE`], [`Action::DEEPLINK`], …
    #[serde(deserialize_with = "required")]
    pub name: String,
    /// The HTTP method.
    #[serde(default, deserialize_with = "text")]
    pub method: Option<String>,
    /// The address; in production also of other schemes, such as `gojek`.
    #[serde(deserialize_with = "required")]
    pub url: String,
}

impl Action {
    /// A picture of the QR code.
    pub const QR_CODE: &str = "generate-qr-code";
    /// The same, newer.
    pub const QR_CODE_V2: &str = "generate-qr-code-v2";
    /// Opens the wallet; in the sandbox a page.
    pub const DEEPLINK: &str = "deeplink-redirect";
}

/// One payment to a virtual account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PaymentAmount {
    /// When.
    #[serde(default, deserialize_with = "moment")]
    pub paid_at: Option<Timestamp>,
    /// How much, raw.
    #[serde(default, deserialize_with = "text")]
    pub amount: Option<String>,
}

/// Money given back once (midtrans.md 2.6). Told twice: first without, later with
/// `bank_confirmed_at`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refund {
    /// Midtrans' id; a number so far, kept as it is written.
    #[serde(default, deserialize_with = "text")]
    pub refund_chargeback_id: Option<String>,
    /// How much, raw; see [`Refund::amount`].
    #[serde(default, deserialize_with = "text")]
    pub refund_amount: Option<String>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "moment")]
    pub created_at: Option<Timestamp>,
    /// As we sent it.
    #[serde(default, deserialize_with = "text")]
    pub reason: Option<String>,
    /// As we sent it, or invented by Midtrans.
    #[serde(default, deserialize_with = "text")]
    pub refund_key: Option<String>,
    /// `online` or `offline`.
    #[serde(default, deserialize_with = "text")]
    pub refund_method: Option<String>,
    /// When the bank confirmed it: the money is back.
    #[serde(default, deserialize_with = "moment")]
    pub bank_confirmed_at: Option<Timestamp>,
}

impl Refund {
    /// Whole rupiah given back. None told is an error, not zero.
    pub fn amount(&self) -> Result<i64, AmountError> {
        amount::parse(self.refund_amount.as_deref().unwrap_or_default())
    }
}
