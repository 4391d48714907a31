//! What operators read, and the purge.

use super::draft::{created, requested};
use super::world::CONSUMER;
use super::{Database, Draft, StorageHarness, Table, World, at, consumed, event, id};
use engine::jobs::LEASE;
use messaging::Sent;
use storage::{Backlog, Story};

const DAY: u64 = 86_400;

/// One of everything about order `n`, decided at `seconds`.
fn eventful(n: u128, seconds: u64) -> Draft {
    Draft::create(n)
        .facts(2)
        .guard(consumed(CONSUMER, &event(100 + n, n)))
        .tell(200 + n)
        .order(at(seconds))
        .at(at(seconds))
}

pub(super) async fn a_story_is_told_in_order_and_of_one_order_only<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([eventful(1, 0), eventful(2, 0)]).await;
    for (n, version, second) in [(1, 2, 20_u32), (2, 2, 5), (1, 3, 30)] {
        let event = 300 + u128::from(second);
        let later = Draft::set(n, version, 1).at(at(u64::from(second)));
        world.done([later.tell(event)]).await;
    }
    for n in [1, 2] {
        world.postpone(event(400 + n, n), 6, None).await;
    }
    let story = world.story(1).await;
    let facts: Vec<_> = story.timeline.iter().map(|t| (t.aggregate, t.version, t.at)).collect();
    let expected = [(1, at(0)), (2, at(0)), (3, at(20)), (4, at(30))];
    assert_eq!(facts, expected.map(|(version, at)| (id(1), version, at)));
    assert_eq!((story.timeline[0].what.as_str(), &*story.timeline[0].correlation), FIRST);
    let events: Vec<_> = story.outbox.iter().map(|e| e.id.uuid().as_u128()).collect();
    assert_eq!(events, [201, 320, 330]);
    let heard: Vec<_> = story.inbox.iter().map(|e| e.event_id.uuid().as_u128()).collect();
    assert_eq!(heard, [101, 401]);
    assert_eq!(story.jobs.iter().map(|j| j.target).collect::<Vec<_>>(), [id(1)]);
    let letters: Vec<_> = story.dead_letters.iter().map(|l| l.subject).collect();
    assert_eq!(letters, [Some(id(1))]);
    assert_eq!(world.story(404).await, Story::default());
}

const FIRST: (&str, &str) = ("counted", "request-1");

pub(super) async fn the_backlog_counts_what_waits<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let backlog = || async { world.database.operations().backlog().await.unwrap() };
    assert_eq!(backlog().await, Backlog::default());
    world.done([eventful(1, 10), eventful(2, 20), eventful(3, 30)]).await;
    let claim = world.claim(at(40), 1).await;
    let first = claim.events()[0].id;
    claim.settle(vec![(first, Sent::Confirmed)], at(40)).await.unwrap();
    world.postpone(event(5, 1), 1, Some(at(50))).await;
    world.postpone(event(6, 1), 6, None).await;
    let waits = Backlog {
        outbox_pending: 2,
        outbox_oldest: Some(at(20)),
        inbox_deferred: 1,
        jobs_open: 3,
        dead_letters_open: 1,
    };
    assert_eq!(backlog().await, waits);
}

pub(super) async fn the_purge_takes_only_what_is_old_enough<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let key = requested("default", "key", 1, &created("it"));
    world.done([eventful(1, 0).guard(key), eventful(2, 0)]).await;
    world.postpone(event(5, 1), 1, Some(at(50))).await;
    world.postpone(event(6, 1), 6, None).await;
    let claim = world.claim(at(0), 1).await;
    let first = claim.events()[0].id;
    claim.settle(vec![(first, Sent::Confirmed)], at(0)).await.unwrap();
    for (day, [keys, outbox, inbox]) in [
        (6, [1, 2, 4]),
        (8, [0, 2, 4]),
        (13, [0, 2, 4]),
        (15, [0, 1, 4]),
        (29, [0, 1, 4]),
        (31, [0, 1, 2]),
        (10_000, [0, 1, 2]),
    ] {
        world.database.operations().purge(at(day * DAY)).await.unwrap();
        let tables = [(Table::Keys, keys), (Table::Outbox, outbox), (Table::Inbox, inbox)];
        for (table, rows) in tables {
            assert_eq!(world.count(table).await, rows, "{table:?} after {day} days");
        }
    }
    // What is open, and what explains an order, is never purged.
    let kept = [(Table::Timeline, 4), (Table::Jobs, 2), (Table::Letters, 1), (Table::Counters, 2)];
    for (table, rows) in kept {
        assert_eq!(world.count(table).await, rows, "{table:?}");
    }
}

pub(super) async fn a_healthy_database_answers<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    assert_eq!(world.database.operations().ping().await, Ok(()));
}

pub(super) async fn the_state_survives_a_restart<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([eventful(1, 0)]).await;
    world.postpone(event(5, 1), 2, Some(at(50))).await;
    let ticket = world.ticket(at(0)).await;
    if !harness.features().durable {
        return;
    }
    let before = world.snapshot(1).await;
    let world = world.reopen().await;
    assert_eq!(world.snapshot(1).await, before);
    assert!(world.tickets(at(1)).await.is_empty(), "a lease outlives its worker's process");
    assert!(world.ticket(at(0) + LEASE).await.fence > ticket.fence);
    assert_eq!(world.due(at(50)).await.len(), 1);
}
