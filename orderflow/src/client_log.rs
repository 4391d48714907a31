//! What a client noted of the orders that it sent: a file of JSON lines, one when a request is sent and
//! one for what came of it. The evidence for "no order is lost, none is made up, each is as asked".
//!
//! Holds addresses of customers, so only who invents its customers may write one.

use anyhow::{Context, bail};
use jiff::Timestamp;
use kernel::{Clock, SteadyClock};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Lines that may wait for the disk; whoever has more to say waits with them.
const WAITING_MAX: usize = 1024;
/// No line is in the system's memory alone for longer.
const SYNC_EVERY: Duration = Duration::from_millis(200);
/// The longest line: ours have less than one tenth.
const LINE_MAX: u64 = 16 * 1024;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// When it was noted.
    pub(crate) at: Timestamp,
    /// Which run of which client.
    pub(crate) run: String,
    /// The `Idempotency-Key`.
    pub(crate) key: String,
    /// The order's reference.
    pub(crate) reference: String,
    /// Of the body as it was sent, in hex.
    pub(crate) body_sha256: String,
    /// What the order must come to: whole rupiah.
    pub(crate) amount: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    /// As [`order::audit::lines_digest`] has it.
    pub(crate) lines_digest: String,
    /// The customer's, who does not exist.
    pub(crate) email: String,
    /// The number of the request under this key that it is about, from 1.
    pub(crate) attempt: u32,
    /// How far it is.
    pub(crate) outcome: Outcome,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The order, if it was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It is about to go out.
    Sent,
    /// It was taken: from now on the order must be there.
    Acked,
    /// It was not, and will not be: a status from 400 to 499 but 429.
    Refused,
    /// No answer, or that of somebody in trouble: the order may be there or not.
    Unknown,
}

impl Outcome {
    /// What an answer of this status means.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Acked,
            429 => Self::Unknown,
            400..=499 => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

/// A log that is being written. Ends with [`Log::close`].
#[derive(Debug)]
pub(crate) struct Log {
    lines: mpsc::Sender<String>,
    writer: thread::JoinHandle<io::Result<()>>,
    clock: SteadyClock,
    path: PathBuf,
}

impl Log {
    /// Goes on writing a file, or begins it. What an earlier writer left of its last line, having been
    /// killed, is taken away: nobody could read on behind it.
    ///
    /// Needs a tokio runtime.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = append(path).with_context(|| cannot_be_written(path))?;
        let (lines, waiting) = mpsc::channel(WAITING_MAX);
        let runtime = Handle::current();
        let writer = thread::Builder::new()
            .name("client-log".to_owned())
            .spawn(move || write(file, waiting, &runtime))
            .context("the system gives us no thread")?;
        let clock = SteadyClock::of_this_machine();
        Ok(Self { lines, writer, clock, path: path.to_owned() })
    }

    /// Now, as lines have it.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Hands a line to the writer. An error: an earlier one could not be written.
    pub(crate) async fn note(&self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_string(line).context("a line cannot be put into words")?;
        text.push('\n');
        match self.lines.send(text).await {
            Ok(()) => Ok(()),
            Err(_) => bail!(cannot_be_written(&self.path)),
        }
    }

    /// Waits until all is on the disk.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        let Self { lines, writer, path, .. } = self;
        drop(lines);
        let written = tokio::task::spawn_blocking(move || writer.join()).await?;
        match written {
            Ok(written) => written.with_context(|| cannot_be_written(&path)),
            Err(_) => bail!("the writer of {} came to grief", path.display()),
        }
    }
}

fn cannot_be_written(path: &Path) -> String {
    format!("the client log {} cannot be written", path.display())
}

fn append(path: &Path) -> io::Result<File> {
    // Not in append mode: a torn end is cut off first.
    let mut file =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
    let whole = end_of_last_line(&mut file)?;
    file.set_len(whole)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(LINE_MAX);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(LINE_MAX).read_to_end(&mut tail)?;
    match tail.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => Ok(from + last as u64 + 1),
        None if from == 0 => Ok(0),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "it does not consist of lines")),
    }
}

/// Writes each line at once, and has the disk keep them soon after.
fn write(mut file: File, mut lines: mpsc::Receiver<String>, runtime: &Handle) -> io::Result<()> {
    while let Some(line) = lines.blocking_recv() {
        file.write_all(line.as_bytes())?;
        let due = Instant::now() + SYNC_EVERY;
        let mut more = || runtime.block_on(async { timeout_at(due, lines.recv()).await });
        while let Ok(Some(line)) = more() {
            file.write_all(line.as_bytes())?;
        }
        file.sync_data()?;
    }
    Ok(())
}

/// The lines of a file, oldest first. An item is an error that names file and line if it cannot be
/// read; the last line is left out if its writer did not finish it. A file that does not begin as a log
/// does is none.
pub(crate) fn read(path: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Line>>> {
    let unreadable = || format!("the client log {} cannot be read", path.display());
    let file = File::open(path).with_context(unreadable)?;
    if file.metadata().with_context(unreadable)?.is_dir() {
        bail!("{} is a folder, and no client log", path.display());
    }
    let mut lines = BufReader::new(file);
    let begins = lines.fill_buf().with_context(unreadable)?;
    if begins.first().is_some_and(|first| *first != b'{') {
        bail!("{} is no client log, as \"demo --client-log\" writes it", path.display());
    }
    let (path, mut number, mut broken) = (path.to_owned(), 0_u64, false);
    Ok(std::iter::from_fn(move || {
        if broken {
            return None;
        }
        number += 1;
        let mut text = Vec::new();
        let read = lines.by_ref().take(LINE_MAX).read_until(b'\n', &mut text);
        let place = || format!("{}, line {number}", path.display());
        match read {
            Err(error) => {
                broken = true;
                Some(Err(error).with_context(place))
            }
            Ok(_) if text.ends_with(b"\n") => {
                let line = serde_json::from_slice(&text).context("it is no line of a client log");
                Some(line.with_context(place))
            }
            Ok(length) if length as u64 == LINE_MAX => {
                Some(Err(anyhow::anyhow!("{}: longer than {LINE_MAX} bytes", place())))
            }
            // The end, or what a killed writer left of its last line.
            Ok(_) => None,
        }
    }))
}

#[cfg(test)]
#[path = "client_log_tests.rs"]
mod tests;
