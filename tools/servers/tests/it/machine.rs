//! What the machine says of processes and sockets, read from `/proc`.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

/// Addresses and ports that programs listen on, with the number of the socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listener {
    /// As the kernel writes it, in hexadecimal: `0100007F`.
    pub address: String,
    pub port: u16,
    pub socket: u64,
}

impl Listener {
    pub fn is_loopback(&self) -> bool {
        const V4: &str = "0100007F";
        const V6: &str = "00000000000000000000000001000000";
        self.address == V4 || self.address == V6
    }
}

/// All listening TCP sockets of the machine.
pub fn listeners() -> Vec<Listener> {
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let table = fs::read_to_string(table).unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            const LISTEN: &str = "0A";
            if fields[3] == LISTEN {
                let (address, port) = fields[1].split_once(':').unwrap();
                let port = u16::from_str_radix(port, 16).unwrap();
                let socket = fields[9].parse().unwrap();
                found.push(Listener { address: address.to_owned(), port, socket });
            }
        }
    }
    found
}

/// The sockets that the processes hold.
pub fn sockets(pids: &[u32]) -> HashSet<u64> {
    let mut found = HashSet::new();
    for pid in pids {
        for file in fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten() {
            let target = fs::read_link(file.path()).unwrap_or_default();
            let target = target.to_string_lossy();
            let socket = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
            found.extend(socket.and_then(|number| number.parse::<u64>().ok()));
        }
    }
    found
}

/// Processes below this one, those that have ended and wait for their parent left out.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some((parent, _)) = stat(pid) {
            all.push((pid, parent));
        }
    }
    let mut found = Vec::new();
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        let children = all.iter().filter(|(_, found)| *found == parent).map(|(pid, _)| *pid);
        let children: Vec<u32> = children.collect();
        parents.extend(&children);
        found.extend(children);
    }
    found
}

/// The processes with the time each started, so that a number used again is no match.
pub fn identities(pids: &[u32]) -> Vec<(u32, u64)> {
    pids.iter().filter_map(|pid| Some((*pid, stat(*pid)?.1))).collect()
}

/// Those that run still.
pub fn running(identities: &[(u32, u64)]) -> Vec<u32> {
    let runs = |(pid, start): &&(u32, u64)| stat(*pid).is_some_and(|found| found.1 == *start);
    identities.iter().filter(runs).map(|(pid, _)| *pid).collect()
}

/// Parent and start of a process that has not ended.
fn stat(pid: u32) -> Option<(u32, u64)> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    let ended = matches!(fields[0], "Z" | "X");
    (!ended).then_some((fields[1].parse().ok()?, fields[19].parse().ok()?))
}

/// Polls until the look is empty; fails with the last look.
pub fn until_empty<T: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> Vec<T>) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let last = look();
        if last.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{what}: {last:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
