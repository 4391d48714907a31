//! `Idempotency-Key` (midtrans.md 2.8).

use crate::by_hand::{Told, answer, charge_of};
use crate::world::World;
use reqwest::Method;
use serde_json::{Value, json};

impl World {
    async fn keyed(&self, key: &str, path: &str, body: &str) -> Told {
        let call = self.call(Method::POST, path).header("Idempotency-Key", key);
        answer(call.header("content-type", "application/json").body(body.to_owned())).await
    }

    async fn charge_keyed(&self, key: &str, order_id: &str) -> Value {
        let body = charge_of(order_id, "gopay", Value::Null).to_string();
        self.keyed(key, "/v2/charge", &body).await.body
    }
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_whatever_the_body() {
    let world = World::open().await;
    let first = world.charge_keyed("k1", "ORD-1").await;
    assert_eq!(first["status_code"], "201");
    assert_eq!(world.charge_keyed("k1", "ORD-1").await, first);
    assert_eq!(world.charge_keyed("k1", "ORD-2").await, first, "another body");
    for body in ["", "null", "{", "{}", "[7]"] {
        assert_eq!(world.keyed("k1", "/v2/charge", body).await.body, first, "{body}");
    }
    assert_eq!(world.get("/_sim/transactions").await.as_array().unwrap().len(), 1);
    assert_eq!(world.posted().await.len(), 1, "a replay notifies nobody");
    assert_eq!(world.charge_keyed("k2", "ORD-1").await["status_code"], "406");
    let bare = world.charge(charge_of("ORD-1", "gopay", Value::Null)).await;
    assert_eq!(bare["status_code"], "406");
}

#[tokio::test]
async fn a_key_lives_for_five_minutes() {
    let world = World::open().await;
    let first = world.charge_keyed("k1", "ORD-1").await;
    world.put("/_sim/clock", json!({"advance_seconds": 300})).await;
    assert_eq!(world.charge_keyed("k1", "ORD-1").await, first);
    world.put("/_sim/clock", json!({"advance_seconds": 1})).await;
    assert_eq!(world.charge_keyed("k1", "ORD-1").await["status_code"], "406");
    let next = world.charge_keyed("k1", "ORD-2").await;
    assert_eq!((&next["status_code"], &next["order_id"]), (&json!("201"), &json!("ORD-2")));
}

#[tokio::test]
async fn one_key_for_two_endpoints_is_a_trap() {
    let world = World::open().await;
    let charged = world.charge_keyed("k1", "ORD-1").await;
    for path in ["/v2/ORD-1/cancel", "/v2/ORD-1/expire", "/v2/nobody/cancel", "/v2/ORD-1/refund"] {
        assert_eq!(world.keyed("k1", path, "").await.body, charged, "{path}");
    }
    assert_eq!(world.told("ORD-1").await["transaction_status"], "pending");
    // An expiry is a success, 407 or not.
    let expired = world.keyed("k2", "/v2/ORD-1/expire", "").await.body;
    assert_eq!(expired["status_code"], "407");
    assert_eq!(world.keyed("k2", "/v2/ORD-1/expire", "").await.body, expired);
    assert_eq!(world.keyed("k3", "/v2/ORD-1/expire", "").await.body["status_code"], "412");
}

#[tokio::test]
async fn a_refund_is_repeated_safely_with_its_key() {
    let world = World::open().await;
    world.paid("ORD-1", "gopay", Value::Null).await;
    let ask = r#"{"amount": 1000}"#;
    let first = world.keyed("k1", "/v2/ORD-1/refund", ask).await.body;
    assert_eq!(first["refund_amount"], "1000.00");
    assert_eq!(world.keyed("k1", "/v2/ORD-1/refund", ask).await.body, first);
    assert_eq!(world.told("ORD-1").await["refund_amount"], "1000.00");
}

#[tokio::test]
async fn keys_that_are_too_long_or_empty_are_ignored() {
    let world = World::open().await;
    let longest = "k".repeat(46);
    let first = world.charge_keyed(&longest, "ORD-1").await;
    assert_eq!(world.charge_keyed(&longest, "ORD-1").await, first);
    for (number, key) in ["k".repeat(47), String::new(), " ".to_owned()].iter().enumerate() {
        let order_id = format!("ORD-x{number}");
        assert_eq!(world.charge_keyed(key, &order_id).await["status_code"], "201");
        assert_eq!(world.charge_keyed(key, &order_id).await["status_code"], "406", "{key:?}");
    }
}

#[tokio::test]
async fn failures_are_not_remembered() {
    let world = World::open().await;
    let bad = world.keyed("k1", "/v2/charge", "{").await.body;
    assert_eq!(bad["status_code"], "413");
    let bare = world.http.post(format!("{}/v2/charge", world.base)).header("Idempotency-Key", "k1");
    assert_eq!(answer(bare).await.http, 401);
    assert_eq!(world.charge_keyed("k1", "ORD-1").await["status_code"], "201");
    assert_eq!(world.charge_keyed("k2", "ORD-1").await["status_code"], "406");
    world.core("/v2/ORD-1/cancel", Value::Null).await;
    assert_eq!(world.charge_keyed("k2", "ORD-1").await["status_code"], "201");
    // A card that the bank denies is no success either.
    let own = json!({"token_id": world.card_token("4911111111111113").await});
    let body = charge_of("ORD-2", "credit_card", own).to_string();
    assert_eq!(world.keyed("k3", "/v2/charge", &body).await.body["status_code"], "202");
    assert_eq!(world.keyed("k3", "/v2/charge", &body).await.body["status_code"], "411");
}

#[tokio::test]
async fn some_methods_and_snap_honour_no_key() {
    let world = World::open().await;
    let cases = [
        ("bank_transfer", json!({"bank": "permata"})),
        ("permata", Value::Null),
        ("cstore", json!({"store": "indomaret"})),
    ];
    for (number, (payment_type, own)) in cases.into_iter().enumerate() {
        let body = charge_of(&format!("ORD-{number}"), payment_type, own).to_string();
        let key = format!("k{number}");
        assert_eq!(world.keyed(&key, "/v2/charge", &body).await.body["status_code"], "201");
        assert_eq!(world.keyed(&key, "/v2/charge", &body).await.body["status_code"], "406");
    }
    let body = charge_of("ORD-snap", "qris", Value::Null).to_string();
    let pages = [
        world.keyed("k9", "/snap/v1/transactions", &body).await,
        world.keyed("k9", "/snap/v1/transactions", &body).await,
    ];
    assert_ne!(pages[0].body["token"], pages[1].body["token"]);
}

/// The only test here in which real time passes: 300 milliseconds.
#[tokio::test]
async fn while_the_first_is_at_work_the_second_is_told_so() {
    let world = World::open().await;
    let hang = json!({"fault": "hang", "call": "charge", "ms": 300, "times": 1});
    assert_eq!(world.post("/_sim/faults", hang).await.0, 200);
    let second = async {
        // Until the first hangs.
        for look in 0.. {
            if world.get("/_sim/faults").await[0]["hit"] == 1 {
                break;
            }
            assert!(look < 10_000, "the first never hangs");
        }
        let body = charge_of("ORD-1", "gopay", Value::Null).to_string();
        let waits = world.keyed("k1", "/v2/charge", &body).await;
        let other = world.charge_keyed("k2", "ORD-2").await;
        let bare = world.http.post(format!("{}/v2/charge", world.base));
        (waits, other, answer(bare.header("Idempotency-Key", "k1")).await)
    };
    let (first, (waits, other, bare)) = tokio::join!(world.charge_keyed("k1", "ORD-1"), second);
    assert_eq!(first["status_code"], "201");
    assert_eq!(waits.seen(), "202 core 202");
    assert_eq!(other["status_code"], "201", "another key does not wait");
    assert_eq!(bare.seen(), "401 core 401", "a stranger learns nothing of keys");
    assert_eq!(world.charge_keyed("k1", "ORD-1").await, first);
}
