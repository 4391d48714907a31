//! How long an order can be paid.

use kernel::Timestamp;
use std::time::Duration;

/// From the moment an order is accepted until it can be paid no longer, in whole minutes. Its bounds
/// are those of the gateway's page (reference: midtrans.md 1.3, `page_expiry`, of middling
/// confidence).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentWindow {
    minutes: u16,
}

/// A window that nobody can pay in, or that nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {} to {} minutes", PaymentWindow::MINUTES_MIN, PaymentWindow::MINUTES_MAX)]
pub struct WindowError;

impl PaymentWindow {
    /// The shortest, in minutes.
    pub const MINUTES_MIN: i64 = 5;
    /// The longest, in minutes: a week.
    pub const MINUTES_MAX: i64 = 7 * 24 * 60;
    /// A day, which is the gateway's own default too.
    pub const DEFAULT: Self = Self { minutes: 24 * 60 };

    /// A window of so many minutes.
    pub fn of_minutes(minutes: i64) -> Result<Self, WindowError> {
        match u16::try_from(minutes) {
            Ok(fitting) if (Self::MINUTES_MIN..=Self::MINUTES_MAX).contains(&minutes) => {
                Ok(Self { minutes: fitting })
            }
            _ => Err(WindowError),
        }
    }

    /// Its length in minutes.
    pub fn minutes(self) -> i64 {
        self.minutes.into()
    }

    /// When it is over, if it opens then.
    pub fn end(self, opened: Timestamp) -> Timestamp {
        let length = Duration::from_secs(u64::from(self.minutes) * 60);
        opened.checked_add(length).unwrap_or(Timestamp::MAX)
    }
}
