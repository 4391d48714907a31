//! Connections that end while something is being committed: done once, or an error that says to
//! come back.

use super::proxy::{Lose, Proxy};
use super::{CONSUMER, PostgresWorld, world};
use crate::postgres::{PostgresDatabase, open};
use contracts::storage::{Database, Draft, Table, World, at, consumed, event};
use contracts::wait::{soon, until};
use engine::Outcome;
use kernel::Retryable;
use std::sync::Arc;

/// Whatever a change can carry, so that nothing of it may be there twice.
fn loaded(n: u128) -> Draft {
    let guard = consumed(CONSUMER, &event(1_000 + n, n));
    Draft::create(n).facts(2).guard(guard).tell(2_000 + n).order(at(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_while_connections_were_cut_is_there_once() {
    let world = Arc::new(world().await);
    let commit = |start: u128| {
        let world = world.clone();
        tokio::spawn(async move {
            let mut done = Vec::new();
            for n in start..start + 25 {
                match world.commit(loaded(n)).await {
                    Outcome::Done => done.push(n),
                    Outcome::Failed(error) if error.is_transient() => {}
                    other => panic!("{other:?}"),
                }
            }
            done
        })
    };
    let commits: Vec<_> = (0..8).map(|n| commit(n * 25)).collect();
    while !commits.iter().all(tokio::task::JoinHandle::is_finished) {
        world.database.server.cut_connections().await;
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    }
    let mut done = Vec::new();
    for commit in commits {
        done.extend(soon(commit).await.unwrap());
    }
    for n in &done {
        assert_eq!(world.database.facts(*n).await, 2, "{n}");
    }
    // Nobody restarts anything, and whoever was told to come back comes back. It may be there
    // already, if it failed with its COMMIT on the way.
    let rest: Vec<_> = (0..200).filter(|n| !done.contains(n)).collect();
    let outcomes = world.commit_all(rest.into_iter().map(loaded)).await;
    let settled = |o: &Outcome| matches!(o, Outcome::Done | Outcome::AlreadyDone(None));
    assert!(outcomes.iter().all(settled), "{outcomes:?}");
    once_each(&world, 200).await;
}

/// Not even the first commit after a restart of the server is told of it.
#[tokio::test]
async fn a_connection_known_to_be_gone_fails_no_commit() {
    let world = world().await;
    world.done([loaded(1)]).await;
    world.database.server.cut_connections().await;
    let writers = || async {
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name LIKE '% writes'";
        let client = world.database.server.connect().await;
        client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0)
    };
    until(0, writers).await;
    world.done([loaded(2)]).await;
}

async fn once_each(world: &PostgresWorld, changes: u64) {
    // The readers were cut too, and find out one after the other.
    until(true, || async { world.database.operations().ping().await.is_ok() }).await;
    for (table, each) in [
        (Table::Counters, 1),
        (Table::Timeline, 2),
        (Table::Outbox, 1),
        (Table::Inbox, 1),
        (Table::Jobs, 1),
    ] {
        assert_eq!(world.database.count(table).await, each * changes, "{table:?}");
    }
    let hints: i64 = world.tickets(at(0)).await.iter().map(|ticket| ticket.hints).sum();
    assert_eq!(hints, 0);
}

/// An instance that reaches the database through a proxy.
async fn through_a_proxy(lose: Lose) -> (PostgresWorld, Proxy) {
    let world = world().await;
    let server = world.database.server.clone();
    let proxy = Proxy::to(server.url(), lose).await;
    let database = PostgresDatabase { postgres: open(&proxy.url).await, server };
    (World { writer: database.writer(), database }, proxy)
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_done_once() {
    let (world, proxy) = through_a_proxy(Lose::TheAnswer).await;
    world.done([loaded(1)]).await;
    proxy.arm();
    let outcomes = world.commit_all([loaded(2), Draft::set(1, 0, 9), loaded(3)]).await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Lost, Outcome::Done]);
    assert!(!proxy.is_armed(), "an answer was lost");
    once_each(&world, 3).await;
}

/// The server is still committing when the batch comes again: it must wait for its own rows, not
/// take them for somebody else's.
#[tokio::test]
async fn a_commit_that_is_still_on_its_way_when_it_comes_again_is_done_once() {
    let (world, proxy) = through_a_proxy(Lose::TheWait).await;
    world.done([loaded(1)]).await;
    world
        .database
        .sql(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               PERFORM pg_advisory_xact_lock_shared(1);
               RETURN NULL;
             END $$;
             CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON counters
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()",
        )
        .await;
    let gate = world.database.server.connect().await;
    gate.batch_execute("SELECT pg_advisory_lock(1)").await.unwrap();
    proxy.arm();
    let commit = world.commit_all([loaded(2), Draft::set(1, 2, 9), loaded(3)]);
    let release = async {
        // The batch that came again waits for the rows of the one that is committing.
        until(1, || world.database.waiting_for_a_row()).await;
        gate.batch_execute("SELECT pg_advisory_unlock(1)").await.unwrap();
    };
    let (outcomes, ()) = tokio::join!(commit, release);
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done, Outcome::Done]);
    assert!(!proxy.is_armed(), "a COMMIT was left alone");
    assert_eq!(world.counter(1).await, Some((3, 9)));
    assert_eq!(world.database.count(Table::Counters).await, 3);
}
