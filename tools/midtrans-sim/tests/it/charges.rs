//! What each charge answers, to the last field (midtrans.md 2.2). Cards are in `cards`.

use crate::by_hand::{answer, charge_of, exactly, with};
use crate::world::World;
use reqwest::Method;
use serde_json::{Value, json};

/// A charge: its type, the type's object, and how the answer differs from [`usual`].
type Case = (&'static str, Value, Value);

/// What the answers of pending charges share.
fn usual(order_id: &str) -> Value {
    json!({
        "status_code": "201",
        "transaction_id": "{id}",
        "order_id": order_id,
        "merchant_id": "G000000001",
        "gross_amount": "125000.00",
        "currency": "IDR",
        "transaction_time": "2026-03-01 10:00:00",
        "transaction_status": "pending",
        "fraud_status": "accept",
    })
}

fn transfers() -> Vec<Case> {
    let message = "Success, Bank Transfer transaction is created";
    let tomorrow = "2026-03-02 10:00:00";
    let bank = |name: &str, digits: &str| {
        json!({
            "status_message": message,
            "payment_type": "bank_transfer",
            "expiry_time": tomorrow,
            "va_numbers": [{ "bank": name, "va_number": digits }],
        })
    };
    let permata = json!({
        "status_message": "Success, PERMATA VA transaction is successful",
        "payment_type": "bank_transfer",
        "expiry_time": tomorrow,
        "permata_va_number": "#16",
    });
    let bill = json!({
        "status_message": "OK, Mandiri Bill transaction is successful",
        "payment_type": "echannel",
        "expiry_time": tomorrow,
        "bill_key": "#12",
        "biller_code": "70012",
    });
    let cimb = with(bank("cimb", "#16"), json!({ "fraud_status": "absent" }));
    vec![
        ("bank_transfer", json!({"bank": "bca"}), bank("bca", "#11")),
        ("bank_transfer", json!({"bank": "bni"}), bank("bni", "#16")),
        ("bank_transfer", json!({"bank": "bri"}), bank("bri", "#18")),
        ("bank_transfer", json!({"bank": "cimb"}), cimb),
        ("bank_transfer", json!({"bank": "danamon"}), bank("danamon", "#16")),
        ("bank_transfer", json!({"bank": "bsi"}), bank("bsi", "#16")),
        ("bank_transfer", json!({"bank": "seabank"}), bank("seabank", "#16")),
        ("bank_transfer", json!({"bank": "saqu"}), bank("saqu", "#16")),
        ("bank_transfer", json!({"bank": "permata"}), permata.clone()),
        ("permata", Value::Null, permata),
        ("echannel", json!({"bill_info1": "Payment:", "bill_info2": "Online"}), bill),
    ]
}

fn stores() -> Vec<Case> {
    let of = |store: &str, digits: &str| {
        json!({
            "status_message": "Success, cstore transaction is successful",
            "payment_type": "cstore",
            "expiry_time": "2026-03-02 10:00:00",
            "payment_code": digits,
            "store": store,
        })
    };
    let indomaret = with(of("indomaret", "#18"), json!({ "fraud_status": "absent" }));
    vec![
        ("cstore", json!({"store": "alfamart"}), of("alfamart", "#16")),
        // Ruby's own test spells it so (midtrans.md 2.2).
        ("cstore", json!({"store": "Indomaret"}), indomaret),
    ]
}

fn wallets() -> Vec<Case> {
    let get = |name: &str, url: &str| json!({ "name": name, "method": "GET", "url": url });
    let of = |payment_type: &str, message: &str| {
        json!({
            "status_message": message,
            "payment_type": payment_type,
            "expiry_time": "2026-03-01 10:15:00",
        })
    };
    let app = get("deeplink-redirect", "{base}/_sim/wallet?referenceid={id}");
    let old_code = |of: &str| get("generate-qr-code", &format!("{{base}}/v2/{of}/{{id}}/qr-code"));
    let new_code = get("generate-qr-code-v2", "{base}/v4/qris/gopay/{id}/qr-code");
    let gopay = json!({ "actions": [
        old_code("gopay"),
        new_code,
        get(
            "deeplink-redirect",
            "{base}/_sim/gopay/checkout?referenceid={id}&callback_url=app%3A%2F%2Fcb%3Fa%3D1",
        ),
        get("get-status", "{base}/v2/{id}/status"),
        { "name": "cancel", "method": "POST", "url": "{base}/v2/{id}/cancel" },
    ]});
    let qris = |acquirer: &str| {
        json!({
            "acquirer": acquirer, "actions": [old_code("qris"), new_code], "qr_string": "#qr",
        })
    };
    let shopeepay = json!({ "actions": [app], "channel_response_code": "0" });
    let message = "QRIS transaction is created";
    let other = "Success, transaction is created";
    vec![
        (
            "gopay",
            json!({"enable_callback": true, "callback_url": "app://cb?a=1"}),
            with(of("gopay", "GoPay transaction is created"), gopay),
        ),
        ("qris", Value::Null, with(of("qris", message), qris("gopay"))),
        (
            "qris",
            json!({"acquirer": "airpay shopee"}),
            with(of("qris", message), qris("airpay shopee")),
        ),
        (
            "shopeepay",
            Value::Null,
            with(of("shopeepay", "ShopeePay transaction is created"), shopeepay),
        ),
        ("dana", Value::Null, with(of("dana", other), json!({ "actions": [app] }))),
        ("ovo", Value::Null, with(of("ovo", other), json!({ "actions": [app] }))),
    ]
}

fn loans() -> Vec<Case> {
    let of = |payment_type: &str| {
        json!({
            "status_message": "Success, transaction is created",
            "payment_type": payment_type,
            "expiry_time": "2026-03-01 12:00:00",
            "redirect_url": "{base}/_sim/wallet?referenceid={id}",
        })
    };
    vec![("kredivo", Value::Null, of("kredivo")), ("akulaku", Value::Null, of("akulaku"))]
}

#[tokio::test]
async fn every_charge_type_answers_with_its_fields_and_no_other() {
    let world = World::open().await;
    let cases = [transfers(), stores(), wallets(), loans()].concat();
    for (number, (payment_type, own, differs)) in cases.into_iter().enumerate() {
        let order_id = format!("ORD-{number}");
        let mut asked = charge_of(&order_id, payment_type, own);
        if payment_type == "akulaku" {
            let item = json!({"id": "1", "name": "kopi", "price": 125_000, "quantity": 1});
            asked["item_details"] = json!([item]);
        }
        let told = world.charge(asked).await;
        let mut expected = with(usual(&order_id), differs);
        if expected["fraud_status"] == "absent" {
            expected = with(expected, json!({ "fraud_status": null }));
        }
        exactly(&expected, &world.named(&told));
        let posted = world.posted().await;
        assert_eq!(posted.len(), 1, "{order_id} is told at once, and once");
        assert_eq!(posted[0]["transaction_status"], "pending");
        assert_eq!(posted[0]["transaction_id"], told["transaction_id"]);
        for field in ["va_numbers", "permata_va_number", "bill_key", "payment_code", "acquirer"] {
            assert_eq!(posted[0][field], told[field], "{order_id} {field}");
        }
    }
}

#[tokio::test]
async fn the_merchants_own_digits_end_the_number_of_the_bank() {
    let world = World::open().await;
    let cases = [
        ("bca", "112345", 11),
        ("bca", "00000112345", 11),
        ("bni", "87654321", 16),
        ("bri", "1234567890123", 18),
        ("cimb", "123456789012", 16),
    ];
    for (number, (bank, own, length)) in cases.into_iter().enumerate() {
        let own_object = json!({ "bank": bank, "va_number": own });
        let asked = charge_of(&format!("ORD-{number}"), "bank_transfer", own_object);
        let told = world.charge(asked).await;
        let told = told["va_numbers"][0]["va_number"].as_str().unwrap();
        assert!(told.ends_with(own) && told.len() == length, "{bank}: {told}");
    }
}

#[tokio::test]
async fn a_merchant_may_say_how_long_to_wait() {
    let world = World::open().await;
    let start = "2026-03-01 09:00:00 +0700";
    let cases = [
        (json!({"expiry_duration": 30}), Some("2026-03-01 10:30:00")),
        (json!({"expiry_duration": 20, "unit": "second"}), Some("2026-03-01 10:00:20")),
        (json!({"expiry_duration": 3, "unit": "hour"}), Some("2026-03-01 13:00:00")),
        (json!({"expiry_duration": 2, "unit": "day"}), Some("2026-03-03 10:00:00")),
        (
            json!({"order_time": start, "expiry_duration": 2, "unit": "hour"}),
            Some("2026-03-01 11:00:00"),
        ),
        (json!({"expiry_duration": 19, "unit": "second"}), None),
        (json!({"expiry_duration": 8, "unit": "day"}), None),
        (json!({"expiry_duration": 1, "unit": "month"}), None),
        (json!({"order_time": "tomorrow", "expiry_duration": 1}), None),
    ];
    for (number, (custom, expected)) in cases.into_iter().enumerate() {
        let mut asked = charge_of(&format!("ORD-{number}"), "qris", Value::Null);
        asked["custom_expiry"] = custom.clone();
        let told = world.charge(asked).await;
        match expected {
            Some(expiry) => assert_eq!(told["expiry_time"], expiry, "{custom}"),
            None => assert_eq!(told["status_code"], "400", "{custom}: {told}"),
        }
    }
    // The merchant's clock is the real one, also when ours has run ahead.
    world.put("/_sim/clock", json!({"advance_seconds": 3600})).await;
    let mut asked = charge_of("ORD-late", "qris", Value::Null);
    asked["custom_expiry"] = json!({"order_time": start, "expiry_duration": 2, "unit": "hour"});
    assert_eq!(world.charge(asked).await["expiry_time"], "2026-03-01 12:00:00");
}

#[tokio::test]
async fn what_waits_too_long_expires_at_its_minute() {
    let world = World::open().await;
    world.charge(charge_of("ORD-1", "gopay", Value::Null)).await;
    world.charge(charge_of("ORD-2", "bank_transfer", json!({"bank": "bca"}))).await;
    world.posted().await;
    world.wait(14).await;
    assert_eq!(world.told("ORD-1").await["status_code"], "201");
    world.wait(1).await;
    assert_eq!(world.told("ORD-1").await["status_code"], "407");
    let posted = world.posted().await;
    assert_eq!(posted[0]["status_code"], "202");
    world.wait(24 * 60).await;
    assert_eq!(world.told("ORD-2").await["transaction_status"], "expire");
}

#[tokio::test]
async fn what_is_sent_along_is_told_again() {
    let world = World::open().await;
    let along = json!({
        "custom_field1": "cart 7", "custom_field2": "x", "custom_field3": "y",
        "metadata": {"attempt": 2, "deep": [1, {"a": null}]},
    });
    let asked = with(charge_of("ORD-1", "qris", Value::Null), along.clone());
    let told = [world.charge(asked).await, world.told("ORD-1").await];
    for told in told.into_iter().chain(world.posted().await) {
        for (field, value) in along.as_object().unwrap() {
            assert_eq!(&told[field], value, "{field}");
        }
    }
}

/// An order id may come as a number: PHP's own sample sends `rand()`.
#[tokio::test]
async fn a_number_is_an_order_id_in_both_dialects() {
    let world = World::open().await;
    let mut asked = charge_of("", "qris", Value::Null);
    asked["transaction_details"]["order_id"] = json!(1_804_289_383);
    assert_eq!(world.charge(asked.clone()).await["order_id"], "1804289383");
    assert_eq!(world.told("1804289383").await["status_code"], "201");
    asked["transaction_details"]["order_id"] = json!(846_930_886);
    let create = world.call(Method::POST, "/snap/v1/transactions").json(&asked);
    assert_eq!(answer(create).await.http, 201);
    assert_eq!(world.charge(asked).await["order_id"], "846930886");
}

#[tokio::test]
async fn what_is_wrong_with_a_charge_is_told_in_full() {
    let world = World::open().await;
    let mut asked = charge_of("a b", "bank_transfer", json!({"bank": "mandiri"}));
    asked["item_details"] = json!([{"name": "kopi", "price": 5, "quantity": 0}]);
    let cases = [
        (
            asked,
            vec![
                "bank_transfer.bank is invalid",
                "transaction_details.order_id contains a symbol that is not allowed",
                "item_details.quantity must be greater than or equal to 1",
                "transaction_details.gross_amount is not equal to the sum of item_details",
            ],
        ),
        (
            charge_of("ORD-1", "echannel", Value::Null),
            vec!["echannel.bill_info1 is required", "echannel.bill_info2 is required"],
        ),
        (
            with(
                charge_of("ORD-1", "qris", Value::Null),
                json!({"transaction_details": {"order_id": "ORD-1", "gross_amount": "125000"}}),
            ),
            vec!["transaction_details.gross_amount is not a number"],
        ),
    ];
    for (asked, expected) in cases {
        let told = world.charge(asked).await;
        let expected = json!({
            "status_code": "400",
            "status_message": "One or more parameters in the payload is invalid.",
            "validation_messages": expected,
            "id": "#uuid",
        });
        exactly(&expected, &told);
    }
    let unknown = world.charge(charge_of("ORD-1", "cowries", Value::Null)).await;
    assert_eq!(unknown["status_code"], "402");
    assert_eq!(world.get("/_sim/transactions").await, json!([]));
}
