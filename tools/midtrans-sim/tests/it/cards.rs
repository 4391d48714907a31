//! Cards: tokens, the fates of the test cards, 3-D Secure, review, reservation, and what the next
//! day brings (midtrans.md 2.3, 2.4).

use crate::by_hand::{CHALLENGED_CARD, GOOD_CARD, answer, charge_of, exactly, with};
use crate::world::World;
use reqwest::Method;
use serde_json::{Value, json};

/// The answer of a card that was charged at once.
fn captured(order_id: &str, masked: &str) -> Value {
    json!({
        "status_code": "200",
        "status_message": "Success, Credit Card transaction is successful",
        "transaction_id": "{id}",
        "order_id": order_id,
        "merchant_id": "G000000001",
        "gross_amount": "125000.00",
        "currency": "IDR",
        "payment_type": "credit_card",
        "transaction_time": "2026-03-01 10:00:00",
        "transaction_status": "capture",
        "fraud_status": "accept",
        "masked_card": masked,
        "bank": "bni",
        "card_type": "credit",
        "eci": "05",
        "approval_code": "#6",
        "channel_response_code": "00",
        "channel_response_message": "Approved",
    })
}

/// How it differs when the answer is no.
fn denied(fraud: &str, message: &str) -> Value {
    json!({
        "status_code": "202",
        "status_message": message,
        "transaction_status": "deny",
        "fraud_status": fraud,
        "approval_code": null,
        "channel_response_code": "05",
        "channel_response_message": "Do not honour",
    })
}

#[tokio::test]
async fn each_test_card_has_its_fate() {
    let world = World::open().await;
    let by_bank = "Deny by Bank [BNI] with code [05]";
    let other = json!({"bank": "mandiri"});
    let other_denied =
        json!({"bank": "mandiri", "status_message": "Deny by Bank [MANDIRI] with code [05]"});
    let held = json!({"status_code": "201", "fraud_status": "challenge"});
    let cases = [
        (GOOD_CARD, "48111111-1114", json!({}), json!({})),
        ("5211111111111117", "52111111-1117", other.clone(), other.clone()),
        ("4911111111111113", "49111111-1113", json!({}), denied("accept", by_bank)),
        ("4911111111111113", "49111111-1113", other, with(denied("accept", by_bank), other_denied)),
        (
            "4611111111111116",
            "46111111-1116",
            json!({}),
            denied("deny", "Denied by the fraud detection system"),
        ),
        (CHALLENGED_CARD, "41111111-1111", json!({}), held.clone()),
        ("5110111111111119", "51101111-1119", json!({}), held.clone()),
        ("5510111111111115", "55101111-1115", json!({}), held),
        (
            GOOD_CARD,
            "48111111-1114",
            json!({"type": "authorize"}),
            json!({"transaction_status": "authorize"}),
        ),
    ];
    for (number, (card, masked, more, differs)) in cases.into_iter().enumerate() {
        let order_id = format!("ORD-{number}");
        let told = world.card(&order_id, card, more).await;
        // `with` keeps nulls out of a merged change, so they are applied last.
        exactly(&with(captured(&order_id, masked), differs), &world.named(&told));
        let posted = world.posted().await;
        assert_eq!(posted.len(), 1, "{order_id}");
        for field in ["transaction_status", "fraud_status", "status_code", "masked_card"] {
            assert_eq!(posted[0][field], told[field], "{order_id} {field}");
        }
    }
}

#[tokio::test]
async fn with_3d_secure_the_customer_decides_at_the_bank() {
    let world = World::open().await;
    let cases = [
        (GOOD_CARD, "pay", "capture", "200", "accept"),
        (GOOD_CARD, "deny", "deny", "202", "accept"),
        ("4911111111111113", "pay", "deny", "202", "accept"),
        (CHALLENGED_CARD, "pay", "capture", "201", "challenge"),
    ];
    for (number, (card, wish, status, code, fraud)) in cases.into_iter().enumerate() {
        let order_id = format!("ORD-{number}");
        let told = world.card(&order_id, card, json!({"authentication": true})).await;
        let named = world.named(&told);
        assert_eq!(named["redirect_url"], "{base}/_sim/3ds?referenceid={id}");
        assert_eq!(named["expiry_time"], "2026-03-01 10:10:00");
        assert_eq!((&told["status_code"], &told["approval_code"]), (&json!("201"), &Value::Null));
        let page = world.http.get(told["redirect_url"].as_str().unwrap());
        let page = answer(page).await;
        assert_eq!(page.seen(), "200 html");
        let id = told["transaction_id"].as_str().unwrap();
        assert_eq!(press(&world, id, wish).await, 303, "{order_id}");
        let after = world.told(&order_id).await;
        let seen = ["transaction_status", "status_code", "fraud_status"].map(|field| &after[field]);
        assert_eq!(seen, [status, code, fraud], "{order_id}");
        assert_eq!(after["three_ds_version"].is_string(), status == "capture", "{order_id}");
        for again in ["pay", "deny"] {
            assert_eq!(press(&world, id, again).await, 303, "too late is no error");
            assert_eq!(world.told(&order_id).await, after, "and changes nothing");
        }
        let posted = world.posted().await;
        let statuses: Vec<_> = posted.iter().map(|one| &one["transaction_status"]).collect();
        assert_eq!(statuses, ["pending", status], "{order_id}");
    }
    // A bank that was not asked has approved nothing.
    world.card("ORD-c", GOOD_CARD, json!({"authentication": true})).await;
    world.core("/v2/ORD-c/cancel", Value::Null).await;
    let gone = world.told("ORD-c").await;
    assert_eq!((&gone["status_code"], &gone["approval_code"]), (&json!("200"), &Value::Null));
    // Nobody comes: ten minutes.
    world.card("ORD-x", GOOD_CARD, json!({"authentication": true})).await;
    world.wait(10).await;
    let gone = world.told("ORD-x").await;
    assert_eq!((&gone["status_code"], &gone["approval_code"]), (&json!("407"), &Value::Null));
}

/// Presses a button of the page that plays the bank.
async fn press(world: &World, id: &str, action: &str) -> u16 {
    let call = world.http.post(format!("{}/_sim/counter/{id}", world.base));
    let form = call.header("content-type", "application/x-www-form-urlencoded");
    answer(form.body(format!("action={action}"))).await.http
}

#[tokio::test]
async fn the_slow_card_takes_a_minute_from_the_bank_s_page_on() {
    let world = World::open().await;
    let told = world.card("ORD-1", "4024007176265022", json!({"authentication": true})).await;
    let id = told["transaction_id"].as_str().unwrap();
    world.put("/_sim/clock", json!({"advance_seconds": 120})).await;
    world.settle_down().await;
    assert_eq!(world.told(id).await["transaction_status"], "pending", "nobody has approved it");
    assert_eq!(press(&world, id, "pay").await, 303);
    assert_eq!(world.told(id).await["transaction_status"], "pending");
    world.put("/_sim/clock", json!({"advance_seconds": 60})).await;
    world.settle_down().await;
    assert_eq!(world.told(id).await["transaction_status"], "capture");
}

#[tokio::test]
async fn a_reservation_outlives_the_time_to_pay_and_ends_after_a_week() {
    let world = World::open().await;
    world.card("ORD-1", GOOD_CARD, json!({"authentication": false, "type": "authorize"})).await;
    world.put("/_sim/clock", json!({"advance_seconds": 6 * 86_400})).await;
    world.settle_down().await;
    assert_eq!(world.told("ORD-1").await["transaction_status"], "authorize");
    world.put("/_sim/clock", json!({"advance_seconds": 86_400})).await;
    world.settle_down().await;
    assert_eq!(world.told("ORD-1").await["transaction_status"], "expire");
}

#[tokio::test]
async fn a_merchant_cannot_expire_a_reservation() {
    let world = World::open().await;
    world.card("ORD-1", GOOD_CARD, json!({"type": "authorize"})).await;
    assert_eq!(world.core("/v2/ORD-1/expire", Value::Null).await["status_code"], "412");
    assert_eq!(world.told("ORD-1").await["transaction_status"], "authorize");
    assert_eq!(world.core("/v2/ORD-1/cancel", Value::Null).await["status_code"], "200");
}

#[tokio::test]
async fn the_slow_card_takes_a_minute_and_nobody_can_hurry_it() {
    let world = World::open().await;
    let told = world.card("ORD-1", "4024007176265022", json!({})).await;
    assert_eq!(
        (&told["status_code"], &told["transaction_status"]),
        (&json!("201"), &json!("pending"))
    );
    assert_eq!(told["redirect_url"], Value::Null, "there is no page without 3-D Secure");
    world.put("/_sim/clock", json!({"advance_seconds": 59})).await;
    world.settle_down().await;
    assert_eq!(world.told("ORD-1").await["transaction_status"], "pending");
    world.put("/_sim/clock", json!({"advance_seconds": 1})).await;
    world.settle_down().await;
    let after = world.told("ORD-1").await;
    assert_eq!(
        (&after["status_code"], &after["transaction_status"]),
        (&json!("200"), &json!("capture"))
    );
    assert_eq!(world.endpoint.statuses(), ["pending", "capture"]);
}

#[tokio::test]
async fn a_token_is_good_for_one_charge_within_ten_minutes() {
    let world = World::open().await;
    let own = |token: &str| json!({ "token_id": token });
    let code = async |order_id: &str, own: Value| {
        let told = world.charge(charge_of(order_id, "credit_card", own)).await;
        told["status_code"].as_str().unwrap().to_owned()
    };
    let token = world.card_token(GOOD_CARD).await;
    assert_eq!(code("ORD-1", own(&token)).await, "200");
    assert_eq!(code("ORD-2", own(&token)).await, "411", "used");
    for never in ["", "48111111-1114-unknown", "no token at all"] {
        assert_eq!(code("ORD-2", own(never)).await, "411", "{never}");
    }
    assert_eq!(code("ORD-2", Value::Null).await, "411");

    let unused = world.card_token(GOOD_CARD).await;
    assert_eq!(code("ORD-1", own(&unused)).await, "406", "the order is taken");
    world.wait(9).await;
    assert_eq!(code("ORD-2", own(&unused)).await, "200", "which does not use the token up");
    let old = world.card_token(GOOD_CARD).await;
    world.wait(11).await;
    assert_eq!(code("ORD-3", own(&old)).await, "411");
    assert_eq!(world.get("/_sim/transactions").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_card_that_cannot_be_gets_no_token() {
    let world = World::open().await;
    let good = "card_number=4811111111111114&card_cvv=123&card_exp_month=12&card_exp_year=2030";
    let told = world.get(&format!("/v2/token?client_key=C&{good}")).await;
    exactly(
        &json!({
            "status_code": "200",
            "status_message": "Credit card token is created as Token ID.",
            "token_id": told["token_id"],
            "hash": told["token_id"],
        }),
        &told,
    );
    assert!(told["token_id"].as_str().unwrap().starts_with("48111111-1114-"));
    let date = "card_exp_month or card_exp_year is invalid";
    let cases = [
        (good.to_owned(), vec!["client_key is required"]),
        (format!("client_key=&{good}"), vec!["client_key is required"]),
        ("client_key=C".to_owned(), vec!["card_number is invalid", "card_cvv is invalid", date]),
        (format!("client_key=C&{}", good.replace("1114", "x")), vec!["card_number is invalid"]),
        (format!("client_key=C&{}", good.replace("=123", "=12")), vec!["card_cvv is invalid"]),
        (format!("client_key=C&{}", good.replace("month=12", "month=13")), vec![date]),
        (format!("client_key=C&{good}&{good}"), vec!["the query cannot be read"]),
    ];
    for (query, expected) in cases {
        let told = answer(world.http.get(format!("{}/v2/token?{query}", world.base))).await;
        assert_eq!(told.seen(), "400 core 400", "{query}");
        assert_eq!(told.body["validation_messages"], json!(expected), "{query}");
    }
}

#[tokio::test]
async fn a_capture_settles_the_next_day_unless_it_is_called_off() {
    let world = World::open().await;
    for order_id in ["ORD-1", "ORD-2"] {
        world.card(order_id, GOOD_CARD, json!({})).await;
    }
    let voided = world.core("/v2/ORD-2/cancel", Value::Null).await;
    assert_eq!(
        (&voided["status_code"], &voided["transaction_status"]),
        (&json!("200"), &json!("cancel"))
    );
    world.posted().await;
    world.wait(24 * 60 - 1).await;
    assert_eq!(world.told("ORD-1").await["transaction_status"], "capture");
    assert!(world.posted().await.is_empty());
    world.wait(1).await;
    let posted = world.posted().await;
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0]["transaction_status"], "settlement");
    assert_eq!(posted[0]["settlement_time"], "2026-03-02 10:00:00");
    let refused = world.core("/v2/ORD-1/cancel", Value::Null).await;
    assert_eq!(refused["status_code"], "412");
    assert_eq!(world.told("ORD-2").await["transaction_status"], "cancel");
}

#[tokio::test]
async fn a_challenge_is_reviewed_or_called_off() {
    let world = World::open().await;
    for order_id in ["ORD-a", "ORD-d", "ORD-c", "ORD-x"] {
        world.card(order_id, CHALLENGED_CARD, json!({})).await;
    }
    world.posted().await;
    let approved = world.core("/v2/ORD-a/approve", Value::Null).await;
    let expected = json!({
        "status_code": "200",
        "status_message": "Success, transaction is approved",
        "transaction_status": "capture",
        "fraud_status": "accept",
    });
    assert_fields(&approved, &expected);
    let denied = world.core("/v2/ORD-d/deny", json!({})).await;
    let expected = json!({
        "status_code": "200",
        "status_message": "Success, transaction is denied",
        "transaction_status": "deny",
        "fraud_status": "deny",
    });
    assert_fields(&denied, &expected);
    assert_eq!(world.core("/v2/ORD-c/cancel", Value::Null).await["status_code"], "200");
    for path in ["/v2/ORD-a/approve", "/v2/ORD-a/deny", "/v2/ORD-d/approve", "/v2/ORD-c/deny"] {
        assert_eq!(world.core(path, Value::Null).await["status_code"], "412", "{path}");
    }
    let told: Vec<_> = world.posted().await;
    let told: Vec<_> =
        told.iter().map(|one| (&one["transaction_status"], &one["status_code"])).collect();
    assert_eq!(
        told,
        [
            (&json!("capture"), &json!("200")),
            (&json!("deny"), &json!("202")),
            (&json!("cancel"), &json!("202")),
        ]
    );
    world.wait(24 * 60).await;
    let unattended = world.told("ORD-x").await;
    assert_eq!(
        (&unattended["transaction_status"], &unattended["status_code"]),
        (&json!("cancel"), &json!("200"))
    );
    assert_eq!(world.told("ORD-a").await["transaction_status"], "settlement");
    let posted = world.posted().await;
    let cancel = posted.iter().find(|one| one["order_id"] == "ORD-x").unwrap();
    assert_eq!(
        (&cancel["transaction_status"], &cancel["status_code"]),
        (&json!("cancel"), &json!("202"))
    );
}

fn assert_fields(got: &Value, expected: &Value) {
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&got[field], value, "{field} of {got}");
    }
}

#[tokio::test]
async fn a_reservation_is_captured_in_whole_or_in_part_and_once() {
    let world = World::open().await;
    for order_id in ["ORD-1", "ORD-2", "ORD-3"] {
        let told = world.card(order_id, GOOD_CARD, json!({"type": "authorize"})).await;
        assert_eq!(told["transaction_status"], "authorize");
        let id = &told["transaction_id"];
        let ask = match order_id {
            "ORD-1" => json!({"transaction_id": id, "gross_amount": 100_000}),
            "ORD-2" => json!({"transaction_id": id}),
            _ => continue,
        };
        let more = json!({"transaction_id": id, "gross_amount": 125_001});
        assert_eq!(world.core("/v2/capture", more).await["status_code"], "400");
        let told = world.core("/v2/capture", ask.clone()).await;
        assert_eq!(
            (&told["status_code"], &told["transaction_status"]),
            (&json!("200"), &json!("capture"))
        );
        assert_eq!(world.core("/v2/capture", ask).await["status_code"], "412");
    }
    assert_eq!(world.told("ORD-1").await["gross_amount"], "100000.00");
    assert_eq!(world.told("ORD-2").await["gross_amount"], "125000.00");
    assert_eq!(world.core("/v2/ORD-3/cancel", Value::Null).await["transaction_status"], "cancel");
    assert_eq!(world.told("ORD-3").await["channel_response_code"], "00", "it was approved");
    world.card("ORD-4", GOOD_CARD, json!({"type": "authorize"})).await;
    for not_its_id in ["nobody", "ORD-4"] {
        let unknown = json!({"transaction_id": not_its_id, "gross_amount": 1});
        let told = world.core("/v2/capture", unknown).await;
        assert_eq!(told["status_code"], "404", "{not_its_id}");
    }
    assert_eq!(world.told("ORD-4").await["transaction_status"], "authorize");
    let told = answer(world.call(Method::POST, "/v2/capture").json(&json!({}))).await;
    assert_eq!(told.body["validation_messages"], json!(["transaction_id is required"]));
    let ledger = world.get("/_sim/ledger").await;
    assert_eq!((&ledger["net_amount"], &ledger["balanced"]), (&json!(225_000), &json!(true)));
}
