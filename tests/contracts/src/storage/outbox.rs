//! The outbox: claimed by state, never by position, and marked only by what is said of each event.

use super::{Database, Draft, StorageHarness, World, at, id, outgoing};
use crate::wait::{poll_once, until};
use kernel::{EventId, Timestamp};
use messaging::{Claim, Sent};
use std::time::Duration;

fn numbers(claim: &dyn Claim) -> Vec<u128> {
    claim.events().iter().map(|e| e.id.uuid().as_u128()).collect()
}

fn confirmed(event: u128) -> (EventId, Sent) {
    (EventId(id(event)), Sent::Confirmed)
}

fn failed(event: u128, next_at: Timestamp) -> (EventId, Sent) {
    (EventId(id(event)), Sent::Failed { reason: "no queue".to_owned(), next_at })
}

pub(super) async fn events_are_claimed_oldest_first<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([(1, 30), (2, 10), (3, 20)].map(|(n, e)| Draft::create(n).tell(e))).await;
    assert_eq!(numbers(&*world.claim(at(0), 2).await), [10, 20]);
    assert_eq!(numbers(&*world.claim(at(0), 100).await), [10, 20, 30]);
}

pub(super) async fn two_live_claims_never_share_an_event<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=10).map(|n| Draft::create(n).tell(n))).await;
    let mut claims = Vec::new();
    for _ in 0..5 {
        claims.push(world.claim(at(0), 3).await);
    }
    let numbers: Vec<_> = claims.iter().map(|c| numbers(&**c)).collect();
    assert_eq!(numbers.concat(), (1..=10).collect::<Vec<_>>());
    assert_eq!(numbers.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1, 0]);
}

pub(super) async fn a_dropped_claim_frees_its_events<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=4).map(|n| Draft::create(n).tell(n))).await;
    let (kept, dropped) = (world.claim(at(0), 2).await, world.claim(at(0), 2).await);
    let freed = numbers(&*dropped);
    drop(dropped);
    let next = || async { numbers(&*world.claim(at(0), 100).await) };
    until(freed, next).await;
    assert_eq!(numbers(&*kept), [1, 2]);
}

pub(super) async fn a_claim_nobody_waited_for_frees_its_events<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).tell(1)]).await;
    // Its caller goes away.
    drop(poll_once(world.claim(at(0), 100)));
    until(vec![1], || async { numbers(&*world.claim(at(0), 100).await) }).await;
}

pub(super) async fn a_confirmed_event_is_not_claimed_again<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).tell(1)]).await;
    world.claim(at(0), 10).await.settle(vec![confirmed(1)], at(3)).await.unwrap();
    assert!(world.claim(at(1_000_000), 10).await.events().is_empty());
    assert_eq!(world.story(1).await.outbox[0].published_at, Some(at(3)));
}

pub(super) async fn an_event_not_named_stays_pending<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=3).map(|n| Draft::create(n).tell(n))).await;
    world.claim(at(0), 10).await.settle(vec![confirmed(2)], at(0)).await.unwrap();
    assert_eq!(numbers(&*world.claim(at(0), 10).await), [1, 3]);
}

pub(super) async fn a_failed_event_is_due_at_its_time_and_not_before<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.done((1..=2).map(|n| Draft::create(n).tell(n))).await;
    let sent = vec![failed(1, at(15)), confirmed(2)];
    world.claim(at(0), 10).await.settle(sent, at(10)).await.unwrap();
    let early = at(15) - Duration::from_micros(1);
    assert!(world.claim(early, 10).await.events().is_empty());
    let again = world.claim(at(15), 10).await;
    assert_eq!((numbers(&*again), again.events()[0].attempts), (vec![1], 1));
    let told = world.story(1).await.outbox.remove(0);
    assert_eq!((told.attempts, told.last_error.as_deref()), (1, Some("no queue")));
}

pub(super) async fn an_event_recorded_late_is_found_however_old_its_id<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).tell(100), Draft::create(2).tell(101)]).await;
    let first = world.claim(at(0), 1).await;
    world.done([Draft::create(3).tell(50)]).await;
    assert_eq!(numbers(&*world.claim(at(0), 1).await), [50], "while the first is on its way");
    first.settle(vec![confirmed(100)], at(0)).await.unwrap();
    world.done([Draft::create(4).tell(40)]).await;
    assert_eq!(numbers(&*world.claim(at(0), 10).await), [40, 50, 101], "and after it was sent");
}

pub(super) async fn an_event_travels_as_it_was_recorded<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).tell_on("counter.renamed", 5)]).await;
    let recorded = outgoing("counter.renamed", 5, 1, 1);
    assert_eq!(world.claim(at(0), 10).await.events(), [recorded]);
}

pub(super) async fn what_waits_survives_a_restart<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=3).map(|n| Draft::create(n).tell(n))).await;
    world.claim(at(0), 1).await.settle(vec![confirmed(1)], at(0)).await.unwrap();
    drop(world.claim(at(0), 10).await);
    if !harness.features().durable {
        return;
    }
    let world = world.reopen().await;
    assert_eq!(world.database.pulse().pending_events(), 2);
    assert_eq!(numbers(&*world.claim(at(0), 10).await), [2, 3]);
}
