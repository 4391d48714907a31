//! Wake-ups after a commit, and the depth of the outbox. In memory only: every loop polls too.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::Notify;

/// Shared between one database's writer, relay and job runner.
#[derive(Debug, Default)]
pub struct Pulse {
    /// Notified when a commit recorded events.
    pub events: Arc<Notify>,
    /// Notified when a commit ordered jobs.
    pub jobs: Arc<Notify>,
    /// Notified when events were marked to be sent again.
    pub resends: Arc<Notify>,
    pending: AtomicI64,
}

impl Pulse {
    /// Events recorded and not yet confirmed.
    pub fn pending_events(&self) -> u64 {
        u64::try_from(self.pending.load(Ordering::Relaxed)).unwrap_or(0)
    }

    pub(crate) fn events_recorded(&self, count: usize) {
        self.pending.fetch_add(i64::try_from(count).unwrap_or(0), Ordering::Relaxed);
    }

    /// Counted anew, where other instances record and publish too.
    pub(crate) fn set_pending(&self, count: i64) {
        self.pending.store(count, Ordering::Relaxed);
    }

    pub(crate) fn events_published(&self, count: usize) {
        self.pending.fetch_sub(i64::try_from(count).unwrap_or(0), Ordering::Relaxed);
    }
}
