//! Deliveries: who gets what, in which order, how often.

use crate::world::{KEY, World, key, request, start};
use kernel::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn every_state_is_notified_in_order_and_signed() {
    let world = World::open().await;
    world.pay("ORD-1", "qris", "settle").await;
    world.settle_down().await;
    let posted = world.endpoint.take();
    assert_eq!(posted.iter().map(|p| p.status()).collect::<Vec<_>>(), ["pending", "settlement"]);
    for one in &posted {
        assert!(one.notification.verify_signature(&key()));
        assert_eq!(one.path, "callback");
        assert_eq!(one.headers["user-agent"], "Veritrans");
        assert_eq!(one.headers["content-type"], "application/json");
        assert_eq!(one.body["status_message"], "midtrans payment notification");
    }
    assert!(posted[1].notification.transaction().is_paid());
    assert_eq!(world.settle_down().await.attempted, 0);
}

#[tokio::test]
async fn time_alone_expires_a_transaction_but_an_unused_page_silently() {
    let world = World::open().await;
    world.pay("ORD-1", "qris", "pending").await;
    world.create("ORD-2").await;
    world.wait(14).await;
    assert_eq!(world.endpoint.statuses(), ["pending"]);
    assert_eq!(world.wait(1).await.moved, 1);
    assert_eq!(world.endpoint.statuses(), ["expire"]);
    world.wait(60 * 24 * 8).await;
    assert!(world.endpoint.take().is_empty());
    assert_eq!(world.client.status("ORD-2").await.unwrap(), None);
}

/// Tries until nothing follows; gives the minutes at which the endpoint was called, counted from
/// the first call.
async fn calls(world: &World) -> Vec<u64> {
    world.settle_down().await;
    let mut at = vec![0; world.endpoint.take().len()];
    for minute in 1..=400 {
        world.wait(1).await;
        at.extend(world.endpoint.take().iter().map(|_| minute));
    }
    at
}

#[tokio::test]
async fn the_retry_table_as_an_endpoint_sees_it() {
    let cases: [(u16, &[u64]); 8] = [
        (200, &[0]),
        (302, &[0]),
        (500, &[0, 2]),
        (400, &[0, 2, 12]),
        (404, &[0, 2, 12]),
        (503, &[0, 2, 12, 42, 132]),
        (401, &[0, 2, 12, 42, 132, 342]),
        (429, &[0, 2, 12, 42, 132, 342]),
    ];
    for (code, expected) in cases {
        let world = World::open().await;
        skip_pending(&world).await;
        world.endpoint.answer(&[code; 10]);
        world.create("ORD-1").await;
        assert_eq!(calls(&world).await, expected, "{code}");
        let list = world.get("/_sim/deliveries?order_id=ORD-1").await;
        let state = if code == 200 { "delivered" } else { "given_up" };
        assert_eq!(list[0]["state"], state, "{code}");
        assert_eq!(list[0]["attempts"].as_array().unwrap().len(), expected.len(), "{code}");
        assert_eq!(list[0]["attempts"][0]["answer"], code.to_string());
    }
}

async fn skip_pending(world: &World) {
    let body = json!({"enabled": true, "method": "qris", "skip_pending_notification": true});
    assert_eq!(world.put("/_sim/autopay", body).await.0, 200);
}

#[tokio::test]
async fn jitter_shortens_the_wait_and_never_lengthens_it() {
    let world = World::with(|config| config.retry_jitter = true).await;
    skip_pending(&world).await;
    world.endpoint.answer(&[500; 20]);
    for order in 0..20 {
        world.create(&format!("ORD-{order}")).await;
    }
    world.settle_down().await;
    let mut waits = HashSet::new();
    for delivery in world.get("/_sim/deliveries").await.as_array().unwrap() {
        let next: Timestamp = delivery["next_attempt_at"].as_str().unwrap().parse().unwrap();
        let wait = next.duration_since(start()).as_secs();
        assert!((30..=120).contains(&wait), "{wait}");
        waits.insert(wait);
    }
    assert!(waits.len() > 1);
}

#[tokio::test]
async fn a_recovered_endpoint_is_told_late() {
    let world = World::open().await;
    skip_pending(&world).await;
    world.endpoint.answer(&[503, 503]);
    world.create("ORD-1").await;
    assert_eq!(calls(&world).await, [0, 2, 12]);
    let list = world.get("/_sim/deliveries").await;
    assert_eq!(list[0]["state"], "delivered");
    assert_eq!(list[0]["next_attempt_at"], Value::Null);
}

#[tokio::test]
async fn some_redirects_carry_the_body_on_but_not_for_ever() {
    let world = World::open().await;
    skip_pending(&world).await;
    world.endpoint.answer(&[307, 308, 200]);
    world.create("ORD-1").await;
    assert_eq!(world.settle_down().await.attempted, 1);
    let posted = world.endpoint.take();
    let paths: Vec<_> = posted.iter().map(|p| p.path.as_str()).collect();
    assert_eq!(paths, ["callback", "callbackx", "callbackxx"]);
    assert_eq!(posted[0].body, posted[2].body);

    world.endpoint.answer(&[307; 6]);
    world.create("ORD-2").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.take().len(), 6);
    let list = world.get("/_sim/deliveries?order_id=ORD-2").await;
    assert_eq!(list[0]["attempts"][0]["answer"], "failed");
    assert_eq!(list[0]["state"], "waiting");
}

#[tokio::test]
async fn nobody_at_home_is_tried_five_times_again() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world =
        World::with(|config| config.notification_url = Some(format!("http://{free}/"))).await;
    skip_pending(&world).await;
    world.create("ORD-1").await;
    let mut attempts = world.settle_down().await.attempted;
    for _ in 0..400 {
        attempts += world.wait(1).await.attempted;
    }
    assert_eq!(attempts, 6);
}

#[tokio::test]
async fn headers_choose_the_addresses() {
    let world = World::open().await;
    let url = |path: &str| world.endpoint.url(path);
    let three = format!("{}, {},{}", url("a"), url("b"), url("c"));
    let four = format!("{three},{}", url("d"));
    let cases = [
        ("ORD-1", Some(url("mine")), None, vec!["mine"]),
        ("ORD-2", None, Some(url("also")), vec!["also", "callback"]),
        ("ORD-3", Some(String::new()), Some(String::new()), vec!["callback"]),
        ("ORD-4", Some(three), Some(url("also")), vec!["a", "also", "b", "c"]),
    ];
    for (order_id, instead, besides, expected) in cases {
        assert_eq!(create(&world, order_id, instead, besides).await, 201);
        let id = world.get("/_sim/transactions").await[0]["order_id"].clone();
        assert_eq!(id, order_id);
        world.settle_down().await;
        let mut paths: Vec<_> = world.endpoint.take().into_iter().map(|p| p.path).collect();
        paths.sort();
        assert_eq!(paths, expected, "{order_id}");
    }
    assert_eq!(create(&world, "ORD-5", Some(four), None).await, 400);
    assert_eq!(create(&world, "ORD-6", None, Some("not an address".to_owned())).await, 400);
}

async fn create(
    world: &World,
    order_id: &str,
    instead: Option<String>,
    besides: Option<String>,
) -> u16 {
    skip_pending(world).await;
    let mut call = world.http.post(format!("{}/snap/v1/transactions", world.base));
    for (name, value) in [("X-Override-Notification", instead), ("X-Append-Notification", besides)]
    {
        if let Some(value) = value {
            call = call.header(name, value);
        }
    }
    let body = json!({"transaction_details": {"order_id": order_id, "gross_amount": 5000}});
    call.basic_auth(KEY, Some("")).json(&body).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn pages_pay_themselves_at_once_or_later() {
    let world = World::open().await;
    let autopay = json!({"enabled": true, "method": "gopay", "delay_ms": 60_000});
    assert_eq!(world.put("/_sim/autopay", autopay).await.0, 200);
    world.create("ORD-1").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["pending"]);
    assert_eq!(world.wait(1).await.moved, 1);
    assert_eq!(world.endpoint.statuses(), ["settlement"]);

    skip_pending(&world).await;
    world.create("ORD-2").await;
    assert!(world.status("ORD-2").await.is_paid());
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["settlement"]);
}

#[tokio::test]
async fn the_worker_delivers_many_at_once_and_stops_when_told() {
    let world = World::open().await;
    skip_pending(&world).await;
    let cancel = CancellationToken::new();
    let (sim, stop) = (world.sim.clone(), cancel.clone());
    let worker = tokio::spawn(async move { sim.run(stop).await });
    let mut creations = JoinSet::new();
    for number in 0..300 {
        let client = world.client.clone();
        let asked = request(&format!("ORD-{number}"));
        creations.spawn(async move { client.create_snap(&asked).await.unwrap() });
    }
    creations.join_all().await;
    let mut rung = world.endpoint.rung.lock().await;
    for _ in 0..300 {
        rung.recv().await.unwrap();
    }
    cancel.cancel();
    worker.await.unwrap();
    assert_eq!(world.endpoint.take().len(), 300);
    let ledger = world.get("/_sim/ledger").await;
    assert_eq!(ledger["settled_orders"], 300);
    assert_eq!(ledger["settled_amount"], 300 * 125_000);
    let waiting = world.get("/_sim/deliveries?limit=1000").await;
    let delivered = waiting.as_array().unwrap().iter().filter(|d| d["state"] == "delivered");
    assert_eq!(delivered.count(), 300);
}
