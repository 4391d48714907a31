//! Delivering: in order, at least once, to whoever asks.

use super::BrokerHarness;
use super::post::{LEFT, Post, RIGHT, ack, consume, numbers, take, units};
use crate::wait::{poll_once, settle, soon};
use messaging::{Delivery, Subscription};
use std::collections::BTreeSet;

pub(super) async fn units_of_one_key_arrive_in_order<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let mut left = post.subscribe(LEFT).await;
    for window in [0..20, 20..40_u128] {
        let publishing = post.publish(units("left", window.clone()));
        assert_eq!(consume(&mut *left, 20).await, window.collect::<Vec<_>>());
        publishing.confirmed().await;
    }
}

pub(super) async fn a_drain_is_bounded<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let publishing = post.publish(units("left", 1..=10));
    let mut left = post.subscribe(LEFT).await;
    let mut seen = 0;
    while seen < 10 {
        let drained = soon(left.next(3)).await.unwrap();
        assert!((1..=3).contains(&drained.len()), "{drained:?}");
        seen += drained.len();
        ack(&mut *left, drained.last().unwrap()).await;
    }
    publishing.confirmed().await;
}

pub(super) async fn tags_grow_along_a_subscription<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let publishing = post.publish(units("left", 1..=5));
    let mut left = post.subscribe(LEFT).await;
    let mut taken = take(&mut *left, 2).await;
    taken.extend(take(&mut *left, 3).await);
    assert!(taken.iter().map(|d| d.tag).is_sorted_by(|a, b| a < b), "{taken:?}");
    assert!(taken.iter().all(|d| !d.redelivered && d.routing_key == "left"), "{taken:?}");
    ack(&mut *left, &taken[4]).await;
    publishing.confirmed().await;
}

pub(super) async fn a_subscriber_that_comes_late_gets_what_waits<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let publishing = post.publish(units("both", 1..=3));
    settle().await;
    let mut left = post.subscribe(LEFT).await;
    assert_eq!(consume(&mut *left, 3).await, [1, 2, 3]);
    assert_eq!(consume(&mut *post.subscribe(RIGHT).await, 3).await, [1, 2, 3]);
    publishing.confirmed().await;
}

/// What came back, in the order that the adapter promises, and marked.
fn returned(harness: &impl BrokerHarness, deliveries: &[Delivery]) -> Vec<u128> {
    assert!(deliveries.iter().all(|d| d.redelivered), "{deliveries:?}");
    let mut numbers = numbers(deliveries);
    if !harness.features().returns_to_the_front {
        numbers.sort_unstable();
    }
    numbers
}

pub(super) async fn what_was_not_acknowledged_comes_back_marked_and_in_order<H: BrokerHarness>(
    harness: &H,
) {
    let post = Post::fresh(harness).await;
    let publishing = post.publish(units("left", 1..=4));
    let mut dead = post.subscribe(LEFT).await;
    take(&mut *dead, 3).await;
    drop(dead);
    let mut left = post.subscribe(LEFT).await;
    let taken = take(&mut *left, 4).await;
    let (four, again): (Vec<_>, Vec<_>) = taken.iter().cloned().partition(|d| d.body == "4");
    assert_eq!(returned(harness, &again), [1, 2, 3]);
    // It was not taken, but may have been on its way to the dead.
    assert!(!(four[0].redelivered && harness.features().delivers_on_demand), "{four:?}");
    if harness.features().returns_to_the_front {
        assert_eq!(numbers(&taken), [1, 2, 3, 4]);
    }
    ack(&mut *left, &taken[3]).await;
    publishing.confirmed().await;
}

pub(super) async fn an_acknowledgement_covers_its_tag_and_no_more<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let publishing = post.publish(units("left", 1..=5));
    let mut dead = post.subscribe(LEFT).await;
    let taken = take(&mut *dead, 5).await;
    ack(&mut *dead, &taken[1]).await;
    settle().await;
    let open = harness.features().confirms_after_consumer_ack;
    assert!(!(open && publishing.is_finished()), "three are not acknowledged");
    drop(dead);
    let mut left = post.subscribe(LEFT).await;
    let again = take(&mut *left, 3).await;
    assert_eq!(returned(harness, &again), [3, 4, 5]);
    ack(&mut *left, &again[2]).await;
    publishing.confirmed().await;
    drop(left);
    let nothing = post.publish(units("left", [6]));
    assert_eq!(consume(&mut *post.subscribe(LEFT).await, 1).await, [6], "nothing else is left");
    nothing.confirmed().await;
}

pub(super) async fn an_abandoned_wait_loses_nothing<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let mut left = post.subscribe(LEFT).await;
    assert!(poll_once(left.next(10)).is_none());
    let publishing = post.publish(units("left", 1..=3));
    settle().await;
    assert_eq!(consume(&mut *left, 3).await, [1, 2, 3]);
    publishing.confirmed().await;
}

pub(super) async fn two_subscribers_share_a_queue_each_unit_once<H: BrokerHarness>(harness: &H) {
    let post = Post::fresh(harness).await;
    let mut one = post.subscribe(LEFT).await;
    let mut other = post.subscribe(LEFT).await;
    let publishing = post.publish(units("left", 1..=20));
    let mut seen = BTreeSet::new();
    for _ in 0..10 {
        seen.extend(consume(&mut *one, 1).await);
        seen.extend(consume(&mut *other, 1).await);
    }
    assert_eq!(seen, (1..=20).collect());
    publishing.confirmed().await;
}

async fn take_one(mut subscription: Box<dyn Subscription>) -> (u128, Box<dyn Subscription>) {
    let taken = take(&mut *subscription, 1).await;
    (numbers(&taken)[0], subscription)
}

/// Neither of the two may sleep on while the other, busy with its own, leaves a unit lying.
pub(super) async fn returned_units_wake_every_waiting_subscriber<H: BrokerHarness>(harness: &H) {
    if !harness.features().delivers_on_demand {
        return;
    }
    let post = Post::fresh(harness).await;
    let publishing = post.publish(units("left", 1..=2));
    let mut dead = post.subscribe(LEFT).await;
    take(&mut *dead, 2).await;
    let one = tokio::spawn(take_one(post.subscribe(LEFT).await));
    let other = tokio::spawn(take_one(post.subscribe(LEFT).await));
    settle().await;
    drop(dead);
    let (mut one, mut other) = (soon(one).await.unwrap(), soon(other).await.unwrap());
    assert_eq!(BTreeSet::from([one.0, other.0]), BTreeSet::from([1, 2]));
    one.1.ack_through(u64::MAX).await.unwrap();
    other.1.ack_through(u64::MAX).await.unwrap();
    publishing.confirmed().await;
}
