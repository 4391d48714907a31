//! How long exchanges wait to be stored.

use super::*;
use crate::models::{ExchangeOutcome, Operation};
use futures::FutureExt;
use kernel::{Timestamp, Uuid};
use std::time::Instant;
use tokio::sync::mpsc::{Sender, channel};

fn desk() -> (Sender<Exchange>, Desk) {
    let (notes, noted) = channel(WAITING_MAX);
    (notes, Desk { noted, batch: Vec::new() })
}

fn note(notes: &Sender<Exchange>, exchanges: usize) {
    for _ in 0..exchanges {
        let exchange = Exchange {
            id: Uuid::nil(),
            about: "tx-1".into(),
            operation: Operation::Status,
            at: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            outcome: ExchangeOutcome::Done,
            detail: None,
        };
        notes.try_send(exchange).unwrap();
    }
}

#[tokio::test]
async fn a_full_batch_waits_for_nothing() {
    let (notes, mut desk) = desk();
    note(&notes, 4 * BATCH_MAX);
    for _ in 0..4 {
        assert_eq!(desk.gather().now_or_never(), Some(()));
        assert_eq!(desk.batch.len(), BATCH_MAX);
        desk.batch.clear();
    }
    assert_eq!(desk.gather().now_or_never(), None, "there is nothing");
}

#[tokio::test]
async fn a_few_wait_a_moment_for_others_and_stay_if_nobody_waits_on() {
    let (notes, mut desk) = desk();
    note(&notes, 3);
    assert_eq!(desk.gather().now_or_never(), None);
    note(&notes, 1);
    let since = Instant::now();
    desk.gather().await;
    assert!(since.elapsed() >= LINGER, "{:?}", since.elapsed());
    assert_eq!(desk.batch.len(), 4);
}
