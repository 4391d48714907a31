//! Wake-ups after a commit, and the gauge of pending events.

use super::world::CONSUMER;
use super::{Database, Draft, StorageHarness, World, at, consumed, event};
use crate::wait::poll_once;
use engine::{Guard, Outcome};
use messaging::Sent;
use storage::Resolve;

/// Whether each was woken since last asked: relay, runner.
fn woken<D: Database>(world: &World<D>) -> (bool, bool) {
    let pulse = world.database.pulse();
    (poll_once(pulse.events.notified()).is_some(), poll_once(pulse.jobs.notified()).is_some())
}

pub(super) async fn recorded_events_wake_the_relay<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).tell(5)]).await;
    assert_eq!(woken(&world), (true, false));
}

pub(super) async fn ordered_jobs_wake_the_runner<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).order(at(0))]).await;
    assert_eq!(woken(&world), (false, true));
}

/// Hints that arrived during the run may have made it due again.
pub(super) async fn a_settled_job_wakes_the_runner<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).order(at(0))]).await;
    let ticket = world.ticket(at(0)).await;
    woken(&world);
    world.done([Draft::nothing(1).guard(Guard::Job(ticket))]).await;
    assert_eq!(woken(&world), (false, true));
}

pub(super) async fn a_replayed_job_wakes_the_runner<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).order(at(0))]).await;
    let ticket = world.ticket(at(0)).await;
    world.database.jobs().bury(&ticket, at(1), "dead").await.unwrap();
    woken(&world);
    let letter = world.letters().await.remove(0).id;
    world.database.dead_letters().resolve(letter, Resolve::Replay, at(2)).await.unwrap();
    assert!(woken(&world).1);
}

pub(super) async fn losers_wake_nobody<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let guard = consumed(CONSUMER, &event(5, 1));
    world.done([Draft::create(1).guard(guard.clone())]).await;
    let outcomes = world
        .commit_all([
            Draft::set(1, 7, 9).tell(11).order(at(0)),
            Draft::create(2).guard(guard).tell(12).order(at(0)),
            Draft::create(3).with_value(-1).tell(13).order(at(0)),
        ])
        .await;
    assert!(outcomes.iter().all(|o| *o != Outcome::Done), "{outcomes:?}");
    assert_eq!(woken(&world), (false, false));
    assert_eq!(world.database.pulse().pending_events(), 0);
}

pub(super) async fn the_gauge_counts_pending_events<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=3).map(|n| Draft::create(n).tell(10 + n))).await;
    assert_eq!(world.database.pulse().pending_events(), 3);
    let claim = world.claim(at(0), 2).await;
    let ids: Vec<_> = claim.events().iter().map(|e| e.id).collect();
    let failed = Sent::Failed { reason: "returned".to_owned(), next_at: at(5) };
    claim.settle(vec![(ids[0], Sent::Confirmed), (ids[1], failed)], at(1)).await.unwrap();
    assert_eq!(world.database.pulse().pending_events(), 2);
}
