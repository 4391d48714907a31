//! For what and how often switches hit.

use crate::world::World;
use serde_json::{Value, json};

/// Pays so many orders and tells which of their settlements arrived.
async fn arrived(world: &World, orders: usize) -> Vec<usize> {
    for order in 0..orders {
        world.pay(&format!("ORD-{order}"), "qris", "settle").await;
    }
    world.settle_down().await;
    let posted = world.endpoint.take();
    let settled = posted.iter().filter(|posted| posted.status() == "settlement");
    let number = |order_id: &str| order_id.trim_start_matches("ORD-").parse().unwrap();
    let mut found: Vec<usize> =
        settled.map(|posted| number(posted.body()["order_id"].as_str().unwrap())).collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn every_second_callback_is_dropped() {
    let world =
        World::misbehaving(json!([{"fault": "drop", "every": 2, "status": "settlement"}])).await;
    assert_eq!(arrived(&world, 6).await, [0, 2, 4]);
    assert_eq!(world.counters().await, [(6, 3)]);
    // Of all callbacks, it is every settlement here: pending comes first each time.
    let world = World::misbehaving(json!([{"fault": "drop", "every": 2}])).await;
    assert!(arrived(&world, 3).await.is_empty());
    assert_eq!(world.counters().await, [(6, 3)]);
}

#[tokio::test]
async fn a_switch_stops_after_its_times_and_starts_after_its_skips() {
    let switch = json!([{"fault": "drop", "status": "settlement", "skip": 1, "times": 2}]);
    let world = World::misbehaving(switch).await;
    assert_eq!(arrived(&world, 5).await, [0, 3, 4]);
}

#[tokio::test]
async fn the_same_seed_drops_the_same() {
    let run = |seed: u64| async move {
        let switch = json!([
            {"fault": "drop", "status": "settlement", "probability": 0.5, "seed": seed},
        ]);
        arrived(&World::misbehaving(switch).await, 24).await
    };
    let first = run(7).await;
    assert!((1..24).contains(&first.len()), "{first:?}");
    assert_eq!(run(7).await, first);
    assert_ne!(run(8).await, first);
}

#[tokio::test]
async fn scopes_narrow_notifications() {
    let cases = [
        (json!({"order_id": "ORD-1"}), vec!["ORD-2 pending", "ORD-2 settlement"]),
        (json!({"payment_type": "bank_transfer"}), vec!["ORD-1 pending", "ORD-1 settlement"]),
        (json!({"status": "pending"}), vec!["ORD-1 settlement", "ORD-2 settlement"]),
        (
            json!({"status": "pending", "order_id": "ORD-2"}),
            vec!["ORD-1 pending", "ORD-1 settlement", "ORD-2 settlement"],
        ),
    ];
    for (mut switch, expected) in cases {
        switch["fault"] = json!("drop");
        let world = World::misbehaving(json!([switch])).await;
        world.pay("ORD-1", "qris", "settle").await;
        world.pay("ORD-2", "bca_va", "settle").await;
        world.settle_down().await;
        let told = |posted: &crate::world::Posted| {
            format!("{} {}", posted.body()["order_id"].as_str().unwrap(), posted.status())
        };
        let mut came: Vec<_> = world.endpoint.take().iter().map(told).collect();
        came.sort();
        assert_eq!(came, expected, "{switch}");
    }
}

/// An answer knows what it is about by any of its ids.
#[tokio::test]
async fn scopes_narrow_answers() {
    let world = World::open().await;
    let paid = world.pay("PAID", "qris", "settle").await;
    let paid = paid["transaction_id"].as_str().unwrap();
    world.pay("WAITS", "bca_va", "pending").await;
    let cases: [(Value, [bool; 4]); 6] = [
        // By order id, by transaction id, the other order, nobody.
        (json!({"order_id": "PAID"}), [true, true, false, false]),
        (json!({"transaction_id": paid}), [true, true, false, false]),
        (json!({"payment_type": "bank_transfer"}), [false, false, true, false]),
        (json!({"status": "settlement"}), [true, true, false, false]),
        (json!({"order_id": "NOBODY"}), [false, false, false, true]),
        (json!({"call": "cancel"}), [false; 4]),
    ];
    for (mut switch, expected) in cases {
        (switch["fault"], switch["code"]) = (json!("refuse"), json!(503));
        world.switch(json!([switch])).await;
        for (id, hit) in ["PAID", paid, "WAITS", "NOBODY"].into_iter().zip(expected) {
            let told = world.core(id, "status", Value::Null).await;
            assert_eq!(told["status_code"] == "503", hit, "{switch} {id}");
        }
    }
}

#[tokio::test]
async fn scopes_narrow_what_is_to_be() {
    let world = World::misbehaving(
        json!([{"fault": "refuse", "code": 505, "payment_type": "bank_transfer"}]),
    )
    .await;
    let bca = json!({"bank_transfer": {"bank": "bca"}});
    assert_eq!(world.charge("ORD-1", "bank_transfer", bca).await["status_code"], "505");
    assert_eq!(world.charge("ORD-1", "qris", json!({})).await["status_code"], "201");
    world.switch(json!([{"fault": "refuse", "code": 503, "order_id": "ORD-3"}])).await;
    assert_eq!(world.snap("ORD-2").await.0, 201);
    assert_eq!(world.snap("ORD-3").await.0, 503);
    world.switch(json!([])).await;
    let token = world.snap("ORD-3").await.1["token"].as_str().unwrap().to_owned();
    world.switch(json!([{"fault": "refuse", "code": 503, "order_id": "ORD-3"}])).await;
    let cancel = format!("/snap/v1/transactions/{token}/cancel");
    assert_eq!(world.post(&cancel, json!({})).await.0, 503, "a page is of its order");
}
