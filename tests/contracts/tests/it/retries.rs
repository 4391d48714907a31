//! The schedule of events that fail: when they are tried again, and when no more.

use crate::consumer::{bench, body, transient};
use contracts::storage::{Draft, at, event};
use engine::jobs::jittered;
use kernel::{Clock, Timestamp};
use messaging::{Failure, RETRY_DELAYS};
use std::time::Duration;

const INSTANT: Duration = Duration::from_micros(1);

#[test]
fn the_schedule_is_the_documented_one() {
    assert_eq!(RETRY_DELAYS.map(|d| d.as_secs()), [5, 30, 120, 600, 1_800]);
}

#[tokio::test]
async fn a_transient_failure_is_tried_on_the_schedule_and_then_parked() {
    let mut bench = bench([(1, transient("the order is unknown"))]).await;
    bench.take([body(1)]).await;
    for delay in RETRY_DELAYS {
        let next_at = bench.world.story(1).await.inbox[0].next_at.unwrap();
        assert!(within_a_fifth(bench.clock.now(), next_at, delay), "{next_at} for {delay:?}");
        bench.clock.advance(jittered(delay, event(1, 1).id.uuid()) - INSTANT);
        assert_eq!(bench.consumer.retry_once().await, Ok(0), "too early for {delay:?}");
        bench.clock.advance(INSTANT);
        assert_eq!(bench.consumer.retry_once().await, Ok(1), "due after {delay:?}");
    }
    let letter = bench.world.letters().await.remove(0);
    assert_eq!((letter.reason.as_str(), letter.attempts), ("the order is unknown", 6));
    bench.clock.advance(Duration::from_secs(1_000_000));
    assert_eq!(bench.consumer.retry_once().await, Ok(0));
}

fn within_a_fifth(now: Timestamp, then: Timestamp, delay: Duration) -> bool {
    then >= now + delay.mul_f64(0.8) && then <= now + delay.mul_f64(1.2)
}

#[tokio::test]
async fn a_permanent_failure_is_parked_at_once() {
    let mut bench = bench([(1, Failure::permanent("the payload is no order"))]).await;
    bench.take([body(1)]).await;
    let letter = bench.world.letters().await.remove(0);
    assert_eq!((letter.reason.as_str(), letter.attempts), ("the payload is no order", 1));
    assert_eq!(letter.body, body(1));
}

#[tokio::test]
async fn a_retry_that_succeeds_ends_the_schedule() {
    let mut bench = bench([(1, transient("not yet"))]).await;
    bench.take([body(1)]).await;
    bench.cure(1);
    bench.clock.advance(Duration::from_secs(6));
    assert_eq!(bench.consumer.retry_once().await, Ok(1));
    assert_eq!(bench.states(1).await, [(1, "handled".to_owned())]);
    bench.clock.advance(Duration::from_secs(1_000_000));
    assert_eq!(bench.consumer.retry_once().await, Ok(0));
}

/// Its lease runs out and another instance takes it.
#[tokio::test]
async fn a_retry_that_was_cut_off_comes_back() {
    let mut bench = bench([(1, transient("not yet"))]).await;
    bench.take([body(1)]).await;
    let now = at(10);
    bench.clock.advance(Duration::from_secs(10));
    let lease = now + Duration::from_secs(30);
    use contracts::storage::Database;
    let inbox = bench.world.database.inbox();
    assert_eq!(inbox.due(crate::consumer::NAME, now, lease, 10).await.unwrap().len(), 1);
    bench.cure(1);
    bench.clock.advance(Duration::from_secs(29));
    assert_eq!(bench.consumer.retry_once().await, Ok(0));
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.consumer.retry_once().await, Ok(1));
    bench.world.done([Draft::create(1)]).await;
}
