//! A claim holds a transaction: wherever its owner goes away, it must not stay behind.

use super::{PostgresWorld, numbers, two_instances, world};
use contracts::storage::{Database, Draft, KEY, Table, at, happened};
use contracts::wait::{poll_once, soon, until};
use kernel::Retryable;
use messaging::manifest::Selection;
use messaging::{Bucket, Sent};

/// More often than anything here waits.
const TURNS_MAX: usize = 12;

/// Drops a future after so many turns, or with its result.
async fn abandoned_after<F: Future>(turns: usize, future: F) {
    let mut future = Box::pin(future);
    for _ in 0..turns {
        if poll_once(future.as_mut()).is_some() {
            return;
        }
        // Until something came in, or nothing will.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_claim_that_is_dropped_at_any_point_leaves_no_transaction_open() {
    let world = world().await;
    world.done((1..=3).map(|n| Draft::create(n).tell(n))).await;
    let outbox = world.database.outbox();
    for turns in 0..TURNS_MAX {
        abandoned_after(turns, outbox.claim(at(0), 100)).await;
        // Behind the ROLLBACK, on the same connection.
        assert_eq!(numbers(&*world.claim(at(0), 100).await), [1, 2, 3], "after {turns} turns");
    }
    drop(world.claim(at(0), 100).await);
    until(0, || world.database.idle_in_transaction()).await;
}

/// With other connections at hand, that would not wait for the ROLLBACK.
#[tokio::test]
async fn whoever_claims_next_finds_what_was_dropped_just_before() {
    let world = world().await;
    world.done((1..=2).map(|n| Draft::create(n).tell(n))).await;
    drop((world.claim(at(0), 1).await, world.claim(at(0), 1).await));
    until(0, || world.database.idle_in_transaction()).await;
    for _ in 0..200 {
        assert_eq!(numbers(&*world.claim(at(0), 100).await), [1, 2]);
    }
}

#[tokio::test]
async fn a_settlement_that_is_dropped_at_any_point_marks_all_or_nothing() {
    for turns in 0..TURNS_MAX {
        let world = world().await;
        world.done((1..=3).map(|n| Draft::create(n).tell(n))).await;
        let claim = world.claim(at(0), 100).await;
        let sent = claim.events().iter().map(|event| (event.id, Sent::Confirmed)).collect();
        abandoned_after(turns, claim.settle(sent, at(1))).await;
        let left = numbers(&*world.claim(at(0), 100).await);
        assert!(left.is_empty() || left == [1, 2, 3], "{left:?}");
        until(0, || world.database.idle_in_transaction()).await;
    }
}

#[tokio::test]
async fn a_claim_of_nothing_holds_nothing() {
    let world = world().await;
    let mut claims = Vec::new();
    for _ in 0..20 {
        claims.push(world.claim(at(0), 100).await);
    }
    until(0, || world.database.idle_in_transaction()).await;
    for claim in claims {
        claim.settle(Vec::new(), at(0)).await.unwrap();
    }
}

#[tokio::test]
async fn a_claim_whose_connection_was_cut_fails_transiently_and_its_events_are_free() {
    let world = world().await;
    world.done((1..=3).map(|n| Draft::create(n).tell(n))).await;
    let claim = world.claim(at(0), 100).await;
    let sent = claim.events().iter().map(|event| (event.id, Sent::Confirmed)).collect();
    world.database.server.cut_connections().await;
    let error = soon(claim.settle(sent, at(1))).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let outbox = world.database.outbox();
    let free = || async { outbox.claim(at(0), 100).await.map(|claim| numbers(&*claim)).ok() };
    until(Some(vec![1, 2, 3]), free).await;
    until(3, || world.database.count(Table::Outbox)).await;
}

/// Both count the same buckets, and neither waits for the other for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relays_of_two_instances_count_one_bucket_together() {
    let [one, other] = two_instances().await;
    let draft = |n: u128| {
        let (key, second) = ([KEY, "other"][usize::from(n.is_multiple_of(2))], 30 * (n / 2 % 2));
        let second = u64::try_from(second).unwrap();
        Draft::create(n).tell_this(happened(key, n, at(second)))
    };
    one.done((1..=200).map(draft)).await;
    let relay = |world: PostgresWorld| {
        tokio::spawn(async move {
            loop {
                let claim = world.claim(at(1), 10).await;
                if claim.events().is_empty() {
                    return world;
                }
                let sent = claim.events().iter().map(|e| (e.id, Sent::Confirmed)).collect();
                claim.settle(sent, at(1)).await.unwrap();
            }
        })
    };
    let (one, other) = (relay(one), relay(other));
    let (one, _) = (soon(one).await.unwrap(), soon(other).await.unwrap());
    let before = Bucket::of(at(3_600));
    let selection = Selection { before, since: at(0), after: None, max: 10 };
    let counts = one.database.tally().confirmed(&selection).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.events).collect::<Vec<_>>(), [50; 4]);
}
