//! What Snap and the Core API both ask: the order, its amount and items, the customer, and what is
//! echoed (midtrans.md 1.3, 2.2).

use super::faults::{Faults, Part};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Enough for any cart; Midtrans names no number.
const ITEMS_MAX: usize = 500;
/// What fits into a QR code, 13 digits, so that sums of amounts stay far from overflowing. Midtrans
/// names no number (L).
const GROSS_MAX: i64 = 9_999_999_999_999;

const ADDRESS: [(&str, usize); 8] = [
    ("first_name", 255),
    ("last_name", 255),
    ("email", 255),
    ("phone", 255),
    ("address", 255),
    ("city", 100),
    ("postal_code", 10),
    ("country_code", 10),
];

/// Which symbols an order id may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderIds {
    /// The documented ones. The Core API refuses others, as is said; real Snap lets some through (L,
    /// midtrans.md 1.3).
    Documented,
    /// All: that such Snap.
    Any,
}

/// What was read, the same for a page and a charge.
pub(super) struct Common {
    pub(super) order_id: String,
    /// 0 if it was faulty.
    pub(super) gross_amount: i64,
    pub(super) echo: Map<String, Value>,
    pub(super) fee: Option<bool>,
}

pub(super) fn read(request: &Part<'_>, order_ids: OrderIds, faults: &mut Faults) -> Common {
    let details = request.part("transaction_details");
    let order_id = order_id(&details, order_ids, faults);
    let gross_amount = gross_amount(&details, faults);
    items(request, gross_amount, faults);
    customer(&request.part("customer_details"), faults);
    let echo = echo(request, faults);
    let imposed = faults.object(request, "customer_imposed_payment_fee");
    let fee = faults.flag(&imposed, "enable");
    Common { order_id, gross_amount: gross_amount.unwrap_or_default(), echo, fee }
}

fn order_id(details: &Part<'_>, order_ids: OrderIds, faults: &mut Faults) -> String {
    let text = id_in(details.at("order_id")).unwrap_or_default();
    if text.is_empty() {
        faults.about(details, "order_id", "is required");
    }
    faults.limit(details, "order_id", 50);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte);
    if order_ids == OrderIds::Documented && !text.bytes().all(allowed) {
        faults.about(details, "order_id", "contains a symbol that is not allowed");
    }
    text.into_owned()
}

/// The order that a request names, whatever else is wrong with it.
pub(crate) fn named_order(body: &Value) -> Option<String> {
    id_in(&body["transaction_details"]["order_id"]).map(Cow::into_owned)
}

/// A whole number counts as its digits: the PHP client's own sample sends `rand()` (L: what becomes
/// of it is not documented).
fn id_in(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        value => value.as_u64().map(|number| Cow::Owned(number.to_string())),
    }
}

fn gross_amount(details: &Part<'_>, faults: &mut Faults) -> Option<i64> {
    let value = details.at("gross_amount");
    let mut wrong = |says: &str| faults.about(details, "gross_amount", says);
    if value.is_null() {
        wrong("is required");
    }
    if !value.is_number() {
        wrong("is not a number");
        return None;
    }
    match value.as_i64() {
        None => wrong("must be an integer"),
        Some(..=0) => wrong("must be greater than or equal to 0.01"),
        Some(amount) if amount > GROSS_MAX => {
            wrong(&format!("must be less than or equal to {GROSS_MAX}"));
        }
        Some(amount) => return Some(amount),
    }
    None
}

fn items(request: &Part<'_>, gross_amount: Option<i64>, faults: &mut Faults) {
    let items = faults.list(request, "item_details", ITEMS_MAX);
    if items.is_empty() {
        return;
    }
    let mut sum = Some(0_i64);
    for value in items {
        let line = item(&Part::named("item_details", value), faults);
        sum = sum.zip(line).and_then(|(sum, line)| sum.checked_add(line));
    }
    if gross_amount.is_some() && sum != gross_amount {
        faults.add("transaction_details.gross_amount is not equal to the sum of item_details");
    }
}

/// Its share of the sum. A discount is an item with a negative price.
fn item(item: &Part<'_>, faults: &mut Faults) -> Option<i64> {
    if item.at("name").as_str().is_none_or(str::is_empty) {
        faults.about(item, "name", "is required");
    }
    for field in ["name", "id", "brand", "category", "merchant_name", "url"] {
        faults.limit(item, field, 50);
    }
    let (price, quantity) = (item.at("price").as_i64(), item.at("quantity").as_i64());
    if price.is_none() {
        faults.about(item, "price", "is not a number");
    }
    if quantity.is_none_or(|quantity| quantity < 1) {
        faults.about(item, "quantity", "must be greater than or equal to 1");
    }
    price.zip(quantity).and_then(|(price, quantity)| price.checked_mul(quantity))
}

fn customer(customer: &Part<'_>, faults: &mut Faults) {
    for field in ["first_name", "last_name", "email", "phone"] {
        faults.limit(customer, field, 255);
    }
    for place in ["billing_address", "shipping_address"] {
        let address = customer.part(place);
        for (field, chars) in ADDRESS {
            faults.limit(&address, field, chars);
        }
    }
}

/// Kept as it came, also where a text was expected and something else was sent.
fn echo(request: &Part<'_>, faults: &mut Faults) -> Map<String, Value> {
    let mut echo = Map::new();
    for field in ["custom_field1", "custom_field2", "custom_field3", "metadata"] {
        faults.limit(request, field, 255);
        if !request.at(field).is_null() {
            echo.insert(field.to_owned(), request.at(field).clone());
        }
    }
    echo
}

#[cfg(test)]
#[path = "common_tests.rs"]
mod tests;
