//! Notifications that are lost, late, repeated or out of order.

use crate::world::{World, minutes, seconds};
use serde_json::json;

#[tokio::test]
async fn a_dropped_one_never_comes_and_the_history_says_so() {
    let world = World::misbehaving(json!([{"fault": "drop", "status": "settlement"}])).await;
    world.pay("ORD-1", "qris", "settle").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["pending"]);
    world.wait(minutes(60 * 24)).await;
    assert!(world.endpoint.take().is_empty(), "it is not retried either");
    let list = world.deliveries("ORD-1").await;
    assert_eq!((&list[0]["state"], &list[1]["state"]), (&json!("delivered"), &json!("dropped")));
    assert_eq!(list[1]["attempts"], json!([]));
    assert_eq!(list[1]["next_attempt_at"], json!(null));
    assert_eq!(world.status("ORD-1").await, "settlement", "GET Status still helps");
    // The dashboard's button sends what was dropped.
    let path = format!("/_sim/deliveries/{}/resend", list[1]["id"]);
    assert_eq!(world.post(&path, json!(null)).await.0, 202);
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["settlement"]);
    assert_eq!(world.deliveries("ORD-1").await[1]["state"], "delivered");
}

#[tokio::test]
async fn a_dropped_one_does_not_block_those_behind_it() {
    let world = World::misbehaving(json!([{"fault": "drop", "status": "pending"}])).await;
    world.pay("ORD-1", "qris", "settle").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["settlement"]);
}

#[tokio::test]
async fn a_delayed_one_comes_late_and_is_overtaken() {
    let delay = json!([{"fault": "delay", "status": "pending", "ms": 90_000}]);
    let world = World::misbehaving(delay).await;
    world.pay("ORD-1", "qris", "settle").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["settlement"]);
    assert_eq!(world.wait(seconds(89)).await.attempted, 0);
    assert_eq!(world.wait(seconds(1)).await.attempted, 1);
    assert_eq!(world.endpoint.statuses(), ["pending"]);
}

#[tokio::test]
async fn copies_are_the_same_to_the_byte() {
    let duplicate = json!([{"fault": "duplicate", "status": "settlement", "code": 3}]);
    let world = World::misbehaving(duplicate).await;
    world.pay("ORD-1", "qris", "settle").await;
    world.settle_down().await;
    let posted = world.endpoint.take();
    assert_eq!(posted.len(), 1 + 4);
    assert_eq!(posted[0].status(), "pending");
    assert!(posted[1..].iter().all(|copy| copy.text == posted[1].text));
    let usual = World::misbehaving(json!([{"fault": "duplicate"}])).await;
    usual.pay("ORD-1", "qris", "pending").await;
    usual.settle_down().await;
    assert_eq!(usual.endpoint.take().len(), 2);
}

#[tokio::test]
async fn the_second_arrives_before_the_first() {
    let world = World::misbehaving(json!([{"fault": "reorder", "status": "pending"}])).await;
    world.pay("ORD-1", "qris", "settle").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["settlement"]);
    world.wait(seconds(1)).await;
    assert_eq!(world.endpoint.statuses(), ["pending"]);
}

/// Without a scope every notification is hit, and the one that overtakes must not be held in turn.
#[tokio::test]
async fn a_reorder_of_everything_swaps_pairs() {
    let world = World::misbehaving(json!([{"fault": "reorder", "ms": 600_000}])).await;
    world.pay("ORD-1", "gopay", "settle").await;
    world.wait(seconds(1)).await;
    assert_eq!(world.endpoint.statuses(), ["settlement", "pending"]);
    for amount in [1000, 2000] {
        let refund = json!({"refund_key": format!("r{amount}"), "amount": amount});
        world.core("ORD-1", "refund", refund).await;
    }
    world.wait(seconds(1)).await;
    let posted = world.endpoint.take();
    let sums: Vec<_> = posted.iter().map(|posted| posted.body()["refund_amount"].clone()).collect();
    assert_eq!(sums, ["3000.00", "1000.00"]);
}

#[tokio::test]
async fn nothing_is_held_for_ever() {
    let world = World::misbehaving(json!([{"fault": "reorder", "ms": 120_000}])).await;
    world.pay("ORD-1", "bca_va", "pending").await;
    assert_eq!(world.wait(seconds(119)).await.attempted, 0);
    assert_eq!(world.wait(seconds(1)).await.attempted, 1);
    assert_eq!(world.endpoint.statuses(), ["pending"]);
}

/// A held one that was tried and refused keeps the schedule of its retries.
#[tokio::test]
async fn an_overtaker_does_not_hurry_a_retry() {
    let world = World::misbehaving(json!([{"fault": "reorder", "ms": 1000, "times": 1}])).await;
    world.endpoint.answer("callback", &[503]);
    world.pay("ORD-1", "bca_va", "pending").await;
    world.wait(seconds(1)).await;
    assert_eq!(world.endpoint.statuses(), ["pending"]);
    world.act("ORD-1", "settle").await;
    world.wait(seconds(60)).await;
    assert_eq!(world.endpoint.statuses(), ["settlement"]);
    world.wait(seconds(60)).await;
    assert_eq!(world.endpoint.statuses(), ["pending"]);
}

#[tokio::test]
async fn faults_of_one_notification_add_up() {
    let world = World::misbehaving(json!([
        {"fault": "duplicate", "status": "settlement"},
        {"fault": "delay", "status": "settlement", "ms": 5000},
        {"fault": "bad_signature", "status": "settlement"},
    ]))
    .await;
    world.pay("ORD-1", "qris", "settle").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["pending"]);
    world.wait(seconds(5)).await;
    let posted = world.endpoint.take();
    assert_eq!(posted.len(), 2);
    assert!(!crate::tampered::is_signed(&posted[0].body()));
}

#[tokio::test]
async fn the_worker_does_not_wait_for_the_clock_when_a_plan_is_due_at_once() {
    let world = World::with(|config| config.notification_url = None).await;
    world.switch(json!([{"fault": "reverse", "ms": 0}])).await;
    let cancel = tokio_util::sync::CancellationToken::new();
    let (sim, stop) = (world.sim.clone(), cancel.clone());
    world
        .put("/_sim/autopay", json!({"enabled": true, "method": "permata_va", "delay_ms": 1}))
        .await;
    world.snap("ORD-1").await;
    let worker = tokio::spawn(async move { sim.run(stop).await });
    // Meanwhile the worker has used up the wake-up of the creation.
    for _ in 0..20 {
        assert_eq!(world.status("ORD-1").await, "pending");
    }
    world.clock.advance(seconds(1));
    let reversed = async {
        while world.status("ORD-1").await != "deny" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(seconds(10), reversed).await.expect("the worker sleeps");
    cancel.cancel();
    worker.await.unwrap();
}
