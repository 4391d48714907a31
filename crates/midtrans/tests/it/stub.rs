//! Servers on loopback for one test each.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, body};
use midtrans::{
    ChargeRequest, Client, ClientConfig, OrderId, PaymentMethod, RefundKey, RefundRequest,
    ServerKey, SnapRequest,
};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
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

/// Answers every connection with these bytes, then closes it or holds it open.
pub(crate) async fn serve_raw(answer: &'static [u8], then: Then) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = vec![];
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            if then == Then::Hold {
                held.push(stream);
            }
        }
    });
    address
}

/// What [`serve_raw`] does after its bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Close,
    Hold,
}

/// A request as it came, byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A server that records what comes and always answers the same.
#[derive(Clone)]
pub(crate) struct Recorder {
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<String>,
    pub(crate) address: SocketAddr,
}

impl Recorder {
    pub(crate) async fn open(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let recorder = Self { seen: Arc::default(), answer: Arc::new(answer.to_owned()), address };
        let app = Router::new().fallback(record).with_state(recorder.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        recorder
    }

    /// What came since the last call; exactly one.
    pub(crate) fn take(&self) -> Seen {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        let [seen] = <[Seen; 1]>::try_from(seen).unwrap();
        seen
    }
}

async fn record(State(recorder): State<Recorder>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body::to_bytes(body, 65_536).await.unwrap();
    let line = format!("{} {}", parts.method, parts.uri);
    let body = String::from_utf8(body.to_vec()).unwrap();
    recorder.seen.lock().unwrap().push(Seen { line, headers: parts.headers, body });
    json(200, &recorder.answer)
}

pub(crate) fn json(http: u16, body: &str) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::from_u16(http).unwrap(), kind, body.to_owned()).into_response()
}

/// A client of a server that always answers so.
pub(crate) async fn answering(
    answer: impl Fn() -> Response + Clone + Send + Sync + 'static,
) -> Client {
    let answer = move || std::future::ready(answer());
    client(serve(Router::new().fallback(answer)).await)
}

/// A client of a server that always answers this JSON.
pub(crate) async fn saying(http: u16, body: &str) -> Client {
    let body = body.to_owned();
    answering(move || json(http, &body)).await
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

pub(crate) fn order() -> OrderId {
    OrderId::try_new("ORD-1").unwrap()
}

pub(crate) fn request() -> SnapRequest {
    SnapRequest::try_new(order(), 125_000, vec![]).unwrap()
}

pub(crate) fn charge(method: PaymentMethod) -> ChargeRequest {
    ChargeRequest::try_new(order(), 125_000, vec![], method).unwrap()
}

pub(crate) fn bni() -> ChargeRequest {
    charge(PaymentMethod::BniVa { va_number: None })
}

pub(crate) fn refund() -> RefundRequest {
    let key = RefundKey::try_new("ORD-1-r1").unwrap();
    RefundRequest::try_new(key, Some(25_000), Some("item out of stock".to_owned())).unwrap()
}
