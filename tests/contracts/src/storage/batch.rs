//! Many changes in one transaction: each ends as if it had been alone.

use super::draft::{created, requested};
use super::world::CONSUMER;
use super::{Database, Draft, StorageHarness, Table, World, at, consumed, event};
use crate::wait::{poll_once, soon};
use engine::{Outcome, Refusal, StoreError};

pub(super) async fn a_bad_row_does_not_fail_its_neighbours<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let draft = |n: u128| {
        Draft::create(n)
            .with_value(if n == 10 { -1 } else { 1 })
            .guard(consumed(CONSUMER, &event(100 + n, n)))
            .tell(200 + n)
            .order(at(0))
    };
    let outcomes = world.commit_all((1..=20).map(draft)).await;
    for (n, outcome) in (1..=20).zip(&outcomes) {
        let refused = matches!(outcome, Outcome::Failed(StoreError::Invalid(_)));
        assert!(if n == 10 { refused } else { *outcome == Outcome::Done }, "{n}: {outcome:?}");
    }
    for table in [Table::Counters, Table::Timeline, Table::Outbox, Table::Inbox, Table::Jobs] {
        assert_eq!(world.count(table).await, 19, "{table:?}");
    }
}

/// Against the order in which a batch is written, which is that of its aggregates.
pub(super) async fn answers_come_in_the_order_given<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let key = |answer| requested("default", "key", 1, &created(answer));
    world.done([Draft::create(1), Draft::create(2).guard(key("first"))]).await;
    let outcomes = world
        .commit_all([
            Draft::create(9),
            Draft::set(2, 7, 1),
            Draft::create(8).guard(key("second")),
            Draft::create(7).named("counter 1"),
            Draft::create(6),
            Draft::create(5).with_value(-1),
            Draft::set(1, 1, 1),
        ])
        .await;
    assert!(matches!(outcomes[5], Outcome::Failed(StoreError::Invalid(_))));
    let expected = [
        Outcome::Done,
        Outcome::Lost,
        Outcome::AlreadyDone(Some(created("first"))),
        Outcome::Refused(Refusal::Taken("name")),
        Outcome::Done,
        outcomes[5].clone(),
        Outcome::Done,
    ];
    assert_eq!(outcomes, expected);
}

pub(super) async fn two_changes_of_one_aggregate_are_decided_one_after_the_other<
    H: StorageHarness,
>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1), Draft::create(2)]).await;
    let outcomes = world
        .commit_all([Draft::set(1, 1, 10), Draft::set(2, 1, 20), Draft::set(1, 1, 11).tell(5)])
        .await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done, Outcome::Lost]);
    assert_eq!(world.counter(1).await, Some((2, 10)));
    assert_eq!(world.count(Table::Outbox).await, 0);
}

pub(super) async fn a_successor_in_the_same_submission_finds_its_predecessor<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1), Draft::set(1, 1, 10), Draft::set(1, 2, 20)]).await;
    assert_eq!(world.counter(1).await, Some((3, 20)));
}

pub(super) async fn crossing_submissions_do_not_deadlock<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=20).map(Draft::create)).await;
    let up = (1..=20).map(|n| Draft::set(n, 1, 1).write()).collect();
    let down = (1..=20).rev().map(|n| Draft::set(n, 1, 2).write()).collect();
    let (writer, rival) = (world.writer.clone(), world.database.writer());
    let up = tokio::spawn(async move { writer.commit(up).await });
    let down = tokio::spawn(async move { rival.commit(down).await });
    let outcomes = [soon(up).await.unwrap(), soon(down).await.unwrap()].concat();
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Done).count(), 20, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Lost).count(), 20, "{outcomes:?}");
}

pub(super) async fn a_submission_may_exceed_a_batch<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=600).map(|n| Draft::create(n).tell(1000 + n))).await;
    assert_eq!(world.count(Table::Counters).await, 600);
    assert_eq!(world.count(Table::Outbox).await, 600);
}

pub(super) async fn a_dropped_commit_is_still_written<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let writes = (1..=5).map(|n| Draft::create(n).tell(10 + n).write()).collect();
    assert_eq!(poll_once(world.writer.commit(writes)), None, "it went away at its first wait");
    // Submitted after them, so written after them.
    world.done([Draft::create(6)]).await;
    assert_eq!(world.count(Table::Counters).await, 6);
    assert_eq!(world.count(Table::Outbox).await, 5);
}
