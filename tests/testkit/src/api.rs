//! Somebody who talks to the system over HTTP: orders, payments, messages, operations.

use crate::Answer;
use crate::wait::{PATIENCE, until, until_within};
use jiff::Timestamp;
use orderflow::compose::{Owner, Part};
use orderflow::verify::Places;
use reqwest::{Method, redirect};
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The services, by the names in `/ops/{service}`.
pub const SERVICES: [&str; 3] = ["order", "payment", "notification"];
/// Rows of a page.
const PAGE: usize = 200;

/// Where the parts of a system answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The order service.
    pub order: SocketAddr,
    /// The payment service.
    pub payment: SocketAddr,
    /// The notification service.
    pub notification: SocketAddr,
    /// The gateway's simulator.
    pub simulator: SocketAddr,
}

impl Addresses {
    /// Everything behind one.
    pub fn one(at: SocketAddr) -> Self {
        Self { order: at, payment: at, notification: at, simulator: at }
    }

    /// Who answers a path.
    pub fn of(&self, path: &str) -> SocketAddr {
        match Owner::of(path) {
            Owner::Part(Part::Order) | Owner::Process => self.order,
            Owner::Part(Part::Payment) => self.payment,
            Owner::Part(Part::Notification) => self.notification,
            Owner::Simulator => self.simulator,
        }
    }

    /// As those want them who read across services.
    pub fn places(&self) -> Places {
        let url = |at: SocketAddr| format!("http://{at}").parse().unwrap();
        let at = [self.order, self.payment, self.notification];
        let services = [0, 1, 2].map(|n: usize| (Part::ALL[n], url(at[n])));
        Places { services, simulator: url(self.simulator) }
    }

    /// The same as settings of a command: variables.
    pub fn variables(&self) -> Vec<(String, String)> {
        let named = [
            ("ORDER", self.order),
            ("PAYMENT", self.payment),
            ("NOTIFICATION", self.notification),
            ("SIMULATOR", self.simulator),
        ];
        let each = named.into_iter();
        each.map(|(name, at)| (format!("ORDERFLOW_SERVICES__{name}"), format!("http://{at}")))
            .collect()
    }

    /// Each process once.
    pub fn each(&self) -> BTreeSet<SocketAddr> {
        [self.order, self.payment, self.notification, self.simulator].into()
    }
}

/// A client of one system.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    /// Where the order service is, and all else if it is one process.
    pub address: SocketAddr,
    /// Where everything is.
    pub addresses: Addresses,
}

impl Api {
    /// A client of whatever listens there.
    pub fn new(address: SocketAddr) -> Self {
        Self::of(Addresses::one(address))
    }

    /// A client of parts that run by themselves.
    pub fn of(addresses: Addresses) -> Self {
        install_tls();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tls_backend_rustls()
            .build()
            .unwrap();
        Self { http, address: addresses.order, addresses }
    }

    /// Where a path is, up to it.
    pub fn base(&self, path: &str) -> String {
        format!("http://{}", self.addresses.of(path))
    }

    /// Asks; an error is a connection that broke.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Result<Answer, String> {
        let mut request =
            self.http.request(method, format!("{}{path}", self.base(path))).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.map_err(|error| format!("{path}: {error:?}"))?;
        let status = answer.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers =
            answer.headers().iter().map(|(name, v)| (name.as_str().to_owned(), text(v))).collect();
        let text = answer.text().await.map_err(|error| format!("{path}: {error:?}"))?;
        Ok(Answer { status, headers, text })
    }

    /// Asks.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// `GET`, whatever the answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// `GET` of JSON that is there.
    pub async fn read(&self, path: &str) -> Value {
        self.get(path).await.expect(200).json()
    }

    /// `POST` of JSON without a key.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        self.send(Method::POST, path, &json, body.to_string()).await
    }

    /// `POST /v1/orders` of a text, under a key.
    pub async fn place(&self, key: &str, body: impl Into<reqwest::Body>) -> Answer {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send(Method::POST, "/v1/orders", &headers, body).await
    }

    /// An order that is taken, under a key of its own.
    pub async fn create(&self, order: &Value) -> Value {
        let answer = self.place(&fresh_key(), order.to_string()).await.expect(201);
        let created = answer.json();
        let location = format!("/v1/orders/{}", text(&created, "/id"));
        assert_eq!(answer.header("location"), Some(location.as_str()));
        created
    }

    /// As [`Api::create`], only the id.
    pub async fn create_id(&self, order: &Value) -> String {
        text(&self.create(order).await, "/id")
    }

    /// An order.
    pub async fn order(&self, id: &str) -> Value {
        self.read(&format!("/v1/orders/{id}")).await
    }

    /// The order, once it has this status.
    pub async fn order_becomes(&self, id: &str, status: &str) -> Value {
        self.order_becomes_within(PATIENCE, id, status).await
    }

    /// The same, with a patience of its own.
    pub async fn order_becomes_within(&self, patience: Duration, id: &str, status: &str) -> Value {
        until_within(patience, &format!("order {id} becomes {status}"), async || {
            let order = self.order(id).await;
            if order["status"] == status { Ok(order) } else { Err(order) }
        })
        .await
    }

    /// The payment of an order, once there is one.
    pub async fn payment_of(&self, order: &str) -> Value {
        until(&format!("order {order} has a payment"), async || {
            let found = self.payments_of(order).await;
            found.into_iter().next().ok_or("none")
        })
        .await
    }

    /// The payments of an order: one, if all is well.
    pub async fn payments_of(&self, order: &str) -> Vec<Value> {
        rows(self.read(&format!("/v1/payments?order_id={order}")).await)
    }

    /// A payment's attempts.
    pub async fn attempts(&self, payment: &str) -> Vec<Value> {
        rows(self.read(&format!("/v1/payments/{payment}/attempts")).await)
    }

    /// A payment's callbacks, newest first.
    pub async fn callbacks(&self, payment: &str) -> Vec<Value> {
        rows(self.read(&format!("/v1/payments/{payment}/callbacks")).await)
    }

    /// The messages of an order, oldest first.
    pub async fn notifications(&self, order: &str) -> Vec<Value> {
        let mut found = self.all(&format!("/v1/notifications?order_id={order}&")).await;
        found.reverse();
        found
    }

    /// The names of an order's messages that were sent, oldest first, once there are so many.
    pub async fn told(&self, order: &str, count: usize) -> Vec<String> {
        until(&format!("order {order} has {count} messages sent"), async || {
            let messages = self.notifications(order).await;
            let sent = messages.iter().filter(|m| m["status"] == "sent");
            let names: Vec<String> = sent.map(|m| text(m, "/template")).collect();
            if names.len() >= count { Ok(names) } else { Err(format!("{messages:?}")) }
        })
        .await
    }

    /// Every row of a list, newest first. `path` ends in `?` or `&`.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut found, mut after) = (Vec::<Value>::new(), String::new());
        loop {
            let page = self.read(&format!("{path}limit={PAGE}{after}")).await;
            let more = page["has_more"] == true;
            found.extend(rows(page));
            match found.last() {
                Some(last) if more => after = format!("&starting_after={}", text(last, "/id")),
                _ => return found,
            }
        }
    }

    /// What one service knows of an order.
    pub async fn story(&self, service: &str, order: &str) -> Value {
        self.read(&format!("/ops/{service}/orders/{order}")).await
    }

    /// The names of the facts that one service recorded of an order, oldest first.
    pub async fn facts(&self, service: &str, order: &str) -> Vec<String> {
        let story = self.story(service, order).await;
        story["timeline"].as_array().unwrap().iter().map(|fact| text(fact, "/what")).collect()
    }

    /// The statuses that the payment of an order moved to, oldest first.
    pub async fn payment_moves(&self, order: &str) -> Vec<String> {
        let story = self.story("payment", order).await;
        let facts = story["timeline"].as_array().unwrap().iter();
        facts.filter_map(|f| f.pointer("/detail/status/to")?.as_str().map(str::to_owned)).collect()
    }

    /// Why money of an order was asked back, oldest first.
    pub async fn refunds_asked(&self, order: &str) -> Vec<String> {
        let story = self.story("payment", order).await;
        let facts = story["timeline"].as_array().unwrap().iter();
        let asked = facts.filter(|fact| fact["what"] == "refund_asked");
        let causes = asked.map(|fact| text(fact, "/detail/cause"));
        // Done at the gateway by somebody: nobody asked here.
        causes.filter(|cause| cause != "elsewhere").collect()
    }

    /// What waits in one service.
    pub async fn backlog(&self, service: &str) -> Value {
        self.read(&format!("/ops/{service}/backlog")).await
    }

    /// What one service gave up.
    pub async fn dead_letters(&self, service: &str) -> Vec<Value> {
        rows(self.read(&format!("/ops/{service}/dead-letters?limit={PAGE}")).await)
    }
}

/// The text at a JSON pointer.
pub fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer}: {value}")).to_owned()
}

pub(crate) fn rows(mut list: Value) -> Vec<Value> {
    match list["data"].take() {
        Value::Array(rows) => rows,
        _ => panic!("not a list: {list}"),
    }
}

/// An idempotency key that no other request of this test run has.
pub(crate) fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("key-{}-{}", now().as_nanosecond(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[expect(clippy::disallowed_methods, reason = "compared with times that a real system wrote")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The provider is the process's: whoever comes first installs it.
pub(crate) fn install_tls() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
}
