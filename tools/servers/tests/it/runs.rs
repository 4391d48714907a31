//! Runs: on the loopback interface alone, and no trace afterwards however their owner ends.

use crate::machine::{descendants, identities, listeners, running, sockets, until_empty};
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Ports of the packaged servers: PostgreSQL, AMQP, management, epmd, distribution.
const PACKAGED: [u16; 5] = [5432, 5672, 15672, 4369, 25672];

/// A folder for the runs of one test, so that no other test's run ends them.
struct Temp(PathBuf);

impl Temp {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("orderflow-{}-{name}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o711)).unwrap();
        Self(dir)
    }

    /// The folders of runs that are there.
    fn runs(&self) -> Vec<PathBuf> {
        let base = fs::read_dir(&self.0).unwrap().flatten().next().unwrap().path();
        let entries = fs::read_dir(base).unwrap().flatten().map(|entry| entry.path());
        entries.filter(|path| path.is_dir()).collect()
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        // After a failed test there may be more in it than can be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A process that owns servers.
struct Owner {
    process: Child,
    _output: BufReader<ChildStdout>,
    said: String,
}

impl Owner {
    fn start(temp: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pair"));
        command.args(args).env("TMPDIR", temp).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("# ready") {
            assert!(output.read_line(&mut said).unwrap() > 0, "the owner ended: {said}");
        }
        Self { process, _output: output, said }
    }

    /// Its servers, their processes and its keeper.
    fn processes(&self) -> Vec<u32> {
        descendants(self.process.id())
    }

    fn keeper(&self) -> u32 {
        let is_keeper = |pid: &u32| {
            let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.contains("orderflow-keeper")
        };
        self.processes().into_iter().find(is_keeper).unwrap()
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

fn kill(pid: u32) {
    let kill = Command::new("/bin/sh").args(["-c", "kill -9 $0", &pid.to_string()]).status();
    assert!(kill.unwrap().success());
}

fn packaged() -> Vec<(String, u16)> {
    let mut found: Vec<_> = listeners().into_iter().map(|one| (one.address, one.port)).collect();
    found.retain(|(_, port)| PACKAGED.contains(port));
    found.sort();
    found
}

#[test]
fn servers_listen_on_loopback_alone_and_leave_nothing_behind() {
    let before = packaged();
    let temp = Temp::new("loopback");
    let owner = Owner::start(&temp.0, &[]);
    assert_eq!(owner.said.matches("export ").count(), 3, "{}", owner.said);
    let processes = owner.processes();
    let held = sockets(&processes);
    let ours = listeners().into_iter().filter(|listener| held.contains(&listener.socket));
    let ours: Vec<_> = ours.collect();
    // PostgreSQL, AMQP, management, distribution, epmd. Sockets of servers that run as accounts of
    // their own can be seen by root only, and as an ordinary user they have none.
    assert!(ours.len() >= 5, "{ours:?}");
    assert!(ours.iter().all(|listener| listener.is_loopback()), "{ours:?}");
    assert!(ours.iter().all(|listener| !PACKAGED.contains(&listener.port)), "{ours:?}");
    assert_eq!(packaged(), before);

    let processes = identities(&processes);
    owner.end();
    assert_eq!(running(&processes), [0; 0], "an owner that ends waits for its servers");
    assert_eq!(temp.runs(), Vec::<PathBuf>::new());
    assert_eq!(packaged(), before);
}

#[test]
fn an_owner_that_is_killed_takes_its_servers_along() {
    let temp = Temp::new("killed");
    let owner = Owner::start(&temp.0, &[]);
    let processes = identities(&owner.processes());
    owner.kill();
    until_empty("processes left", || running(&processes));
    until_empty("folders left", || temp.runs());
}

#[test]
fn what_even_the_keeper_missed_the_next_run_ends_and_living_runs_it_leaves_alone() {
    let temp = Temp::new("missed");
    let living = Owner::start(&temp.0, &["postgres"]);
    let dead = Owner::start(&temp.0, &["postgres"]);
    kill(dead.keeper());
    let left = dead.processes();
    let left = identities(&left);
    dead.kill();
    assert!(!running(&left).is_empty(), "servers outlive an owner without a keeper");

    let lives = identities(&living.processes());
    // It ends them before it starts its own. Later they would end by themselves, for want of files.
    let next = Owner::start(&temp.0, &["postgres"]);
    assert_eq!(running(&left), [0; 0]);
    assert_eq!(temp.runs().len(), 2, "the folder of the dead one is gone");
    assert_eq!(running(&lives).len(), lives.len());
    next.end();
    living.end();
    assert_eq!(temp.runs(), Vec::<PathBuf>::new());
}
