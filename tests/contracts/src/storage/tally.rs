//! What a producer counts of what it sent.

use super::{Database, Draft, KEY, StorageHarness, World, at, happened};
use kernel::Timestamp;
use messaging::manifest::{Count, Selection};
use messaging::{Bucket, Sent};
use std::time::Duration;

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// Records these events, one change each.
pub(super) async fn record<D: Database>(world: &World<D>, events: &[(&str, u128, u64)]) {
    let draft = |(key, n, second): &(&str, u128, u64)| {
        Draft::create(*n).tell_this(happened(key, *n, at(*second)))
    };
    world.done(events.iter().map(draft)).await;
}

/// Has everything that waits confirmed.
pub(super) async fn confirm<D: Database>(world: &World<D>, now: Timestamp) {
    let claim = world.claim(now, 10_000).await;
    let sent = claim.events().iter().map(|event| (event.id, Sent::Confirmed)).collect();
    claim.settle(sent, now).await.unwrap();
}

fn everything() -> Selection {
    Selection { before: Bucket::of(at(1 << 30)), since: at(0), after: None, max: 100 }
}

pub(super) async fn counts<D: Database>(world: &World<D>) -> Vec<Count> {
    world.database.tally().confirmed(&everything()).await.unwrap()
}

pub(super) fn count(key: &str, second: u64, events: u64) -> Count {
    Count { routing_key: key.to_owned(), bucket: Bucket::of(at(second)), events }
}

pub(super) async fn a_confirmed_event_is_counted_once<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0), (KEY, 2, 0), (KEY, 3, 0)]).await;
    world.done([Draft::create(4).tell_this(happened(KEY, 4, at(0)).uncounted())]).await;
    assert_eq!(counts(&world).await, [], "nothing is confirmed yet");
    let claim = world.claim(at(1), 10).await;
    let [one, two, _, uncounted] = claim.events() else { panic!("{:?}", claim.events()) };
    let failed = Sent::Failed { reason: "no".to_owned(), next_at: at(2) };
    let sent = vec![(one.id, Sent::Confirmed), (two.id, failed), (uncounted.id, Sent::Confirmed)];
    claim.settle(sent, at(1)).await.unwrap();
    assert_eq!(counts(&world).await, [count(KEY, 0, 1)]);
    confirm(&world, at(2)).await;
    assert_eq!(counts(&world).await, [count(KEY, 0, 3)]);
}

pub(super) async fn every_topic_and_bucket_has_its_own_count<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[("b", 1, 60), ("a", 2, 60), ("b", 3, 0), ("b", 4, 60), ("b", 5, 90)]).await;
    confirm(&world, at(100)).await;
    let expected = [count("b", 0, 1), count("a", 60, 1), count("b", 60, 2), count("b", 90, 1)];
    assert_eq!(counts(&world).await, expected);
}

pub(super) async fn counts_are_chosen_by_bucket_and_by_when_they_last_grew<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0), (KEY, 2, MINUTE)]).await;
    confirm(&world, at(2 * MINUTE)).await;
    record(&world, &[(KEY, 3, 2 * MINUTE)]).await;
    confirm(&world, at(60 * MINUTE)).await;
    // One of an old bucket that was confirmed late.
    record(&world, &[(KEY, 4, 0)]).await;
    confirm(&world, at(61 * MINUTE)).await;
    let chosen = async |selection| world.database.tally().confirmed(&selection).await.unwrap();
    let late = Selection { since: at(60 * MINUTE), ..everything() };
    assert_eq!(chosen(late).await, [count(KEY, 0, 2), count(KEY, 2 * MINUTE, 1)]);
    let closed = Selection { before: Bucket::of(at(2 * MINUTE)), ..everything() };
    assert_eq!(chosen(closed).await, [count(KEY, 0, 2), count(KEY, MINUTE, 1)]);
}

pub(super) async fn counts_come_page_by_page<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[("a", 1, 0), ("b", 2, 0), ("a", 3, 60), ("b", 4, 60)]).await;
    confirm(&world, at(90)).await;
    let all = counts(&world).await;
    let mut after = None;
    for expected in all.chunks(1) {
        let selection = Selection { after: after.clone(), max: 1, ..everything() };
        let page = world.database.tally().confirmed(&selection).await.unwrap();
        assert_eq!(page, expected);
        after = Some((page[0].bucket, page[0].routing_key.clone()));
    }
    let selection = Selection { after, ..everything() };
    assert_eq!(world.database.tally().confirmed(&selection).await.unwrap(), []);
}

pub(super) async fn a_turn_is_taken_once<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let tally = world.database.tally();
    let turn = async |now, next| tally.take_turn(now, next).await.unwrap();
    assert!(turn(at(0), at(30)).await, "the first is due at once");
    assert!(!turn(at(30) - Duration::from_micros(1), at(60)).await);
    assert!(turn(at(30), at(60)).await);
    assert!(!turn(at(30), at(60)).await, "another instance has it");
}

pub(super) async fn a_count_is_kept_as_long_as_its_events<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0)]).await;
    confirm(&world, at(DAY)).await;
    for (day, left) in [(14, 1), (16, 0)] {
        world.database.operations().purge(at(day * DAY)).await.unwrap();
        assert_eq!(counts(&world).await.len(), left, "day {day}");
    }
}
