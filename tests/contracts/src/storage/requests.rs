//! Idempotency keys: one effect and one answer per key.

use super::draft::{created, requested};
use super::{Draft, StorageHarness, Table, World, at};
use crate::wait::soon;
use engine::{Answer, Outcome, Refusal};
use std::collections::BTreeSet;

pub(super) async fn a_repeated_request_gets_the_stored_answer<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let key = |answer| requested("default", "key", 1, &created(answer));
    world.done([Draft::create(1).guard(key("first")).tell(5)]).await;
    let before = world.snapshot(1).await;
    let repeated = Draft::create(2).guard(key("second")).tell(6).order(at(0));
    assert_eq!(world.commit(repeated).await, Outcome::AlreadyDone(Some(created("first"))));
    assert_eq!(world.snapshot(1).await, before);
}

pub(super) async fn a_key_used_for_another_request_is_refused<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let key = |body| requested("default", "key", body, &created("it"));
    world.done([Draft::create(1).guard(key(1))]).await;
    let before = world.snapshot(1).await;
    let other = Draft::create(2).guard(key(2)).tell(6).order(at(0));
    assert_eq!(world.commit(other).await, Outcome::Refused(Refusal::KeyReused));
    assert_eq!(world.snapshot(1).await, before);
}

pub(super) async fn a_key_of_another_account_is_another_key<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let key = |account| requested(account, "key", 1, &created(account));
    world.done([Draft::create(1).guard(key("one")), Draft::create(2).guard(key("other"))]).await;
    let repeated = world.commit(Draft::create(3).guard(key("other"))).await;
    assert_eq!(repeated, Outcome::AlreadyDone(Some(created("other"))), "its own answer");
}

pub(super) async fn a_lost_change_does_not_use_up_its_key<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let key = requested("default", "key", 1, &created("it"));
    world.done([Draft::create(1)]).await;
    let taken = Draft::create(2).named("counter 1").guard(key.clone());
    assert_eq!(world.commit(taken).await, Outcome::Refused(Refusal::Taken("name")));
    world.done([Draft::create(2).guard(key)]).await;
}

pub(super) async fn fifty_equal_requests_at_once_have_one_effect<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    // Each decides on an order of its own, as an HTTP handler does.
    let request = |n: u128| {
        let (writer, own) = (world.writer.clone(), created(&format!("order {n}")));
        let guard = requested("default", "key", 1, &own);
        let write = Draft::create(n).guard(guard).tell(100 + n).order(at(0)).write();
        tokio::spawn(async move { (writer.commit(vec![write]).await.remove(0), own) })
    };
    let requests: Vec<_> = (1..=50).map(request).collect();
    let mut answers = BTreeSet::new();
    let mut done = 0;
    for request in requests {
        let (outcome, own) = soon(request).await.unwrap();
        done += usize::from(outcome == Outcome::Done);
        answers.insert(answered(outcome, own).body);
    }
    assert_eq!((done, answers.len()), (1, 1), "{answers:?}");
    for table in [Table::Counters, Table::Timeline, Table::Outbox, Table::Jobs, Table::Keys] {
        assert_eq!(world.count(table).await, 1, "{table:?}");
    }
}

fn answered(outcome: Outcome, own: Answer) -> Answer {
    match outcome {
        Outcome::Done => own,
        Outcome::AlreadyDone(Some(stored)) => stored,
        other => panic!("{other:?}"),
    }
}
