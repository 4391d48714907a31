//! What merchants send, read and checked: a Snap page, a Core API charge, a refund, a capture
//! (midtrans.md 1.3, 2.2, 2.6). Pure: JSON in, a request or everything that is wrong with it out.
//! Whether the order exists or is already paid is not asked here, and nothing knows HTTP.
//!
//! Fields that the simulator neither acts on nor echoes are ignored, as new fields are by Midtrans.
//! A field it does act on is understood or complained about, never skipped. `null` is the same as
//! absent (midtrans.md 2.1), and so are an empty text and PHP's `[]` in place of an object.

pub(crate) mod capture;
pub(crate) mod charge;
mod common;
mod details;
mod faults;
pub(crate) mod refund;
pub(crate) mod snap;
mod window;

use super::method::Method;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(crate) use capture::CaptureAsk;
pub(crate) use common::{OrderIds, named_order};
pub(crate) use refund::RefundAsk;
pub(crate) use snap::{MAX_PAGE_LIFE, PAGE_LIFE};
pub(crate) use window::Window;

/// A request for a Snap page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewPage {
    pub(crate) order_id: String,
    /// In whole rupiah, at least 1.
    pub(crate) gross_amount: i64,
    /// What the page offers, in its order.
    pub(crate) offered: Vec<Method>,
    /// How long the chosen method can be paid.
    pub(crate) expiry: Option<Window>,
    /// How long the page lives.
    pub(crate) page_life: Option<SignedDuration>,
    /// Where the browser goes afterwards.
    pub(crate) finish: Option<String>,
    /// What is told again in every notification, untouched: custom fields and metadata.
    pub(crate) echo: Map<String, Value>,
    pub(crate) wants: Wants,
    /// `customer_imposed_payment_fee.enable`, if said (midtrans.md 3.8).
    pub(crate) fee: Option<bool>,
}

/// A request for one payment, without a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewCharge {
    pub(crate) order_id: String,
    /// In whole rupiah, at least 1.
    pub(crate) gross_amount: i64,
    pub(crate) method: Method,
    /// How long it can be paid.
    pub(crate) expiry: Option<Window>,
    /// What is told again in every notification, untouched: custom fields and metadata.
    pub(crate) echo: Map<String, Value>,
    pub(crate) wants: Wants,
    /// With cards and only with cards.
    pub(crate) card: Option<CardCharge>,
    /// `customer_imposed_payment_fee.enable`, if said (midtrans.md 3.8).
    pub(crate) fee: Option<bool>,
}

/// What the merchant may choose about a method. All of it is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Wants {
    /// Numbers to transfer to, by `Method::as_str`: decimal digits in the bank's length.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) accounts: BTreeMap<String, String>,
    /// Where a wallet's app sends the customer back to. A page has one for all its wallets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callback_url: Option<String>,
    /// Who acquires a QRIS payment: `gopay` or `airpay shopee`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acquirer: Option<String>,
    /// Whether a card is only reserved, to be captured later (midtrans.md 2.3).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) authorize: bool,
    /// The bank that acquires cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bank: Option<String>,
}

/// The card of a charge. `authorize` and `bank` stand in its `Wants` as well, which are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardCharge {
    pub(crate) token: String,
    pub(crate) three_ds: bool,
    pub(crate) authorize: bool,
    pub(crate) bank: Option<String>,
}

/// Why a charge is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChargeFault {
    /// No body, `null`, or not an object: body code 500 (midtrans.md 2.1).
    Empty,
    /// Body code 400 with these `validation_messages`; at least one.
    Invalid(Vec<String>),
    /// The payment type is unknown: body code 402.
    NotOffered,
    /// A card without a token: body code 411.
    NoToken,
}

#[cfg(test)]
mod corruption_tests;
