//! What is refused leaves nothing behind, not even its key.

use crate::house::{House, draft, draft_as};
use futures::future::join_all;
use kernel::Clock;
use messaging::{Outbox, Sent};
use serde_json::json;

const ONE_ORDER: [u64; 5] = [1, 2, 1, 1, 1];

#[tokio::test]
async fn a_key_that_was_used_for_another_order_is_refused() {
    let house = House::new();
    let id = house.placed().await;
    let mut other = draft();
    other["lines"][0]["quantity"] = json!(3);
    let refused = house.place("key-1", &other).await;
    assert_eq!((refused.status, refused.replayed), (422, false));
    assert_eq!(house.rows().await, ONE_ORDER);
    house.check(id).await;
}

#[tokio::test]
async fn a_reference_that_is_taken_names_the_order_that_has_it() {
    let house = House::new();
    let id = house.place("key-1", &draft_as("INV-1")).await.id();
    let refused = house.place("key-2", &draft_as("INV-1")).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains(&id.to_string()), "{}", refused.text);
    assert_eq!(house.rows().await, ONE_ORDER, "the key is not used up");
    let corrected = house.place("key-2", &draft_as("INV-2")).await;
    house.check(corrected.id()).await;
}

#[tokio::test]
async fn one_reference_under_many_keys_at_once_is_one_order() {
    let house = House::new();
    let keys: Vec<String> = (0..20).map(|n| format!("key-{n}")).collect();
    let body = draft_as("INV-1");
    let answers = join_all(keys.iter().map(|key| house.place(key, &body))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 19);
    assert_eq!(house.rows().await, ONE_ORDER);
}

#[tokio::test]
async fn orders_are_refused_while_too_many_events_wait_and_taken_again_after() {
    let house = House::with_room_for(2);
    for key in ["key-1", "key-2"] {
        house.place(key, &draft()).await.id();
    }
    let refused = house.place("key-3", &draft()).await;
    assert_eq!((refused.status, refused.retry_after.as_deref()), (503, Some("5")));
    assert_eq!(house.rows().await, [2, 4, 2, 2, 2]);

    let claim = house.database.outbox().claim(house.clock.now(), 8).await.unwrap();
    let sent = claim.events().iter().map(|event| (event.id, Sent::Confirmed)).collect();
    claim.settle(sent, house.clock.now()).await.unwrap();
    let placed = house.place("key-3", &draft()).await;
    assert!(!placed.replayed);
    house.check(placed.id()).await;
}

#[tokio::test]
async fn an_order_that_cannot_be_stored_is_not_acknowledged() {
    let house = House::new();
    house.set_away(true);
    let refused = house.place("key-1", &draft()).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json()["retryable"], true);
    assert_eq!(house.rows().await, [0; 5]);
    house.set_away(false);
    let placed = house.place("key-1", &draft()).await;
    assert!(!placed.replayed);
    house.check(placed.id()).await;
}

#[tokio::test]
async fn without_a_database_everything_may_be_asked_again() {
    let house = House::new();
    let id = house.placed().await;
    house.lose_database().await;
    assert_eq!(house.place("key-2", &draft()).await.status, 503);
    for path in [format!("/v1/orders/{id}"), "/v1/orders".into()] {
        let (status, problem) = house.get(&path).await;
        assert_eq!((status, &problem["retryable"]), (503, &json!(true)), "{path}");
    }
}
