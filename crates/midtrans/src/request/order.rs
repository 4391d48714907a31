//! What a Snap page and a charge have in common: the id, the bill and who pays.

use super::RequestError;
use serde::{Serialize, Serializer};
use std::fmt;

/// The order id we give to Midtrans: 1 to 50 letters, digits, `-`, `_`, `~`, `.`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct OrderId(String);

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

/// The checked bill: an amount of at least one rupiah, and items that sum to it exactly or no
/// items at all (midtrans.md 1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bill {
    pub(super) order_id: OrderId,
    pub(super) gross_amount: i64,
    pub(super) items: Vec<Item>,
}

impl Bill {
    pub(super) fn try_new(
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
        Ok(Self { order_id, gross_amount, items })
    }

    /// The part of a request that is the same for Snap and Core.
    pub(super) fn wire<'a>(
        &'a self,
        customer: Option<&'a Customer>,
        custom_fields: &'a [Option<String>; 3],
    ) -> BillWire<'a> {
        let [first, second, third] = custom_fields;
        BillWire {
            transaction_details: Details {
                order_id: &self.order_id,
                gross_amount: self.gross_amount,
            },
            item_details: &self.items,
            customer_details: customer,
            custom_field1: first.as_deref().map(|text| head(text, 255)),
            custom_field2: second.as_deref().map(|text| head(text, 255)),
            custom_field3: third.as_deref().map(|text| head(text, 255)),
        }
    }
}

#[derive(Serialize)]
pub(super) struct BillWire<'a> {
    transaction_details: Details<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    item_details: &'a [Item],
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_details: Option<&'a Customer>,
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

fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

fn cut<const N: usize, S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(head(text, N))
}
