//! The merchant's side of an order: asked for, given back, put before a person, and booked.

use crate::Answer;
use crate::api::{Api, fresh_key, rows, text};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;

impl Api {
    /// `POST` of JSON under a key of its own.
    pub async fn ask(&self, path: &str, body: &Value) -> Answer {
        let key = fresh_key();
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        self.send(Method::POST, path, &headers, body.to_string()).await
    }

    /// Asks for money of an order back.
    pub async fn refund(&self, order: &str, body: &Value) -> Answer {
        let payment = text(&self.payment_of(order).await, "/id");
        self.ask(&format!("/v1/payments/{payment}/refunds"), body).await
    }

    /// What goes back of an order, oldest first.
    pub async fn refunds(&self, order: &str) -> Vec<Value> {
        let payment = text(&self.payment_of(order).await, "/id");
        rows(self.read(&format!("/v1/payments/{payment}/refunds")).await)
    }

    /// What the gateway was asked about an order: operation and outcome, oldest first. Noted up to a
    /// second later.
    pub async fn exchanges(&self, order: &str) -> Vec<(String, String)> {
        let payment = text(&self.payment_of(order).await, "/id");
        let noted = rows(self.read(&format!("/v1/payments/{payment}/exchanges")).await);
        noted.iter().map(|row| (text(row, "/operation"), text(row, "/outcome"))).collect()
    }

    /// What waits for a person.
    pub async fn operator_items(&self) -> Vec<Value> {
        rows(self.read("/v1/operator-items").await)
    }

    /// A person writes what was done about an item.
    pub async fn resolve(&self, item: &Value) {
        let path = format!("/v1/operator-items/{}/resolve", text(item, "/id"));
        let body = serde_json::json!({ "note": "dealt with, 14:02", "by": "ani" });
        self.ask(&path, &body).await.expect(204);
    }

    /// What payment booked of an order, as it was booked. Only of systems with few orders.
    pub async fn journal(&self, order: &str) -> Vec<Value> {
        let page = self.read("/ops/payment/audit?limit=200").await;
        assert_eq!(page["has_more"], false, "too many orders for one page");
        let mut found = rows(page).into_iter().find(|row| row["order_id"] == *order).unwrap();
        match found["journal"].take() {
            Value::Array(lines) => lines,
            other => panic!("no journal: {other}"),
        }
    }

    /// The balance of each account by what payment booked of an order; those at zero are left out.
    pub async fn balances(&self, order: &str) -> BTreeMap<String, i64> {
        let mut balances = BTreeMap::new();
        for line in self.journal(order).await {
            *balances.entry(text(&line, "/account")).or_default() +=
                line["amount"].as_i64().unwrap();
        }
        balances.retain(|_, balance| *balance != 0);
        balances
    }
}
