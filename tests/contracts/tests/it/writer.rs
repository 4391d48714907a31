//! The writer task: what it puts into a batch, whatever the database.

use async_trait::async_trait;
use contracts::storage::{CounterRow, Draft};
use contracts::wait::soon;
use engine::Outcome;
use std::sync::{Arc, Mutex};
use storage::{Backend, CommitError, Pulse, Write, Writer};
use tokio::sync::Semaphore;

/// Does every change, one batch per permit, and remembers the aggregates of each batch.
struct Gate {
    permits: Arc<Semaphore>,
    batches: Arc<Mutex<Vec<Vec<u128>>>>,
}

#[async_trait]
impl Backend<CounterRow> for Gate {
    async fn commit(
        &mut self,
        batch: Arc<[Write<CounterRow>]>,
        _: bool,
    ) -> Result<Vec<Outcome>, CommitError> {
        self.permits.acquire().await.unwrap().forget();
        let aggregates = batch.iter().map(|w| w.aggregate.as_u128()).collect();
        self.batches.lock().unwrap().push(aggregates);
        Ok(batch.iter().map(|_| Outcome::Done).collect())
    }
}

/// The batches that come of one submission, made while an earlier commit runs.
async fn batches(submission: Vec<u128>) -> Vec<Vec<u128>> {
    let (permits, batches) = (Arc::new(Semaphore::new(0)), Arc::default());
    let gate = Gate { permits: permits.clone(), batches: Arc::clone(&batches) };
    let writer = Writer::start(Box::new(gate), Arc::new(Pulse::default()));
    let first = vec![Draft::create(0).write()];
    let rest = submission.into_iter().map(|n| Draft::create(n).write()).collect();
    let (one, other) = (writer.clone(), writer);
    let one = tokio::spawn(async move { one.commit(first).await });
    contracts::wait::settle().await;
    let other = tokio::spawn(async move { other.commit(rest).await });
    contracts::wait::settle().await;
    permits.add_permits(100);
    soon(one).await.unwrap();
    soon(other).await.unwrap();
    let mut batches = batches.lock().unwrap().clone();
    assert_eq!(batches.remove(0), [0], "it did not wait for company");
    batches
}

#[tokio::test]
async fn what_waits_during_a_commit_is_the_next_batch() {
    assert_eq!(batches(vec![1, 2, 3]).await, [[1, 2, 3]]);
}

#[tokio::test]
async fn a_batch_is_written_in_order_of_aggregate() {
    assert_eq!(batches(vec![3, 1, 2]).await, [[1, 2, 3]]);
}

#[tokio::test]
async fn a_batch_holds_an_aggregate_once() {
    assert_eq!(batches(vec![2, 1, 2, 1, 2]).await, [vec![1, 2], vec![1, 2], vec![2]]);
}

#[tokio::test]
async fn a_batch_is_bounded() {
    let sizes: Vec<_> = batches((1..=600).collect()).await.iter().map(Vec::len).collect();
    assert_eq!(sizes, [256, 256, 88]);
}
