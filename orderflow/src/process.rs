//! What the operating system says about this process.

use std::time::Duration;

/// What to type to run this program again, as it was run this time.
pub fn invocation() -> &'static str {
    match std::env::var_os("CARGO") {
        Some(_) if cfg!(debug_assertions) => "cargo run -p orderflow --",
        Some(_) => "cargo run --release -p orderflow --",
        None => "orderflow",
    }
}

/// Resident memory in bytes, where the system tells.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// CPU time used by a process so far, user and system, where the operating system tells.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name may hold spaces; the fields begin behind its closing parenthesis.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    // Linux reports in ticks of 1/100 s on every platform that we run on.
    Some(Duration::from_millis(ticks * 10))
}
