//! How long rows are kept that only copies and repetitions still need.

use kernel::Timestamp;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// Published events, for re-sending.
pub(crate) const OUTBOX_DAYS: u32 = 14;
/// Handled events: longer than any copy of them can still be on its way.
pub(crate) const INBOX_DAYS: u32 = 30;
/// Idempotency keys; the README promises it.
pub(crate) const KEY_DAYS: u32 = 7;
/// Buckets of announced events: longer than their producers can announce them.
pub(crate) const BUCKET_DAYS: u32 = 30;
/// An event that was re-sent and confirmed that lately is not sent once more: whoever asks again has
/// not had the time to hear it.
pub(crate) const RESENT_LATELY: Duration = Duration::from_secs(15);
/// Rows of a table deleted in one transaction, so that nobody waits for it for long.
pub(crate) const PURGE_MAX: u32 = 5_000;

/// Rows from before then are old enough.
pub(crate) fn before(now: Timestamp, days: u32) -> Timestamp {
    now - DAY * days
}
