//! `/_sim`: lists, the clock, and errors that a script can read.

use crate::world::World;
use serde_json::{Value, json};

#[tokio::test]
async fn transactions_are_listed_newest_first() {
    let world = World::open().await;
    for order in ["ORD-1", "ORD-2", "ORD-3"] {
        world.pay(order, "bca_va", "pending").await;
    }
    let list = world.get("/_sim/transactions?limit=2").await;
    let orders: Vec<_> = list.as_array().unwrap().iter().map(|t| &t["order_id"]).collect();
    assert_eq!(orders, ["ORD-3", "ORD-2"]);
    let one = world.get("/_sim/transactions/ORD-1").await;
    assert_eq!(one["gross_amount"], 125_000);
    assert_eq!(one["method"], "bca_va");
    let same = world.get("/_sim/transactions?order_id=ORD-1").await;
    assert_eq!(same, json!([one]));
    let ledger = world.get("/_sim/ledger").await;
    assert_eq!(ledger["by_status"], json!({"pending": {"count": 3, "amount": 375_000}}));
    assert_eq!((&ledger["orders"], &ledger["settled_orders"]), (&json!(3), &json!(0)));
}

#[tokio::test]
async fn the_clock_runs_and_jumps_as_told() {
    let world = World::open().await;
    assert_eq!(
        world.get("/_sim/clock").await,
        json!({"now": "2026-03-01T03:00:00Z", "speed": 1.0})
    );
    world.pay("ORD-1", "qris", "pending").await;
    world.settle_down().await;
    let (code, clock) = world.put("/_sim/clock", json!({"advance_seconds": 900})).await;
    assert_eq!((code, &clock["now"]), (200, &json!("2026-03-01T03:15:00Z")));
    assert_eq!(world.settle_down().await.moved, 1);

    assert_eq!(world.put("/_sim/clock", json!({"speed": 60.0})).await.0, 200);
    world.wait(1).await;
    assert_eq!(world.get("/_sim/clock").await["now"], "2026-03-01T04:15:00Z");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_answered_with_those_that_do() {
    let world = World::open().await;
    let pay = format!("/_sim/pages/{}/pay", world.create("ORD-1").await.token);
    let methods = "no such method: it is one of bca_va, bni_va, bri_va, cimb_va, danamon_va, bsi_va, \
                   seabank_va, saqu_va, permata_va, echannel, qris, gopay, shopeepay, dana, ovo, \
                   alfamart, indomaret, credit_card, akulaku, kredivo";
    let cases = [
        (world.post(&pay, json!({"method": "shells"})).await, methods),
        (world.put("/_sim/autopay", json!({"enabled": true, "method": "?"})).await, methods),
        (
            world.post(&pay, json!({"outcome": "paid"})).await,
            "no such outcome: it is one of settle, deny, pending",
        ),
        (
            world.act("ORD-1", "explode").await,
            "no such action: it is one of settle, settle_late, deny, expire, cancel, challenge, \
             accept, reject, reverse, capture, fail, chargeback",
        ),
        (
            world.post("/_sim/transactions/ORD-1/settle", json!({"amount": 5})).await,
            "`amount` does nothing with settle: it goes with chargeback",
        ),
    ];
    for (told, text) in cases {
        assert_eq!(told, (400, json!({ "error": text })));
    }
    let paid = world.post(&pay, json!({})).await;
    assert_eq!((paid.0, &paid.1["transaction_status"]), (200, &json!("settlement")), "the usual");
}

#[tokio::test]
async fn errors_are_small_json() {
    let world = World::open().await;
    let paid = world.pay("ORD-1", "qris", "settle").await;
    let token = paid["token"].as_str().unwrap();
    let pay = format!("/_sim/pages/{token}/pay");
    let cases = [
        (world.act("nobody", "settle").await, 404),
        (world.act("ORD-1", "explode").await, 400),
        (world.act("ORD-1", "settle").await, 409),
        (world.post("/_sim/pages/nobody/pay", json!({"method": "qris"})).await, 404),
        (world.post(&pay, json!({"method": "qris"})).await, 409),
        (world.post(&pay, json!({"method": "shells"})).await, 400),
        (world.post(&pay, json!({"mehtod": "qris"})).await, 422),
        (world.put("/_sim/clock", json!({"speed": 0.0})).await, 400),
        (world.put("/_sim/clock", json!({"advance_seconds": u64::MAX})).await, 400),
        (world.put("/_sim/autopay", json!({"enabled": true, "method": "?"})).await, 400),
        (world.post("/_sim/nothing", Value::Null).await, 404),
    ];
    for ((code, body), expected) in cases {
        assert_eq!(code, expected, "{body}");
        assert!(body["error"].is_string(), "{body}");
    }
}
