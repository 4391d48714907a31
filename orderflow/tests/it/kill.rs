//! `kill -9` at random moments under load: what was acknowledged is there, once, and paid.

use crate::binary::{House, binary};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use testkit::invariants::{Expected, check};
use testkit::{Api, Random, RealProcess, changed, order, text, until};
use tokio::task::JoinSet;

const ROUNDS: usize = 5;
const CLIENTS: usize = 8;
/// A job that died with its process comes back when its lease of 30 s runs out.
const PATIENCE: Duration = Duration::from_secs(90);

/// Key → the acknowledged order, or nothing if the answer never came.
type Sent = BTreeMap<String, Option<String>>;

fn body(key: &str) -> String {
    changed(order(), "/metadata", json!({ "key": key })).to_string()
}

/// Creates orders until the connection breaks.
async fn client(api: Api, name: String, acknowledged: Arc<AtomicUsize>) -> Sent {
    let mut sent = Sent::new();
    let json = ("content-type", "application/json");
    for n in 0.. {
        let key = format!("{name}-{n}");
        let headers = [json, ("idempotency-key", key.as_str())];
        let post = reqwest::Method::POST;
        let answer = api.try_send(post, "/v1/orders", &headers, body(&key)).await;
        let Ok(answer) = answer else {
            sent.insert(key, None);
            return sent;
        };
        sent.insert(key, Some(text(&answer.expect(201).json(), "/id")));
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    sent
}

/// One life: load, and the kill once so many more orders are acknowledged.
async fn life(system: RealProcess, round: usize, kill_after: usize) -> Sent {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for n in 0..CLIENTS {
        let api = Api::new(system.address);
        clients.spawn(client(api, format!("{round}-{n}"), acknowledged.clone()));
    }
    until("so many orders are acknowledged", async || {
        let count = acknowledged.load(Ordering::Relaxed);
        if count >= kill_after { Ok(()) } else { Err(count) }
    })
    .await;
    system.kill();
    clients.join_all().await.into_iter().flatten().collect()
}

/// Whoever got no answer asks again, with the same key.
async fn retry(system: &RealProcess, sent: &mut Sent) {
    for (key, id) in sent.iter_mut().filter(|(_, id)| id.is_none()) {
        let answer = system.place(key, body(key)).await.expect(201);
        *id = Some(text(&answer.json(), "/id"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_orders_survive_every_kill_and_are_paid_once() {
    let mut random = Random::from_env();
    eprintln!("TEST_SEED={}", random.seed());
    let house = House::new();
    let mut system = house.up().await;
    // Links and callbacks under way name the address.
    let address = system.address;
    system.autopay(30).await;
    let mut sent = Sent::new();
    for round in 0..ROUNDS {
        let kill_after = 1 + usize::try_from(random.below(60)).unwrap();
        sent.extend(life(system, round, kill_after).await);
        system = RealProcess::up_at(binary(), house.path(), address, &[]).await;
    }
    let lost = sent.values().filter(|id| id.is_none()).count();
    eprintln!("{} orders sent, {lost} answers lost in {ROUNDS} kills", sent.len());
    retry(&system, &mut sent).await;
    all_paid(&system, &sent).await;
    check(&system, Expected { patience: PATIENCE, ..Expected::default() }).await;
    assert_eq!(system.interrupt().await.code, Some(0));
}

/// Each key has exactly the order that was acknowledged, and that order is paid.
async fn all_paid(system: &RealProcess, sent: &Sent) {
    let stored = system.all("/v1/orders?").await;
    let mut by_key = BTreeMap::<String, Vec<String>>::new();
    for order in &stored {
        by_key.entry(text(order, "/metadata/key")).or_default().push(text(order, "/id"));
    }
    for (key, id) in sent {
        let found = by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(found, id.as_slice(), "{key} is not stored as it was acknowledged");
    }
    assert_eq!(by_key.len(), sent.len(), "something is stored that nobody asked for");
    let mut once = 0;
    for id in by_key.values().flatten() {
        system.order_becomes_within(PATIENCE, id, "paid").await;
        once += usize::from(mails(system, id).await == 1);
    }
    eprintln!("{once} of {} were paid before they could be told how to", by_key.len());
}

/// Told that it is paid exactly once, and how to pay at most once: if the process died before the
/// page was on record, the payment is first heard of as paid.
async fn mails(system: &RealProcess, id: &str) -> usize {
    until(&format!("order {id} is told to be paid"), async || {
        let messages = system.notifications(id).await;
        let count = |name: &str| messages.iter().filter(|m| m["template"] == name).count();
        let right = count("paid") == 1 && count("pending") <= 1;
        if right { Ok(messages.len()) } else { Err(Value::from(messages.clone())) }
    })
    .await
}
