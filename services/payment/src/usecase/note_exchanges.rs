//! Stores what was noted of calls of the gateway: in batches, behind the work that made the calls.

use super::ports::Payments;
use crate::models::Exchange;
use engine::StoreError;
use kernel::{Clock, Retryable};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::mpsc::Receiver;

/// Exchanges that may wait to be stored; beyond that they are counted and lost.
pub(crate) const WAITING_MAX: usize = 4096;
/// Exchanges of one commit.
const BATCH_MAX: usize = 256;
/// How long they are kept. What is older goes as new ones come.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How long a batch waits to become full. A commit for each call alone would be in the way of the
/// commit that the call was made for.
const LINGER: Duration = Duration::from_millis(100);
/// The pause while the database does not take them.
const PAUSE_OF_FAILURE: Duration = Duration::from_secs(10);

/// The verb, run by itself.
pub struct NoteExchanges {
    payments: Arc<dyn Payments>,
    clock: Arc<dyn Clock>,
    desk: Mutex<Desk>,
}

/// What waits, and of it what is next.
struct Desk {
    noted: Receiver<Exchange>,
    batch: Vec<Exchange>,
}

impl NoteExchanges {
    /// Over what comes out of `noted`.
    pub(crate) fn new(
        payments: Arc<dyn Payments>,
        noted: Receiver<Exchange>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { payments, clock, desk: Mutex::new(Desk { noted, batch: Vec::new() }) }
    }

    /// One step: stores all that waits; how many that was. What could not be stored waits on, unless
    /// it never can be.
    pub async fn run_once(&self) -> Result<usize, StoreError> {
        let mut desk = self.desk.lock().await;
        let mut stored = 0;
        while desk.fill() {
            let now = self.clock.now();
            match self.payments.record_exchanges(desk.batch.clone(), now - KEPT, now).await {
                Ok(()) => stored += desk.batch.len(),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => tracing::warn!(%error, "exchanges with the gateway are not kept"),
            }
            desk.batch.clear();
        }
        Ok(stored)
    }

    /// Stores what comes, batch by batch, until `stop`, and then what is there.
    pub async fn run(self: Arc<Self>, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut pause = Duration::ZERO;
        loop {
            let next = async {
                tokio::time::sleep(pause).await;
                self.desk.lock().await.gather().await;
            };
            let stopped = tokio::select! {
                () = &mut stop => true,
                () = next => false,
            };
            pause = match self.run_once().await {
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, stopped, "exchanges with the gateway are not stored");
                    PAUSE_OF_FAILURE
                }
            };
            if stopped {
                return;
            }
        }
    }
}

impl Desk {
    /// Waits for something to store, and a moment for more. What came stays if nobody waits on.
    async fn gather(&mut self) {
        if self.batch.is_empty() {
            self.more().await;
        }
        let full = async {
            while self.batch.len() < BATCH_MAX {
                self.more().await;
            }
        };
        // Full or not: that was the moment.
        let _ = tokio::time::timeout(LINGER, full).await;
    }

    async fn more(&mut self) {
        let room = BATCH_MAX - self.batch.len();
        if self.noted.recv_many(&mut self.batch, room).await == 0 {
            // Nobody calls the gateway any more.
            std::future::pending::<()>().await;
        }
    }

    /// Whether there is something to store, without waiting for it.
    fn fill(&mut self) -> bool {
        while self.batch.len() < BATCH_MAX
            && let Ok(next) = self.noted.try_recv()
        {
            self.batch.push(next);
        }
        !self.batch.is_empty()
    }
}

#[cfg(test)]
#[path = "note_exchanges_tests.rs"]
mod tests;
