//! Re-send by manifests between two services, over a broker that loses what it confirmed: a loss
//! is a delay.

mod shop;

use contracts::storage::{Database, Draft, KEY, Table, at, happened};
use messaging::manifest::Count;
use messaging::{Bucket, Event, Handler};
use shop::{ASK, MANIFEST, Shop};

#[tokio::test]
async fn what_the_broker_lost_is_sent_again_after_two_manifests() {
    let mut shop = Shop::open().await;
    shop.broker.lose(KEY);
    shop.sell(&[1, 2, 3]).await;
    shop.broker.lose_nothing();
    assert_eq!(shop.sold_out().await, 0, "all is confirmed, so the shop takes it for sent");
    assert_eq!(shop.heard().await, 0);
    shop.half_a_minute().await;
    assert_eq!((shop.heard().await, shop.requests()), (0, 0), "it may be on its way");
    shop.half_a_minute().await;
    assert_eq!((shop.heard().await, shop.requests()), (3, 1));
    for n in [1, 2, 3] {
        assert_eq!(shop.till.counter(n).await, Some((1, 0)));
    }
    shop.half_a_minute().await;
    shop.half_a_minute().await;
    assert_eq!(shop.requests(), 1, "all is there");
}

#[tokio::test]
async fn of_a_bucket_that_is_sent_again_only_what_was_lost_has_an_effect() {
    let mut shop = Shop::open().await;
    shop.sell(&[1, 2]).await;
    shop.broker.lose(KEY);
    shop.sell(&[3]).await;
    shop.broker.lose_nothing();
    shop.sell(&[4]).await;
    let before = shop.till.story(1).await;
    shop.half_a_minute().await;
    shop.half_a_minute().await;
    assert_eq!((shop.heard().await, shop.requests()), (4, 1));
    assert_eq!(shop.broker.times(1), 2, "the whole bucket came again");
    assert_eq!(shop.till.story(1).await, before);
    assert_eq!(shop.till.database.count(Table::Timeline).await, 4);
}

#[tokio::test]
async fn a_lost_manifest_or_request_is_a_delay() {
    let mut shop = Shop::open().await;
    shop.broker.lose(KEY);
    shop.sell(&[1]).await;
    shop.broker.lose(MANIFEST);
    shop.half_a_minute().await;
    shop.broker.lose_nothing();
    shop.half_a_minute().await;
    shop.broker.lose(ASK);
    shop.half_a_minute().await;
    assert_eq!((shop.heard().await, shop.requests()), (0, 1), "nobody heard it");
    shop.broker.lose_nothing();
    shop.half_a_minute().await;
    assert_eq!((shop.heard().await, shop.requests()), (1, 2));
}

#[tokio::test]
async fn what_waits_or_is_parked_is_not_missed() {
    let mut shop = Shop::open().await;
    shop.fail(1, true);
    shop.fail(2, false);
    shop.sell(&[1, 2, 3]).await;
    for _ in 0..4 {
        shop.half_a_minute().await;
    }
    assert_eq!(shop.requests(), 0);
}

#[tokio::test]
async fn what_never_comes_is_asked_for_twenty_times_and_then_told_to_a_person() {
    let mut shop = Shop::open().await;
    shop.broker.lose(KEY);
    shop.sell(&[1, 2]).await;
    for _ in 0..40 {
        shop.half_a_minute().await;
    }
    assert_eq!(shop.requests(), 20);
    let letters = shop.till.letters().await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].reason.starts_with("2 of 2 events did not come"), "{letters:?}");
}

#[tokio::test]
async fn events_of_topics_that_the_queue_is_not_bound_to_are_not_missed() {
    let mut shop = Shop::open().await;
    let event = happened("counter.other", 1, at(0));
    shop.producer.done([Draft::create(1).tell_this(event)]).await;
    shop.broker.lose("counter.other");
    shop.send().await;
    for _ in 0..4 {
        shop.half_a_minute().await;
    }
    assert_eq!((shop.sold_out().await, shop.requests()), (0, 0));
    assert!(shop.broker.manifests() > 0, "it was announced all the same");
}

#[tokio::test]
async fn what_was_sent_before_the_first_start_is_not_missed() {
    let mut shop = Shop::open_till_started_at(60).await;
    shop.broker.lose(KEY);
    shop.sell(&[1]).await;
    shop.pass(70);
    shop.sell(&[2]).await;
    shop.broker.lose_nothing();
    for _ in 0..4 {
        shop.half_a_minute().await;
    }
    assert_eq!(shop.heard().await, 1);
    assert_eq!(shop.till.counter(2).await, Some((1, 0)));
}

/// Away for longer than every turn looks back.
#[tokio::test]
async fn a_consumer_that_heard_no_manifest_for_hours_is_told_of_everything() {
    let mut shop = Shop::open().await;
    shop.broker.lose(KEY);
    shop.sell(&[1]).await;
    shop.half_a_minute().await;
    shop.pass(2 * 3_600);
    shop.broker.lose_nothing();
    shop.half_a_minute().await;
    assert_eq!(shop.requests(), 1, "short at the start, and still so");
    assert_eq!(shop.heard().await, 1);
    let manifests = shop.broker.manifests();
    shop.half_a_minute().await;
    assert_eq!(shop.broker.manifests(), manifests, "old buckets are not told of at every turn");
}

#[tokio::test]
async fn an_event_that_is_confirmed_late_is_announced_late() {
    let mut shop = Shop::open().await;
    shop.sell(&[1]).await;
    shop.half_a_minute().await;
    shop.record(&[2]).await;
    shop.pass(2 * 3_600);
    shop.half_a_minute().await;
    shop.broker.lose(KEY);
    shop.send().await;
    shop.broker.lose_nothing();
    shop.half_a_minute().await;
    shop.half_a_minute().await;
    assert_eq!(shop.heard().await, 2);
}

#[tokio::test]
async fn instances_announce_in_turns() {
    let mut shop = Shop::open().await;
    shop.sell(&[1]).await;
    let mut other = shop.announcer();
    shop.half_a_minute().await;
    assert_eq!(other.run_once().await.unwrap(), 1, "everything, at its start");
    let before = shop.broker.manifests();
    shop.half_a_minute().await;
    assert_eq!(other.run_once().await.unwrap(), 0, "this turn was taken");
    assert_eq!(shop.broker.manifests(), before + 1);
}

#[tokio::test]
async fn a_manifest_that_was_not_taken_is_told_at_the_next_turn() {
    let mut shop = Shop::open().await;
    shop.broker.lose(KEY);
    shop.sell(&[1]).await;
    shop.broker.lose_nothing();
    shop.broker.refuse(MANIFEST);
    shop.pass(40);
    assert!(shop.announce().await.is_err());
    shop.broker.lose_nothing();
    assert_eq!(shop.announce().await.unwrap(), 1, "everything is still to be told");
}

/// A drain is handled in order of orders, and a manifest is of none.
#[tokio::test]
async fn a_manifest_counts_the_events_that_came_with_it() {
    let mut shop = Shop::open().await;
    shop.broker.lose(KEY);
    shop.sell(&[1]).await;
    shop.broker.lose(MANIFEST);
    shop.pass(40);
    shop.announce().await.unwrap();
    let event = Event::parse(KEY, &happened(KEY, 1, at(0)).body).unwrap();
    let answers = shop.bookkeeper.handle(&[shop.broker.manifest(), event.clone()]).await;
    assert_eq!(answers, [Ok(()), Ok(())]);
    let announced = Count { routing_key: KEY.to_owned(), bucket: Bucket::of(at(0)), events: 1 };
    let (consumer, source) = (shop.bookkeeper.consumer, &event.source);
    let short = shop.till.database.inventory().open(consumer, source, &[announced]).await;
    assert_eq!(short.unwrap(), [], "it was found complete");
}

#[tokio::test]
async fn what_is_nonsense_is_parked_and_its_neighbours_are_handled() {
    let shop = Shop::open().await;
    let manifest = |data: &str| {
        let event = happened(MANIFEST, 7, at(0)).body;
        event.replace("counter.changed.v1", "outbox.manifest.v1").replace("\"data\":\"\"", data)
    };
    let bad = [manifest("\"data\":{\"buckets\":[7]}"), manifest("\"data\":{}")];
    for (n, body) in bad.into_iter().enumerate() {
        let body = body.replace(&uuid(7), &uuid(70 + n as u128));
        shop.publish(MANIFEST, body).await;
    }
    let other = happened(ASK, 9, at(0)).body.replace("counter.changed.v1", shop::REQUEST_TYPE);
    let other = other.replace("\"data\":\"\"", "\"data\":{\"source\":\"/x\",\"buckets\":[]}");
    shop.publish(ASK, other).await;
    shop.sell(&[1]).await;
    assert_eq!((shop.heard().await, shop.till.letters().await.len()), (1 + 2, 2));
    assert_eq!(shop.producer.letters().await.len(), 1, "asked of another");
}

fn uuid(n: u128) -> String {
    contracts::storage::id(n).to_string()
}
