//! Publishing: confirmed for good, returned, refused or withdrawn.

use super::BrokerHarness;
use super::post::{LEFT, Post, RIGHT, consume, take, unit, units};
use crate::storage::{at, outgoing};
use crate::wait::{poll_once, settle};
use kernel::ConstantIds;
use messaging::{Published, Queue, pack, unpack};

pub(super) async fn a_confirm_means_that_every_queue_has_it_for_good<H: BrokerHarness>(
    harness: &H,
) {
    let post = Post::fresh(harness).await;
    let publishing = post.publish(units("both", [1]));
    let mut left = post.subscribe(LEFT).await;
    let delivered = take(&mut *left, 1).await;
    let open = harness.features().confirms_after_consumer_ack;
    settle().await;
    assert!(!(open && publishing.is_finished()), "nobody has acknowledged");
    left.ack_through(delivered[0].tag).await.unwrap();
    settle().await;
    assert!(!(open && publishing.is_finished()), "one of two queues has acknowledged");
    assert_eq!(consume(&mut *post.subscribe(RIGHT).await, 1).await, [1]);
    publishing.confirmed().await;
}

pub(super) async fn an_unroutable_unit_is_returned_and_its_neighbours_are_not<H: BrokerHarness>(
    harness: &H,
) {
    let post = Post::fresh(harness).await;
    let mut left = post.subscribe(LEFT).await;
    let window = vec![unit("left", 1), unit("nowhere", 2), unit("left", 3), unit("nowhere", 4)];
    let publishing = post.publish(window);
    assert_eq!(consume(&mut *left, 2).await, [1, 3]);
    let (confirmed, returned) = (Published::Confirmed, Published::Returned);
    let expected = [confirmed.clone(), returned.clone(), confirmed, returned];
    assert_eq!(publishing.outcome().await, expected);
}

pub(super) async fn keys_are_bound_exactly<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let near = ["lef", "left.more", "Left", "", "*", "#"].map(|key| unit(key, 1));
    let published = post.publish(near.to_vec()).outcome().await;
    assert_eq!(published, vec![Published::Returned; 6]);
}

pub(super) async fn subscribing_declares_the_queue<H: BrokerHarness>(harness: &H) {
    const NEW: Queue = Queue { name: "contracts.new", bindings: &["new"] };
    let post = Post::fresh(harness).await;
    assert_eq!(post.publish(units("new", [1])).outcome().await, [Published::Returned]);
    if !harness.features().subscribing_declares_the_queue {
        let refused = post.broker().subscribe(NEW).await.err().unwrap().to_string();
        return assert!(refused.contains(NEW.name), "{refused}");
    }
    let mut new = post.subscribe(NEW).await;
    let publishing = post.publish(units("new", [2]));
    assert_eq!(consume(&mut *new, 1).await, [2]);
    publishing.confirmed().await;
}

pub(super) async fn a_dropped_publish_is_withdrawn<H: BrokerHarness>(harness: &H) {
    if !harness.features().withdraws_dropped_publish {
        return;
    }
    let post = Post::fresh(harness).await;
    assert!(poll_once(post.broker().publish(units("both", [1, 2]))).is_none());
    for queue in [LEFT, RIGHT] {
        assert!(poll_once(post.subscribe(queue).await.next(10)).is_none(), "{queue:?}");
    }
}

pub(super) async fn a_dropped_publish_leaves_its_neighbours<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let before = post.publish(units("left", [1]));
    settle().await;
    assert!(poll_once(post.broker().publish(units("left", [2]))).is_none());
    let after = post.publish(units("left", [3]));
    settle().await;
    let mut left = post.subscribe(LEFT).await;
    let mut delivered = consume(&mut *left, 2).await;
    if !harness.features().withdraws_dropped_publish && delivered.contains(&2) {
        delivered.extend(consume(&mut *left, 1).await);
        delivered.retain(|n| *n != 2);
    }
    assert_eq!(delivered, [1, 3]);
    before.confirmed().await;
    after.confirmed().await;
}

pub(super) async fn a_full_queue_refuses_and_no_other_queue_gets_the_unit<H: BrokerHarness>(
    harness: &H,
) {
    let Some(max) = harness.features().queue_units_max else { return };
    let post = Post::fresh(harness).await;
    let full = post.publish(units("left", 0..u128::try_from(max).unwrap()));
    settle().await;
    let refused = post.publish(vec![unit("both", 9_999), unit("left", 9_999)]).outcome().await;
    assert!(refused.iter().all(|p| matches!(p, Published::Refused(_))), "{refused:?}");
    assert!(poll_once(post.subscribe(RIGHT).await.next(10)).is_none(), "in every queue or in none");
    let (mut left, mut right) = (post.subscribe(LEFT).await, post.subscribe(RIGHT).await);
    consume(&mut *left, max).await;
    full.confirmed().await;
    let room = post.publish(units("both", [10_000]));
    assert_eq!(consume(&mut *left, 1).await, [10_000]);
    assert_eq!(consume(&mut *right, 1).await, [10_000]);
    room.confirmed().await;
}

pub(super) async fn a_packed_batch_arrives_event_by_event<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let events: Vec<_> = (1..=5).map(|n| outgoing("left", n, 1, 1)).collect();
    let packed: Vec<_> =
        pack(&events, &ConstantIds::new(at(0))).into_iter().map(|(unit, _)| unit).collect();
    assert_eq!(packed.len(), 1);
    let publishing = post.publish(packed);
    let mut left = post.subscribe(LEFT).await;
    let delivered = take(&mut *left, 1).await.remove(0);
    let read = unpack(&delivered.routing_key, &delivered.body);
    let bodies: Vec<_> = read.into_iter().map(|event| event.unwrap().body).collect();
    assert_eq!(bodies, events.into_iter().map(|e| e.body).collect::<Vec<_>>());
    left.ack_through(delivered.tag).await.unwrap();
    publishing.confirmed().await;
}
