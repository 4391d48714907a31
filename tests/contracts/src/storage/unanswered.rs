//! A COMMIT that fails, or whose answer never came: done once, or not at all.

use super::between::Twist::{AnswerLost, Away, Conflict, RequestLost};
use super::draft::{created, requested};
use super::world::CONSUMER;
use super::{Database, Draft, StorageHarness, Table, World, at, consumed, event};
use engine::{Guard, Outcome, Refusal, StoreError};
use kernel::Retryable;

/// A new counter with all that a change can carry.
fn loaded(n: u128) -> Draft {
    let request = requested("default", &format!("key {n}"), 1, &created("it"));
    let event = consumed(CONSUMER, &event(100 + n, n));
    Draft::create(n).facts(2).guard(request).guard(event).tell(200 + n).order(at(0))
}

/// The changes are there, each once, and no job has a hint.
async fn are_done_once<D: Database>(world: &World<D>, changes: u64) {
    for (table, each) in [
        (Table::Counters, 1),
        (Table::Timeline, 2),
        (Table::Outbox, 1),
        (Table::Inbox, 1),
        (Table::Keys, 1),
        (Table::Jobs, 1),
    ] {
        assert_eq!(world.count(table).await, each * changes, "{table:?}");
    }
    assert_eq!(world.tickets(at(0)).await.iter().map(|t| t.hints).sum::<i64>(), 0);
}

pub(super) async fn a_commit_without_an_answer_is_done_once<H: StorageHarness>(harness: &H) {
    for script in [&[AnswerLost][..], &[AnswerLost, AnswerLost], &[AnswerLost, Conflict]] {
        let world = World::twisted(harness, script).await;
        world.done((1..=3).map(loaded)).await;
        are_done_once(&world, 3).await;
    }
}

/// A guard alone has no write id to know it by: what counts is that it is there, once, and that
/// the caller is told so.
pub(super) async fn an_event_alone_without_an_answer_is_recorded_once<H: StorageHarness>(
    harness: &H,
) {
    let world = World::twisted(harness, &[AnswerLost]).await;
    let draft = Draft::nothing(1).guard(consumed(CONSUMER, &event(5, 1))).order(at(0));
    let outcome = world.commit(draft).await;
    assert!(matches!(outcome, Outcome::Done | Outcome::AlreadyDone(None)), "{outcome:?}");
    assert_eq!(world.count(Table::Inbox).await, 1);
    assert_eq!(world.ticket(at(0)).await.hints, 0);
}

pub(super) async fn a_request_without_an_answer_is_done_once<H: StorageHarness>(harness: &H) {
    let mut world = World::twisted(harness, &[AnswerLost]).await;
    let key = |name| requested("default", name, 1, &created("it"));
    assert_eq!(world.commit(Draft::create(1).guard(key("a"))).await, Outcome::Done);
    assert_eq!(world.count(Table::Counters).await, 1);
    world.twist(&[AnswerLost]);
    let outcome = world.commit(Draft::nothing(2).guard(key("b"))).await;
    let stored = Outcome::AlreadyDone(Some(created("it")));
    assert!(outcome == Outcome::Done || outcome == stored, "{outcome:?}");
    assert_eq!(world.count(Table::Keys).await, 2);
}

pub(super) async fn a_job_without_an_answer_is_closed_once<H: StorageHarness>(harness: &H) {
    let mut world = World::fresh(harness).await;
    world.done([Draft::create(1).order(at(0))]).await;
    let ticket = world.ticket(at(0)).await;
    world.twist(&[AnswerLost]);
    let settled = Draft::set(1, 1, 9).guard(Guard::Job(ticket)).tell(5);
    assert_eq!(world.commit(settled).await, Outcome::Done, "not fenced by its own effect");
    assert_eq!(world.counter(1).await, Some((2, 9)));
    assert_eq!((world.count(Table::Jobs).await, world.count(Table::Outbox).await), (0, 1));
}

/// A poll that found nothing new has no fact to know it by, and closes and orders the same job.
pub(super) async fn a_poll_without_an_answer_leaves_one_open_job<H: StorageHarness>(harness: &H) {
    let mut world = World::fresh(harness).await;
    world.done([Draft::create(1).order(at(0))]).await;
    let ticket = world.ticket(at(0)).await;
    world.twist(&[AnswerLost]);
    let outcome = world.commit(Draft::nothing(1).guard(Guard::Job(ticket)).order(at(60))).await;
    assert!(matches!(outcome, Outcome::Done | Outcome::Fenced), "{outcome:?}");
    assert!(world.tickets(at(59)).await.is_empty());
    assert_eq!(world.ticket(at(60)).await.hints, 0);
}

pub(super) async fn an_unknown_commit_that_wrote_nothing_is_written_once<H: StorageHarness>(
    harness: &H,
) {
    for script in [&[RequestLost][..], &[RequestLost, RequestLost], &[RequestLost, AnswerLost]] {
        let world = World::twisted(harness, script).await;
        world.done((1..=3).map(loaded)).await;
        are_done_once(&world, 3).await;
    }
}

pub(super) async fn an_unknown_commit_stays_unknown_while_the_database_is_away<
    H: StorageHarness,
>(
    harness: &H,
) {
    let world = World::twisted(harness, &[AnswerLost, Away, Conflict, Away]).await;
    world.done([loaded(1)]).await;
    are_done_once(&world, 1).await;
}

pub(super) async fn losers_stay_losers_when_the_batch_is_repeated<H: StorageHarness>(harness: &H) {
    for twist in [AnswerLost, RequestLost, Conflict] {
        let mut world = World::fresh(harness).await;
        world.done([Draft::create(1), Draft::set(1, 1, 5)]).await;
        world.twist(&[twist]);
        let taken = Draft::create(3).named("counter 1");
        let outcomes = world.commit_all([Draft::set(1, 1, 99), loaded(2), taken]).await;
        let refused = Outcome::Refused(Refusal::Taken("name"));
        assert_eq!(outcomes, [Outcome::Lost, Outcome::Done, refused]);
        assert_eq!(world.counter(1).await, Some((2, 5)));
    }
}

pub(super) async fn a_conflict_is_repeated<H: StorageHarness>(harness: &H) {
    let world = World::twisted(harness, &[Conflict, Conflict]).await;
    world.done([loaded(1)]).await;
    are_done_once(&world, 1).await;
}

pub(super) async fn an_endless_conflict_fails_transiently<H: StorageHarness>(harness: &H) {
    let world = World::twisted(harness, &[Conflict; 20]).await;
    let outcome = world.commit(loaded(1)).await;
    assert!(matches!(&outcome, Outcome::Failed(error) if error.is_transient()), "{outcome:?}");
}

pub(super) async fn a_database_that_is_away_fails_transiently_and_writes_nothing<
    H: StorageHarness,
>(
    harness: &H,
) {
    let world = World::twisted(harness, &[Away]).await;
    let before = world.snapshot(1).await;
    let outcomes = world.commit_all([loaded(1), loaded(2)]).await;
    let away = |o: &Outcome| matches!(o, Outcome::Failed(StoreError::Unavailable(_)));
    assert!(outcomes.iter().all(away), "{outcomes:?}");
    assert_eq!(world.snapshot(1).await, before);
    // The writer survives it.
    world.done([loaded(1)]).await;
    are_done_once(&world, 1).await;
}
