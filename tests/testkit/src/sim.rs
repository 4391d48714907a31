//! The customer, the bank and Midtrans' operators, played through the simulator's `/_sim`.

use crate::api::{Api, text};
use crate::wait::until;
use reqwest::Method;
use serde_json::{Value, json};

/// The gateway's page of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Our attempt: the `order_id` at the gateway.
    pub attempt: String,
    /// Names the page.
    pub token: String,
    /// Its address.
    pub url: String,
}

impl Api {
    /// The gateway's page of an order, once it is ready.
    pub async fn page(&self, order: &str) -> Page {
        let payment = text(&self.payment_of(order).await, "/id");
        until(&format!("order {order} has a page"), async || {
            let attempts = self.attempts(&payment).await;
            let newest = attempts.last().ok_or("no attempt")?;
            let url = newest["page_url"].as_str().ok_or("no page")?.to_owned();
            let token = url.rsplit('/').next().unwrap().to_owned();
            Ok::<_, &str>(Page { attempt: text(newest, "/id"), token, url })
        })
        .await
    }

    /// The customer chooses a method on the page; `settle`, `deny` or `pending` says what follows.
    pub async fn pay(&self, order: &str, method: &str, outcome: &str) -> Value {
        let token = self.page(order).await.token;
        let body = json!({ "method": method, "outcome": outcome });
        self.post(&format!("/_sim/pages/{token}/pay"), &body).await.expect(200).json()
    }

    /// Something happens to a transaction, named by its id or its attempt's.
    pub async fn act(&self, transaction: &str, action: &str) -> Value {
        let path = format!("/_sim/transactions/{transaction}/{action}");
        self.post(&path, &Value::Null).await.expect(200).json()
    }

    /// The card holder's bank takes a part back, in whole rupiah.
    pub async fn charge_back(&self, transaction: &str, amount: i64) {
        let path = format!("/_sim/transactions/{transaction}/chargeback");
        self.post(&path, &json!({ "amount": amount })).await.expect(200);
    }

    /// Sets one of the simulator's switches, such as `faults`, `fees` or `clock`.
    pub async fn set(&self, switch: &str, to: Value) -> Value {
        let json = [("content-type", "application/json")];
        let path = format!("/_sim/{switch}");
        self.send(Method::PUT, &path, &json, to.to_string()).await.expect(200).json()
    }

    /// The gateway's transactions, of one attempt or of all, newest first.
    pub async fn transactions(&self, attempt: Option<&str>) -> Vec<Value> {
        let filter = attempt.map(|id| format!("&order_id={id}")).unwrap_or_default();
        list(self.read(&format!("/_sim/transactions?limit=1000{filter}")).await)
    }

    /// What the gateway sent us, newest first.
    pub async fn deliveries(&self, attempt: Option<&str>) -> Vec<Value> {
        let filter = attempt.map(|id| format!("&order_id={id}")).unwrap_or_default();
        list(self.read(&format!("/_sim/deliveries?limit=1000{filter}")).await)
    }

    /// The gateway's books.
    pub async fn ledger(&self) -> Value {
        self.read("/_sim/ledger").await
    }

    /// From now on pages pay themselves, so many simulated milliseconds after they were opened.
    pub async fn autopay(&self, delay_ms: u32) {
        let body = json!({ "enabled": true, "method": "qris", "delay_ms": delay_ms });
        self.set("autopay", body).await;
    }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(rows) => rows,
        other => panic!("not a list: {other}"),
    }
}
