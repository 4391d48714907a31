//! What Snap refuses, with which words where the words are known.

use super::*;
use serde_json::json;

fn valid() -> Value {
    json!({"transaction_details": {"order_id": "ORD-1", "gross_amount": 125_000}})
}

fn with(field: &str, value: Value) -> Result<NewPage, Vec<String>> {
    let mut body = valid();
    body[field] = value;
    read(&body)
}

#[test]
fn the_known_messages() {
    let missing_amount = json!({"transaction_details": {"order_id": "ORD-1"}});
    assert_eq!(
        read(&missing_amount).unwrap_err(),
        [
            "transaction_details.gross_amount is required",
            "transaction_details.gross_amount is not a number"
        ]
    );
    assert!(read(&Value::Null).unwrap_err()[0].contains("is required"));
    let items = json!([{"name": "kopi", "price": 100_000, "quantity": 1}]);
    assert_eq!(
        with("item_details", items).unwrap_err(),
        ["transaction_details.gross_amount is not equal to the sum of item_details"]
    );
}

#[test]
fn what_is_refused() {
    let details = |order_id: &str, amount: Value| {
        with("transaction_details", json!({"order_id": order_id, "gross_amount": amount}))
    };
    let long = "a".repeat(51);
    for bad in ["", "a b", "a/b", "a#", "é", &long] {
        assert!(details(bad, json!(1)).is_err(), "{bad:?}");
    }
    for bad in [json!(0), json!(-1), json!("125000"), json!(1.5), json!(null), json!([])] {
        assert!(details("ORD-1", bad.clone()).is_err(), "{bad}");
    }
    for bad in [
        json!([{"price": 125_000, "quantity": 1}]),
        json!([{"name": "a", "price": 125_000, "quantity": 0}]),
        json!([{"name": "a", "price": "x", "quantity": 1}]),
        json!([{"name": "a".repeat(51), "price": 125_000, "quantity": 1}]),
        json!([{"name": "a", "price": i64::MAX, "quantity": 2}]),
    ] {
        assert!(with("item_details", bad.clone()).is_err(), "{bad}");
    }
    for bad in [
        json!({"duration": 19, "unit": "second"}),
        json!({"duration": 1, "unit": "fortnight"}),
        json!({"duration": 0, "unit": "day"}),
        json!({"duration": 1, "unit": "day", "start_time": "tomorrow"}),
    ] {
        assert!(with("expiry", bad.clone()).is_err(), "{bad}");
    }
    assert!(with("page_expiry", json!({"duration": 4, "unit": "minutes"})).is_err());
    assert!(with("custom_field2", json!("x".repeat(256))).is_err());
}

#[test]
fn what_is_understood() {
    let expiry = json!({"duration": 2, "unit": "hours", "start_time": "2026-03-01 10:00:00 +0700"});
    let window = with("expiry", expiry).unwrap().expiry.unwrap();
    assert_eq!(window.start, Some("2026-03-01T03:00:00Z".parse().unwrap()));
    assert_eq!(window.length, SignedDuration::from_hours(2));

    let discounted = json!([
        {"name": "kopi", "price": 50_000, "quantity": 3},
        {"name": "diskon", "price": -25_000, "quantity": 1}
    ]);
    assert!(with("item_details", discounted).is_ok());
    assert!(with("item_details", json!([])).is_ok());

    let methods = |enabled| with("enabled_payments", enabled).unwrap().offered;
    assert_eq!(methods(json!(["other_qris", "gopay"])), [Method::Qris, Method::Gopay]);
    assert_eq!(methods(json!(["bank_transfer"])).len(), 5);
    assert_eq!(methods(json!([])).len(), 8);
    assert!(methods(json!(["akulaku"])).is_empty());

    let echo = with("metadata", json!({"cart": 7})).unwrap().echo;
    assert_eq!(Value::Object(echo), json!({"metadata": {"cart": 7}}));
}
