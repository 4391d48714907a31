//! Winners and losers of every kind in one batch.

use super::{CONSUMER, PostgresWorld, created, requested, world};
use contracts::storage::{Database, Draft, Table, at, consumed, event, event_saying};
use engine::jobs::LEASE;
use engine::{Guard, Outcome, Refusal, StoreError};

/// A change with all that a change can carry.
fn loaded(n: u128) -> Draft {
    let request = requested(&format!("key {n}"), 1, "it");
    let guards = [request, consumed(CONSUMER, &event(1_000 + n, n))];
    let draft = Draft::create(n).facts(2).tell(2_000 + n).order(at(5));
    guards.into_iter().fold(draft, Draft::guard)
}

async fn whole(world: &PostgresWorld, changes: u64, before: u64) {
    for (table, each) in [
        (Table::Counters, 1),
        (Table::Timeline, 2),
        (Table::Outbox, 1),
        (Table::Inbox, 1),
        (Table::Keys, 1),
        (Table::Jobs, 1),
    ] {
        let expected = each * changes + before;
        assert_eq!(world.database.count(table).await, expected, "{table:?}");
    }
}

fn is_invalid(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(StoreError::Invalid(_)))
}

#[tokio::test]
async fn one_refused_row_among_a_hundred_fails_alone() {
    let world = world().await;
    for (start, spoil) in [(0, 0), (200, 1)] {
        let draft = |n| match (n == start + 50, spoil) {
            (true, 0) => loaded(n).with_value(-1),
            // Found out only after the service's own rows.
            (true, _) => loaded(n).tell(2_001),
            (false, _) => loaded(n),
        };
        let outcomes = world.commit_all((start..=start + 100).map(draft)).await;
        for (n, outcome) in outcomes.iter().enumerate() {
            assert!(if n == 50 { is_invalid(outcome) } else { *outcome == Outcome::Done }, "{n}");
        }
    }
    whole(&world, 200, 0).await;
}

/// What each loser loses by, with and without a neighbour that is refused; the latter sends the
/// batch down the slow path.
#[tokio::test]
async fn losers_of_every_kind_leave_nothing_and_winners_are_whole() {
    for with_refused in [false, true] {
        let world = world().await;
        // One row each in every table, of the changes that the losers lose against.
        world.done([loaded(1), loaded(2), loaded(3)]).await;
        let old = world.tickets(at(5)).await;
        let new = world.tickets(at(5) + LEASE).await;
        let fenced = Guard::Job(old[0].clone());
        let settling = Draft::nothing(42).guard(Guard::Job(new[2].clone()));
        let mut cases = vec![
            (Draft::set(1, 1, 9).tell(5_001), Outcome::Lost),
            (loaded(10), Outcome::Done),
            (loaded(11).guard(consumed(CONSUMER, &event(1_002, 2))), Outcome::AlreadyDone(None)),
            (
                loaded(12).guard(requested("key 2", 1, "again")),
                Outcome::AlreadyDone(Some(created("it"))),
            ),
            (
                loaded(13).guard(requested("key 3", 2, "other")),
                Outcome::Refused(Refusal::KeyReused),
            ),
            (loaded(14), Outcome::Done),
            (loaded(15).named("counter 2"), Outcome::Refused(Refusal::Taken("name"))),
            (loaded(16).guard(fenced), Outcome::Fenced),
            // Takes the name of the next, which is written after it.
            (loaded(17).named("counter 18"), Outcome::Done),
            (loaded(18), Outcome::Refused(Refusal::Taken("name"))),
            (loaded(19), Outcome::Done),
            (settling, Outcome::Done),
        ];
        if with_refused {
            cases.push((loaded(30).with_value(-1), Outcome::Done));
        }
        cases.push((
            loaded(20).guard(consumed(CONSUMER, &event_saying(1_001, 1, "other"))),
            Outcome::Done,
        ));
        // Submitted against the order in which they are written, so that none is answered for
        // another.
        cases.reverse();
        let (drafts, expected): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let outcomes = world.commit_all(drafts).await;
        let invalid = if with_refused { 2 } else { 1 };
        for (n, (outcome, expected)) in outcomes.iter().zip(expected).enumerate() {
            assert!(
                if n < invalid { is_invalid(outcome) } else { *outcome == expected },
                "{n} {outcome:?}"
            );
        }
        // Before: three; now: four, and one job settled.
        for (table, rows) in [
            (Table::Counters, 7),
            (Table::Timeline, 14),
            (Table::Outbox, 7),
            (Table::Inbox, 7),
            (Table::Keys, 7),
            (Table::Jobs, 6),
        ] {
            assert_eq!(world.database.count(table).await, rows, "{table:?} {with_refused}");
        }
    }
}

/// Two changes under one guard are two transactions. If the second meets a conflict, the first is
/// not told that it was never written.
#[tokio::test]
async fn a_conflict_behind_a_committed_part_of_the_batch_is_not_taken_for_nothing_written() {
    let world = world().await;
    world
        .database
        .sql(
            "CREATE SEQUENCE met;
             CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF NEW.name = 'counter 2' AND nextval('met') = 1 THEN
                 RAISE EXCEPTION 'conflict' USING ERRCODE = '40001';
               END IF;
               RETURN NEW;
             END $$;
             CREATE TRIGGER meet BEFORE INSERT ON counters FOR EACH ROW EXECUTE FUNCTION meet()",
        )
        .await;
    let guard = consumed(CONSUMER, &event(5, 1));
    let drafts = [1, 2].map(|n| Draft::create(n).guard(guard.clone()));
    assert_eq!(world.commit_all(drafts).await, [Outcome::Done, Outcome::AlreadyDone(None)]);
    assert_eq!(world.database.count(Table::Counters).await, 1);
}
