//! Callbacks without our signature: kept as evidence, within bounds that anybody who posts cannot
//! move. They are never a hint, and nothing here answers anybody.

use super::ports::Payments;
use super::untold::{Untold, is_due};
use crate::models::{Callback, Receipt};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use kernel::{Cause, Clock, Timestamp};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Stored per second for long …
const PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("it is not zero");
/// … and at once after a silence.
const BURST: NonZeroU32 = NonZeroU32::new(50).expect("it is not zero");
/// What is stored of a body, in bytes. Real ones have less (reference: midtrans.md 9).
const BODY_MAX: usize = 4 * 1024;
/// What is stored of another text, in bytes.
const TEXT_MAX: usize = 64;
/// How long they are kept …
const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// … and how many, whatever their age.
const KEPT_MAX: u32 = 10_000;
/// Between two purges: what is stored meanwhile is bounded by [`PER_SECOND`].
const PURGE_PAUSE: Duration = Duration::from_secs(10 * 60);

/// Where they are noted.
pub(super) struct Forgeries {
    payments: Arc<dyn Payments>,
    clock: Arc<dyn Clock>,
    bucket: RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    /// Not stored.
    untold: Untold,
    purged_at: Option<Timestamp>,
}

impl Forgeries {
    /// None noted yet.
    pub(super) fn new(payments: Arc<dyn Payments>, clock: Arc<dyn Clock>) -> Self {
        let start = clock.now();
        let ticks = Ticks { start, clock: clock.clone() };
        let quota = Quota::per_second(PER_SECOND).allow_burst(BURST);
        let bucket = RateLimiter::direct_with_clock(quota, ticks);
        let books = Mutex::new(Books { purged_at: Some(start), ..Books::default() });
        Self { payments, clock, bucket, books }
    }

    /// Stores one within the bounds, or counts it. That storing failed is told to the log alone:
    /// the sender is refused either way.
    pub(super) async fn note(&self, callback: Callback, cause: Cause) {
        let now = self.clock.now();
        if self.bucket.check().is_err() {
            if let Some(callbacks) = self.books().untold.count(now) {
                tracing::warn!(callbacks, "callbacks without our signature were not even stored");
            }
            return;
        }
        tracing::warn!("a callback with a missing or wrong signature was refused");
        let callback = Callback {
            receipt: Receipt::Forged,
            body: clipped(callback.body, BODY_MAX),
            transaction_id: clipped(callback.transaction_id, TEXT_MAX),
            status: clipped(callback.status, TEXT_MAX),
            ..callback
        };
        if let Err(error) = self.payments.record_callback(callback, cause).await {
            tracing::warn!(%error, "a forged callback was not stored");
        }
        self.tidy().await;
    }

    /// Deletes what was kept long enough, if that was not done lately.
    pub(super) async fn tidy(&self) {
        let now = self.clock.now();
        if self.books().is_purge_due(now)
            && let Err(error) = self.payments.forget_forged(now - KEPT, KEPT_MAX, now).await
        {
            tracing::warn!(%error, "old forged callbacks were not deleted");
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn is_purge_due(&mut self, now: Timestamp) -> bool {
        is_due(&mut self.purged_at, now, PURGE_PAUSE)
    }
}

/// The beginning of a text, at most so many bytes, in whole characters.
fn clipped(mut text: String, max: usize) -> String {
    text.truncate(text.floor_char_boundary(max));
    text
}

/// Our clock as the limiter reads one: time since it was made.
struct Ticks {
    clock: Arc<dyn Clock>,
    start: Timestamp,
}

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let passed = self.clock.now().duration_since(self.start);
        passed.try_into().unwrap_or(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(clipped("aé☕".to_owned(), 9), "aé☕");
        assert_eq!(clipped("aé☕".to_owned(), 5), "aé");
        assert_eq!(clipped("aé☕".to_owned(), 2), "a");
    }
}
