//! What the gateway was asked about a payment, and what came of it.

use crate::Stack;
use serde_json::Value;
use testkit::{order, text, until};

/// Each exchange of an order's payment: operation, outcome and detail.
async fn told(stack: &Stack, order: &str) -> Vec<(String, String, Value)> {
    let payment = text(&stack.payment_of(order).await, "/id");
    let list = stack.read(&format!("/v1/payments/{payment}/exchanges")).await;
    let row = |row: &Value| (text(row, "/operation"), text(row, "/outcome"), row["detail"].clone());
    list["data"].as_array().unwrap().iter().map(row).collect()
}

fn is_done(rows: &[(String, String, Value)], operation: &str, detail: &Value) -> bool {
    rows.iter().any(|row| (row.0.as_str(), row.1.as_str(), &row.2) == (operation, "done", detail))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_order_shows_what_the_gateway_was_asked() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.page(&id).await;
    stack.pay(&id, "qris", "settle").await;
    stack.order_becomes(&id, "paid").await;
    until("the exchanges are stored", async || {
        let rows = told(&stack, &id).await;
        let opened = is_done(rows.get(..1).unwrap_or_default(), "create_page", &Value::Null);
        let paid = is_done(&rows, "status", &"settlement".into());
        if opened && paid { Ok(()) } else { Err(format!("{rows:?}")) }
    })
    .await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_loses_no_exchange() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.page(&id).await;
    let stack = stack.restart().await;
    let rows = told(&stack, &id).await;
    assert!(is_done(&rows, "create_page", &Value::Null), "{rows:?}");
    stack.finish().await;
}
