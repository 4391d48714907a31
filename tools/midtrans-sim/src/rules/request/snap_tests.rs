//! What Snap refuses, with which words where the words are known, and what it makes of the rest.

use super::*;
use serde_json::json;

fn valid() -> Value {
    json!({"transaction_details": {"order_id": "ORD-1", "gross_amount": 125_000}})
}

fn read(body: &Value) -> Result<NewPage, Vec<String>> {
    super::read(body, OrderIds::Documented)
}

fn with(field: &str, value: Value) -> Result<NewPage, Vec<String>> {
    let mut body = valid();
    body[field] = value;
    read(&body)
}

fn wants(field: &str, value: Value) -> Wants {
    with(field, value).unwrap().wants
}

fn told(field: &str, value: Value) -> Vec<String> {
    with(field, value).unwrap_err()
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
        told("item_details", items),
        ["transaction_details.gross_amount is not equal to the sum of item_details"]
    );
}

#[test]
fn the_least_request_says_nothing_else() {
    let page = read(&valid()).unwrap();
    let expected = NewPage {
        order_id: "ORD-1".to_owned(),
        gross_amount: 125_000,
        offered: Method::ALL.to_vec(),
        expiry: None,
        page_life: None,
        finish: None,
        echo: serde_json::Map::new(),
        wants: Wants::default(),
        fee: None,
    };
    assert_eq!(page, expected);
}

#[test]
fn what_is_refused() {
    for body in [json!(null), json!([]), json!("x"), json!(7), json!({})] {
        assert_eq!(read(&body).unwrap_err().len(), 3, "{body}");
    }
    for (bad, text) in [
        (json!({"duration": 19, "unit": "second"}), "expiry.duration is invalid"),
        (json!({"duration": 1, "unit": "fortnight"}), "expiry.unit is invalid"),
        (json!({"duration": 0, "unit": "day"}), "expiry.duration is invalid"),
        (
            json!({"duration": 1, "unit": "day", "start_time": "tomorrow"}),
            "expiry.start_time format is invalid",
        ),
    ] {
        assert_eq!(told("expiry", bad), [text]);
    }
    let short = json!({"duration": 4, "unit": "minutes"});
    assert_eq!(told("page_expiry", short), ["page_expiry.duration is invalid"]);
    let long = "x".repeat(256);
    for field in ["finish", "error"] {
        let text = format!("callbacks.{field} is too long (maximum is 255 characters)");
        assert_eq!(told("callbacks", json!({ field: long })), [text]);
    }
    assert_eq!(told("callbacks", json!({"finish": 7})), ["callbacks.finish is invalid"]);
    assert_eq!(told("callbacks", json!("https://a")), ["callbacks is invalid"]);
    assert_eq!(
        told("custom_field2", json!(long)),
        ["custom_field2 is too long (maximum is 255 characters)"]
    );
}

#[test]
fn times_are_understood() {
    let expiry = json!({"duration": 2, "unit": "hours", "start_time": "2026-03-01 10:00:00 +0700"});
    let window = with("expiry", expiry).unwrap().expiry.unwrap();
    assert_eq!(window.start, Some("2026-03-01T03:00:00Z".parse().unwrap()));
    assert_eq!(window.length, SignedDuration::from_hours(2));
    let longer = with("expiry", json!({"duration": 181, "unit": "day"})).unwrap().expiry.unwrap();
    assert_eq!(longer.length, SignedDuration::from_hours(180 * 24), "as long as can be");
    let page = with("page_expiry", json!({"duration": 5, "unit": "minute"})).unwrap();
    assert_eq!((page.page_life, page.expiry), (Some(SignedDuration::from_mins(5)), None));
}

#[test]
fn enabled_payments_choose_what_is_offered() {
    let methods = |enabled| with("enabled_payments", enabled).unwrap().offered;
    assert_eq!(methods(json!(["other_qris", "gopay"])), [Method::Qris, Method::Gopay]);
    assert_eq!(methods(json!(["bank_transfer"])).len(), 10);
    assert_eq!(methods(json!(["cstore"])), [Method::Alfamart, Method::Indomaret]);
    for all in [json!([]), json!(null)] {
        assert_eq!(methods(all), Method::ALL);
    }
    assert!(methods(json!(["uob_ezpay"])).is_empty(), "legacy names are legal and lead nowhere");
    assert_eq!(methods(json!(["gopay", "bca_klikpay", "gopay"])), [Method::Gopay]);
    for bad in [json!("gopay"), json!({}), json!(["gopay", 7]), json!([null])] {
        assert_eq!(told("enabled_payments", bad), ["enabled_payments is invalid"]);
    }
    let many = ["enabled_payments is too long (maximum is 100 entries)"];
    assert_eq!(told("enabled_payments", json!(vec!["gopay"; 101])), many);
}

#[test]
fn the_browser_returns_where_it_is_told() {
    let finish = |value: Value| with("callbacks", json!({ "finish": value })).unwrap().finish;
    let url = format!("https://{}", "é".repeat(247));
    assert_eq!(finish(json!(url)), Some(url));
    assert_eq!(finish(json!("")), None);
    assert_eq!(finish(json!(null)), None);
}

#[test]
fn account_numbers_have_the_length_of_their_bank() {
    for (name, least, most) in [
        ("bca_va", 1, 11),
        ("bni_va", 1, 8),
        ("bri_va", 1, 13),
        ("cimb_va", 1, 12),
        ("danamon_va", 1, 12),
        ("bsi_va", 1, 12),
        ("seabank_va", 1, 12),
        ("saqu_va", 1, 12),
        ("permata_va", 10, 10),
    ] {
        for digits in [least, most] {
            let number = "7".repeat(digits);
            let wants = wants(name, json!({ "va_number": number }));
            assert_eq!(wants.accounts.into_iter().collect::<Vec<_>>(), [(name.to_owned(), number)]);
        }
        let path = format!("{name}.va_number");
        let long = told(name, json!({ "va_number": "7".repeat(most + 1) }));
        assert_eq!(long, [format!("{path} is too long (maximum is {most} characters)")]);
        let letters = told(name, json!({ "va_number": "x".repeat(most) }));
        assert_eq!(letters, [format!("{path} is not a number")]);
        assert_eq!(told(name, json!({"va_number": 7})), [format!("{path} is invalid")]);
        assert_eq!(told(name, json!("7")), [format!("{name} is invalid")]);
        assert_eq!(wants(name, json!({"va_number": ""})), Wants::default());
    }
    assert_eq!(
        told("permata_va", json!({"va_number": "123456789"})),
        ["permata_va.va_number is too short (minimum is 10 characters)"]
    );
}

#[test]
fn texts_of_single_methods_have_limits() {
    let line = |chars| json!({"id": "x".repeat(chars), "en": "x".repeat(chars)});
    for occasion in ["inquiry", "payment"] {
        let of = |lines: Value| json!({ "free_text": { occasion: lines } });
        assert!(with("bca_va", of(json!(vec![line(50); 10]))).is_ok());
        let path = format!("bca_va.free_text.{occasion}");
        assert_eq!(
            told("bca_va", of(json!([line(51)]))),
            ["id", "en"].map(|at| format!("{path}.{at} is too long (maximum is 50 characters)"))
        );
        let many = format!("{path} is too long (maximum is 10 entries)");
        assert_eq!(told("bca_va", of(json!(vec![line(1); 11]))), [many]);
    }
    for (object, field, most) in [
        ("echannel", "bill_info1", 10),
        ("echannel", "bill_info2", 30),
        ("cstore", "alfamart_free_text_1", 40),
        ("cstore", "alfamart_free_text_2", 40),
        ("cstore", "alfamart_free_text_3", 40),
        ("gopay", "callback_url", 255),
        ("shopeepay", "callback_url", 255),
        ("credit_card", "bank", 50),
    ] {
        assert!(with(object, json!({ field: "é".repeat(most) })).is_ok());
        let text = format!("{object}.{field} is too long (maximum is {most} characters)");
        assert_eq!(told(object, json!({ field: "é".repeat(most + 1) })), [text]);
    }
}

#[test]
fn wallets_return_where_they_are_told() {
    let url = |field: &str, value| wants(field, value).callback_url;
    assert_eq!(url("shopeepay", json!({"callback_url": "app://b"})), Some("app://b".to_owned()));
    let gopay = json!({"enable_callback": true, "callback_url": "app://a"});
    assert_eq!(url("gopay", gopay.clone()), Some("app://a".to_owned()));
    assert_eq!(url("gopay", json!({"callback_url": "app://a"})), None, "off unless enabled");
    assert_eq!(url("gopay", json!({"enable_callback": true})), None);
    assert_eq!(url("gopay", json!([])), None, "as PHP writes an empty object");
    assert_eq!(
        told("gopay", json!({"enable_callback": "true", "callback_url": 7})),
        ["gopay.callback_url is invalid", "gopay.enable_callback is invalid"]
    );
    let mut both = valid();
    both["gopay"] = gopay;
    both["shopeepay"] = json!({"callback_url": "app://b"});
    assert_eq!(read(&both).unwrap().wants.callback_url, Some("app://a".to_owned()));
}

#[test]
fn cards_may_only_be_reserved() {
    let card = |value| wants("credit_card", value);
    let reserved = card(json!({"secure": true, "type": "authorize", "bank": "bni"}));
    assert!(reserved.authorize);
    assert_eq!(reserved.bank.as_deref(), Some("bni"));
    for taken in [json!({}), json!({"type": ""}), json!({"type": "authorize_capture"})] {
        assert_eq!(card(taken), Wants::default());
    }
    for bad in [json!("AUTHORIZE"), json!("capture"), json!(true)] {
        assert_eq!(told("credit_card", json!({ "type": bad })), ["credit_card.type is invalid"]);
    }
}
