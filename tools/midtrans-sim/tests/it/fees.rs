//! Fees that the customer pays on top (midtrans.md 3.8).

use crate::by_hand::{GOOD_CARD, answer, charge_of};
use crate::world::{World, key};
use reqwest::Method;
use serde_json::{Value, json};

/// A world whose dashboard asks for 4000 rupiah.
async fn with_fees() -> World {
    let world = World::open().await;
    let (code, told) = world.put("/_sim/fees", json!({"enabled": true, "amount": 4000})).await;
    assert_eq!((code, told), (200, json!({"enabled": true, "amount": 4000})));
    world
}

fn breakdown() -> Value {
    json!({
        "original_amount": "125000",
        "gross_amount": "129000",
        "customer_imposed_payment_fee": "4000",
    })
}

#[tokio::test]
async fn amount_and_signature_include_the_fee_and_metadata_tells_it() {
    let world = with_fees().await;
    let mut asked = charge_of("ORD-1", "gopay", Value::Null);
    asked["metadata"] = json!({"cart": 7});
    assert_eq!(world.charge(asked).await["gross_amount"], "129000.00");
    assert_eq!(world.act("ORD-1", "settle").await.1["gross_amount"], 129_000);
    world.settle_down().await;
    for posted in world.endpoint.take() {
        assert_eq!(posted.body["gross_amount"], "129000.00");
        let metadata = json!({"cart": 7, "extra_info": {"gross_amount_info": breakdown()}});
        assert_eq!(posted.body["metadata"], metadata);
        assert!(posted.notification.verify_signature(&key()));
        assert_eq!(posted.notification.transaction().amount_to_compare(), Ok(125_000));
    }
    let told = world.told("ORD-1").await;
    assert_eq!(told["metadata"]["extra_info"]["gross_amount_info"], breakdown());
    let view = world.get("/_sim/transactions/ORD-1").await;
    assert_eq!((&view["fee"], &view["gross_amount"]), (&json!(4000), &json!(129_000)));
    let refunded = world.core("/v2/ORD-1/refund", Value::Null).await;
    assert_eq!(refunded["refund_amount"], "129000.00");
    let ledger = world.get("/_sim/ledger").await;
    assert_eq!((&ledger["net_amount"], &ledger["balanced"]), (&json!(0), &json!(true)));
}

#[tokio::test]
async fn the_request_decides_before_the_dashboard() {
    let world = with_fees().await;
    let cases = [(json!({"enable": false}), "125000.00"), (json!({"enable": true}), "129000.00")];
    for (number, (wish, expected)) in cases.iter().enumerate() {
        let mut asked = charge_of(&format!("ORD-{number}"), "qris", Value::Null);
        asked["customer_imposed_payment_fee"] = wish.clone();
        assert_eq!(&world.charge(asked).await["gross_amount"], expected, "{wish}");
    }
    assert_eq!(world.told("ORD-0").await["metadata"], Value::Null);
    world.put("/_sim/fees", json!({"enabled": false, "amount": 4000})).await;
    let plain = world.charge(charge_of("ORD-3", "qris", Value::Null)).await;
    assert_eq!(plain["gross_amount"], "125000.00");
    let mut asked = charge_of("ORD-4", "qris", Value::Null);
    asked["customer_imposed_payment_fee"] = json!({"enable": true});
    assert_eq!(world.charge(asked.clone()).await["gross_amount"], "129000.00");
    asked["customer_imposed_payment_fee"] = json!({"enable": "yes"});
    assert_eq!(world.charge(asked).await["status_code"], "400");
}

#[tokio::test]
async fn a_page_asks_for_the_fee_too() {
    let world = with_fees().await;
    world.pay("ORD-1", "bca_va", "settle").await;
    assert_eq!(world.told("ORD-1").await["gross_amount"], "129000.00");
    let mut asked = charge_of("ORD-2", "qris", Value::Null);
    asked["customer_imposed_payment_fee"] = json!({"enable": false});
    let page = answer(world.call(Method::POST, "/snap/v1/transactions").json(&asked)).await;
    let pay = format!("/_sim/pages/{}/pay", page.body["token"].as_str().unwrap());
    assert_eq!(world.post(&pay, json!({"method": "qris"})).await.1["gross_amount"], 125_000);
}

#[tokio::test]
async fn a_capture_of_less_than_the_fee_is_all_fee() {
    let world = with_fees().await;
    for (order_id, amount, fee) in [("ORD-1", 1_000, 1_000), ("ORD-2", 100_000, 4_000)] {
        let told = world.card(order_id, GOOD_CARD, json!({"type": "authorize"})).await;
        assert_eq!(told["gross_amount"], "129000.00");
        let ask = json!({"transaction_id": told["transaction_id"], "gross_amount": amount});
        assert_eq!(world.core("/v2/capture", ask).await["status_code"], "200");
        let told = world.told(order_id).await;
        let info = &told["metadata"]["extra_info"]["gross_amount_info"];
        assert_eq!(info["original_amount"], (amount - fee).to_string(), "{order_id}");
        assert_eq!(info["customer_imposed_payment_fee"], fee.to_string(), "{order_id}");
        let path = format!("/_sim/ledger/postings?order_id={order_id}");
        assert_eq!(world.get(&path).await[0]["amount"], fee, "{order_id}");
    }
    let ledger = world.get("/_sim/ledger").await;
    assert_eq!((&ledger["net_amount"], &ledger["balanced"]), (&json!(101_000), &json!(true)));
}

#[tokio::test]
async fn a_fee_has_bounds() {
    let world = World::open().await;
    for bad in [-1, 1_000_001] {
        let (code, told) = world.put("/_sim/fees", json!({"enabled": true, "amount": bad})).await;
        assert_eq!((code, &told["error"]), (400, &json!("a fee is 0 to 1000000 rupiah")));
    }
    assert_eq!(world.get("/_sim/fees").await, json!({"enabled": false, "amount": 0}));
}

#[tokio::test]
async fn a_fee_keeps_its_amount_and_none_cannot_be_on() {
    let world = World::open().await;
    let set = async |change: Value| world.put("/_sim/fees", change).await;
    let nothing = json!({"enabled": false, "amount": 0});
    assert_eq!(set(json!({"enabled": false})).await, (200, nothing.clone()));
    for bad in [json!({"enabled": true}), json!({"enabled": true, "amount": 0})] {
        let (code, told) = set(bad).await;
        let expected = "a fee that is on has an `amount` of 1 to 1000000 rupiah, as in \
                        {\"enabled\": true, \"amount\": 4000}";
        assert_eq!((code, told), (400, json!({ "error": expected })));
    }
    assert_eq!(world.get("/_sim/fees").await, nothing);
    set(json!({"enabled": true, "amount": 4000})).await;
    let off = json!({"enabled": false, "amount": 4000});
    assert_eq!(set(json!({"enabled": false})).await, (200, off));
    let on = json!({"enabled": true, "amount": 4000});
    assert_eq!(set(json!({"enabled": true})).await, (200, on));
}
