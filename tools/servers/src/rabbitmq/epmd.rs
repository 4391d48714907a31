//! Erlang's port mapper, one for each node of ours.
//!
//! Without it the node would start one that outlives it, on all interfaces.

use crate::ports;
use crate::process::{Process, wait_until};
use crate::run::Run;
use anyhow::{Result, ensure};
use std::process::{Command, Stdio};
use std::time::Duration;

const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Dropped: killed.
#[derive(Debug)]
pub(super) struct Epmd {
    _process: Process,
}

impl Epmd {
    /// `command` is the program in its environment. `None`: the port is taken.
    pub(super) fn start(command: &mut Command, port: u16, run: &Run) -> Result<Option<Self>> {
        if !ports::is_free(port) {
            return Ok(None);
        }
        command.args(["-port", &port.to_string(), "-address", "127.0.0.1"]);
        let mut process = Process::spawn(command.stdout(Stdio::null()).stderr(Stdio::null()), run)?;
        let mut ended = false;
        let up = wait_until(START_TIMEOUT, || {
            ended = process.ended().is_ok_and(|status| status.is_some());
            ended || !ports::is_free(port)
        });
        ensure!(up, "epmd does not listen on port {port}");
        Ok((!ended).then_some(Self { _process: process }))
    }
}
