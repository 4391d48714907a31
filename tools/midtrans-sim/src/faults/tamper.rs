//! What faults do to the body of a notification. The signature is made by the caller, so that no
//! key comes here.

use super::switches::Strike;
use super::words::Fault;
use midtrans::amount;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The order in which changes are made, whatever the order of the switches: what is signed again
/// comes before what spoils the signature. `garbage` follows, on the text.
const CHANGES: [Fault; 11] = [
    Fault::TamperedStatus,
    Fault::UppercaseStatus,
    Fault::NoFraudStatus,
    Fault::OtherMerchant,
    Fault::OtherCurrency,
    Fault::UnknownFields,
    Fault::UnknownOrder,
    Fault::LowerAmount,
    Fault::NumericAmount,
    Fault::BadSignature,
    Fault::NoSignature,
];

/// Two, for the merchant who is one of them.
const OTHER_MERCHANTS: [&str; 2] = ["G999999998", "G999999999"];

/// Makes a signature of an order id, a status code and an amount, as they stand in the body.
type Resign<'a> = &'a dyn Fn(&str, &str, &str) -> String;

/// The text to send. Strikes that do not change a body are passed over; without strikes, it is the
/// body.
pub(crate) fn tamper(mut body: Map<String, Value>, strikes: &[Strike], resign: Resign) -> String {
    for fault in CHANGES {
        for strike in strikes.iter().filter(|strike| strike.fault == fault) {
            change(&mut body, strike, resign);
        }
    }
    let mut text = Value::Object(body).to_string();
    if strikes.iter().any(|strike| strike.fault == Fault::Garbage) {
        text.truncate(text.floor_char_boundary(text.len() / 2));
    }
    text
}

fn change(body: &mut Map<String, Value>, strike: &Strike, resign: Resign) {
    match strike.fault {
        Fault::TamperedStatus => {
            if let Some(claim) = &strike.to {
                set(body, "transaction_status", claim.as_str());
            }
        }
        Fault::UppercaseStatus => {
            let loud = text(body, "transaction_status").to_ascii_uppercase();
            set(body, "transaction_status", loud);
        }
        Fault::NoFraudStatus => {
            body.remove("fraud_status");
        }
        Fault::OtherMerchant => {
            let [first, second] = OTHER_MERCHANTS;
            let other = if text(body, "merchant_id") == first { second } else { first };
            set(body, "merchant_id", other);
        }
        Fault::OtherCurrency => set(body, "currency", "USD"),
        Fault::UnknownFields => add_unknown(body),
        Fault::UnknownOrder => {
            let other = unknown_order(&text(body, "order_id"));
            set(body, "order_id", other);
            sign(body, resign);
        }
        Fault::LowerAmount => lower(body, strike.amount, resign),
        Fault::NumericAmount => make_numeric(body, resign),
        Fault::BadSignature => spoil_signature(body, resign),
        Fault::NoSignature => {
            body.remove("signature_key");
        }
        _ => {}
    }
}

/// To `amount`, or by one rupiah. An amount that cannot be read stays.
fn lower(body: &mut Map<String, Value>, amount: Option<i64>, resign: Resign) {
    let less = || amount::parse(&text(body, "gross_amount")).ok().map(|rupiah| (rupiah - 1).max(0));
    if let Some(rupiah) = amount.or_else(less) {
        set(body, "gross_amount", amount::format(rupiah));
        sign(body, resign);
    }
}

/// `125000` in place of `"125000.00"`, signed over those digits: the signature covers what this
/// very payload says (midtrans.md 3.2). Seen in section 7's list only, hence (L).
fn make_numeric(body: &mut Map<String, Value>, resign: Resign) {
    if let Ok(rupiah) = amount::parse(&text(body, "gross_amount")) {
        set(body, "gross_amount", rupiah);
        sign(body, resign);
    }
}

/// The right digest but for its last digit: who compares less than all of it is found out. Made
/// from the right one each time, so that two such switches do not undo each other.
fn spoil_signature(body: &mut Map<String, Value>, resign: Resign) {
    sign(body, resign);
    let mut signature = text(body, "signature_key");
    let wrong = if signature.pop() == Some('0') { '1' } else { '0' };
    signature.push(wrong);
    set(body, "signature_key", signature);
}

/// What a later version of the API may add (midtrans.md 2.1, 3.5): of every JSON type, nested, and
/// with the names of known fields further inside.
fn add_unknown(body: &mut Map<String, Value>) {
    set(body, "sim_text", "bidang baru – 新しい");
    set(body, "sim_number", 12.5);
    set(body, "sim_null", Value::Null);
    set(body, "sim_list", json!([1, "two", null, [true], { "transaction_status": "deny" }]));
    let inner = json!({ "order_id": "sim-inner", "gross_amount": { "value": "1.00" } });
    set(body, "sim_object", json!({ "level": { "level": inner } }));
}

/// An order id that nobody made; the same for the same order, so that its copies are copies.
fn unknown_order(order_id: &str) -> String {
    let digest = Sha256::digest(order_id);
    let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("unknown-{digits}")
}

fn sign(body: &mut Map<String, Value>, resign: Resign) {
    let [order_id, code, amount] =
        ["order_id", "status_code", "gross_amount"].map(|field| text(body, field));
    set(body, "signature_key", resign(&order_id, &code, &amount));
}

/// A field as the signature reads it: a text as it is, a number as it is written.
fn text(body: &Map<String, Value>, field: &str) -> String {
    match body.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn set(body: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    body.insert(field.to_owned(), value.into());
}

#[cfg(test)]
#[path = "tamper_tests.rs"]
mod tests;
