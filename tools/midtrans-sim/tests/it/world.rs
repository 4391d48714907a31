//! A simulator, a client and a merchant's endpoint, for one test.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use kernel::{ConstantIds, ManualClock, Timestamp};
use midtrans::{
    Client, ClientConfig, Notification, OrderId, ServerKey, SnapPage, SnapRequest, Transaction,
};
use midtrans_sim::{Sim, SimConfig, Tick};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

pub(crate) const KEY: &str = "SB-Mid-server-EXAMPLE-0001";

pub(crate) fn start() -> Timestamp {
    "2026-03-01T03:00:00Z".parse().unwrap()
}

pub(crate) fn key() -> ServerKey {
    ServerKey::try_new(KEY).unwrap()
}

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Client,
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) endpoint: Endpoint,
}

impl World {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SimConfig)) -> Self {
        Self::at(change, Arc::new(ManualClock::new(start()))).await
    }

    pub(crate) async fn at(change: impl FnOnce(&mut SimConfig), clock: Arc<ManualClock>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let endpoint = Endpoint::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("http://{address}");
        let mut config = SimConfig {
            data: None,
            server_key: KEY.to_owned(),
            merchant_id: "G000000001".to_owned(),
            public_url: base.clone(),
            notification_url: Some(endpoint.url("callback")),
            speed: 1.0,
            retry_jitter: false,
        };
        change(&mut config);
        let ids = Arc::new(ConstantIds::new(start()));
        let sim = Sim::open(config, clock.clone(), ids).await.unwrap();
        // Mounted as the binary does it: beside routes, below a fallback, of someone else.
        let router = Router::new().fallback(async || "someone else").merge(sim.router());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { sim, clock, client: client(address, key()), http: http(), base, endpoint }
    }

    /// Lets everything happen that is due, and tells how much it was.
    pub(crate) async fn settle_down(&self) -> Tick {
        let mut sum = Tick::default();
        for _ in 0..100 {
            let tick = self.sim.step().await.unwrap();
            if tick == Tick::default() {
                return sum;
            }
            sum.moved += tick.moved;
            sum.attempted += tick.attempted;
        }
        panic!("it never settles: {sum:?}");
    }

    pub(crate) async fn wait(&self, minutes: u64) -> Tick {
        self.clock.advance(Duration::from_secs(minutes * 60));
        self.settle_down().await
    }

    pub(crate) async fn create(&self, order_id: &str) -> SnapPage {
        self.client.create_snap(&request(order_id)).await.unwrap()
    }

    /// A page whose customer has chosen a method and done this.
    pub(crate) async fn pay(&self, order_id: &str, method: &str, outcome: &str) -> Value {
        let token = self.create(order_id).await.token;
        let body = json!({ "method": method, "outcome": outcome });
        let (code, paid) = self.post(&format!("/_sim/pages/{token}/pay"), body).await;
        assert_eq!(code, 200, "{paid}");
        paid
    }

    pub(crate) async fn status(&self, id: &str) -> Transaction {
        self.client.status(id).await.unwrap().unwrap()
    }

    pub(crate) async fn act(&self, id: &str, action: &str) -> (u16, Value) {
        self.post(&format!("/_sim/transactions/{id}/{action}"), Value::Null).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let call = self.http.post(format!("{}{path}", self.base)).json(&body);
        let response = call.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        let call = self.http.put(format!("{}{path}", self.base)).json(&body);
        let response = call.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

pub(crate) fn client(address: SocketAddr, key: ServerKey) -> Client {
    let url = |path: &str| Url::parse(&format!("http://{address}{path}")).unwrap();
    Client::try_new(ClientConfig::new(url("/snap/v1"), url(""), key)).unwrap()
}

pub(crate) fn http() -> reqwest::Client {
    let none = reqwest::redirect::Policy::none();
    reqwest::Client::builder().redirect(none).no_proxy().tls_certs_only([]).build().unwrap()
}

pub(crate) fn request(order_id: &str) -> SnapRequest {
    SnapRequest::try_new(OrderId::try_new(order_id).unwrap(), 125_000, vec![]).unwrap()
}

/// Something that was posted to the merchant.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) notification: Notification,
}

impl Posted {
    pub(crate) fn status(&self) -> &str {
        self.body["transaction_status"].as_str().unwrap()
    }
}

/// A merchant's endpoint: records what comes and answers as told, else 200.
#[derive(Clone)]
pub(crate) struct Endpoint {
    address: SocketAddr,
    posted: Arc<Mutex<Vec<Posted>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    bell: mpsc::UnboundedSender<()>,
    pub(crate) rung: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<()>>>,
}

impl Endpoint {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (bell, rung) = mpsc::unbounded_channel();
        let endpoint = Self {
            address: listener.local_addr().unwrap(),
            posted: Arc::default(),
            answers: Arc::default(),
            bell,
            rung: Arc::new(tokio::sync::Mutex::new(rung)),
        };
        let app = Router::new().route("/{path}", post(receive)).with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        endpoint
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The next answers, one each.
    pub(crate) fn answer(&self, codes: &[u16]) {
        self.answers.lock().unwrap().extend(codes);
    }

    /// What came since the last call.
    pub(crate) fn take(&self) -> Vec<Posted> {
        std::mem::take(&mut self.posted.lock().unwrap())
    }

    pub(crate) fn statuses(&self) -> Vec<String> {
        self.take().iter().map(|posted| posted.status().to_owned()).collect()
    }
}

async fn receive(
    State(endpoint): State<Endpoint>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let notification = Notification::parse(&body).unwrap();
    let body = serde_json::from_slice(&body).unwrap();
    let posted = Posted { path: path.clone(), headers, body, notification };
    endpoint.posted.lock().unwrap().push(posted);
    let code = endpoint.answers.lock().unwrap().pop_front().unwrap_or(200);
    let _ = endpoint.bell.send(());
    let code = StatusCode::from_u16(code).unwrap();
    if code.is_redirection() {
        return (code, [(header::LOCATION, format!("/{path}x"))]).into_response();
    }
    code.into_response()
}
