//! Events guard their effect: once per consumer, and nothing is left by a copy.

use super::world::CONSUMER;
use super::{Draft, StorageHarness, Table, World, at, consumed, event, event_saying};
use engine::{Outcome, StoreError};

pub(super) async fn a_repeated_event_is_already_done_and_writes_nothing<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    let guard = consumed(CONSUMER, &event(5, 1));
    world.done([Draft::create(1).guard(guard.clone())]).await;
    let before = world.snapshot(1).await;
    for copy in [Draft::set(1, 1, 9).tell(7).order(at(0)), Draft::set(1, 0, 9), Draft::nothing(1)] {
        let outcome = world.commit(copy.guard(guard.clone())).await;
        assert_eq!(outcome, Outcome::AlreadyDone(None));
        assert_eq!(world.snapshot(1).await, before);
    }
}

pub(super) async fn one_event_for_two_changes_of_a_batch_passes_once<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    let guard = consumed(CONSUMER, &event(5, 1));
    let both = [1, 2].map(|n| Draft::create(n).guard(guard.clone()));
    assert_eq!(world.commit_all(both).await, [Outcome::Done, Outcome::AlreadyDone(None)]);
    assert_eq!((world.counter(1).await, world.counter(2).await), (Some((1, 0)), None));
}

pub(super) async fn an_event_id_with_another_body_fails_for_good<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).guard(consumed(CONSUMER, &event_saying(5, 1, "pay")))]).await;
    let before = world.snapshot(1).await;
    let other = consumed(CONSUMER, &event_saying(5, 1, "refund"));
    let outcome = world.commit(Draft::set(1, 1, 9).guard(other).tell(7)).await;
    assert!(matches!(outcome, Outcome::Failed(StoreError::Invalid(_))), "{outcome:?}");
    assert_eq!(world.snapshot(1).await, before);
}

pub(super) async fn two_consumers_of_one_event_do_not_share_a_row<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let event = event(5, 1);
    world.done([Draft::create(1).guard(consumed("one", &event))]).await;
    world.done([Draft::set(1, 1, 9).guard(consumed("other", &event))]).await;
    assert_eq!(world.counter(1).await, Some((2, 9)));
    assert_eq!(world.count(Table::Inbox).await, 2);
}

pub(super) async fn a_guard_that_stops_undoes_those_before_it<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let (old, new) = (event(5, 1), event(6, 1));
    world.done([Draft::create(1).guard(consumed(CONSUMER, &old))]).await;
    let both = Draft::set(1, 1, 9).guard(consumed(CONSUMER, &new)).guard(consumed(CONSUMER, &old));
    assert_eq!(world.commit(both).await, Outcome::AlreadyDone(None));
    assert_eq!(world.count(Table::Inbox).await, 1);
    // So the new one can still have its effect, alone.
    world.done([Draft::set(1, 1, 9).guard(consumed(CONSUMER, &new))]).await;
}

pub(super) async fn a_lost_change_does_not_use_up_its_event<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let guard = consumed(CONSUMER, &event(5, 1));
    world.done([Draft::create(1), Draft::set(1, 1, 1)]).await;
    assert_eq!(world.commit(Draft::set(1, 1, 9).guard(guard.clone())).await, Outcome::Lost);
    world.done([Draft::set(1, 2, 9).guard(guard)]).await;
}
