//! What we ask of Snap: validated before it is sent, so that a refusal is Midtrans' decision and
//! never our typing (midtrans.md 1.3).

use crate::time;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;

/// The order id we give to Midtrans: 1 to 50 letters, digits, `-`, `_`, `~`, `.`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct OrderId(String);

/// A request that Midtrans would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not an order id.
    #[error("an order id has 1 to 50 letters, digits, '-', '_', '~' or '.'")]
    OrderId,
    /// Nothing to pay.
    #[error("the gross amount is at least one rupiah")]
    GrossAmount,
    /// An item without a name or with a quantity of zero.
    #[error("an item has a name and a quantity of at least one")]
    Item,
    /// The items do not add up.
    #[error("the items sum to {items}, the gross amount is {gross}")]
    Sum {
        /// Σ price × quantity.
        items: i64,
        /// What was to be paid.
        gross: i64,
    },
    /// The items add up to more than an `i64` holds.
    #[error("the items sum to more than can be represented")]
    Overflow,
}

impl OrderId {
    /// Checks length and characters. `.` and `..` are refused too: no URL can carry them as a path
    /// segment.
    pub fn try_new(text: impl Into<String>) -> Result<Self, RequestError> {
        let text = text.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte);
        let length = (1..=50).contains(&text.len());
        if !length || !text.bytes().all(allowed) || text == "." || text == ".." {
            return Err(RequestError::OrderId);
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of the bill. Discounts are lines with a negative price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Our id of it, cut to 50 characters.
    #[serde(serialize_with = "cut::<50, _>")]
    pub id: String,
    /// What the customer reads, cut to 50 characters.
    #[serde(serialize_with = "cut::<50, _>")]
    pub name: String,
    /// Whole rupiah for one.
    pub price: i64,
    /// How many.
    pub quantity: u32,
}

/// Who pays. Personal data: its `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Customer {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Customer(..)")
    }
}

/// How long the method that the customer chooses can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// From when it counts; without it, from the moment the customer chooses.
    pub start: Option<Timestamp>,
    /// Whole minutes.
    pub minutes: u32,
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire {
            #[serde(skip_serializing_if = "Option::is_none")]
            start_time: Option<String>,
            duration: u32,
            unit: &'static str,
        }
        let start_time = self.start.map(time::format_with_offset);
        Wire { start_time, duration: self.minutes, unit: "minute" }.serialize(serializer)
    }
}

/// A request for a Snap page. Build with [`SnapRequest::try_new`], then set what is optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapRequest {
    order_id: OrderId,
    gross_amount: i64,
    items: Vec<Item>,
    /// Who pays.
    pub customer: Option<Customer>,
    /// Until when.
    pub expiry: Option<Expiry>,
    /// Echoed in every notification and in GET Status, each cut to 255 characters.
    pub custom_fields: [Option<String>; 3],
    /// Where the browser goes afterwards.
    pub finish_url: Option<String>,
}

impl SnapRequest {
    /// Checks the rules that Midtrans enforces: an amount of at least one rupiah, and items that sum
    /// to it exactly (midtrans.md 1.3). No items is allowed.
    pub fn try_new(
        order_id: OrderId,
        gross_amount: i64,
        items: Vec<Item>,
    ) -> Result<Self, RequestError> {
        if gross_amount < 1 {
            return Err(RequestError::GrossAmount);
        }
        if items.iter().any(|item| item.quantity == 0 || item.name.trim().is_empty()) {
            return Err(RequestError::Item);
        }
        let sum = items.iter().try_fold(0_i64, |sum, item| {
            sum.checked_add(item.price.checked_mul(i64::from(item.quantity))?)
        });
        let sum = sum.ok_or(RequestError::Overflow)?;
        if !items.is_empty() && sum != gross_amount {
            return Err(RequestError::Sum { items: sum, gross: gross_amount });
        }
        Ok(Self {
            order_id,
            gross_amount,
            items,
            customer: None,
            expiry: None,
            custom_fields: [None, None, None],
            finish_url: None,
        })
    }

    /// The order id.
    pub fn order_id(&self) -> &OrderId {
        &self.order_id
    }

    /// Whole rupiah to pay.
    pub fn gross_amount(&self) -> i64 {
        self.gross_amount
    }
}

impl Serialize for SnapRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [first, second, third] = &self.custom_fields;
        Wire {
            transaction_details: Details {
                order_id: &self.order_id,
                gross_amount: self.gross_amount,
            },
            item_details: &self.items,
            customer_details: self.customer.as_ref(),
            credit_card: Card { secure: true },
            expiry: self.expiry,
            callbacks: self.finish_url.as_deref().map(|finish| Callbacks { finish }),
            custom_field1: first.as_deref().map(|text| head(text, 255)),
            custom_field2: second.as_deref().map(|text| head(text, 255)),
            custom_field3: third.as_deref().map(|text| head(text, 255)),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    transaction_details: Details<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    item_details: &'a [Item],
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_details: Option<&'a Customer>,
    credit_card: Card,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry: Option<Expiry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callbacks: Option<Callbacks<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field2: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field3: Option<&'a str>,
}

#[derive(Serialize)]
struct Details<'a> {
    order_id: &'a OrderId,
    gross_amount: i64,
}

/// 3-D Secure is off unless asked for; it is always asked for.
#[derive(Serialize)]
struct Card {
    secure: bool,
}

#[derive(Serialize)]
struct Callbacks<'a> {
    finish: &'a str,
}

fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

fn cut<const N: usize, S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(head(text, N))
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
