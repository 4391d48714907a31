//! A TCP stream that is patient with its peer, within bounds.
//!
//! hyper has no answer to two clients: one that never reads (it would hold a connection for
//! ever), and one that is still sending when it is refused (closing at once resets the
//! connection, and the reset can overtake the refusal). No HTTP is understood here.

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long, and how much of, an unwanted body is read off after the answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// Whether the request now on the connection has a body that nobody has read to its end.
pub(super) type Unread = Arc<AtomicBool>;

pub(super) struct PatientIo {
    unread: Unread,
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
    Lingering {
        bytes_left: usize,
        until: Pin<Box<Sleep>>,
    },
    Done,
}

impl PatientIo {
    pub(super) fn new(stream: TcpStream, stall_max: Duration, unread: Unread) -> Self {
        Self { unread, stream, stall_max, stalled: None, closing: Closing::No }
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
            self.closing = if self.unread.load(Ordering::Relaxed) {
                Closing::Lingering { bytes_left: LINGER_BYTES, until: Box::pin(sleep(LINGER)) }
            } else {
                Closing::Done
            };
        }
        ready!(self.linger(cx));
        self.closing = Closing::Done;
        Poll::Ready(Ok(()))
    }
}

/// A request's body that notes when it has been read to its end.
pub(super) struct WatchedBody {
    body: Incoming,
    unread: Unread,
}

impl WatchedBody {
    pub(super) fn new(body: Incoming, unread: Unread) -> Self {
        unread.store(!body.is_end_stream(), Ordering::Relaxed);
        Self { body, unread }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() {
            self.unread.store(false, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
