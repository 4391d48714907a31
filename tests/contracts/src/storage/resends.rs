//! What was confirmed and is sent again, because somebody missed it.

use super::tally::{confirm, count, counts, record};
use super::{Database, Draft, KEY, StorageHarness, World, at, happened};
use crate::wait::{soon, until};
use kernel::Timestamp;
use messaging::manifest::{PAGE_EVENTS, Page};
use messaging::{Bucket, Claim, Sent};
use std::time::Duration;

fn page(second: u64, number: u32) -> Page {
    Page { routing_key: KEY.to_owned(), bucket: Bucket::of(at(second)), number }
}

async fn claim<D: Database>(world: &World<D>, now: Timestamp) -> Box<dyn Claim> {
    soon(world.database.resends().claim(now, 10_000)).await.unwrap()
}

/// Claimed and given back.
async fn due<D: Database>(world: &World<D>, now: Timestamp) -> Vec<u128> {
    let claim = claim(world, now).await;
    let numbers = numbers(&*claim);
    claim.settle(Vec::new(), now).await.unwrap();
    numbers
}

fn numbers(claim: &dyn Claim) -> Vec<u128> {
    claim.events().iter().map(|event| event.id.uuid().as_u128()).collect()
}

/// Confirms what is to be sent again.
async fn sent_again<D: Database>(world: &World<D>, now: Timestamp) {
    let claim = claim(world, now).await;
    let sent = claim.events().iter().map(|event| (event.id, Sent::Confirmed)).collect();
    claim.settle(sent, now).await.unwrap();
}

async fn resend<D: Database>(world: &World<D>, page: &Page, now: Timestamp) -> usize {
    world.database.tally().resend(page, now).await.unwrap()
}

pub(super) async fn a_bucket_is_sent_again_as_it_was_recorded<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0), (KEY, 2, 0), (KEY, 3, 60), ("other", 4, 0)]).await;
    confirm(&world, at(70)).await;
    assert_eq!(due(&world, at(80)).await, [0; 0], "nobody asked");
    assert_eq!(resend(&world, &page(0, 0), at(80)).await, 2);
    let claim = claim(&world, at(80)).await;
    assert_eq!(numbers(&*claim), [1, 2]);
    assert_eq!(claim.events()[0], happened(KEY, 1, at(0)));
    claim.settle(Vec::new(), at(80)).await.unwrap();
    sent_again(&world, at(81)).await;
    assert_eq!(due(&world, at(90)).await, [0; 0], "once");
}

pub(super) async fn sending_again_counts_nothing_again<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0), (KEY, 2, 0)]).await;
    confirm(&world, at(40)).await;
    resend(&world, &page(0, 0), at(50)).await;
    let story = world.story(1).await.outbox;
    assert_eq!(world.database.pulse().pending_events(), 0, "it does not wait: it was sent");
    assert_eq!(world.database.operations().backlog().await.unwrap().outbox_pending, 0);
    assert!(world.claim(at(50), 10).await.events().is_empty());
    sent_again(&world, at(50)).await;
    assert_eq!(counts(&world).await, [count(KEY, 0, 2)]);
    assert_eq!(world.story(1).await.outbox, story, "it was confirmed when it was confirmed first");
    assert_eq!(world.database.pulse().pending_events(), 0);
}

pub(super) async fn what_was_never_confirmed_is_not_sent_again<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0)]).await;
    confirm(&world, at(1)).await;
    record(&world, &[(KEY, 2, 0)]).await;
    assert_eq!(resend(&world, &page(0, 0), at(40)).await, 1);
    assert_eq!(due(&world, at(40)).await, [1]);
    assert_eq!(resend(&world, &page(300, 0), at(40)).await, 0, "there is no such bucket");
}

pub(super) async fn what_was_just_sent_again_is_left_out<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0)]).await;
    confirm(&world, at(1)).await;
    assert_eq!(resend(&world, &page(0, 0), at(40)).await, 1);
    assert_eq!(resend(&world, &page(0, 0), at(40)).await, 0, "it waits already");
    sent_again(&world, at(41)).await;
    assert_eq!(resend(&world, &page(0, 0), at(50)).await, 0, "the other copy is on its way");
    assert_eq!(resend(&world, &page(0, 0), at(70)).await, 1, "and was lost too");
}

pub(super) async fn a_large_bucket_is_sent_page_by_page<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let many = PAGE_EVENTS as u128 + 1;
    let all =
        (1..=many).fold(Draft::create(1), |draft, n| draft.tell_this(happened(KEY, n, at(0))));
    world.done([all]).await;
    confirm(&world, at(40)).await;
    assert_eq!(resend(&world, &page(0, 1), at(50)).await, 1);
    assert_eq!(due(&world, at(50)).await, [many]);
    assert_eq!(resend(&world, &page(0, 0), at(50)).await, PAGE_EVENTS);
    assert_eq!(resend(&world, &page(0, u32::MAX), at(50)).await, 0);
}

pub(super) async fn a_failed_resend_is_due_at_its_time<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0)]).await;
    confirm(&world, at(1)).await;
    resend(&world, &page(0, 0), at(40)).await;
    let claim = claim(&world, at(40)).await;
    let first = claim.events()[0].id;
    let failed = Sent::Failed { reason: "no\0".to_owned(), next_at: at(45) };
    claim.settle(vec![(first, failed)], at(40)).await.unwrap();
    assert_eq!(due(&world, at(45) - Duration::from_micros(1)).await, [0; 0]);
    assert_eq!(due(&world, at(45)).await, [1]);
}

pub(super) async fn two_live_claims_of_resends_never_share_an_event<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0), (KEY, 2, 0)]).await;
    confirm(&world, at(1)).await;
    resend(&world, &page(0, 0), at(40)).await;
    let one = soon(world.database.resends().claim(at(40), 1)).await.unwrap();
    assert_eq!(due(&world, at(40)).await, [2]);
    drop(one);
    until(vec![1, 2], || due(&world, at(40))).await;
}

pub(super) async fn a_resend_wakes_its_relay<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    record(&world, &[(KEY, 1, 0)]).await;
    confirm(&world, at(1)).await;
    resend(&world, &page(0, 0), at(40)).await;
    soon(world.database.pulse().resends.notified()).await;
}
