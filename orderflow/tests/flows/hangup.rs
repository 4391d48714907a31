//! Clients that hang up: at any byte, nothing is half done and nothing stays open.

use crate::Stack;
use futures::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{Raw, changed, order, post_order, text};

const CLIENTS: usize = 200;

fn body(n: usize) -> Value {
    changed(order(), "/metadata", json!({ "client": n.to_string() }))
}

/// Half of the clients send everything and hang up at once; the others after a part of it.
async fn hang_up(stack: &Stack, n: usize) {
    let request = post_order(&format!("hangup-{n}"), &body(n).to_string());
    let at = if n.is_multiple_of(2) { request.len() } else { request.len() * n / CLIENTS };
    let mut raw = Raw::connect(stack.address).await;
    raw.send_as_far_as_possible(&request[..at]).await;
    drop(raw);
}

async fn orders_by_client(stack: &Stack) -> BTreeMap<String, Vec<Value>> {
    let mut found = BTreeMap::<String, Vec<Value>>::new();
    for order in stack.all("/v1/orders?").await {
        found.entry(text(&order, "/metadata/client")).or_default().push(order);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_leaves_a_whole_order_or_none() {
    let stack = crate::start().await;
    join_all((0..CLIENTS).map(|n| hang_up(&stack, n))).await;
    let retries = (0..CLIENTS).map(|n| {
        let stack = &stack;
        async move { stack.place(&format!("hangup-{n}"), body(n).to_string()).await }
    });
    let answers = join_all(retries).await;
    let orders = orders_by_client(&stack).await;
    assert_eq!(orders.len(), CLIENTS);
    for (n, answer) in answers.into_iter().enumerate() {
        let told = answer.expect(201).json();
        let [stored] = orders[&n.to_string()].as_slice() else {
            panic!("client {n} has {} orders", orders[&n.to_string()].len())
        };
        for field in ["id", "lines", "customer", "total_amount", "created_at"] {
            assert_eq!(stored[field], told[field], "client {n}: {field}");
        }
    }
    for order in stack.all("/v1/orders?").await {
        stack.order_becomes(&text(&order, "/id"), "awaiting_payment").await;
    }
    stack.finish().await;
}

/// Without a retry: whatever was stored is whole, and goes its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_of_clients_that_never_come_back_are_whole() {
    let stack = crate::start().await;
    join_all((0..CLIENTS).map(|n| hang_up(&stack, n))).await;
    for (client, orders) in orders_by_client(&stack).await {
        assert_eq!(orders.len(), 1, "client {client}");
        stack.order_becomes(&text(&orders[0], "/id"), "awaiting_payment").await;
    }
    stack.finish().await;
}

/// Reads, callbacks and half-open connections: none of them may hold a place for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_and_broken_connections_do_not_keep_others_out() {
    let stack = crate::start().await;
    let silent = join_all((0..100).map(|_| Raw::connect(stack.address))).await;
    let requests = [
        "GET /v1/orders HTTP/1.1\r\nhost: test\r\n\r\n",
        "GET /v1/orders HTTP/1.1\r\nhost: te",
        "POST /webhooks/midtrans HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{",
    ];
    for n in 0..90 {
        let mut raw = Raw::connect(stack.address).await;
        raw.send(requests[n % requests.len()].as_bytes()).await;
    }
    let id = stack.create_id(&order()).await;
    stack.order_becomes(&id, "awaiting_payment").await;
    drop(silent);
    stack.finish().await;
}
