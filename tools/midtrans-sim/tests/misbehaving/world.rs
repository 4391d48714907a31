//! A simulator and a merchant's endpoint that keeps what it gets byte for byte, for one test.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use kernel::{ConstantIds, ManualClock, Timestamp};
use midtrans::{Client, ClientConfig, ServerKey};
use midtrans_sim::{Sim, SimConfig, Tick};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

pub(crate) const KEY: &str = "SB-Mid-server-EXAMPLE-0001";
pub(crate) const GROSS: i64 = 125_000;

/// Ten in the morning in Jakarta.
pub(crate) fn start() -> Timestamp {
    "2026-03-01T03:00:00Z".parse().unwrap()
}

pub(crate) fn key() -> ServerKey {
    ServerKey::try_new(KEY).unwrap()
}

pub(crate) fn config() -> SimConfig {
    SimConfig {
        data: None,
        server_key: KEY.to_owned(),
        merchant_id: "G000000001".to_owned(),
        public_url: "http://127.0.0.1:1".to_owned(),
        notification_url: None,
        speed: 1.0,
        retry_jitter: false,
    }
}

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Client,
    pub(crate) http: reqwest::Client,
    pub(crate) address: SocketAddr,
    pub(crate) endpoint: Endpoint,
}

impl World {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SimConfig)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::new(start()));
        let endpoint = Endpoint::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = SimConfig {
            public_url: format!("http://{address}"),
            notification_url: Some(endpoint.url("callback")),
            ..config()
        };
        change(&mut config);
        let ids = Arc::new(ConstantIds::new(start()));
        let sim = Sim::open(config, clock.clone(), ids).await.unwrap();
        let router = sim.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { sim, clock, client: client(address), http: http(), address, endpoint }
    }

    /// With these switches and no others.
    pub(crate) async fn misbehaving(switches: Value) -> Self {
        let world = Self::open().await;
        world.switch(switches).await;
        world
    }

    pub(crate) async fn switch(&self, switches: Value) {
        let (code, told) = self.put("/_sim/faults", switches).await;
        assert_eq!(code, 200, "{told}");
    }

    /// `(seen, hit)` of each switch.
    pub(crate) async fn counters(&self) -> Vec<(u64, u64)> {
        let list = self.get("/_sim/faults").await;
        let of = |view: &Value, field: &str| view[field].as_u64().unwrap();
        list.as_array().unwrap().iter().map(|view| (of(view, "seen"), of(view, "hit"))).collect()
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

    pub(crate) async fn wait(&self, by: Duration) -> Tick {
        self.clock.advance(by);
        self.settle_down().await
    }

    /// A page whose customer has chosen a method and done this.
    pub(crate) async fn pay(&self, order_id: &str, method: &str, outcome: &str) -> Value {
        let (code, page) = self.snap(order_id).await;
        assert_eq!(code, 201, "{page}");
        let path = format!("/_sim/pages/{}/pay", page["token"].as_str().unwrap());
        let (code, paid) = self.post(&path, json!({"method": method, "outcome": outcome})).await;
        assert_eq!(code, 200, "{paid}");
        paid
    }

    pub(crate) async fn snap(&self, order_id: &str) -> (u16, Value) {
        let details = json!({"order_id": order_id, "gross_amount": GROSS});
        self.post("/snap/v1/transactions", json!({"transaction_details": details})).await
    }

    /// A charge of this payment type.
    pub(crate) async fn charge(&self, order_id: &str, payment_type: &str, more: Value) -> Value {
        let mut body = json!({
            "payment_type": payment_type,
            "transaction_details": {"order_id": order_id, "gross_amount": GROSS},
        });
        if let Value::Object(more) = more {
            body.as_object_mut().unwrap().extend(more);
        }
        let (http, told) = self.post("/v2/charge", body).await;
        assert_eq!(http, 200, "{told}");
        told
    }

    /// A charge of a card without 3-D Secure.
    pub(crate) async fn card(&self, order_id: &str, number: &str) -> Value {
        let query = format!(
            "client_key=c&card_number={number}&card_cvv=123&card_exp_month=12&card_exp_year=2030"
        );
        let token = self.get(&format!("/v2/token?{query}")).await["token_id"].clone();
        self.charge(order_id, "credit_card", json!({"credit_card": {"token_id": token}})).await
    }

    pub(crate) async fn act(&self, id: &str, action: &str) -> Value {
        let path = format!("/_sim/transactions/{id}/{action}");
        let (code, moved) = self.post(&path, Value::Null).await;
        assert_eq!(code, 200, "{action} {id}: {moved}");
        moved
    }

    /// A call of the Core API on an id; it says all in the body.
    pub(crate) async fn core(&self, id: &str, action: &str, body: Value) -> Value {
        let (http, told) = match action {
            "status" | "status/b2b" => (200, self.get(&format!("/v2/{id}/{action}")).await),
            _ => self.post(&format!("/v2/{id}/{action}"), body).await,
        };
        assert_eq!(http, 200, "{action} {id}: {told}");
        told
    }

    /// `transaction_status` as GET Status tells it.
    pub(crate) async fn status(&self, id: &str) -> String {
        let told = self.core(id, "status", Value::Null).await;
        told["transaction_status"].as_str().unwrap_or("").to_owned()
    }

    pub(crate) async fn ledger(&self) -> Value {
        let ledger = self.get("/_sim/ledger").await;
        assert_eq!(ledger["balanced"], true, "{ledger}");
        ledger
    }

    pub(crate) async fn deliveries(&self, order_id: &str) -> Vec<Value> {
        let list = self.get(&format!("/_sim/deliveries?limit=1000&order_id={order_id}")).await;
        let mut list = list.as_array().unwrap().clone();
        list.reverse();
        list
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let call = self.http.get(format!("http://{}{path}", self.address));
        let response = call.basic_auth(KEY, Some("")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let call = self.http.post(format!("http://{}{path}", self.address)).json(&body);
        sent(call).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        let call = self.http.put(format!("http://{}{path}", self.address)).json(&body);
        sent(call).await
    }
}

async fn sent(call: reqwest::RequestBuilder) -> (u16, Value) {
    let response = call.basic_auth(KEY, Some("")).send().await.unwrap();
    let code = response.status().as_u16();
    (code, response.json().await.unwrap_or_default())
}

fn client(address: SocketAddr) -> Client {
    let url = |path: &str| Url::parse(&format!("http://{address}{path}")).unwrap();
    Client::try_new(ClientConfig::new(url("/snap/v1"), url(""), key())).unwrap()
}

pub(crate) fn http() -> reqwest::Client {
    let none = reqwest::redirect::Policy::none();
    reqwest::Client::builder().redirect(none).no_proxy().tls_certs_only([]).build().unwrap()
}

/// Something that was posted to the merchant.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Posted {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn status(&self) -> String {
        self.body()["transaction_status"].as_str().unwrap().to_owned()
    }
}

/// A merchant's endpoint: keeps what comes and answers each path as told, else 200. A redirect goes
/// to the path with an `x` behind it.
#[derive(Clone)]
pub(crate) struct Endpoint {
    address: SocketAddr,
    posted: Arc<Mutex<Vec<Posted>>>,
    answers: Arc<Mutex<HashMap<String, VecDeque<u16>>>>,
}

impl Endpoint {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint = Self { address, posted: Arc::default(), answers: Arc::default() };
        let app = Router::new().route("/{path}", post(receive)).with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        endpoint
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The next answers of a path, one each.
    pub(crate) fn answer(&self, path: &str, codes: &[u16]) {
        self.answers.lock().unwrap().entry(path.to_owned()).or_default().extend(codes);
    }

    /// What came since the last call.
    pub(crate) fn take(&self) -> Vec<Posted> {
        std::mem::take(&mut self.posted.lock().unwrap())
    }

    pub(crate) fn statuses(&self) -> Vec<String> {
        self.take().iter().map(Posted::status).collect()
    }
}

async fn receive(
    State(endpoint): State<Endpoint>,
    Path(path): Path<String>,
    text: String,
) -> Response {
    endpoint.posted.lock().unwrap().push(Posted { path: path.clone(), text });
    let told = endpoint.answers.lock().unwrap().get_mut(&path).and_then(VecDeque::pop_front);
    let code = StatusCode::from_u16(told.unwrap_or(200)).unwrap();
    if code.is_redirection() {
        return (code, [(header::LOCATION, format!("/{path}x"))]).into_response();
    }
    code.into_response()
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}
