//! Every released version still parses, and says again what it said.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use events::{OrderCreatedV1, PaymentStatusUpdatedV1};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden<T: DeserializeOwned + Serialize>(name: &str) -> T {
    let path = format!("{}/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let event: T = serde_json::from_str(&text).unwrap();
    let released: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), released, "{name} must not change");
    event
}

#[test]
fn order_created_v1() {
    let event: OrderCreatedV1 = golden("order.created.v1");
    assert_eq!(event.total_amount, 185_000);
}

#[test]
fn payment_status_updated_v1() {
    let event: PaymentStatusUpdatedV1 = golden("payment.status.updated.v1");
    assert_eq!(event.payment_method.as_deref(), Some("qris"));
}

#[test]
fn the_original_fields_are_there() {
    let order = serde_json::to_value(golden::<OrderCreatedV1>("order.created.v1")).unwrap();
    for field in ["order_id", "email", "total_amount", "currency"] {
        assert!(order.get(field).is_some(), "{field}");
    }
    let payment = golden::<PaymentStatusUpdatedV1>("payment.status.updated.v1");
    let payment = serde_json::to_value(payment).unwrap();
    for field in ["payment_status", "payment_id", "order_id", "payment_method"] {
        assert!(payment.get(field).is_some(), "{field}");
    }
}

#[test]
fn a_reader_ignores_fields_that_it_does_not_know() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/payment.status.updated.v1.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    event["added_later"] = Value::from(1);
    assert!(serde_json::from_value::<PaymentStatusUpdatedV1>(event).is_ok());
}
