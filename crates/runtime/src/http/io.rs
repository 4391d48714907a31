//! A TCP stream that is patient with its peer, within bounds.
//!
//! hyper has no answer to two clients: one that never reads (it would hold a connection for
//! ever), and one that is still sending when it is refused (closing at once resets the
//! connection, and the reset can overtake the refusal). No HTTP is understood here.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long, and how much of, an unwanted body is read off after the answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 4 * 1024 * 1024;

pub(super) struct PatientIo {
    stream: TcpStream,
    stall_max: Duration,
    /// Runs while the peer takes no bytes.
    stalled: Option<Pin<Box<Sleep>>>,
    closing: Closing,
}

enum Closing {
    /// Our side may still write.
    No,
    /// Our side is shut; whatever the peer had sent is read off.
    Lingering { bytes_left: usize, until: Pin<Box<Sleep>> },
    Done,
}

impl PatientIo {
    pub(super) fn new(stream: TcpStream, stall_max: Duration) -> Self {
        Self { stream, stall_max, stalled: None, closing: Closing::No }
    }

    /// Passes a write on, unless nothing has moved for too long.
    fn bounded<T>(
        &mut self,
        cx: &mut Context<'_>,
        step: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if step.is_ready() {
            self.stalled = None;
            return step;
        }
        let limit = self.stall_max;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Reads off a little of what the peer sent: `Ready(0)` at its end.
    fn discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut scratch = [0; 8 * 1024];
        let mut scratch = ReadBuf::new(&mut scratch);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut scratch))?;
        Poll::Ready(Ok(scratch.filled().len()))
    }

    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while matches!(self.closing, Closing::Lingering { .. }) {
            let read = self.discard(cx);
            let Closing::Lingering { bytes_left, until } = &mut self.closing else { break };
            match read {
                Poll::Ready(Ok(n)) if (1..*bytes_left).contains(&n) => *bytes_left -= n,
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return until.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for PatientIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for PatientIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let step = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.bounded(cx, step)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let step = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.bounded(cx, step)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let step = Pin::new(&mut self.stream).poll_flush(cx);
        self.bounded(cx, step)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.closing, Closing::No) {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.closing = match self.discard(cx) {
                Poll::Ready(Ok(1..)) => {
                    let until = Box::pin(sleep(LINGER));
                    Closing::Lingering { bytes_left: LINGER_BYTES, until }
                }
                // Nothing unread, so nothing that a close could turn into a reset.
                _ => Closing::Done,
            };
        }
        ready!(self.linger(cx));
        self.closing = Closing::Done;
        Poll::Ready(Ok(()))
    }
}
