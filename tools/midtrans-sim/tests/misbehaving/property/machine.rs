//! Makes things happen to a simulator in this process, and asks afterwards whether all is well.

use super::dialect;
use super::model::{Doing, Model};
use super::ops::{METHODS, ORDERS, Op, Target};
use super::{Check, Met};
use crate::world::{KEY, config, start};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{ConstantIds, ManualClock};
use midtrans_sim::{Sim, SimConfig};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

/// Nobody listens there, so that notifications are tried, fail at once, and are retried.
const NOWHERE: &str = "http://127.0.0.1:1/";

pub(crate) struct Machine {
    sim: Sim,
    router: axum::Router,
    clock: Arc<ManualClock>,
    /// Tokens, oldest first.
    pages: Vec<String>,
    model: Model,
    codes: Met,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) http: u16,
    pub(crate) body: Value,
}

impl Machine {
    pub(crate) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::new(start()));
        let ids = Arc::new(ConstantIds::new(start()));
        let config = SimConfig { notification_url: Some(NOWHERE.to_owned()), ..config() };
        let sim = Sim::open(config, clock.clone(), ids).await.unwrap();
        let router = sim.router();
        Self { sim, router, clock, pages: vec![], model: Model::default(), codes: Met::new() }
    }

    pub(crate) fn met(self) -> Met {
        self.model.steps.into_iter().chain(self.codes).collect()
    }

    /// Does one thing and looks at everything.
    pub(crate) async fn apply(&mut self, op: &Op) -> Check {
        let mut doing = Doing::default();
        match op {
            Op::Switches(_) | Op::Fees { .. } | Op::Jump { .. } | Op::Step => self.pass(op).await?,
            Op::Admin { .. } | Op::Chargeback { .. } | Op::Pay { .. } => {
                self.operate(op, &mut doing).await?;
            }
            _ => self.ask(op, &mut doing).await?,
        }
        let transactions = self.get("/_sim/transactions?limit=1000").await;
        let deliveries = self.get(&self.model.deliveries_path()).await;
        let changed = self.model.look(&transactions, &deliveries, &doing)?;
        for id in changed {
            let told = self.call("GET", &format!("/v2/{id}/status"), Value::Null).await;
            dialect::core(&told)?;
            self.model.compare(&id, &told.body)?;
        }
        self.model.balance(&self.get("/_sim/ledger").await)
    }

    /// Time, settings.
    async fn pass(&mut self, op: &Op) -> Check {
        match op {
            Op::Jump { seconds } => self.clock.advance(Duration::from_secs(*seconds)),
            Op::Step => {
                self.sim.step().await.map_err(|error| error.to_string())?;
            }
            Op::Fees { enabled } => {
                let fees = json!({"enabled": enabled, "amount": 1_500});
                dialect::admin(&self.call("PUT", "/_sim/fees", fees).await)?;
            }
            Op::Switches(texts) => {
                let read = |text: &&str| serde_json::from_str::<Value>(text).unwrap();
                let switches: Vec<Value> = texts.iter().map(read).collect();
                let told = self.call("PUT", "/_sim/faults", json!(switches)).await;
                if told.http != 200 {
                    return Err(format!("the switches are refused: {}", told.body));
                }
                self.model.switched(&switches);
            }
            _ => unreachable!("not a setting"),
        }
        Ok(())
    }

    /// The customer, the bank, the operator.
    async fn operate(&mut self, op: &Op, doing: &mut Doing) -> Check {
        let (path, body) = match op {
            Op::Pay { nth, method, outcome } => {
                let Some(token) = self.page(*nth) else { return Ok(()) };
                doing.births = true;
                let body = json!({"method": method, "outcome": outcome});
                (format!("/_sim/pages/{token}/pay"), body)
            }
            Op::Admin { target, action } => {
                let id = self.id(*target);
                (format!("/_sim/transactions/{id}/{action}"), Value::Null)
            }
            Op::Chargeback { target, amount } => {
                let path = format!("/_sim/transactions/{}/chargeback", self.id(*target));
                (path, json!({ "amount": amount }))
            }
            _ => unreachable!("not an operation"),
        };
        let told = self.call("POST", &path, body).await;
        dialect::admin(&told)?;
        if let (Op::Chargeback { amount, .. }, 200) = (op, told.http) {
            let id = told.body["transaction_id"].as_str().unwrap_or_default();
            doing.charged_back = Some((id.to_owned(), *amount));
        }
        Ok(())
    }

    /// The merchant's calls.
    async fn ask(&mut self, op: &Op, doing: &mut Doing) -> Check {
        match op {
            Op::Snap { order, amount } => {
                let body = json!({ "transaction_details": details(*order, *amount) });
                let told = self.call("POST", "/snap/v1/transactions", body).await;
                dialect::snap(&told, StatusCode::CREATED)?;
                self.pages.extend(told.body["token"].as_str().map(str::to_owned));
                return Ok(());
            }
            Op::CancelPage { nth } => {
                let token = self.page(*nth).unwrap_or("nobody").to_owned();
                let path = format!("/snap/v1/transactions/{token}/cancel");
                return dialect::snap(&self.call("POST", &path, json!({})).await, StatusCode::OK);
            }
            Op::WrongKey { target } => {
                let path = format!("/v2/{}/cancel", self.id(*target));
                return dialect::unauthorized(&self.send("POST", &path, "other", json!({})).await);
            }
            _ => {}
        }
        let (method, path, body) = self.core(op).await;
        doing.births = path == "/v2/charge";
        let told = self.call(method, &path, body).await;
        dialect::core(&told)?;
        self.codes.extend(told.body["status_code"].as_str().map(str::to_owned));
        if let (Op::Refund { amount, .. }, Some("200")) = (op, told.body["status_code"].as_str()) {
            doing.refunded = Some(dialect::refund(&told.body, *amount)?);
        }
        Ok(())
    }

    /// A call of the Core API.
    async fn core(&self, op: &Op) -> (&'static str, String, Value) {
        match op {
            Op::Charge { order, amount, method } => {
                ("POST", "/v2/charge".to_owned(), charge(*order, *amount, method))
            }
            Op::Card { order, amount, number, three_ds, authorize } => {
                let mut card = json!({
                    "token_id": self.token(number).await, "authentication": three_ds,
                });
                if *authorize {
                    card["type"] = json!("authorize");
                }
                let mut body = charge(*order, *amount, "credit_card");
                body["credit_card"] = card;
                ("POST", "/v2/charge".to_owned(), body)
            }
            Op::Core { target, action } => {
                let method = if action.starts_with("status") { "GET" } else { "POST" };
                (method, format!("/v2/{}/{action}", self.id(*target)), Value::Null)
            }
            Op::Capture { target, amount } => {
                let body = json!({"transaction_id": self.id(*target), "gross_amount": amount});
                ("POST", "/v2/capture".to_owned(), body)
            }
            Op::Refund { target, direct, key, amount } => {
                let end = if *direct { "refund/online/direct" } else { "refund" };
                let body = json!({"refund_key": key, "amount": amount});
                ("POST", format!("/v2/{}/{end}", self.id(*target)), body)
            }
            _ => unreachable!("not a call of the Core API"),
        }
    }

    async fn token(&self, number: &str) -> Value {
        let card = "client_key=c&card_cvv=123&card_exp_month=12&card_exp_year=2030";
        self.get(&format!("/v2/token?{card}&card_number={number}")).await["token_id"].clone()
    }

    fn id(&self, target: Target) -> String {
        match target {
            Target::Order(order) => ORDERS[order].to_owned(),
            Target::Nth(nth) => self.model.nth(nth).unwrap_or("nobody").to_owned(),
            Target::Nobody => "nobody".to_owned(),
        }
    }

    /// Counted from the newest, over and over.
    fn page(&self, nth: usize) -> Option<&str> {
        let count = self.pages.len();
        (count > 0).then(|| self.pages[count - 1 - nth % count].as_str())
    }

    async fn get(&self, path: &str) -> Value {
        let told = self.call("GET", path, Value::Null).await;
        assert_eq!(told.http, 200, "{path}: {}", told.body);
        told.body
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, path, KEY, body).await
    }

    async fn send(&self, method: &str, path: &str, key: &str, body: Value) -> Answer {
        let credentials = format!("Basic {}", STANDARD.encode(format!("{key}:")));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, credentials)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let http = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Answer { http, body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()) }
    }
}

fn details(order: usize, amount: i64) -> Value {
    json!({"order_id": ORDERS[order], "gross_amount": amount})
}

/// A charge of a method by the name that pages have for it.
fn charge(order: usize, amount: i64, method: &str) -> Value {
    assert!(METHODS.contains(&method));
    let (payment_type, more) = match method {
        "bca_va" | "bni_va" | "permata_va" => {
            let bank = method.trim_end_matches("_va");
            ("bank_transfer", json!({ "bank": bank }))
        }
        "echannel" => (method, json!({"bill_info1": "For:", "bill_info2": "kopi"})),
        "alfamart" | "indomaret" => ("cstore", json!({ "store": method })),
        _ => (method, json!({})),
    };
    let mut body = json!({
        "payment_type": payment_type, "transaction_details": details(order, amount),
    });
    body[payment_type] = more;
    if method == "akulaku" {
        body["item_details"] = json!([{"id": "a", "name": "kopi", "price": amount, "quantity": 1}]);
    }
    body
}
