//! One connection: opened within a time, watched, and cut for certain. Opens once and reports;
//! trying again is the [`Line`](crate::line::Line)'s part.

use crate::config::RabbitConfig;
use crate::explain::{Attempt, explain};
use crate::line::LinkState;
use futures::{Stream, StreamExt};
use lapin::tcp::{AsyncTcpStream, TLSConfig};
use lapin::{Connection, ConnectionProperties, Event};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long sent bytes may stay without an answer from the other machine.
const TCP_USER_TIMEOUT_MS: u32 = 15_000;
/// What a polite goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// How often the connection is looked at, besides being told of its end.
const LOOK: Duration = Duration::from_secs(1);

/// An open connection. Dropping it cuts the socket.
pub(crate) struct Link {
    pub(crate) connection: Connection,
    _socket: Socket,
}

/// A second handle of the connection's socket. lapin writes nothing while the broker blocks it,
/// not even its own goodbye, and would keep thread, socket and frames until the broker is well
/// again; only the socket's end stops it. Frames that were not written then never are.
struct Socket(TcpStream);

impl Drop for Socket {
    fn drop(&mut self) {
        // An error says that the socket is closed already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Link {
    /// Opens a connection that shows as `name`. Leaves nothing behind when it fails or is dropped.
    pub(crate) async fn open(config: &RabbitConfig, name: &str) -> Result<Self, String> {
        match tokio::time::timeout(config.connect_timeout, connect(config, name)).await {
            Ok(opened) => opened,
            Err(_) => Err(format!(
                "{} did not answer within {:?}",
                config.address, config.connect_timeout
            )),
        }
    }

    /// Tells `tell` when the broker blocks and unblocks the connection; returns why it ended.
    pub(crate) async fn ended(&self, config: &RabbitConfig, tell: impl Fn(LinkState)) -> String {
        let mut events = Box::pin(self.connection.events_listener());
        loop {
            let reason = self.event(&mut events, config, &tell).await;
            if !self.connection.status().connected() {
                return reason.unwrap_or_else(|| "the connection was closed".to_owned());
            }
        }
    }

    async fn event(
        &self,
        events: &mut (impl Stream<Item = Event> + Unpin),
        config: &RabbitConfig,
        tell: &impl Fn(LinkState),
    ) -> Option<String> {
        // Not every end is told: a broker that closes with "OK" makes no event.
        match tokio::time::timeout(LOOK, events.next()).await.ok()?? {
            Event::ConnectionBlocked(reason) => tell(LinkState::Blocked { reason }),
            Event::ConnectionUnblocked => tell(LinkState::Up),
            // A channel's errors come here as well; they are told where the channel is used.
            Event::Error(error) => return Some(explain(&error, Attempt::Connect, config)),
            _ => {}
        }
        None
    }

    /// Says goodbye, so that the broker does not log a lost client.
    pub(crate) async fn close(self) {
        let _ = tokio::time::timeout(GOODBYE, self.connection.close(200, "OK".into())).await;
    }
}

async fn connect(config: &RabbitConfig, name: &str) -> Result<Link, String> {
    let runtime = lapin::runtime::default_runtime().map_err(|e| e.to_string())?;
    let address = &config.address;
    let failed = |error: io::Error| format!("cannot connect to {address}: {error}");
    let addresses: Vec<_> = tokio::net::lookup_host((address.host.as_str(), address.port))
        .await
        .map_err(failed)?
        .collect();
    let stream = AsyncTcpStream::connect(&runtime, addresses).await.map_err(failed)?;
    let AsyncTcpStream::Plain(plain) = stream else {
        return Err("a fresh TCP stream is not plain".to_owned());
    };
    let socket = Socket(second_handle(plain.get_ref()).map_err(failed)?);
    let mut stream = AsyncTcpStream::Plain(plain);
    if address.tls {
        stream = stream.into_tls(&address.host, TLSConfig::default()).await.map_err(failed)?;
    }
    let properties = ConnectionProperties::default()
        .with_connection_name(name.into())
        .with_client_property("product".into(), config.app_id.as_str().into())
        .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into());
    // Connected here and handed over, so that a deadline ends it: lapin's own attempt runs on a
    // thread that nobody can stop.
    let stream = Mutex::new(Some(stream));
    let connect = move |_, _| {
        let taken = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        async { taken.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected).into()) }
    };
    let uri = address.uri(config.heartbeat);
    let connection = Connection::connector(uri, runtime, connect, properties)
        .await
        .map_err(|error| explain(&error, Attempt::Connect, config))?;
    Ok(Link { connection, _socket: socket })
}

/// Another handle of the socket, which then also gives up on a peer that does not answer.
fn second_handle(socket: &impl AsFd) -> io::Result<TcpStream> {
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(socket, TCP_USER_TIMEOUT_MS)?;
    Ok(TcpStream::from(socket.as_fd().try_clone_to_owned()?))
}
