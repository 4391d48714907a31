//! Simulated time: the real clock, scaled and shifted. Everything the simulator does happens in
//! this time; only the 15 seconds of an HTTP call are real.

use jiff::SignedDuration;
use kernel::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A point where real and simulated time are known, and how fast simulated time runs from there.
/// Stored, so that a restart continues the same time line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Anchor {
    pub(crate) real: Timestamp,
    pub(crate) simulated: Timestamp,
    pub(crate) speed: f64,
}

impl Anchor {
    /// The simulated time at a real one; before the anchor too.
    fn at(&self, real: Timestamp) -> Timestamp {
        let elapsed = real.duration_since(self.real);
        let scaled = if self.speed == 1.0 {
            elapsed
        } else {
            SignedDuration::try_from_secs_f64(elapsed.as_secs_f64() * self.speed)
                .unwrap_or(SignedDuration::MAX)
        };
        later(self.simulated, scaled)
    }
}

/// A speed that no clock can run at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the speed of the clock is above 0 and at most 1000000")]
pub struct SpeedError;

/// The simulated clock.
pub(crate) struct SimClock {
    real: Arc<dyn Clock>,
    anchor: Mutex<Anchor>,
}

impl SimClock {
    /// Continues from `stored`, or starts at real time; runs at `speed` from now on.
    pub(crate) fn try_new(
        real: Arc<dyn Clock>,
        stored: Option<Anchor>,
        speed: f64,
    ) -> Result<Self, SpeedError> {
        let now = real.now();
        let anchor = stored.unwrap_or(Anchor { real: now, simulated: now, speed: 1.0 });
        let clock = Self { real, anchor: Mutex::new(anchor) };
        clock.set_speed(speed)?;
        Ok(clock)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.at(self.real.now())
    }

    /// The simulated time of a real time that a merchant names.
    pub(crate) fn at(&self, real: Timestamp) -> Timestamp {
        self.lock().at(real)
    }

    pub(crate) fn anchor(&self) -> Anchor {
        *self.lock()
    }

    /// Runs at another speed from now on.
    pub(crate) fn set_speed(&self, speed: f64) -> Result<(), SpeedError> {
        if !(speed > 0.0 && speed <= 1_000_000.0) {
            return Err(SpeedError);
        }
        let real = self.real.now();
        let mut anchor = self.lock();
        *anchor = Anchor { real, simulated: anchor.at(real), speed };
        Ok(())
    }

    /// Jumps forward.
    pub(crate) fn advance(&self, by: Duration) {
        let mut anchor = self.lock();
        anchor.simulated =
            later(anchor.simulated, SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX));
    }

    /// How long to wait, really, until a simulated time.
    pub(crate) fn real_wait(&self, until: Timestamp) -> Duration {
        let simulated = until.duration_since(self.now()).as_secs_f64().max(0.0);
        Duration::try_from_secs_f64(simulated / self.anchor().speed).unwrap_or(Duration::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Anchor> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `from` plus `by`, at most the end of time.
pub(crate) fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ManualClock;

    fn start() -> Timestamp {
        "2026-03-01T03:00:00Z".parse().unwrap()
    }

    #[test]
    fn runs_at_its_speed_and_jumps_forward() {
        let real = Arc::new(ManualClock::new(start()));
        let clock = SimClock::try_new(real.clone(), None, 60.0).unwrap();
        assert_eq!(clock.now(), start());
        real.advance(Duration::from_secs(10));
        assert_eq!(clock.now(), start() + Duration::from_secs(600));
        clock.advance(Duration::from_secs(3600));
        assert_eq!(clock.now(), start() + Duration::from_secs(4200));
        clock.set_speed(1.0).unwrap();
        real.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), start() + Duration::from_secs(4201));
    }

    #[test]
    fn a_restart_continues_the_time_line() {
        let real = Arc::new(ManualClock::new(start()));
        let before = SimClock::try_new(real.clone(), None, 60.0).unwrap();
        before.advance(Duration::from_secs(86_400));
        real.advance(Duration::from_secs(10));
        let after = SimClock::try_new(real, Some(before.anchor()), 60.0).unwrap();
        assert_eq!(after.now(), before.now());
    }

    #[test]
    fn waits_are_real() {
        let real = Arc::new(ManualClock::new(start()));
        let clock = SimClock::try_new(real, None, 60.0).unwrap();
        assert_eq!(clock.real_wait(start() + Duration::from_secs(120)), Duration::from_secs(2));
        assert_eq!(clock.real_wait(start() - Duration::from_secs(1)), Duration::ZERO);
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(clock.set_speed(bad), Err(SpeedError));
        }
    }
}
