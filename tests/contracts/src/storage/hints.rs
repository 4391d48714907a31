//! One open job of a kind for a target: ordering it again is a hint, and no hint is lost.

use super::{Database, Draft, StorageHarness, Table, World, at};
use engine::Guard;
use kernel::Timestamp;

async fn with_job<H: StorageHarness>(harness: &H) -> World<H::Database> {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).order(at(10))]).await;
    world
}

async fn hint<D: Database>(world: &World<D>, run_at: Timestamp) {
    world.done([Draft::nothing(1).order(run_at)]).await;
}

pub(super) async fn ordering_an_open_job_again_is_a_hint<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    hint(&world, at(10)).await;
    assert_eq!(world.count(Table::Jobs).await, 1);
    let ticket = world.ticket(at(10)).await;
    // The run answers this hint too.
    world.done([Draft::nothing(1).guard(Guard::Job(ticket))]).await;
    assert_eq!(world.count(Table::Jobs).await, 0);
}

pub(super) async fn another_target_or_kind_is_another_job<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    let others = [("other", 1), (super::KIND, 2), ("other", 2)];
    let order = |draft: Draft, (kind, target)| draft.order_of(kind, target, at(10));
    world.done([others.into_iter().fold(Draft::nothing(1), order)]).await;
    let tickets = world.tickets(at(10)).await;
    assert_eq!(tickets.iter().map(|t| t.hints).collect::<Vec<_>>(), [0; 4]);
}

pub(super) async fn the_earliest_time_wins<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    hint(&world, at(20)).await;
    assert_eq!(world.story(1).await.jobs[0].run_at, at(10));
    hint(&world, at(5)).await;
    assert_eq!(world.story(1).await.jobs[0].run_at, at(5));
    world.ticket(at(5)).await;
}

pub(super) async fn a_hint_does_not_break_a_lease<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    world.ticket(at(10)).await;
    hint(&world, at(11)).await;
    assert!(world.tickets(at(12)).await.is_empty());
}

pub(super) async fn a_hint_during_the_run_makes_the_job_due_again_at_once<H: StorageHarness>(
    harness: &H,
) {
    let world = with_job(harness).await;
    let first = world.ticket(at(10)).await;
    hint(&world, at(11)).await;
    world.done([Draft::set(1, 1, 9).guard(Guard::Job(first.clone())).at(at(12))]).await;
    let second = world.ticket(at(12)).await;
    assert!(second.id == first.id && second.fence > first.fence && second.hints > first.hints);
    world.done([Draft::nothing(1).guard(Guard::Job(second))]).await;
    assert_eq!(world.count(Table::Jobs).await, 0);
}

pub(super) async fn a_hint_during_a_failed_run_makes_the_job_due_at_once<H: StorageHarness>(
    harness: &H,
) {
    let world = with_job(harness).await;
    let ticket = world.ticket(at(10)).await;
    hint(&world, at(11)).await;
    world.database.jobs().retry(&ticket, at(12), at(100), "too early").await.unwrap();
    world.ticket(at(12)).await;
}

pub(super) async fn a_poll_that_closes_and_orders_leaves_one_job_due_later<H: StorageHarness>(
    harness: &H,
) {
    let world = with_job(harness).await;
    let ticket = world.ticket(at(10)).await;
    world.done([Draft::nothing(1).guard(Guard::Job(ticket)).order(at(60)).at(at(12))]).await;
    assert_eq!(world.count(Table::Jobs).await, 1);
    assert!(world.tickets(at(59)).await.is_empty());
    let next = world.ticket(at(60)).await;
    assert_eq!((next.attempts, next.hints, next.since), (1, 0, at(12)), "a job of its own");
}
