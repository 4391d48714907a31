//! Servers on loopback for one test each.

use axum::Router;
use midtrans::{Client, ClientConfig, OrderId, ServerKey, SnapRequest};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

pub(crate) const KEY: &str = "SB-Mid-server-EXAMPLE-0001";

pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// Answers every connection with these bytes and closes it.
pub(crate) async fn serve_raw(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

pub(crate) fn config(address: SocketAddr) -> ClientConfig {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = |path: &str| Url::parse(&format!("http://{address}{path}")).unwrap();
    ClientConfig::new(url("/snap/v1"), url(""), ServerKey::try_new(KEY).unwrap())
}

pub(crate) fn client(address: SocketAddr) -> Client {
    Client::try_new(config(address)).unwrap()
}

/// A client that waits so briefly that a test of its patience is quick.
pub(crate) fn impatient(address: SocketAddr) -> Client {
    let wait = Duration::from_millis(100);
    Client::try_new(ClientConfig { create_timeout: wait, read_timeout: wait, ..config(address) })
        .unwrap()
}

pub(crate) fn request() -> SnapRequest {
    SnapRequest::try_new(OrderId::try_new("ORD-1").unwrap(), 125_000, vec![]).unwrap()
}
