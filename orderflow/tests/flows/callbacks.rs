//! True callbacks, as often and in whatever order they come (reference: reliability.md B22, B23,
//! F76 to F80, F88).

use crate::Stack;
use futures::stream::{self, StreamExt};
use serde_json::Value;
use testkit::{Callback, order, text};

async fn ids(stack: &Stack, outcome: &str) -> (String, String, String, String) {
    let id = stack.create_id(&order()).await;
    let paid = stack.pay(&id, "qris", outcome).await;
    let payment = text(&stack.payment_of(&id).await, "/id");
    (id, text(&paid, "/order_id"), text(&paid, "/transaction_id"), payment)
}

/// Sends a body so often, so many at once; every answer must be 200.
async fn storm(stack: &Stack, body: &str, times: usize, at_once: usize) {
    let send = |_| stack.call_back_at("/webhooks/midtrans", body.to_owned());
    let answers: Vec<_> =
        stream::iter(0..times).map(send).buffer_unordered(at_once).collect().await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

fn row<'a>(callbacks: &'a [Value], status: &str, times: u64) -> &'a Value {
    let found = callbacks.iter().find(|c| c["status"] == status && c["times"] == times);
    found.unwrap_or_else(|| panic!("no {status} that came {times} times: {callbacks:?}"))
}

/// B22
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b22_a_settlement_that_comes_a_hundred_times_counts_once() {
    let stack = crate::start().await;
    let (id, attempt, transaction, payment) = ids(&stack, "settle").await;
    let again = Callback::new(&attempt, &transaction, "settlement");
    storm(&stack, &again.body(), 100, 20).await;
    stack.order_becomes(&id, "paid").await;
    let callbacks = stack.callbacks(&payment).await;
    assert_eq!(row(&callbacks, "settlement", 100)["verdict"], "confirmed");
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid"]);
    let news = stack.facts("payment", &id).await;
    let news = news.iter().filter(|fact| *fact == "gateway_told").count();
    assert!((1..=2).contains(&news), "one transaction moved {news} times");
    assert_eq!(stack.told(&id, 2).await, ["pending", "paid"]);
    stack.finish().await;
}

/// The very bytes that the gateway sent, again and again, before and after they were worked on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_equal_callbacks_is_one_callback() {
    let stack = crate::start().await;
    let (id, attempt, _, payment) = ids(&stack, "settle").await;
    stack.order_becomes(&id, "paid").await;
    let sent = stack.deliveries(Some(&attempt)).await;
    let settled = sent.iter().find(|d| d["transaction_status"] == "settlement").unwrap();
    storm(&stack, &settled["body"].to_string(), 50, 50).await;
    let callbacks = stack.callbacks(&payment).await;
    assert_eq!(row(&callbacks, "settlement", 51)["verdict"], "confirmed");
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid"]);
    stack.finish().await;
}

/// B23
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b23_a_pending_after_the_settlement_is_stale() {
    let stack = crate::start().await;
    let (id, attempt, transaction, payment) = ids(&stack, "settle").await;
    stack.order_becomes(&id, "paid").await;
    stack.told(&id, 2).await;
    let late = Callback::new(&attempt, &transaction, "pending");
    storm(&stack, &late.body(), 3, 1).await;
    let callbacks = stack.callbacks(&payment).await;
    assert_eq!(row(&callbacks, "pending", 3)["verdict"], "stale");
    assert_eq!(stack.order(&id).await["status"], "paid");
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid"]);
    stack.finish().await;
}

/// F80: an old settlement replayed after the money was taken back does not pay again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settlement_replayed_after_its_reversal_does_not_pay_again() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let paid = stack.pay(&id, "permata_va", "settle").await;
    stack.order_becomes(&id, "paid").await;
    let attempt = text(&paid, "/order_id");
    let sent = stack.deliveries(Some(&attempt)).await;
    let settled = sent.iter().find(|d| d["transaction_status"] == "settlement").unwrap();
    stack.act(&text(&paid, "/transaction_id"), "reverse").await;
    stack.order_becomes(&id, "payment_reversed").await;
    storm(&stack, &settled["body"].to_string(), 20, 5).await;
    let payment = text(&stack.payment_of(&id).await, "/id");
    let callbacks = stack.callbacks(&payment).await;
    assert_eq!(row(&callbacks, "settlement", 21)["verdict"], "stale");
    assert_eq!(stack.order(&id).await["status"], "payment_reversed");
    stack.finish().await;
}

/// F88: no redirect, whichever way the address was written in the dashboard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_forms_of_the_address_take_callbacks() {
    let stack = crate::start().await;
    let (id, attempt, transaction, payment) = ids(&stack, "settle").await;
    let body = Callback::new(&attempt, &transaction, "settlement").body();
    for path in ["/webhooks/midtrans", "/webhooks/midtrans/"] {
        stack.call_back_at(path, body.clone()).await.expect(200);
    }
    // Whatever the header says: the gateway's type is not ours to choose.
    let text = [("content-type", "text/plain")];
    let post = reqwest::Method::POST;
    stack.send(post.clone(), "/webhooks/midtrans", &text, body.clone()).await.expect(200);
    stack.send(post, "/webhooks/midtrans/", &[], body).await.expect(200);
    row(&stack.callbacks(&payment).await, "settlement", 4);
    stack.order_becomes(&id, "paid").await;
    stack.finish().await;
}

/// F78: the settlement is heard of first, and what came before it comes last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_in_any_order_end_in_the_same_state() {
    let stack = crate::start().await;
    let (id, attempt, transaction, _) = ids(&stack, "settle").await;
    for status in ["settlement", "pending", "settlement", "pending", "expire", "deny", "cancel"] {
        let callback = Callback::new(&attempt, &transaction, status);
        stack.call_back(&callback).await.expect(200);
    }
    stack.order_becomes(&id, "paid").await;
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid"]);
    stack.finish().await;
}
