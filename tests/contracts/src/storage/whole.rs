//! A change is whole or nothing: rows, timeline, outbox, jobs and guards.

use super::draft::{created, requested};
use super::world::CONSUMER;
use super::{Database, Draft, StorageHarness, Table, World, at, consumed, event};
use crate::wait::soon;
use engine::{Outcome, Refusal, StoreError};
use std::sync::Arc;

/// Carries everything that a change can carry.
fn loaded(draft: Draft) -> Draft {
    draft
        .guard(consumed(CONSUMER, &event(900, 1)))
        .guard(requested("default", "key", 1, &created("it")))
        .facts(2)
        .tell(901)
        .tell(902)
        .order(at(5))
}

async fn leaves_nothing<H: StorageHarness>(harness: &H, draft: Draft) -> Outcome {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).tell(1), Draft::create(2)]).await;
    world.done([Draft::set(1, 1, 10)]).await;
    let before = world.snapshot(1).await;
    let outcome = world.commit(loaded(draft)).await;
    assert_eq!(world.snapshot(1).await, before);
    outcome
}

pub(super) async fn a_change_is_written_whole<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([loaded(Draft::create(1)).with_value(7)]).await;
    assert_eq!(world.counter(1).await, Some((2, 7)));
    for (table, rows) in [
        (Table::Timeline, 2),
        (Table::Outbox, 2),
        (Table::Inbox, 1),
        (Table::Keys, 1),
        (Table::Jobs, 1),
    ] {
        assert_eq!(world.count(table).await, rows, "{table:?}");
    }
}

pub(super) async fn a_change_without_rows_moves_no_version<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1)]).await;
    world.done([Draft::nothing(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    assert_eq!(world.counter(1).await, Some((1, 0)));
    assert_eq!((world.count(Table::Inbox).await, world.count(Table::Timeline).await), (1, 1));
}

pub(super) async fn a_lost_compare_and_set_leaves_nothing<H: StorageHarness>(harness: &H) {
    for stale in [Draft::set(1, 1, 99), Draft::set(1, 3, 99), Draft::create(1)] {
        assert_eq!(leaves_nothing(harness, stale).await, Outcome::Lost);
    }
}

pub(super) async fn a_taken_natural_key_leaves_nothing<H: StorageHarness>(harness: &H) {
    let outcome = leaves_nothing(harness, Draft::create(3).named("counter 2")).await;
    assert_eq!(outcome, Outcome::Refused(Refusal::Taken("name")));
}

pub(super) async fn a_refused_row_leaves_nothing<H: StorageHarness>(harness: &H) {
    let outcome = leaves_nothing(harness, Draft::set(1, 2, -1)).await;
    assert!(matches!(outcome, Outcome::Failed(StoreError::Invalid(_))), "{outcome:?}");
}

pub(super) async fn a_row_refused_after_the_own_rows_leaves_nothing<H: StorageHarness>(
    harness: &H,
) {
    // Event 1 is in the outbox already.
    let outcome = leaves_nothing(harness, Draft::set(1, 2, 99).tell(1)).await;
    assert!(matches!(outcome, Outcome::Failed(StoreError::Invalid(_))), "{outcome:?}");
}

/// Eight deciders add to one counter, five times each, and decide again whenever they lose.
pub(super) async fn concurrent_deciders_lose_no_update<H: StorageHarness>(harness: &H) {
    let world = Arc::new(World::fresh(harness).await);
    world.done([Draft::create(1)]).await;
    let deciders: Vec<_> = (0..8).map(|_| tokio::spawn(add_five_times(world.clone()))).collect();
    for decider in deciders {
        soon(decider).await.unwrap();
    }
    assert_eq!(world.counter(1).await, Some((41, 40)));
    let versions: Vec<_> = world.story(1).await.timeline.iter().map(|t| t.version).collect();
    assert_eq!(versions, (1..=41).collect::<Vec<_>>());
}

async fn add_five_times<D: Database>(world: Arc<World<D>>) {
    let mut added = 0;
    while added < 5 {
        let (version, value) = world.counter(1).await.unwrap();
        match world.commit(Draft::set(1, version, value + 1)).await {
            Outcome::Done => added += 1,
            Outcome::Lost => {}
            other => panic!("{other:?}"),
        }
    }
}
