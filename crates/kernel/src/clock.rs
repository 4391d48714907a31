//! Time as a port. No SQL statement calls `now()` and no code calls the system clock except here.

use crate::Timestamp;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// What time it is, in UTC, to the microsecond (the finest that PostgreSQL keeps).
pub trait Clock: Send + Sync {
    /// Now. Never fails; may step when the database's time is sampled again.
    fn now(&self) -> Timestamp;
}

/// Microseconds since 1970, the storage form of a time.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The time of [`micros`]; a value out of range becomes the nearest representable time.
pub fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The production clock: a sample of the database's time plus monotonic time elapsed since.
///
/// A jump of this machine's wall clock therefore moves nothing until the next sample, and several
/// instances of a service agree because they sample one database.
#[derive(Debug)]
pub struct SteadyClock {
    started: Instant,
    /// Microseconds since 1970 at `started`.
    base: AtomicI64,
}

impl SteadyClock {
    /// A clock that says `sampled` now.
    pub fn new(sampled: Timestamp) -> Self {
        Self { started: Instant::now(), base: AtomicI64::new(micros(sampled)) }
    }

    /// A clock that starts at this machine's time, for a process without a database.
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub fn of_this_machine() -> Self {
        Self::new(Timestamp::now())
    }

    /// Takes a new sample of the database's time.
    pub fn resample(&self, sampled: Timestamp) {
        self.base.store(micros(sampled) - self.elapsed_micros(), Ordering::Relaxed);
    }

    fn elapsed_micros(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        timestamp(self.base.load(Ordering::Relaxed).saturating_add(self.elapsed_micros()))
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that says `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_moves_the_steady_clock_and_elapsed_time_carries_it_on() {
        let start = timestamp(1_700_000_000_000_000);
        let clock = SteadyClock::new(start);
        assert!(clock.now() >= start);
        let later = start + Duration::from_secs(7200);
        clock.resample(later);
        assert!(clock.now() >= later && clock.now() < later + Duration::from_secs(60));
    }

    #[test]
    fn micros_survive_the_round_trip() {
        for value in [0, 1, 1_700_000_000_123_456] {
            assert_eq!(micros(timestamp(value)), value);
        }
        assert_eq!(timestamp(i64::MAX), Timestamp::MAX);
    }
}
