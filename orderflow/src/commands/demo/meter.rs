//! What a run takes: time, and CPU if the system is in this process.

use crate::process;
use std::time::{Duration, Instant};

/// In a shorter run an order's share of the CPU is mostly of the start and the looks.
const ORDERS_MIN: usize = 1_000;

/// Runs from its start.
pub(super) struct Meter {
    start: Instant,
    pid: Option<u32>,
    cpu: Option<Duration>,
}

/// What has been used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    pub(super) time: Duration,
    /// Nothing if the system is elsewhere.
    pub(super) cpu: Option<Duration>,
}

impl Meter {
    /// Of the process that holds everything, if one does.
    pub(super) fn start(pid: Option<u32>) -> Self {
        Self { start: Instant::now(), pid, cpu: pid.and_then(process::cpu_time) }
    }

    pub(super) fn read(&self) -> Used {
        let cpu = self.pid.and_then(process::cpu_time).zip(self.cpu);
        Used { time: self.start.elapsed(), cpu: cpu.map(|(now, before)| now - before) }
    }
}

impl Used {
    /// In words, of a run that is long enough to tell.
    pub(super) fn cpu_words(&self, orders: usize) -> Option<String> {
        let cpu = self.cpu.filter(|_| orders >= ORDERS_MIN)?;
        let micros = cpu.as_secs_f64() * 1e6 / orders as f64;
        Some(format!("{micros:.0} µs per order: this process, client and simulator included"))
    }
}

/// Time as people read it.
pub(super) fn words(time: Duration) -> String {
    match time.as_millis() {
        millis @ ..1_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}
