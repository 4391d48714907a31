//! A TCP proxy between a test and the server that can swallow the server's answers and cut.

use reqwest::Url;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

#[derive(Default)]
struct Shared {
    swallow: AtomicBool,
    accepted: AtomicUsize,
    open: AtomicUsize,
    cut: Notify,
}

/// Lives as long as the test's runtime.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy on a free port to the server of this address.
    pub(crate) async fn to(server: &Url) -> Self {
        let server = (server.host_str().unwrap().to_owned(), server.port().unwrap_or(5672));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let counted = shared.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counted.accepted.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(server.clone()).await.unwrap();
                tokio::spawn(pass(client, server, counted.clone()));
            }
        });
        Self { port, shared }
    }

    /// From now on, on every connection: what the server says is read and thrown away.
    pub(crate) fn swallow_answers(&self, swallow: bool) {
        self.shared.swallow.store(swallow, Ordering::SeqCst);
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        self.shared.cut.notify_waiters();
    }

    pub(crate) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Connections that neither side has closed.
    pub(crate) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}

async fn pass(client: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    shared.open.fetch_add(1, Ordering::SeqCst);
    let (mut client_says, mut to_client) = client.into_split();
    let (mut server_says, mut to_server) = server.into_split();
    let answers = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = server_says.read(&mut buffer).await {
            let swallowed = shared.swallow.load(Ordering::SeqCst);
            if !swallowed && to_client.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = tokio::io::copy(&mut client_says, &mut to_server) => {}
        () = answers => {}
        () = shared.cut.notified() => {}
    }
    shared.open.fetch_sub(1, Ordering::SeqCst);
}
