//! A log writer that never waits: a bounded queue and a thread that empties it.
//!
//! When the reader of stderr stalls, new lines are dropped and counted; the count is written once
//! it moves again. Losing log lines is better than losing the service.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use tracing_subscriber::fmt::MakeWriter;

/// No honest line is longer; the rest of it is cut.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// How long the guard waits for the rest to be written.
const FLUSH_MAX: Duration = Duration::from_secs(1);

enum Message {
    Line(Vec<u8>),
    /// Answered when everything before it is written.
    Flush(SyncSender<()>),
}

/// The queue's inlet.
#[derive(Clone)]
pub(super) struct Writer {
    queue: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(
        sink: impl Write + Send + 'static,
        lines_max: usize,
    ) -> io::Result<(Self, Guard)> {
        let (queue, lines) = sync_channel(lines_max);
        let writer = Self { queue, dropped: Arc::default() };
        let dropped = writer.dropped.clone();
        let thread = std::thread::Builder::new().name("log-writer".to_owned());
        thread.spawn(move || empty(&lines, sink, &dropped))?;
        let guard = Guard { writer: writer.clone() };
        Ok((writer, guard))
    }
}

/// Errors of the sink are ignored: there is nowhere left to report them.
fn empty(lines: &Receiver<Message>, mut sink: impl Write, dropped: &AtomicU64) {
    while let Ok(message) = lines.recv() {
        match message {
            Message::Line(line) => {
                let _ = sink.write_all(&line);
            }
            Message::Flush(done) => {
                let _ = sink.flush();
                let _ = done.try_send(());
            }
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = writeln!(sink, "{{\"level\":\"WARN\",\"log_lines_dropped\":{lost}}}");
        }
    }
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

/// Each call is one whole line: the formatter writes an event at once.
impl Write for &Writer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let kept = &line[..line.len().min(LINE_BYTES_MAX)];
        if self.queue.try_send(Message::Line(kept.to_vec())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what waits, for at most a second, when it is dropped.
#[must_use = "dropping it ends the guarantee that the last lines are written"]
pub struct Guard {
    writer: Writer,
}

impl Guard {
    fn flush(&self) {
        let deadline = Instant::now() + FLUSH_MAX;
        let (done, written) = sync_channel(1);
        let mut message = Message::Flush(done);
        while let Err(TrySendError::Full(back)) = self.writer.queue.try_send(message) {
            if Instant::now() >= deadline {
                return;
            }
            message = back;
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = written.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Condvar, Mutex};

    /// A sink that writes nothing until its gate opens.
    #[derive(Clone, Default)]
    struct Gated(Arc<Gate>);

    #[derive(Default)]
    struct Gate {
        state: Mutex<(bool, Vec<u8>)>,
        opened: Condvar,
    }

    impl Gated {
        fn open(&self) {
            self.0.state.lock().unwrap().0 = true;
            self.0.opened.notify_all();
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.state.lock().unwrap().1.clone()).unwrap()
        }
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let state = self.0.state.lock().unwrap();
            let mut state = self.0.opened.wait_while(state, |state| !state.0).unwrap();
            state.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stalled_sink_stalls_nobody_and_the_loss_is_told() {
        let sink = Gated::default();
        let (writer, guard) = Writer::start(sink.clone(), 4).unwrap();
        for n in 0..100 {
            (&writer).write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        assert!(writer.dropped.load(Ordering::Relaxed) >= 95);
        sink.open();
        drop(guard);
        let text = sink.text();
        assert!(text.starts_with("line 0\n"), "{text}");
        assert!(text.contains("log_lines_dropped"), "{text}");
    }

    #[test]
    fn the_guard_gives_up_on_a_sink_that_never_moves() {
        let (writer, guard) = Writer::start(Gated::default(), 1).unwrap();
        for n in 0..3 {
            (&writer).write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        let started = Instant::now();
        drop(guard);
        assert!(started.elapsed() < FLUSH_MAX * 5);
    }
}
