//! The rules that pages and charges share, each with its message.

use super::*;
use serde_json::json;

fn valid() -> Value {
    json!({"transaction_details": {"order_id": "ORD-1", "gross_amount": 125_000}})
}

/// The messages for the valid request with one field changed.
fn told(field: &str, value: Value) -> Vec<String> {
    let mut body = valid();
    body[field] = value;
    told_of(&body)
}

fn told_of(body: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    read(&Part::whole(body), OrderIds::Documented, &mut faults);
    faults.into_texts()
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn an_order_id_has_a_length_and_an_alphabet() {
    let of = |id: Value| told("transaction_details", json!({"order_id": id, "gross_amount": 1}));
    let required = "transaction_details.order_id is required";
    let symbol = "transaction_details.order_id contains a symbol that is not allowed";
    let long = "transaction_details.order_id is too long (maximum is 50 characters)";
    for good in ["a", "AZaz09-_~.", &"a".repeat(50)] {
        assert_eq!(of(json!(good)), none(), "{good}");
    }
    assert_eq!(of(json!(7)), none(), "PHP's rand()");
    assert_eq!(named_order(&json!({"transaction_details": {"order_id": 7}})).unwrap(), "7");
    for bad in [json!(null), json!(""), json!(-7), json!(7.5), json!(true), json!(["a"])] {
        assert_eq!(of(bad.clone()), [required], "{bad}");
    }
    for bad in ["a b", "a/b", "a#", "é", "a\u{0}", "a\n", "a%20"] {
        assert_eq!(of(json!(bad)), [symbol], "{bad:?}");
    }
    assert_eq!(of(json!("a".repeat(51))), [long]);
    assert_eq!(of(json!("/".repeat(51))), [long, symbol]);
}

#[test]
fn any_order_id_may_be_let_pass_and_none_that_is_too_long_or_missing() {
    let of = |id: Value| {
        let body = json!({"transaction_details": {"order_id": id, "gross_amount": 1}});
        let mut faults = Faults::default();
        let common = read(&Part::whole(&body), OrderIds::Any, &mut faults);
        faults.verdict(common.order_id)
    };
    for odd in ["py-test 10:00:00.5", "a/b#", &"é".repeat(50)] {
        assert_eq!(of(json!(odd)), Ok(odd.to_owned()));
    }
    let long = "transaction_details.order_id is too long (maximum is 50 characters)";
    assert_eq!(of(json!("é".repeat(51))), Err(vec![long.to_owned()]));
    assert_eq!(of(json!("")), Err(vec!["transaction_details.order_id is required".to_owned()]));
}

#[test]
fn a_gross_amount_is_a_whole_number_of_rupiah() {
    let of = |amount: Value| {
        told("transaction_details", json!({"order_id": "a", "gross_amount": amount}))
    };
    let least = "transaction_details.gross_amount must be greater than or equal to 0.01";
    let number = "transaction_details.gross_amount is not a number";
    let integer = "transaction_details.gross_amount must be an integer";
    assert_eq!(of(json!(1)), none());
    assert_eq!(of(json!(GROSS_MAX)), none());
    let most = "transaction_details.gross_amount must be less than or equal to 9999999999999";
    for bad in [GROSS_MAX + 1, i64::MAX] {
        assert_eq!(of(json!(bad)), [most], "{bad}");
    }
    let missing = ["transaction_details.gross_amount is required", number];
    assert_eq!(of(json!(null)), missing);
    for bad in [json!("125000"), json!([]), json!(true), json!({})] {
        assert_eq!(of(bad.clone()), [number], "{bad}");
    }
    for bad in [json!(0), json!(-1), json!(i64::MIN)] {
        assert_eq!(of(bad.clone()), [least], "{bad}");
    }
    for bad in [json!(1.5), json!(125_000.0), json!(1e300), json!(u64::MAX)] {
        assert_eq!(of(bad.clone()), [integer], "{bad}");
    }
    for details in [json!(null), json!("x"), json!([]), json!({})] {
        let all = ["transaction_details.order_id is required", missing[0], missing[1]];
        assert_eq!(told("transaction_details", details), all);
    }
}

#[test]
fn items_are_named_priced_and_counted() {
    let sum = "transaction_details.gross_amount is not equal to the sum of item_details";
    let of = |item: Value| {
        let mut whole = json!({"name": "kopi", "price": 125_000, "quantity": 1});
        whole.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        told("item_details", json!([whole]))
    };
    assert_eq!(of(json!({"name": "é".repeat(50), "id": "x".repeat(50)})), none());
    for bad in [json!(null), json!(""), json!(7)] {
        assert_eq!(of(json!({ "name": bad })), ["item_details.name is required"]);
    }
    for field in ["name", "id", "brand", "category", "merchant_name", "url"] {
        let text = format!("item_details.{field} is too long (maximum is 50 characters)");
        assert_eq!(of(json!({ field: "x".repeat(51) })), [text]);
    }
    for bad in [json!(null), json!("125000"), json!(1.5), json!(u64::MAX)] {
        assert_eq!(of(json!({ "price": bad })), ["item_details.price is not a number", sum]);
    }
    let quantity = "item_details.quantity must be greater than or equal to 1";
    for bad in [json!(null), json!(0), json!(-1), json!("1"), json!(1.0)] {
        assert_eq!(of(json!({ "quantity": bad })), [quantity, sum]);
    }
    assert_eq!(of(json!({"price": i64::MAX, "quantity": 2})), [sum]);
    assert_eq!(of(json!({"price": -125_000})), [sum]);
    assert_eq!(told("item_details", json!(["kopi"])).len(), 4, "no object, so nothing is there");
}

#[test]
fn items_add_up_with_discounts_and_without_overflow() {
    let sum = "transaction_details.gross_amount is not equal to the sum of item_details";
    let item = |price: i64, quantity| json!({"name": "a", "price": price, "quantity": quantity});
    assert_eq!(told("item_details", json!([item(50_000, 3), item(-25_000, 1)])), none());
    assert_eq!(told("item_details", json!([item(50_000, 3), item(-25_001, 1)])), [sum]);
    assert_eq!(told("item_details", json!([item(i64::MAX, 1), item(i64::MAX, 1)])), [sum]);
    assert_eq!(told("item_details", json!([])), none());
    assert_eq!(told("item_details", json!(null)), none());

    assert_eq!(told("item_details", json!(vec![item(250, 1); 500])), none());
    let many = ["item_details is too long (maximum is 500 entries)"];
    assert_eq!(told("item_details", json!(vec![item(250, 1); 501])), many);
    for bad in [json!("kopi"), json!({"0": item(125_000, 1)})] {
        assert_eq!(told("item_details", bad), ["item_details is invalid"]);
    }
    let amountless = json!({
        "transaction_details": {"order_id": "a", "gross_amount": 0},
        "item_details": [item(1, 1)],
    });
    assert_eq!(told_of(&amountless).len(), 1, "no sum to compare with, so no word about it");
}

#[test]
fn customers_have_limits() {
    for field in ["first_name", "last_name", "email", "phone"] {
        assert_eq!(told("customer_details", json!({ field: "é".repeat(255) })), none());
        let text = format!("customer_details.{field} is too long (maximum is 255 characters)");
        assert_eq!(told("customer_details", json!({ field: "x".repeat(256) })), [text]);
    }
    for place in ["billing_address", "shipping_address"] {
        for (field, most) in [
            ("first_name", 255),
            ("last_name", 255),
            ("email", 255),
            ("phone", 255),
            ("address", 255),
            ("city", 100),
            ("postal_code", 10),
            ("country_code", 10),
        ] {
            let of =
                |chars| told("customer_details", json!({ place: { field: "x".repeat(chars) } }));
            assert_eq!(of(most), none());
            let path = format!("customer_details.{place}.{field}");
            assert_eq!(
                of(most + 1),
                [format!("{path} is too long (maximum is {most} characters)")]
            );
        }
    }
    assert_eq!(told("customer_details", json!({"phone": 628_123})), none());
}

#[test]
fn echoes_are_kept_as_they_came() {
    let mut body = valid();
    body["custom_field1"] = json!("é".repeat(255));
    body["custom_field2"] = Value::Null;
    body["metadata"] = json!({"cart": {"lines": [7, null]}});
    let mut faults = Faults::default();
    let read = read(&Part::whole(&body), OrderIds::Documented, &mut faults);
    assert_eq!(faults.into_texts(), none());
    let echo = json!({"custom_field1": body["custom_field1"], "metadata": body["metadata"]});
    assert_eq!(Value::Object(read.echo), echo);
    for field in ["custom_field1", "custom_field2", "custom_field3"] {
        let text = format!("{field} is too long (maximum is 255 characters)");
        assert_eq!(told(field, json!("x".repeat(256))), [text]);
    }
}

#[test]
fn a_fee_is_imposed_by_a_flag() {
    let fee = |value: Value| {
        let mut body = valid();
        body["customer_imposed_payment_fee"] = value;
        let mut faults = Faults::default();
        let common = read(&Part::whole(&body), OrderIds::Documented, &mut faults);
        faults.verdict(common.fee)
    };
    assert_eq!(fee(json!(null)), Ok(None));
    assert_eq!(fee(json!({})), Ok(None));
    assert_eq!(fee(json!({"enable": true, "other": 1})), Ok(Some(true)));
    assert_eq!(fee(json!({"enable": false})), Ok(Some(false)));
    let wrong = ["customer_imposed_payment_fee.enable is invalid".to_owned()];
    assert_eq!(fee(json!({"enable": "yes"})), Err(wrong.to_vec()));
    let wrong = ["customer_imposed_payment_fee is invalid".to_owned()];
    assert_eq!(fee(json!(true)), Err(wrong.to_vec()));
}
