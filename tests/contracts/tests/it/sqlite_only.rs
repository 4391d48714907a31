//! What only SQLite can get wrong: its connections, its file, its disk.

use crate::sqlite::{InFile, world};
use contracts::storage::Database;
use contracts::storage::{Draft, Table, World};
use contracts::wait::{poll_once, soon};
use engine::Outcome;
use kernel::Retryable;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// A caller that goes away leaves its read running; the next reader waits, it is not refused.
#[tokio::test]
async fn readers_that_went_away_cost_nobody_a_connection() {
    let world = World::fresh(&InFile).await;
    let sqlite = &world.database.sqlite;
    let mut running = Vec::new();
    for _ in 0..4 {
        let (release, released) = mpsc::channel::<()>();
        let (start, started) = oneshot::channel();
        let slow = sqlite.read(move |_| {
            let _ = (start.send(()), released.recv());
            Ok(())
        });
        assert!(poll_once(slow).is_none(), "its caller went away");
        soon(started).await.unwrap();
        running.push(release);
    }
    let mut next = Box::pin(sqlite.read(|c| c.query_row("SELECT 1", [], |row| row.get(0))));
    for _ in 0..50 {
        assert_eq!(poll_once(next.as_mut()), None, "all connections are busy");
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }
    drop(running);
    assert_eq!(soon(next).await, Ok(1));
}

#[tokio::test]
async fn a_full_disk_fails_transiently_and_loses_nothing() {
    let world = world().await;
    world.done([Draft::create(1)]).await;
    let sqlite = &world.database.sqlite;
    let limit = |pages: i64| sqlite.write(move |c| c.pragma_update(None, "max_page_count", pages));
    limit(1).await.unwrap();
    let drafts = || (2..200).map(|n| Draft::create(n).tell(1_000 + n));
    let outcomes = world.commit_all(drafts()).await;
    let transient = |o: &Outcome| matches!(o, Outcome::Failed(error) if error.is_transient());
    assert!(outcomes.iter().all(transient), "{:?}", outcomes[0]);
    assert_eq!(world.database.count(Table::Counters).await, 1);
    limit(1_000_000).await.unwrap();
    world.done(drafts()).await;
    assert_eq!(world.database.count(Table::Counters).await, 199);
}
