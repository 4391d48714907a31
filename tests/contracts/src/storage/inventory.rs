//! What a consumer counts of what it heard.

use super::tally::{count, counts};
use super::world::CONSUMER;
use super::{Database, Draft, KEY, SOURCE, StorageHarness, World, at, consumed, event, happened};
use messaging::Event;
use messaging::manifest::{Count, Findings, GivenUp, Look, Watch};

async fn open<D: Database>(world: &World<D>, announced: &[Count]) -> Vec<Look> {
    world.database.inventory().open(CONSUMER, SOURCE, announced).await.unwrap()
}

async fn keep<D: Database>(world: &World<D>, findings: Findings) {
    world.database.inventory().keep(CONSUMER, SOURCE, findings, at(9)).await.unwrap();
}

/// How many events of second 0 are held, though more were announced.
async fn held<D: Database>(world: &World<D>) -> u64 {
    let looks = open(world, &[count(KEY, 0, 1_000)]).await;
    assert_eq!(looks.len(), 1, "{looks:?}");
    looks[0].held
}

/// Event `n` as received, of that topic and time.
fn heard(key: &str, n: u128, second: u64) -> Event {
    Event::parse(key, &happened(key, n, at(second)).body).unwrap()
}

pub(super) async fn the_first_start_is_kept<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let inventory = world.database.inventory();
    assert_eq!(inventory.first_start(CONSUMER, at(5)).await, Ok(at(5)));
    assert_eq!(inventory.first_start(CONSUMER, at(99)).await, Ok(at(5)));
    assert_eq!(inventory.first_start("another", at(99)).await, Ok(at(99)));
}

pub(super) async fn handled_deferred_and_parked_events_are_held<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    assert_eq!(held(&world).await, 0);
    world.done([Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    assert_eq!(held(&world).await, 1);
    world.postpone(event(6, 1), 1, Some(at(10))).await;
    assert_eq!(held(&world).await, 2);
    world.postpone(event(7, 1), 6, None).await;
    assert_eq!(held(&world).await, 3);
    world.commit(Draft::create(9).guard(consumed(CONSUMER, &event(5, 1)))).await;
    assert_eq!(held(&world).await, 3, "a copy is not held twice");
    world.done([Draft::nothing(2).guard(consumed(CONSUMER, &event(8, 2)))]).await;
    assert_eq!(held(&world).await, 4, "nor is one lost that changed nothing");
}

pub(super) async fn a_deferred_event_that_was_handled_is_held_once<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 1, Some(at(10))).await;
    world.done([Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))]).await;
    assert_eq!(held(&world).await, 1);
}

pub(super) async fn only_the_own_stream_and_bucket_is_held<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    for (n, consumer, key, second) in [
        (1, CONSUMER, KEY, 0),
        (2, "another", KEY, 0),
        (3, CONSUMER, "k", 0),
        (4, CONSUMER, KEY, 60),
    ] {
        let guard = consumed(consumer, &heard(key, n, second));
        world.done([Draft::nothing(n).guard(guard)]).await;
    }
    assert_eq!(held(&world).await, 1);
    let announced = [count("k", 0, 9), count(KEY, 60, 9), count(KEY, 90, 9)];
    let mut looks = open(&world, &announced).await;
    looks.sort_by_key(|look| (look.announced.bucket, look.announced.routing_key.clone()));
    let found: Vec<_> = looks.into_iter().map(|look| (look.announced, look.held)).collect();
    let expected: Vec<_> = announced.into_iter().zip([1, 1, 0]).collect();
    assert_eq!(found, expected);
    let inventory = world.database.inventory();
    let others = inventory.open(CONSUMER, "/foreign", &[count(KEY, 0, 1)]).await.unwrap();
    assert_eq!(others[0].held, 0, "another producer's");
}

pub(super) async fn what_was_found_complete_is_not_looked_at_again<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let watch = Watch { held: 3, ..Watch::default() };
    let watches = vec![(count(KEY, 0, 3), watch)];
    keep(&world, Findings { watches, ..Findings::default() }).await;
    assert_eq!(open(&world, &[count(KEY, 0, 3)]).await, []);
    assert_eq!(open(&world, &[]).await, []);
    let more = open(&world, &[count(KEY, 0, 4), count(KEY, 30, 1)]).await;
    let mut found: Vec<_> = more.iter().map(|look| (look.announced.events, look.before)).collect();
    found.sort_by_key(|(events, _)| *events);
    assert_eq!(found, [(1, None), (4, Some(watch))], "more was confirmed since");
}

pub(super) async fn what_was_remembered_comes_back<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let first =
        Watch { held: 1, short_since: Some(at(3)), asked: 2, asked_at: Some(at(7)), fruitless: 1 };
    let second = Watch { asked: 3, asked_at: Some(at(8)), ..first };
    for watch in [first, second] {
        let watches = vec![(count(KEY, 0, 5), watch), (count(KEY, 30, 5), first)];
        keep(&world, Findings { watches, ..Findings::default() }).await;
        let looks = open(&world, &[count(KEY, 0, 5)]).await;
        assert_eq!(looks[0].before, Some(watch));
    }
}

pub(super) async fn a_request_is_sent_and_counted_nowhere<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let request = happened("ask", 77, at(0)).uncounted();
    keep(&world, Findings { request: Some(request.clone()), ..Findings::default() }).await;
    assert_eq!(world.database.pulse().pending_events(), 1);
    crate::wait::soon(world.database.pulse().events.notified()).await;
    assert_eq!(world.claim(at(9), 10).await.events(), [request]);
    super::tally::confirm(&world, at(9)).await;
    assert_eq!(counts(&world).await, []);
}

pub(super) async fn what_is_given_up_is_one_open_letter<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    for (second, reason) in [(0, "2 of 5"), (30, "all of 5"), (0, "1 of 5")] {
        let announced = count(KEY, second, 5);
        let given_up = vec![GivenUp { announced, reason: reason.to_owned(), asked: 20 }];
        keep(&world, Findings { given_up, ..Findings::default() }).await;
    }
    let letters = world.letters().await;
    let mut reasons: Vec<_> = letters.iter().map(|l| (l.reason.as_str(), l.attempts)).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, [("1 of 5", 20), ("all of 5", 20)], "one for each bucket");
    assert!(letters.iter().all(|l| l.origin == CONSUMER && l.body.contains(SOURCE)));
}

pub(super) async fn what_was_remembered_is_forgotten_after_a_month<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let watches = vec![(count(KEY, 0, 3), Watch { held: 3, ..Watch::default() })];
    keep(&world, Findings { watches, ..Findings::default() }).await;
    for (day, looks) in [(29, 0), (31, 1)] {
        world.database.operations().purge(at(day * 86_400)).await.unwrap();
        assert_eq!(open(&world, &[count(KEY, 0, 3)]).await.len(), looks, "day {day}");
    }
}
