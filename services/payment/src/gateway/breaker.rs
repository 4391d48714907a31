//! A circuit breaker: stops calling a gateway that only fails, and probes whether it is back.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Calls remembered for judging.
const WINDOW: Duration = Duration::from_secs(10);
/// Fewer calls than this say nothing.
const CALLS_MIN: usize = 20;
/// How long it stays open before one probe is let through.
const OPEN: Duration = Duration::from_secs(10);
/// Results kept at most.
const RESULTS_MAX: usize = 4096;

/// Opens when at least half of the last 10 s of calls (20 or more) failed
/// (reference: reliability.md 4, "breaker").
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When, and whether it failed.
    results: VecDeque<(Instant, bool)>,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made now; otherwise how long to wait.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.state();
        match state.open_until {
            None => Ok(()),
            Some(until) if now < until => Err(until - now),
            // A probe; the next one only if nothing comes of it. It may have been dropped.
            Some(_) => {
                state.open_until = Some(now + OPEN);
                Ok(())
            }
        }
    }

    /// Records how an admitted call ended. `failed`: the gateway is at fault, not the request.
    pub(super) fn record(&self, now: Instant, failed: bool) {
        let mut state = self.state();
        if state.open_until.is_some() {
            state.results.clear();
            state.open_until = failed.then_some(now + OPEN);
            return;
        }
        state.results.push_back((now, failed));
        while state.results.len() > RESULTS_MAX
            || state.results.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            state.results.pop_front();
        }
        let failures = state.results.iter().filter(|(_, failed)| *failed).count();
        if failed && state.results.len() >= CALLS_MIN && failures * 2 >= state.results.len() {
            tracing::error!(failures, calls = state.results.len(), "gateway calls stop for 10 s");
            state.open_until = Some(now + OPEN);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_on_failures_probes_once_and_closes_on_success() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for n in 0..CALLS_MIN {
            assert!(breaker.admit(start).is_ok(), "closed until enough calls failed");
            breaker.record(start, n % 2 == 0 || n == CALLS_MIN - 1);
        }
        assert_eq!(breaker.admit(start), Err(OPEN));
        let later = start + OPEN;
        assert!(breaker.admit(later).is_ok(), "one probe");
        assert_eq!(breaker.admit(later), Err(OPEN), "and only one");
        let later = later + OPEN;
        assert!(breaker.admit(later).is_ok(), "another, if nobody came back from the first");
        breaker.record(later, true);
        assert!(breaker.admit(later).is_err(), "a failed probe keeps it open");
        let again = later + OPEN;
        assert!(breaker.admit(again).is_ok());
        breaker.record(again, false);
        assert!(breaker.admit(again).is_ok() && breaker.admit(again).is_ok());
    }

    #[test]
    fn old_failures_are_forgotten() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for _ in 0..CALLS_MIN - 1 {
            breaker.record(start, true);
        }
        breaker.record(start + WINDOW + Duration::from_secs(1), true);
        assert!(breaker.admit(start).is_ok());
    }
}
