//! The built binary as a process of its own: started, listened to, killed, started again.

use crate::api::Api;
use crate::wait::{until, until_within};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A start may wait for a database that is starting too.
const STARTING: Duration = Duration::from_secs(30);
/// An orderly stop has 25 s before it becomes a hard one.
const STOPPING: Duration = Duration::from_secs(40);
/// Between two looks whether a command has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A long-running command of the binary, answering.
pub struct RealProcess {
    api: Api,
    child: Child,
    words: Arc<Mutex<String>>,
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Deref for RealProcess {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl RealProcess {
    /// Starts `up` on a folder and a free port, and waits for the banner.
    pub async fn up(binary: &Path, folder: &Path) -> Self {
        Self::up_at(binary, folder, ([127, 0, 0, 1], 0).into(), &[]).await
    }

    /// The same on a given address, with more arguments.
    pub async fn up_at(binary: &Path, folder: &Path, at: SocketAddr, more: &[&str]) -> Self {
        let (folder, at) = (folder.to_str().unwrap(), at.to_string());
        let mut args = vec!["up", "--data-dir", folder, "--listen", at.as_str()];
        args.extend(more);
        Self::start(binary, &args, &[]).await
    }

    /// Starts a command that goes on until it is stopped, with settings given as variables, and
    /// waits until it says that it is ready.
    pub async fn start(binary: &Path, args: &[&str], settings: &[(String, String)]) -> Self {
        let mut command = orderflow(binary);
        command.args(args).envs(settings.iter().map(|(name, value)| (name, value)));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let words = collect(child.stderr.take().unwrap());
        let address = until_within(STARTING, "the banner", async || {
            let said = words.lock().unwrap().clone();
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?}: {said}");
            // The last line of the banner: everything is up.
            let ready = said.contains("Ready in");
            address(&said).filter(|_| ready).ok_or(said)
        })
        .await;
        Self { api: Api::new(address), child, words }
    }

    /// What it said on standard error so far.
    pub fn words(&self) -> String {
        self.words.lock().unwrap().clone()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`: it ends where it stands.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// `Ctrl-C`, and waits for the end.
    pub async fn interrupt(mut self) -> Ended {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).unwrap();
        let status = until_within(STOPPING, "the end after Ctrl-C", async || {
            self.child.try_wait().unwrap().ok_or_else(|| format!("it runs: {}", self.words()))
        })
        .await;
        Ended { code: status.code(), stdout: String::new(), stderr: self.words() }
    }
}

/// A test that fails leaves no process behind.
impl Drop for RealProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that somebody waits for: once nobody does, it is killed.
struct Awaited(Child);

impl Drop for Awaited {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command of the binary to its end, with settings given as variables.
pub async fn run(binary: &Path, args: &[&str], settings: &[(&str, &str)]) -> Ended {
    let mut command = orderflow(binary);
    command.args(args).envs(settings.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (out, err) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
    let mut child = Awaited(child);
    let ended = loop {
        match child.0.try_wait().unwrap() {
            Some(ended) => break ended,
            None => tokio::time::sleep(LOOK).await,
        }
    };
    // The pipes end a moment after the process does.
    until("the end of its output", async || {
        let open = Arc::strong_count(&out) + Arc::strong_count(&err) > 2;
        if open { Err("open") } else { Ok(()) }
    })
    .await;
    let said = |words: &Mutex<String>| words.lock().unwrap().clone();
    Ended { code: ended.code(), stdout: said(&out), stderr: said(&err) }
}

/// The binary, without whatever settings the caller of the tests has.
fn orderflow(binary: &Path) -> Command {
    let mut command = Command::new(PathBuf::from(binary));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ORDERFLOW_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn collect(pipe: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let words = Arc::new(Mutex::new(String::new()));
    let heard = words.clone();
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            heard.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
    words
}

/// The first address that the banner names.
fn address(said: &str) -> Option<SocketAddr> {
    let after = said.split("http://").nth(1)?;
    after.split(['/', '\n', ' ']).next()?.parse().ok()
}
