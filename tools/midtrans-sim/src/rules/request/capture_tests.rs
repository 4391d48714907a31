//! What a capture must and may say.

use super::*;
use serde_json::json;

#[test]
fn what_is_understood() {
    let ask = |gross_amount| CaptureAsk { transaction_id: "t-1".to_owned(), gross_amount };
    let read = |amount: Value| read(&json!({"transaction_id": "t-1", "gross_amount": amount}));
    assert_eq!(read(json!(90_000)), Ok(ask(Some(90_000))));
    assert_eq!(read(json!(null)), Ok(ask(None)));
    assert_eq!(read(json!(0)), Ok(ask(None)));
}

#[test]
fn what_is_refused() {
    for (body, told) in [
        (json!(null), "transaction_id is required"),
        (json!([]), "transaction_id is required"),
        (json!({"transaction_id": ""}), "transaction_id is required"),
        (json!({"transaction_id": 7}), "transaction_id is invalid"),
        (
            json!({"transaction_id": "t".repeat(256)}),
            "transaction_id is too long (maximum is 255 characters)",
        ),
        (json!({"transaction_id": "t", "gross_amount": -1}), "gross_amount must be greater than 0"),
        (json!({"transaction_id": "t", "gross_amount": 0.5}), "gross_amount must be an integer"),
        (json!({"transaction_id": "t", "gross_amount": "9"}), "gross_amount is not a number"),
    ] {
        assert_eq!(read(&body), Err(vec![told.to_owned()]), "{body}");
    }
}
