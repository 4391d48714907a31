//! Goes on asking while services are away: they may be killed and started again during a run. What may
//! be asked twice is for whoever asks.

use crate::client::{Client, Failed};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Between two tries, at first and at last.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(2)];

/// A client that takes "nobody there" and "come back later" for what they say, as long as anything in
/// the run moves.
pub(super) struct Patient<'a> {
    pub(super) client: &'a Client,
    pub(super) pulse: Pulse,
}

/// When anything last moved.
pub(super) struct Pulse {
    start: Instant,
    /// Milliseconds after the start.
    last: AtomicU64,
    patience: Duration,
}

impl Patient<'_> {
    /// Asks until there is an answer that is not about being away. What is asked must be safe to repeat.
    pub(super) async fn again<T>(
        &self,
        ask: impl AsyncFn() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let [mut pause, longest] = PAUSES;
        loop {
            match ask().await {
                Err(error) if self.waits_out(&error) => tokio::time::sleep(pause).await,
                answered => return answered,
            }
            pause = (pause * 2).min(longest);
        }
    }

    /// Whether an error may pass, and there is patience left to wait for that.
    pub(super) fn waits_out(&self, error: &anyhow::Error) -> bool {
        Failed::of(error).is_some_and(Failed::may_pass) && !self.pulse.is_still()
    }
}

impl Pulse {
    pub(super) fn new(patience: Duration) -> Self {
        Self { start: Instant::now(), last: AtomicU64::new(0), patience }
    }

    /// Something moved.
    pub(super) fn beat(&self) {
        self.last.store(self.elapsed(), Ordering::Relaxed);
    }

    /// Whether nothing has moved for longer than there is patience.
    pub(super) fn is_still(&self) -> bool {
        let quiet = self.elapsed().saturating_sub(self.last.load(Ordering::Relaxed));
        Duration::from_millis(quiet) > self.patience
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
