//! Processes of ours: started in a group of their own, recorded, and ended with all they started.
//!
//! A process is known by its number and the time it started, since numbers are used again. Where
//! there is no `/proc`, only direct children are ended.

use crate::run::Run;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a level is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(20);
/// After this a killed process is taken for stuck in the kernel.
const KILL_TIMEOUT: Duration = Duration::from_secs(20);

/// A process for sure: the number and the start, in ticks since the system started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) pid: u32,
    pub(crate) start: u64,
}

/// What `/proc/PID/stat` says.
struct Stat {
    state: char,
    parent: u32,
    start: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The name is in brackets and may hold anything, brackets and spaces too.
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
        let state = fields.first()?.chars().next()?;
        let parent = fields.get(1)?.parse().ok()?;
        Some(Self { state, parent, start: fields.get(19)?.parse().ok()? })
    }
}

impl Identity {
    pub(crate) fn of(pid: u32) -> Option<Self> {
        Some(Self { pid, start: Stat::read(pid)?.start })
    }

    /// Whether it runs still. One that has ended and waits for its parent does not.
    pub(crate) fn runs(self) -> bool {
        let stat = Stat::read(self.pid);
        stat.is_some_and(|stat| stat.start == self.start && !matches!(stat.state, 'Z' | 'X'))
    }

    /// Kills it if it is still the same process.
    pub(crate) fn kill(self) {
        if self.runs() {
            signal(self.pid, Signal::KILL);
        }
    }

    /// Kills it and all it started, and waits for their end.
    pub(crate) fn kill_tree(self) -> Result<()> {
        if !self.runs() {
            return Ok(());
        }
        let mut tree = descendants(self.pid);
        tree.insert(0, self);
        end_all(&tree)
    }
}

fn end_all(tree: &[Identity]) -> Result<()> {
    for process in tree {
        process.kill();
    }
    let ended = wait_until(KILL_TIMEOUT, || !tree.iter().any(|process| process.runs()));
    if !ended {
        let left = tree.iter().filter(|process| process.runs()).map(|process| process.pid);
        let left: Vec<u32> = left.collect();
        bail!("killed processes do not end: {left:?}; end them by hand");
    }
    Ok(())
}

fn descendants(pid: u32) -> Vec<Identity> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let all: Vec<(u32, Stat)> = pids.filter_map(|pid| Some((pid, Stat::read(pid)?))).collect();
    let mut found: Vec<Identity> = Vec::new();
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        for (pid, stat) in all.iter().filter(|(_, stat)| stat.parent == parent) {
            found.push(Identity { pid: *pid, start: stat.start });
            parents.push(*pid);
        }
    }
    found
}

/// Whether a process works in the folder, as far as we may see.
pub(crate) fn any_in(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir("/proc") else { return false };
    let mut places = entries.flatten().map(|entry| fs::read_link(entry.path().join("cwd")));
    places.any(|place| place.is_ok_and(|place| place == dir))
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended a moment ago, and that is as good.
        let _ = kill_process(pid, signal);
    }
}

/// Polls until the condition holds. False: not within the time.
pub(crate) fn wait_until(timeout: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + timeout;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        sleep(POLL);
    }
}

/// A child of ours. Dropped: killed with all it started.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts the command and records it in the run. The caller says where its output goes.
    pub(crate) fn spawn(command: &mut Command, run: &Run) -> Result<Self> {
        // Ctrl-C in the terminal is for us; we end our servers in order.
        command.stdin(Stdio::null()).process_group(0);
        let child = command.spawn().with_context(|| {
            format!("{} cannot be started", command.get_program().to_string_lossy())
        })?;
        let mut process = Self { child, ended: None };
        if let Some(identity) = Identity::of(process.child.id())
            && let Err(error) = run.record(identity)
        {
            process.kill()?;
            return Err(error);
        }
        Ok(process)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().context("a child cannot be waited for")?;
        }
        Ok(self.ended)
    }

    /// Asks it to end and waits. False: not within the time.
    pub(crate) fn ask(&mut self, request: Signal, timeout: Duration) -> Result<bool> {
        if self.ended()?.is_none() {
            signal(self.child.id(), request);
        }
        let deadline = Instant::now() + timeout;
        while self.ended()?.is_none() {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            sleep(POLL);
        }
        Ok(true)
    }

    /// Kills it with all it started and waits for their end.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        let started = descendants(self.child.id());
        self.child.kill().context("a child cannot be killed")?;
        self.ended = Some(self.child.wait().context("a child cannot be waited for")?);
        end_all(&started)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("servers: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse() {
        let line = "42 (a) b) (c) S 7 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 2 3";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.state, stat.parent, stat.start), ('S', 7, 98765));
        assert!(Stat::parse("42 (cut off) S 7").is_none());
    }

    #[test]
    fn a_number_used_again_is_another_process() {
        let ours = Identity::of(std::process::id()).unwrap();
        assert!(ours.runs());
        let other = Identity { start: ours.start + 1, ..ours };
        assert!(!other.runs());
        // Would end the tests if it were not told apart.
        other.kill();
    }
}
