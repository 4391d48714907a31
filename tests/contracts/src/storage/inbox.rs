//! The inbox: postponed events come back at their time, parked ones do not.

use super::world::CONSUMER;
use super::{Database, Draft, StorageHarness, Table, World, at, consumed, event, event_saying};
use engine::{Outcome, StoreError};
use messaging::Waiting;
use std::time::Duration;

fn numbers(due: &[Waiting]) -> Vec<u128> {
    due.iter().map(|w| w.event.id.uuid().as_u128()).collect()
}

pub(super) async fn a_postponed_event_is_due_at_its_time<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 2, Some(at(10))).await;
    assert!(world.due(at(10) - Duration::from_micros(1)).await.is_empty());
    let due = world.due(at(10)).await.remove(0);
    assert_eq!((due.attempts, due.event.body), (2, event(5, 1).body));
    assert_eq!(due.event.routing_key, super::KEY);
}

pub(super) async fn a_due_event_is_leased<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    assert_eq!(numbers(&world.due(at(10)).await), [5]);
    assert!(world.due(at(39)).await.is_empty(), "it belongs to the first");
    assert_eq!(numbers(&world.due(at(40)).await), [5], "who died");
}

pub(super) async fn due_events_come_oldest_first_and_bounded<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    for (n, seconds) in [(1, 30), (2, 10), (3, 20)] {
        world.postpone(event(n, n), 1, Some(at(seconds))).await;
    }
    for oldest in [2, 3, 1] {
        let due = world.database.inbox().due(CONSUMER, at(60), at(90), 1).await.unwrap();
        assert_eq!(numbers(&due), [oldest]);
    }
}

pub(super) async fn every_consumer_has_its_own_waiting_room<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    let due = world.database.inbox().due("another", at(10), at(40), 10).await.unwrap();
    assert!(due.is_empty());
    world.done([Draft::nothing(1).guard(consumed("another", &event(5, 1)))]).await;
    assert_eq!(numbers(&world.due(at(10)).await), [5]);
}

pub(super) async fn postponing_again_moves_the_next_try<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    world.due(at(10)).await;
    world.postpone(event(5, 1), 2, Some(at(100))).await;
    assert!(world.due(at(99)).await.is_empty());
    assert_eq!(world.due(at(100)).await[0].attempts, 2);
    assert_eq!(world.count(Table::Inbox).await, 1);
}

pub(super) async fn a_postponed_event_that_was_handled_is_not_due_again<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    assert_eq!(world.due(at(10)).await.len(), 1);
    world.done([Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    assert!(world.due(at(1_000)).await.is_empty());
    let row = world.story(1).await.inbox.remove(0);
    assert_eq!((row.state.as_str(), row.next_at), ("handled", None));
    let copy = world.commit(Draft::set(1, 1, 9).guard(consumed(CONSUMER, &event(5, 1)))).await;
    assert_eq!(copy, Outcome::AlreadyDone(None));
}

pub(super) async fn postponing_a_handled_event_changes_nothing<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    let before = world.snapshot(1).await;
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    world.postpone(event(5, 1), 6, None).await;
    assert_eq!(world.snapshot(1).await, before);
    assert!(world.due(at(10)).await.is_empty());
}

pub(super) async fn a_postponed_event_is_not_handled_by_another_body<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    let other = consumed(CONSUMER, &event_saying(5, 1, "other"));
    let outcome = world.commit(Draft::create(1).guard(other)).await;
    assert!(matches!(outcome, Outcome::Failed(StoreError::Invalid(_))), "{outcome:?}");
    assert_eq!(numbers(&world.due(at(10)).await), [5]);
}

pub(super) async fn a_parked_event_is_a_dead_letter_and_not_due<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 5, Some(at(10))).await;
    world.postpone(event(5, 1), 6, None).await;
    assert!(world.due(at(1_000)).await.is_empty());
    let letters = world.letters().await;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!((letter.origin.as_str(), letter.subject), (CONSUMER, Some(super::id(1))));
    assert_eq!((letter.reason.as_str(), letter.attempts), ("not yet", 6));
    assert_eq!(letter.body, event(5, 1).body);
}

pub(super) async fn a_parked_event_is_not_handled_by_a_late_copy<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 1, None).await;
    let before = world.snapshot(1).await;
    let copy = world.commit(Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))).await;
    assert_eq!(copy, Outcome::AlreadyDone(None));
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    assert_eq!(world.snapshot(1).await, before);
}

pub(super) async fn an_id_parked_for_another_event_is_a_letter_of_its_own<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    world.postpone(event(6, 2), 1, None).await;
    let (used, parked) = (event_saying(5, 1, "other"), event_saying(6, 2, "other"));
    for twice in [&used, &parked, &used, &parked] {
        world.postpone(twice.clone(), 1, None).await;
    }
    let mut bodies: Vec<_> = world.letters().await.into_iter().map(|l| l.body).collect();
    let mut expected = vec![event(6, 2).body, used.body, parked.body];
    bodies.sort();
    expected.sort();
    assert_eq!(bodies, expected);
    assert_eq!(world.count(Table::Inbox).await, 2);
}

/// It can never be handled, and nothing else would remember it once it is acknowledged.
pub(super) async fn an_id_postponed_for_another_event_is_not_forgotten<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    let other = event_saying(5, 1, "other");
    world.postpone(other.clone(), 1, Some(at(10))).await;
    assert!(world.due(at(10)).await.is_empty());
    let letters = world.letters().await;
    assert_eq!(letters.iter().map(|l| &l.body).collect::<Vec<_>>(), [&other.body]);
}
