//! Two instances of a service on one database: what they race for goes to one of them.

use super::{CONSUMER, PostgresWorld, created, numbers, requested, two_instances};
use contracts::storage::{Database, Draft, Table, at, consumed, event};
use contracts::wait::soon;
use engine::{Guard, Outcome};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::join;

/// Commits what each instance has, at the same time.
async fn race([one, other]: &[PostgresWorld; 2], drafts: [Vec<Draft>; 2]) -> [Vec<Outcome>; 2] {
    let [first, second] = drafts;
    let (first, second) =
        soon(async { join!(one.commit_all(first), other.commit_all(second)) }).await;
    [first, second]
}

/// Rounds of a race whose outcome a single one could miss.
const ROUNDS: u128 = 10;
/// Changes of each instance in a round.
const EACH: u128 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_one_event_have_one_effect() {
    let worlds = two_instances().await;
    for round in 0..ROUNDS {
        let ids = round * EACH..(round + 1) * EACH;
        // Each instance has an aggregate of its own for the event, so only the guard can decide.
        let draft = |instance: u128, n: u128| {
            Draft::create(n * 2 + instance).guard(consumed(CONSUMER, &event(10_000 + n, 1))).tell(n)
        };
        let drafts =
            [ids.clone().map(|n| draft(0, n)).collect(), ids.rev().map(|n| draft(1, n)).collect()];
        let [first, mut second] = race(&worlds, drafts).await;
        second.reverse();
        for pair in first.into_iter().zip(second) {
            let once = matches!(
                pair,
                (Outcome::Done, Outcome::AlreadyDone(None))
                    | (Outcome::AlreadyDone(None), Outcome::Done)
            );
            assert!(once, "{pair:?}");
        }
    }
    let done = u64::try_from(ROUNDS * EACH).unwrap();
    for table in [Table::Counters, Table::Timeline, Table::Outbox, Table::Inbox] {
        assert_eq!(worlds[0].database.count(table).await, done, "{table:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_one_request_get_one_answer() {
    let worlds = two_instances().await;
    for round in 0..ROUNDS {
        let draft = |instance: u128, n: u128| {
            let own = round * 1_000 + n * 2 + instance;
            Draft::create(own).guard(requested(&format!("{round} {n}"), 1, &own.to_string()))
        };
        let drafts = [0, 1].map(|instance| (0..EACH).map(|n| draft(instance, n)).collect());
        let [first, second] = race(&worlds, drafts).await;
        for (n, pair) in (0..EACH).zip(first.into_iter().zip(second)) {
            let answer = |instance: u128| {
                let own = round * 1_000 + n * 2 + instance;
                Outcome::AlreadyDone(Some(created(&own.to_string())))
            };
            let once = pair == (Outcome::Done, answer(0)) || pair == (answer(1), Outcome::Done);
            assert!(once, "{pair:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_job_has_one_holder_and_one_result() {
    let worlds = two_instances().await;
    worlds[0].done((1..=200).map(|n| Draft::create(n).order(at(0)))).await;
    let claim = |world: &PostgresWorld| {
        let jobs = world.database.jobs();
        tokio::spawn(async move {
            let mut tickets = Vec::new();
            while tickets.len() < 200 {
                match jobs.claim(at(10), 3).await.unwrap() {
                    none if none.is_empty() => break,
                    some => tickets.extend(some),
                }
            }
            tickets
        })
    };
    let claims = [claim(&worlds[0]), claim(&worlds[1])];
    let mut tickets = Vec::new();
    for claim in claims {
        tickets.extend(soon(claim).await.unwrap());
    }
    // One may have seen nothing free while the other was claiming the rest.
    tickets.extend(worlds[0].tickets(at(10)).await);
    let held: BTreeSet<_> = tickets.iter().map(|ticket| ticket.target).collect();
    assert_eq!((held.len(), tickets.len()), (200, 200));

    let settle = |value: i64| {
        let draft = |(n, ticket): (u128, &engine::jobs::Ticket)| {
            Draft::nothing(n).guard(Guard::Job(ticket.clone())).tell(n * 2 + u128::from(value == 1))
        };
        (1_000..).zip(&tickets).map(draft).collect::<Vec<_>>()
    };
    let [first, second] = race(&worlds, [settle(0), settle(1)]).await;
    for pair in first.into_iter().zip(second) {
        let once =
            matches!(pair, (Outcome::Done, Outcome::Fenced) | (Outcome::Fenced, Outcome::Done));
        assert!(once, "{pair:?}");
    }
    assert_eq!(worlds[0].database.count(Table::Jobs).await, 0);
    assert_eq!(worlds[0].database.count(Table::Outbox).await, 200);
}

/// Each takes its rows in another order than its guards and its jobs, so that they do run into
/// each other; nobody who asked hears of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_changes_of_the_same_aggregates_fail_for_nobody() {
    let worlds = two_instances().await;
    worlds[0].done((1..=EACH).map(Draft::create)).await;
    for round in 1..=u32::try_from(ROUNDS).unwrap() {
        let draft = |instance: u128, n: u128| {
            let (crossed, n_of_event) = if instance == 0 { (n, n) } else { (EACH + 1 - n, n) };
            let id = u128::from(round) * 1_000 + n_of_event;
            Draft::set(crossed, round, i64::from(round))
                .guard(consumed(CONSUMER, &event(id * 2 + instance, 1)))
                .order_of("a", n, at(0))
                .order_of("b", EACH + 1 - n, at(0))
        };
        let drafts = [0, 1].map(|instance| (1..=EACH).map(|n| draft(instance, n)).collect());
        let [first, mut second] = race(&worlds, drafts).await;
        second.reverse();
        for pair in first.into_iter().zip(second) {
            let once =
                matches!(pair, (Outcome::Done, Outcome::Lost) | (Outcome::Lost, Outcome::Done));
            assert!(once, "{pair:?}");
        }
    }
    let facts = u64::try_from(EACH * (ROUNDS + 1)).unwrap();
    assert_eq!(worlds[0].database.count(Table::Timeline).await, facts);
}

#[tokio::test]
async fn two_relays_share_what_waits() {
    let [one, other] = two_instances().await;
    one.done((1..=20).map(|n| Draft::create(n).tell(n))).await;
    let (first, second) = (one.claim(at(0), 12).await, other.claim(at(0), 12).await);
    assert_eq!(numbers(&*first), (1..=12).collect::<Vec<_>>());
    assert_eq!(numbers(&*second), (13..=20).collect::<Vec<_>>());
    assert!(other.claim(at(0), 12).await.events().is_empty());
    let sent = first.events().iter().map(|event| (event.id, messaging::Sent::Confirmed)).collect();
    first.settle(sent, at(1)).await.unwrap();
    drop(second);
    let rest = || async { numbers(&*one.claim(at(2), 100).await) };
    contracts::wait::until((13..=20).collect(), rest).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_postponed_event_is_due_in_one_instance() {
    let worlds = two_instances().await;
    let postponed = |n| messaging::Postponed {
        event: event(n, n),
        attempts: 1,
        next_at: Some(at(10)),
        reason: "not yet".to_owned(),
    };
    let inbox = worlds[0].database.inbox();
    inbox.postpone(CONSUMER, (1..=200).map(postponed).collect(), at(1)).await.unwrap();
    let lease = |world: &PostgresWorld| {
        let inbox = world.database.inbox();
        tokio::spawn(async move {
            let mut due = Vec::new();
            loop {
                let until = at(10) + Duration::from_secs(30);
                match inbox.due(CONSUMER, at(10), until, 3).await.unwrap() {
                    none if none.is_empty() => return due,
                    some => due.extend(some.into_iter().map(|waiting| waiting.event.id)),
                }
            }
        })
    };
    let leases = [lease(&worlds[0]), lease(&worlds[1])];
    let mut due = Vec::new();
    for lease in leases {
        due.extend(soon(lease).await.unwrap());
    }
    due.extend(soon(lease(&worlds[0])).await.unwrap());
    assert_eq!((due.iter().collect::<BTreeSet<_>>().len(), due.len()), (200, 200));
}

/// Its row appears while the guard waits for it, and is not there for the guard's own statement.
#[tokio::test]
async fn an_event_that_another_instance_is_postponing_is_handled_all_the_same() {
    let world = super::world().await;
    let event = event(5, 1);
    let mut other = world.database.server.connect().await;
    let postponing = other.transaction().await.unwrap();
    let insert =
        "INSERT INTO inbox (consumer, event_id, subject, digest, state, recorded_at, next_at)
                  VALUES ($1, $2, $3, $4, 'deferred', $5, $5)";
    let digest = event.digest();
    postponing
        .execute(insert, &[&CONSUMER, &event.id.uuid(), &event.subject, &&digest[..], &at(0)])
        .await
        .unwrap();
    let commit = world.commit(Draft::create(1).guard(consumed(CONSUMER, &event)));
    let release = async {
        contracts::wait::until(1, || world.database.waiting_for_a_row()).await;
        postponing.commit().await.unwrap();
    };
    let (outcome, ()) = join!(commit, release);
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(world.story(1).await.inbox[0].state, "handled");
}
