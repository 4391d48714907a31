//! Lives that take a turn for the worse, and what the books say then.

use crate::world::{GROSS, World, minutes, seconds};
use serde_json::{Value, json};

const ACCEPTED: &str = "4811111111111114";

async fn net(world: &World) -> i64 {
    world.ledger().await["net_amount"].as_i64().unwrap()
}

#[tokio::test]
async fn a_settlement_is_taken_back_where_a_bank_can() {
    let world = World::misbehaving(json!([{"fault": "reverse"}])).await;
    for (order_id, method) in [("ORD-1", "permata_va"), ("ORD-2", "bca_va")] {
        world.pay(order_id, method, "settle").await;
    }
    world.settle_down().await;
    world.endpoint.take();
    assert_eq!(net(&world).await, 2 * GROSS);
    world.wait(seconds(179)).await;
    assert!(world.endpoint.take().is_empty());
    world.wait(seconds(1)).await;
    let posted = world.endpoint.take();
    assert_eq!(posted.len(), 1);
    let body = posted[0].body();
    assert_eq!((&body["transaction_status"], &body["order_id"]), (&json!("deny"), &json!("ORD-1")));
    assert_eq!(body["status_code"], "202");
    assert_eq!(net(&world).await, GROSS);
    assert_eq!(world.counters().await, [(1, 1)], "BCA was not asked");
}

#[tokio::test]
async fn what_expired_or_was_cancelled_is_paid_after_all() {
    let world = World::misbehaving(json!([{"fault": "settle_late", "ms": 300_000}])).await;
    world.pay("EXPIRES", "qris", "pending").await;
    world.wait(minutes(15)).await;
    world.pay("CANCELS", "bca_va", "pending").await;
    world.core("CANCELS", "cancel", json!({})).await;
    assert_eq!(world.status("EXPIRES").await, "expire");
    assert_eq!(world.status("CANCELS").await, "cancel");
    assert_eq!(net(&world).await, 0);
    world.settle_down().await;
    world.endpoint.take();
    world.wait(minutes(5)).await;
    assert_eq!(world.status("EXPIRES").await, "settlement");
    assert_eq!(world.status("CANCELS").await, "settlement");
    assert_eq!(world.endpoint.statuses(), ["settlement", "settlement"]);
    assert_eq!(net(&world).await, 2 * GROSS);
}

/// The capture that was voided comes back: credited, debited and credited again.
#[tokio::test]
async fn a_voided_card_that_settles_late_is_credited_once() {
    let world = World::misbehaving(json!([{"fault": "settle_late"}])).await;
    world.card("ORD-1", ACCEPTED).await;
    world.core("ORD-1", "cancel", json!({})).await;
    assert_eq!(net(&world).await, 0);
    world.wait(minutes(1)).await;
    assert_eq!(world.status("ORD-1").await, "settlement");
    assert_eq!(net(&world).await, GROSS);
}

#[tokio::test]
async fn an_order_is_paid_twice_and_not_thrice() {
    let world = World::misbehaving(json!([{"fault": "settle_twice", "ms": 60_000}])).await;
    let first = world.pay("ORD-1", "qris", "settle").await;
    world.wait(seconds(59)).await;
    assert_eq!(world.ledger().await["orders_settled_twice"], 0);
    world.wait(seconds(1)).await;
    world.wait(minutes(60)).await;
    let ledger = world.ledger().await;
    assert_eq!(ledger["orders_settled_twice"], 1);
    assert_eq!((&ledger["transactions"], &ledger["net_amount"]), (&json!(2), &json!(2 * GROSS)));
    assert_eq!(world.endpoint.statuses(), ["pending", "settlement", "settlement"]);
    let both = world.get("/_sim/transactions?order_id=ORD-1").await;
    assert_ne!(both[0]["transaction_id"], first["transaction_id"]);
    assert_eq!(both[1]["transaction_id"], first["transaction_id"]);
    // One of them can be given back.
    let id = both[0]["transaction_id"].as_str().unwrap();
    let told = world.core(id, "refund", json!({"refund_key": "r1"})).await;
    assert_eq!(told["transaction_status"], "refund");
    assert_eq!(net(&world).await, GROSS);
}

#[tokio::test]
async fn a_card_is_held_for_review_with_and_without_a_page() {
    let world = World::misbehaving(json!([{"fault": "challenge"}])).await;
    let held =
        [world.pay("PAGE", "credit_card", "settle").await, world.card("CORE", ACCEPTED).await];
    for told in held {
        assert_eq!(told["transaction_status"], "capture", "{told}");
        assert_eq!(told["fraud_status"], "challenge", "{told}");
    }
    world.pay("OTHER", "qris", "settle").await;
    assert_eq!(world.status("OTHER").await, "settlement");
    assert_eq!(net(&world).await, GROSS, "a challenge is not paid");
    assert_eq!(world.core("PAGE", "approve", json!({})).await["fraud_status"], "accept");
    assert_eq!(world.core("CORE", "deny", json!({})).await["fraud_status"], "deny");
    assert_eq!(net(&world).await, 2 * GROSS);
}

#[tokio::test]
async fn an_unattended_challenge_is_called_off_the_next_day() {
    let world = World::misbehaving(json!([{"fault": "challenge"}])).await;
    world.card("ORD-1", ACCEPTED).await;
    world.wait(minutes(24 * 60)).await;
    assert_eq!(world.status("ORD-1").await, "cancel");
    assert_eq!(net(&world).await, 0);
}

#[tokio::test]
async fn paying_is_denied_with_and_without_a_page() {
    let world = World::misbehaving(json!([{"fault": "deny"}])).await;
    let denied = world.pay("PAGE", "gopay", "settle").await;
    assert_eq!(denied["transaction_status"], "deny");
    let denied = world.card("CORE", ACCEPTED).await;
    assert_eq!(
        (&denied["transaction_status"], &denied["status_code"]),
        (&json!("deny"), &json!("202"))
    );
    assert_eq!(net(&world).await, 0);
    world.switch(json!([])).await;
    let path = format!(
        "/_sim/pages/{}/pay",
        world.get("/_sim/transactions?order_id=PAGE").await[0]["token"].as_str().unwrap()
    );
    assert_eq!(
        world.post(&path, json!({"method": "qris"})).await.1["transaction_status"],
        "settlement"
    );
}

#[tokio::test]
async fn a_refused_refund_moves_nothing_and_its_number_is_its_own() {
    let world = World::misbehaving(json!([{"fault": "refund_refused", "times": 2}])).await;
    world.pay("ORD-1", "gopay", "settle").await;
    world.settle_down().await;
    world.endpoint.take();
    let refund = |key: &'static str| json!({"refund_key": key, "amount": 1000});
    let mut numbers = vec![];
    for (key, code, amount) in [("a", "202", "0.00"), ("b", "202", "0.00"), ("a", "200", "1000.00")]
    {
        let told = world.core("ORD-1", "refund", refund(key)).await;
        assert_eq!((&told["status_code"], &told["refund_amount"]), (&json!(code), &json!(amount)));
        numbers.push(told["refund_chargeback_id"].as_i64().unwrap());
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 3);
    assert_eq!(world.status("ORD-1").await, "partial_refund");
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["partial_refund"], "none about the refused");
    assert_eq!(net(&world).await, GROSS - 1000);
}

#[tokio::test]
async fn an_expiry_comes_late_and_can_be_paid_meanwhile() {
    let world = World::misbehaving(json!([{"fault": "never_expire", "ms": 600_000}])).await;
    for order_id in ["LATE", "PAID"] {
        world.pay(order_id, "qris", "pending").await;
    }
    world.wait(minutes(20)).await;
    assert_eq!(world.status("LATE").await, "pending", "five minutes past its deadline");
    world.act("PAID", "settle").await;
    world.wait(minutes(5)).await;
    assert_eq!(world.status("LATE").await, "expire");
    assert_eq!(world.status("PAID").await, "settlement");
}

#[tokio::test]
async fn a_card_holder_takes_it_back() {
    let world = World::misbehaving(json!([{"fault": "chargeback", "ms": 60_000}])).await;
    world.card("ORD-1", ACCEPTED).await;
    world.pay("ORD-2", "qris", "settle").await;
    world.wait(minutes(24 * 60)).await;
    assert_eq!(world.status("ORD-1").await, "settlement");
    world.endpoint.take();
    world.wait(minutes(1)).await;
    assert_eq!(world.endpoint.statuses(), ["chargeback"]);
    let ledger = world.ledger().await;
    assert_eq!(
        (&ledger["charged_back_amount"], &ledger["net_amount"]),
        (&json!(GROSS), &json!(GROSS))
    );
}

/// A plan that has become impossible is dropped, and the rest goes on.
#[tokio::test]
async fn a_chargeback_after_a_refund_comes_to_nothing() {
    let world = World::misbehaving(json!([{"fault": "chargeback", "ms": 60_000}])).await;
    world.card("ORD-1", ACCEPTED).await;
    world.act("ORD-1", "settle").await;
    world.core("ORD-1", "refund", json!({"refund_key": "r", "amount": 1000})).await;
    world.wait(minutes(1)).await;
    assert_eq!(world.status("ORD-1").await, "partial_refund");
    assert_eq!(world.wait(minutes(60 * 24)).await.moved, 1, "the confirmation of the refund");
    assert_eq!(net(&world).await, GROSS - 1000);
}

#[tokio::test]
async fn a_partial_chargeback_is_followed_by_the_rest() {
    let world = World::misbehaving(json!([{"fault": "stale"}])).await;
    world.pay("ORD-1", "qris", "settle").await;
    let (code, told) =
        world.post("/_sim/transactions/ORD-1/chargeback", json!({"amount": 25_000})).await;
    assert_eq!((code, &told["transaction_status"]), (200, &json!("partial_chargeback")));
    assert_eq!(world.status("ORD-1").await, "settlement", "GET Status is late here too");
    assert_eq!(net(&world).await, GROSS - 25_000);
    for bad in [0, -1, GROSS] {
        let asked = json!({"amount": bad});
        assert_eq!(world.post("/_sim/transactions/ORD-1/chargeback", asked).await.0, 409);
    }
    let told = world.act("ORD-1", "chargeback").await;
    assert_eq!(
        (&told["transaction_status"], &told["charged_back"]),
        (&json!("chargeback"), &json!(GROSS))
    );
    assert_eq!(net(&world).await, 0);
    let (code, _) = world.post("/_sim/transactions/ORD-1/chargeback", Value::Null).await;
    assert_eq!(code, 409, "there is nothing left");
}
