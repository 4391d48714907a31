//! What a refund may say, and the zero values that mean nothing was said.

use super::*;
use serde_json::json;

#[test]
fn nothing_asked_is_everything() {
    for body in [
        json!(null),
        json!({}),
        json!([]),
        json!({"refund_key": "", "amount": 0, "reason": ""}),
        json!({"refund_key": null, "amount": null, "reason": null}),
        json!({"other": {"amount": -1}}),
    ] {
        assert_eq!(read(&body), Ok(RefundAsk::default()), "{body}");
    }
}

#[test]
fn all_of_it() {
    let body = json!({"refund_key": "ORD-1_r1", "amount": 50_000, "reason": "é".repeat(255)});
    let ask = RefundAsk {
        key: Some("ORD-1_r1".to_owned()),
        amount: Some(50_000),
        reason: Some("é".repeat(255)),
    };
    assert_eq!(read(&body), Ok(ask));
}

#[test]
fn what_is_refused() {
    let symbol = "refund_key contains a symbol that is not allowed";
    for (body, told) in [
        (json!({"refund_key": "a b"}), symbol),
        (json!({"refund_key": "a.b"}), symbol),
        (json!({"refund_key": "a~b"}), symbol),
        (json!({"refund_key": "é"}), symbol),
        (json!({"refund_key": 7}), "refund_key is invalid"),
        (
            json!({"refund_key": "a".repeat(256)}),
            "refund_key is too long (maximum is 255 characters)",
        ),
        (json!({"amount": -1}), "amount must be greater than 0"),
        (json!({"amount": 1.5}), "amount must be an integer"),
        (json!({"amount": "50000"}), "amount is not a number"),
        (json!({"amount": ""}), "amount is not a number"),
        (json!({"reason": "a".repeat(256)}), "reason is too long (maximum is 255 characters)"),
        (json!({"reason": ["a"]}), "reason is invalid"),
        (json!("all"), "refund is invalid"),
        (json!([1]), "refund is invalid"),
        (json!(50_000), "refund is invalid"),
    ] {
        assert_eq!(read(&body), Err(vec![told.to_owned()]), "{body}");
    }
}
