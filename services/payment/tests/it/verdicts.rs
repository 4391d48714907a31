//! Each kind of callback through the webhook: it moves nothing that the gateway does not say, orders
//! no work that it may not, and its verdict is listed.

use crate::gateway::{AMOUNT, callback, signed, stranger, unsigned};
use crate::house::{House, NOW, ORDER, SECOND};
use payment::models::{GatewayStatus, PaymentStatus};
use serde_json::{Value, json};

/// Of every callback listed: verdict, and how often it came; newest first.
async fn listed(house: &House, path: &str) -> Vec<(String, u64)> {
    let (status, list) = house.get(path).await;
    assert_eq!(status, 200, "{list}");
    let rows = list["data"].as_array().unwrap().iter();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["verdict"]), row["times"].as_u64().unwrap())).collect()
}

/// The verdict of the newest callback, in both lists.
async fn listed_everywhere(house: &House, verdict: &str, times: u64) {
    let expected = Some((verdict.to_owned(), times));
    assert_eq!(listed(house, "/v1/callbacks").await.into_iter().next(), expected);
    let id = house.payment().await.id;
    let own = listed(house, &format!("/v1/payments/{id}/callbacks")).await;
    assert_eq!(own.into_iter().next(), expected);
}

/// As it was before, with its job and nothing else.
async fn nothing_moved(house: &House, before: PaymentStatus, facts: usize) {
    assert_eq!(house.status().await, before);
    assert_eq!(house.facts().await.len(), facts, "{:?}", house.facts().await);
    house.check().await;
}

async fn attempt(house: &House) -> String {
    house.attempt().await.to_string()
}

#[tokio::test]
async fn a_wrong_or_missing_signature_is_forged() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    let wrong = unsigned(&attempt(&house).await, "settlement");
    assert_eq!(house.post(&wrong).await, 401);
    listed_everywhere(&house, "forged", 1).await;
    house.clock.advance(SECOND);
    let mut missing = wrong.clone();
    missing.as_object_mut().unwrap().remove("signature_key");
    assert_eq!((house.post(&missing).await, house.post(&missing).await), (401, 401));
    listed_everywhere(&house, "forged", 2).await;
    assert_eq!(house.work(NOW).await, 0);
    nothing_moved(&house, PaymentStatus::Pending, 2).await;
}

#[tokio::test]
async fn a_tampered_status_with_a_good_signature_is_contradicted() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.clock.advance(SECOND);
    // The signature of the pending callback covers no status (midtrans.md 0.1 #5).
    let mut tampered = signed(callback(&attempt(&house).await, "tx-1", "pending", AMOUNT));
    tampered["transaction_status"] = "settlement".into();
    assert_eq!(house.post(&tampered).await, 200);
    listed_everywhere(&house, "unconfirmed", 1).await;
    for pause in [0, 2, 10, 30] {
        assert_eq!(house.work(pause * SECOND).await, 1);
    }
    listed_everywhere(&house, "contradicted", 1).await;
    assert_eq!(house.statuses_told().await, ["pending"]);
    nothing_moved(&house, PaymentStatus::Pending, 4).await;
}

#[tokio::test]
async fn a_lower_amount_with_a_good_signature_is_a_mismatch() {
    let house = House::ready().await;
    let cheap = signed(callback(&attempt(&house).await, "tx-1", "settlement", 1_000));
    assert_eq!(house.post(&cheap).await, 200);
    listed_everywhere(&house, "amount_mismatch", 1).await;
    let (_, list) = house.get("/v1/callbacks").await;
    assert_eq!(list["data"][0]["amount"], 1_000);
    assert_eq!(house.work(NOW).await, 1, "the gateway is asked, and knows of nothing");
    nothing_moved(&house, PaymentStatus::Pending, 2).await;
}

#[tokio::test]
async fn a_settlement_that_is_replayed_after_the_refund_is_stale_and_counted() {
    let house = House::paid_with("tx-1").await;
    listed_everywhere(&house, "confirmed", 1).await;
    house.clock.advance(SECOND);
    house.hears_the_truth("tx-1", GatewayStatus::Refund).await;
    assert_eq!(house.status().await, PaymentStatus::Refunded);
    house.clock.advance(SECOND);
    assert_eq!(house.callback("tx-1", "settlement").await, 200);
    assert_eq!(house.work(NOW).await, 1, "the gateway is asked, and says refund");
    let all = [("confirmed".to_owned(), 1), ("stale".to_owned(), 2)];
    assert_eq!(listed(&house, "/v1/callbacks").await, all);
    assert_eq!(house.statuses_told().await, ["pending", "paid", "refunded"]);
    nothing_moved(&house, PaymentStatus::Refunded, 4).await;
}

#[tokio::test]
async fn a_pending_that_comes_after_the_settlement_is_stale() {
    let house = House::paid_with("tx-1").await;
    house.clock.advance(SECOND);
    assert_eq!(house.callback("tx-1", "pending").await, 200);
    house.work(NOW).await;
    listed_everywhere(&house, "stale", 1).await;
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    nothing_moved(&house, PaymentStatus::Paid, 3).await;
}

#[tokio::test]
async fn a_duplicate_is_the_same_callback_with_its_count() {
    let house = House::paid_with("tx-1").await;
    for _ in 0..4 {
        assert_eq!(house.callback("tx-1", "settlement").await, 200);
    }
    house.work(NOW).await;
    listed_everywhere(&house, "confirmed", 5).await;
    assert_eq!(house.callbacks().await.len(), 1);
    nothing_moved(&house, PaymentStatus::Paid, 3).await;
}

#[tokio::test]
async fn an_unknown_order_is_listed_as_such() {
    let house = House::ready().await;
    let foreign = signed(callback(&stranger().to_string(), "tx-1", "settlement", AMOUNT));
    assert_eq!(house.post(&foreign).await, 200);
    assert_eq!(listed(&house, "/v1/callbacks").await, [("unknown_order".to_owned(), 1)]);
    let (_, list) = house.get("/v1/callbacks").await;
    assert_eq!(list["data"][0]["order_id"], Value::Null);
    assert_eq!(house.work(NOW).await, 0);
    nothing_moved(&house, PaymentStatus::Pending, 2).await;
}

#[tokio::test]
async fn an_order_that_becomes_known_is_unknown_no_longer() {
    let id = attempt(&House::opened().await).await;
    for (amount, verdict) in [(AMOUNT, "confirmed"), (AMOUNT - 1, "amount_mismatch")] {
        let house = House::new();
        let early = signed(callback(&id, "tx-1", "settlement", amount));
        assert_eq!(house.post(&early).await, 200);
        assert_eq!(listed(&house, "/v1/callbacks").await, [("unknown_order".to_owned(), 1)]);
        house.open().await;
        // As after a restore from a backup: the attempt is made anew under the same id.
        let hex = id.replace('-', "");
        let same = format!("PRAGMA foreign_keys = OFF; UPDATE attempts SET id = x'{hex}';");
        house.execute(same + "UPDATE jobs SET target = (SELECT id FROM attempts)").await;
        assert_eq!(attempt(&house).await, id);
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        house.work(NOW).await;
        assert_eq!(house.status().await, PaymentStatus::Paid);
        listed_everywhere(&house, verdict, 1).await;
        let (_, list) = house.get("/v1/callbacks").await;
        assert_eq!(list["data"][0]["order_id"], ORDER.to_string());
    }
}

#[tokio::test]
async fn the_test_button_is_answered_and_dropped() {
    let house = House::ready().await;
    let test = callback("payment_notif_test_G000000001_5e1", "tx-1", "settlement", AMOUNT);
    assert_eq!(house.post(&signed(test)).await, 200);
    assert_eq!(listed(&house, "/v1/callbacks").await, []);
    assert_eq!(house.work(NOW).await, 0);
    nothing_moved(&house, PaymentStatus::Pending, 2).await;
}

#[tokio::test]
async fn another_merchants_money_and_other_money_are_not_ours() {
    for (field, value, verdict, looks) in [
        ("merchant_id", "G999999999", "foreign_merchant", 0),
        ("currency", "USD", "currency_mismatch", 1),
    ] {
        let house = House::ready().await;
        let mut body = callback(&attempt(&house).await, "tx-1", "settlement", AMOUNT);
        body[field] = json!(value);
        assert_eq!(house.post(&signed(body)).await, 200, "{field}");
        listed_everywhere(&house, verdict, 1).await;
        assert_eq!(house.work(NOW).await, looks, "of our order the gateway is asked: {field}");
        nothing_moved(&house, PaymentStatus::Pending, 2).await;
    }
}
