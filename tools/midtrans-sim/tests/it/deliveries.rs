//! Notifications of charges: each address has its own delivery, its own retries and its history
//! (midtrans.md 1.2, 3.1, 3.6, 3.7).

use crate::by_hand::{answer, charge_of};
use crate::world::{World, key};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_charge_names_addresses_of_its_own_and_keeps_them() {
    let world = World::open().await;
    let charge = |order_id: &str, name: &str, value: String| {
        let asked = charge_of(order_id, "qris", Value::Null);
        answer(world.call(Method::POST, "/v2/charge").header(name, value).json(&asked))
    };
    let url = |path: &str| world.endpoint.url(path);
    let override_ = "X-Override-Notification";
    charge("ORD-1", override_, format!("{},{}", url("a"), url("b"))).await;
    charge("ORD-2", "X-Append-Notification", url("c")).await;
    charge("ORD-3", override_, String::new()).await;
    for order_id in ["ORD-1", "ORD-2", "ORD-3"] {
        assert_eq!(world.act(order_id, "settle").await.0, 200);
    }
    world.settle_down().await;
    let posted = world.endpoint.take();
    let cases =
        [("ORD-1", vec!["a", "b"]), ("ORD-2", vec!["c", "callback"]), ("ORD-3", vec!["callback"])];
    for (order_id, expected) in cases {
        for status in ["pending", "settlement"] {
            let of = posted.iter().filter(|one| one.body["order_id"] == order_id);
            let mut paths: Vec<_> =
                of.filter(|one| one.status() == status).map(|one| one.path.as_str()).collect();
            paths.sort_unstable();
            assert_eq!(paths, expected, "{order_id} {status}");
        }
    }
    assert!(posted.iter().all(|one| one.notification.verify_signature(&key())));
    for bad in ["ftp://a", "http://a,http://b,http://c,http://d", "nowhere"] {
        let told = charge("ORD-4", override_, bad.to_owned()).await;
        let expected = format!("{override_} takes at most 3 http or https addresses");
        assert_eq!(told.body["validation_messages"], json!([expected]), "{bad}");
    }
    assert_eq!(world.told("ORD-4").await["status_code"], "404");
}

#[tokio::test]
async fn each_address_is_tried_by_its_own_answers_and_the_history_tells() {
    let world = World::open().await;
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dead = format!("http://{dead}/");
    let asked = charge_of("ORD-1", "bank_transfer", json!({"bank": "bca"}));
    let call = world.call(Method::POST, "/v2/charge").header("X-Append-Notification", &dead);
    answer(call.json(&asked)).await;
    world.endpoint.answer(&[500]);
    world.settle_down().await;
    world.wait(2).await;
    assert_eq!(world.endpoint.statuses(), ["pending", "pending"]);
    let list = world.get("/_sim/deliveries?order_id=ORD-1").await;
    let of = |url: &str| list.as_array().unwrap().iter().find(|one| one["url"] == url).unwrap();
    let (mine, other) = (of(&world.endpoint.url("callback")), of(&dead));
    let answers = |delivery: &Value| -> Vec<Value> {
        let attempts = delivery["attempts"].as_array().unwrap().iter();
        attempts.map(|attempt| json!([attempt["at"], attempt["answer"]])).collect()
    };
    let first = "2026-03-01T03:00:00Z";
    let second = "2026-03-01T03:02:00Z";
    assert_eq!(mine["state"], "delivered");
    assert_eq!(answers(mine), [json!([first, "500"]), json!([second, "200"])]);
    assert_eq!(other["state"], "waiting");
    assert_eq!(answers(other), [json!([first, "failed"]), json!([second, "failed"])]);
    assert_eq!(other["next_attempt_at"], "2026-03-01T03:12:00Z");
    assert_eq!(list.as_array().unwrap().len(), 2);

    // Sent again by hand, it is the same text.
    let number = mine["id"].as_i64().unwrap();
    let resend = format!("{}/_sim/deliveries/{number}/resend", world.base);
    assert_eq!(answer(world.http.post(resend)).await.seen(), "202 empty");
    assert_eq!(world.posted().await.len(), 1);
}

#[tokio::test]
async fn the_test_button_sends_an_order_that_nobody_made() {
    let world = World::open().await;
    let (code, told) = world.post("/_sim/test-notification", Value::Null).await;
    assert_eq!(code, 200);
    let order_id = told["order_id"].as_str().unwrap();
    assert!(order_id.starts_with("payment_notif_test_G000000001_"), "{order_id}");
    world.settle_down().await;
    let posted = world.endpoint.take();
    assert_eq!(posted[0].body["order_id"], order_id);
    assert!(posted[0].notification.verify_signature(&key()));
    assert_eq!(world.told(order_id).await["status_code"], "404");
}
