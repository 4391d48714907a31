//! Money that goes back, and when it does not (midtrans.md 2.6).

use crate::by_hand::{CHALLENGED_CARD, GOOD_CARD, charge_of, exactly};
use crate::world::World;
use serde_json::{Value, json};

async fn refund(world: &World, order_id: &str, ask: Value) -> Value {
    world.core(&format!("/v2/{order_id}/refund"), ask).await
}

/// The code of a refund, and the state that it tells.
async fn code(world: &World, order_id: &str, ask: Value) -> (String, String) {
    let told = refund(world, order_id, ask).await;
    let text = |field: &str| told[field].as_str().unwrap_or_default().to_owned();
    (text("status_code"), text("transaction_status"))
}

fn is(code: &str, status: &str) -> (String, String) {
    (code.to_owned(), status.to_owned())
}

#[tokio::test]
async fn parts_go_back_until_all_is_gone() {
    let world = World::open().await;
    world.paid("ORD-1", "gopay", Value::Null).await;
    let ask = |key: &str, amount: i64| json!({"refund_key": key, "amount": amount, "reason": "r"});
    let told = refund(&world, "ORD-1", ask("k1", 50_000)).await;
    exactly(
        &json!({
            "status_code": "200",
            "status_message": "Success, refund request is approved",
            "transaction_id": "{id}",
            "order_id": "ORD-1",
            "merchant_id": "G000000001",
            "gross_amount": "125000.00",
            "currency": "IDR",
            "payment_type": "gopay",
            "transaction_time": "2026-03-01 10:00:00",
            "settlement_time": "2026-03-01 10:00:00",
            "transaction_status": "partial_refund",
            "fraud_status": "accept",
            "refund_chargeback_id": "#int",
            "refund_amount": "50000.00",
            "refund_key": "k1",
        }),
        &world.named(&told),
    );
    assert_eq!(code(&world, "ORD-1", ask("k2", 75_001)).await, is("414", ""));
    assert_eq!(code(&world, "ORD-1", ask("k2", 25_000)).await, is("200", "partial_refund"));
    assert_eq!(code(&world, "ORD-1", ask("k3", 50_000)).await, is("200", "refund"));
    assert_eq!(code(&world, "ORD-1", ask("k4", 1)).await, is("412", ""));
    let told = world.told("ORD-1").await;
    assert_eq!(
        (&told["refund_amount"], &told["status_code"]),
        (&json!("125000.00"), &json!("200"))
    );
    let keys: Vec<_> =
        told["refunds"].as_array().unwrap().iter().map(|r| &r["refund_key"]).collect();
    assert_eq!(keys, ["k1", "k2", "k3"]);
    let amounts: Vec<_> = world.posted().await;
    let amounts: Vec<_> = amounts.iter().skip(2).map(|one| one["refund_amount"].clone()).collect();
    assert_eq!(amounts, ["50000.00", "75000.00", "125000.00"], "told in all");
}

#[tokio::test]
async fn without_an_amount_all_that_is_left_goes_back() {
    let world = World::open().await;
    let go = json!({"refund_key": "", "amount": 0, "reason": ""});
    let asks =
        [Value::Null, json!({}), json!([]), go, json!({"refund_key": "k", "amount": 125_000})];
    for (number, ask) in asks.into_iter().enumerate() {
        let order_id = format!("ORD-{number}");
        world.paid(&order_id, "qris", Value::Null).await;
        let told = refund(&world, &order_id, ask.clone()).await;
        assert_eq!(told["transaction_status"], "refund", "{ask}");
        assert_eq!(told["refund_amount"], "125000.00", "{ask}");
        assert!(told["refund_key"].as_str().is_some_and(|key| !key.is_empty()), "{ask}");
        let entry = &world.told(&order_id).await["refunds"][0];
        assert_eq!(entry["refund_key"], told["refund_key"]);
        assert_eq!(entry["refund_chargeback_id"], told["refund_chargeback_id"]);
        assert_eq!(entry["reason"], Value::Null, "what was not said is not told");
    }
    world.paid("ORD-part", "qris", Value::Null).await;
    code(&world, "ORD-part", json!({"amount": 25_000})).await;
    let rest = refund(&world, "ORD-part", Value::Null).await;
    assert_eq!(
        (&rest["refund_amount"], &rest["transaction_status"]),
        (&json!("100000.00"), &json!("refund"))
    );
}

#[tokio::test]
async fn a_key_refunds_once_for_each_transaction() {
    let world = World::open().await;
    world.paid("ORD-1", "gopay", Value::Null).await;
    world.paid("ORD-2", "gopay", Value::Null).await;
    let ask = json!({"refund_key": "k1", "amount": 1000});
    assert_eq!(code(&world, "ORD-1", ask.clone()).await, is("200", "partial_refund"));
    assert_eq!(code(&world, "ORD-1", ask.clone()).await, is("406", ""));
    let direct = world.core("/v2/ORD-1/refund/online/direct", ask.clone()).await;
    assert_eq!(direct["status_code"], "406", "both ways share the keys");
    assert_eq!(code(&world, "ORD-2", ask).await, is("200", "partial_refund"));
    // Without a key each ask is a refund of its own.
    for _ in 0..2 {
        assert_eq!(code(&world, "ORD-1", json!({"amount": 500})).await.0, "200");
    }
    assert_eq!(world.told("ORD-1").await["refund_amount"], "2000.00");
    let bad =
        refund(&world, "ORD-1", json!({"refund_key": "a b", "amount": -1, "reason": 7})).await;
    assert_eq!(
        bad["validation_messages"],
        json!([
            "refund_key contains a symbol that is not allowed",
            "amount must be greater than 0",
            "reason is invalid",
        ])
    );
}

#[tokio::test]
async fn each_refund_is_told_twice_the_second_time_confirmed() {
    let world = World::open().await;
    world.paid("ORD-1", "qris", Value::Null).await;
    world.posted().await;
    refund(&world, "ORD-1", json!({"refund_key": "k1", "amount": 1000})).await;
    world.wait(10).await;
    refund(&world, "ORD-1", json!({"refund_key": "k2", "amount": 2000, "reason": "late"})).await;
    let first = world.posted().await;
    assert_eq!(first.len(), 2);
    assert!(first.iter().all(|one| one["refunds"][0]["bank_confirmed_at"].is_null()));
    let id = &first[1]["refunds"][1]["refund_chargeback_id"];
    let entry = json!({
        "refund_chargeback_id": id,
        "refund_amount": "2000.00",
        "created_at": "2026-03-01 10:10:00",
        "reason": "late",
        "refund_key": "k2",
        "refund_method": "online",
    });
    assert_eq!(first[1]["refunds"][1], entry);
    world.wait(29).await;
    assert!(world.posted().await.is_empty());
    world.wait(1).await;
    let confirmed = world.posted().await;
    assert_eq!(confirmed.len(), 1);
    assert_eq!(confirmed[0]["refund_amount"], "3000.00");
    assert_eq!(confirmed[0]["refunds"][0]["bank_confirmed_at"], "2026-03-01 10:40:00");
    assert_eq!(confirmed[0]["refunds"][1], entry, "the other one is not confirmed yet");
    world.wait(10).await;
    let confirmed = world.posted().await;
    assert_eq!(confirmed[0]["refunds"][1]["bank_confirmed_at"], "2026-03-01 10:50:00");
    let signatures: Vec<_> =
        first.iter().chain(&confirmed).map(|one| &one["signature_key"]).collect();
    assert!(signatures.windows(2).all(|pair| pair[0] == pair[1]), "the signature tells no refunds");
    world.wait(24 * 60).await;
    assert!(world.posted().await.is_empty());
}

#[tokio::test]
async fn what_cannot_go_back_is_refused_with_its_code() {
    let world = World::open().await;
    let bill = json!({"bill_info1": "a", "bill_info2": "b"});
    let never = [
        ("bank_transfer", json!({"bank": "bca"})),
        ("bank_transfer", json!({"bank": "permata"})),
        ("echannel", bill),
        ("cstore", json!({"store": "alfamart"})),
        ("cstore", json!({"store": "indomaret"})),
    ];
    for (number, (payment_type, own)) in never.into_iter().enumerate() {
        let order_id = format!("ORD-{number}");
        world.paid(&order_id, payment_type, own).await;
        assert_eq!(code(&world, &order_id, Value::Null).await, is("412", ""), "{payment_type}");
    }
    world.charge(charge_of("ORD-pending", "gopay", Value::Null)).await;
    world.card("ORD-capture", GOOD_CARD, json!({})).await;
    world.card("ORD-held", CHALLENGED_CARD, json!({})).await;
    for order_id in ["ORD-pending", "ORD-capture", "ORD-held"] {
        assert_eq!(code(&world, order_id, Value::Null).await, is("412", ""), "{order_id}");
    }
    assert_eq!(code(&world, "nobody", Value::Null).await, is("404", ""));
    assert_eq!(world.get("/_sim/ledger").await["refunded_amount"], 0);
    world.wait(24 * 60).await;
    assert_eq!(
        code(&world, "ORD-capture", json!({"amount": 5})).await,
        is("200", "partial_refund")
    );

    world.paid("ORD-ovo", "ovo", Value::Null).await;
    assert_eq!(
        code(&world, "ORD-ovo", json!({"amount": 5})).await,
        is("414", ""),
        "all or nothing"
    );
    assert_eq!(code(&world, "ORD-ovo", Value::Null).await, is("200", "refund"));
}

/// Western Indonesian time: the world opens at ten in the morning.
#[tokio::test]
async fn shopeepay_sleeps_at_night_and_windows_close() {
    let world = World::open().await;
    world.paid("ORD-1", "shopeepay", Value::Null).await;
    world.paid("ORD-2", "ovo", Value::Null).await;
    let some = || json!({"amount": 1000});
    let hours = [(13 * 60 + 49, "200"), (1, "418"), (6 * 60 + 9, "418"), (1, "200")];
    for (minutes, expected) in hours {
        world.wait(minutes).await;
        assert_eq!(code(&world, "ORD-1", some()).await.0, expected, "{}", now(&world).await);
    }
    world.wait(6 * 24 * 60).await;
    world.wait(4 * 60 + 1).await;
    assert_eq!(code(&world, "ORD-2", Value::Null).await.0, "418", "{}", now(&world).await);
}

async fn now(world: &World) -> Value {
    world.get("/_sim/clock").await["now"].clone()
}
