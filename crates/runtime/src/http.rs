//! The HTTP server: accepts, bounds, serves and drains.
//!
//! Built on hyper's HTTP/1 connection rather than `axum::serve`, which cannot time out slow
//! headers. What happens to each request is in [`edge`]; what an address means is the routers'.

mod config;
mod edge;
mod holder;
mod io;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use io::{PatientIo, Unread, WatchedBody};
use kernel::Ids;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

pub use config::ServerConfig;
pub use holder::{BindError, Holder};

/// A server that owns its address and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    config: ServerConfig,
}

impl Server {
    /// Takes the address. Port 0 takes a free one; see [`Server::address`].
    pub async fn bind(listen: SocketAddr, config: ServerConfig) -> Result<Self, BindError> {
        let taken = |source| BindError::new(listen, source);
        let listener = TcpListener::bind(listen).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Self { listener, address, config })
    }

    /// The address taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then finishes the requests in flight within the drain time.
    ///
    /// Returns when the last connection is closed. The routes need no fallback of their own:
    /// unknown addresses and methods are answered here.
    pub async fn serve(self, routes: Router, ids: Arc<dyn Ids>, stop: CancellationToken) {
        let Self { listener, config, .. } = self;
        let connections = Arc::new(Semaphore::new(config.connections_max));
        let shared = Arc::new(Shared {
            http: protocol(&config),
            drain: config.drain,
            stall: config.write_stall_max,
            routes: edge::wrap(routes, ids, config),
            stop,
        });
        let tracker = TaskTracker::new();
        while let Some((stream, slot)) = accept(&listener, &connections, &shared.stop).await {
            tracker.spawn(connection(shared.clone(), stream, slot));
        }
        drop(listener);
        tracker.close();
        tracker.wait().await;
    }
}

/// What all connections use.
struct Shared {
    http: http1::Builder,
    drain: Duration,
    stall: Duration,
    routes: Router,
    stop: CancellationToken,
}

fn protocol(config: &ServerConfig) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(config.header_time_max)
        .max_header_size(config.header_bytes_max)
        // Also how much body hyper reads ahead of the handler that may refuse it.
        .max_buf_size(config.header_bytes_max.max(8 * 1024));
    http
}

/// The next connection and its place among those allowed, or nothing once `stop` is cancelled.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    loop {
        let next = async {
            // Waiting for a place before accepting leaves the excess in the kernel's queue.
            let slot = connections.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, slot))
        };
        let (accepted, slot) = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            next = next => next?,
        };
        match accepted {
            Ok((stream, _)) => return Some((stream, slot)),
            Err(error) => {
                // Out of file descriptors, or a client gone before we looked: neither is the end.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(shared: Arc<Shared>, stream: TcpStream, slot: OwnedSemaphorePermit) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let unread = Unread::default();
    let service = service_fn(|request: Request<Incoming>| {
        let request = request.map(|body| WatchedBody::new(body, unread.clone()));
        shared.routes.clone().oneshot(request)
    });
    let io = TokioIo::new(PatientIo::new(stream, shared.stall, unread.clone()));
    let mut serving = pin!(shared.http.serve_connection(io, service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = shared.stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            let Ok(ended) = timeout(shared.drain, serving).await else {
                tracing::warn!("a connection was closed with its request unfinished");
                return;
            };
            ended
        }
    };
    drop(slot);
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
