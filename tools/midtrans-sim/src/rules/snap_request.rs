//! What Snap accepts as a request for a page, and the messages it refuses with (midtrans.md 1.3,
//! 1.4). Reads the fields that this simulator acts on or echoes; others are ignored, as new fields
//! are by Midtrans.

use super::method::Method;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 3600;
/// Sources disagree on the least expiry; this is the lower one (midtrans.md 7).
const MIN_EXPIRY_SECS: i64 = 20;
const MAX_PAGE_SECS: i64 = 7 * DAY;

/// A request that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewPage {
    pub(crate) order_id: String,
    pub(crate) gross_amount: i64,
    /// What the page offers, in its order.
    pub(crate) offered: Vec<Method>,
    /// How long the chosen method can be paid.
    pub(crate) expiry: Option<Window>,
    /// How long the page lives.
    pub(crate) page_life: Option<SignedDuration>,
    /// Where the browser goes afterwards.
    pub(crate) finish: Option<String>,
    /// What is told again in every notification: custom fields and metadata.
    pub(crate) echo: Map<String, Value>,
}

/// A time to pay in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    /// Without it the window opens when the customer chooses a method.
    pub(crate) start: Option<Timestamp>,
    pub(crate) length: SignedDuration,
}

/// Reads a request, or tells everything that is wrong with it.
pub(crate) fn read(body: &Value) -> Result<NewPage, Vec<String>> {
    let mut faults = Faults::default();
    let details = &body["transaction_details"];
    let order_id = order_id(&details["order_id"], &mut faults);
    let gross_amount = gross_amount(&details["gross_amount"], &mut faults);
    items(&body["item_details"], gross_amount, &mut faults);
    let customer = &body["customer_details"];
    for field in ["first_name", "last_name", "email", "phone"] {
        faults.limit(&customer[field], "customer_details", field, 255);
    }
    let expiry = window(&body["expiry"], "expiry", MIN_EXPIRY_SECS, &mut faults);
    let page = window(&body["page_expiry"], "page_expiry", 5 * MINUTE, &mut faults);
    faults.limit(&body["callbacks"]["finish"], "callbacks", "finish", 255);
    let echo = echo(body, &mut faults);
    let page = NewPage {
        order_id,
        gross_amount: gross_amount.unwrap_or_default(),
        offered: offered(&body["enabled_payments"]),
        expiry,
        page_life: page.map(|window| window.length),
        finish: body["callbacks"]["finish"].as_str().map(str::to_owned),
        echo,
    };
    if faults.0.is_empty() { Ok(page) } else { Err(faults.0) }
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, text: impl Into<String>) {
        self.0.push(text.into());
    }

    fn limit(&mut self, value: &Value, parent: &str, field: &str, chars: usize) {
        if value.as_str().is_some_and(|text| text.chars().count() > chars) {
            let path =
                if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") };
            self.add(format!("{path} is too long (maximum is {chars} characters)"));
        }
    }
}

fn order_id(value: &Value, faults: &mut Faults) -> String {
    let text = value.as_str().unwrap_or_default();
    if text.is_empty() {
        faults.add("transaction_details.order_id is required");
    }
    faults.limit(value, "transaction_details", "order_id", 50);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte);
    if !text.bytes().all(allowed) {
        faults.add("transaction_details.order_id contains a symbol that is not allowed");
    }
    text.to_owned()
}

fn gross_amount(value: &Value, faults: &mut Faults) -> Option<i64> {
    if value.is_null() {
        faults.add("transaction_details.gross_amount is required");
    }
    if !value.is_number() {
        faults.add("transaction_details.gross_amount is not a number");
        return None;
    }
    match value.as_i64() {
        None => faults.add("transaction_details.gross_amount must be an integer"),
        Some(..=0) => {
            faults.add("transaction_details.gross_amount must be greater than or equal to 0.01");
        }
        Some(amount) => return Some(amount),
    }
    None
}

fn items(value: &Value, gross_amount: Option<i64>, faults: &mut Faults) {
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else { return };
    let mut sum = Some(0_i64);
    for item in items {
        if item["name"].as_str().is_none_or(str::is_empty) {
            faults.add("item_details.name is required");
        }
        faults.limit(&item["name"], "item_details", "name", 50);
        faults.limit(&item["id"], "item_details", "id", 50);
        let (price, quantity) = (item["price"].as_i64(), item["quantity"].as_i64());
        if price.is_none() {
            faults.add("item_details.price is not a number");
        }
        if quantity.is_none_or(|quantity| quantity < 1) {
            faults.add("item_details.quantity must be greater than or equal to 1");
        }
        let line = price.zip(quantity).and_then(|(price, quantity)| price.checked_mul(quantity));
        sum = sum.zip(line).and_then(|(sum, line)| sum.checked_add(line));
    }
    if gross_amount.is_some() && sum != gross_amount {
        faults.add("transaction_details.gross_amount is not equal to the sum of item_details");
    }
}

fn offered(enabled: &Value) -> Vec<Method> {
    let Some(enabled) = enabled.as_array().filter(|list| !list.is_empty()) else {
        return Method::ALL.to_vec();
    };
    let on = |method: &Method| {
        enabled.iter().filter_map(Value::as_str).any(|value| method.is_enabled_by(value))
    };
    Method::ALL.into_iter().filter(on).collect()
}

fn window(value: &Value, field: &str, least: i64, faults: &mut Faults) -> Option<Window> {
    if value.is_null() {
        return None;
    }
    let unit = match value["unit"].as_str() {
        Some("second" | "seconds") => 1,
        Some("minute" | "minutes") => MINUTE,
        Some("hour" | "hours") => 3600,
        Some("day" | "days") => DAY,
        _ => {
            faults.add(format!("{field}.unit is invalid"));
            return None;
        }
    };
    let seconds = value["duration"].as_i64().and_then(|duration| duration.checked_mul(unit));
    let Some(seconds) = seconds.filter(|seconds| (least..=180 * DAY).contains(seconds)) else {
        faults.add(format!("{field}.duration is invalid"));
        return None;
    };
    let start = match value["start_time"].as_str() {
        None => None,
        Some(text) => match jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", text)
            .and_then(|parsed| parsed.to_timestamp())
        {
            Ok(start) => Some(start),
            Err(_) => {
                faults.add(format!("{field}.start_time format is invalid"));
                None
            }
        },
    };
    Some(Window { start, length: SignedDuration::from_secs(seconds) })
}

fn echo(body: &Value, faults: &mut Faults) -> Map<String, Value> {
    let mut echo = Map::new();
    for field in ["custom_field1", "custom_field2", "custom_field3", "metadata"] {
        faults.limit(&body[field], "", field, 255);
        if !body[field].is_null() {
            echo.insert(field.to_owned(), body[field].clone());
        }
    }
    echo
}

/// The longest life of a page (midtrans.md 1.3).
pub(crate) const MAX_PAGE_LIFE: SignedDuration = SignedDuration::from_secs(MAX_PAGE_SECS);
/// The life of a page when nothing is said.
pub(crate) const PAGE_LIFE: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
#[path = "snap_request_tests.rs"]
mod tests;
