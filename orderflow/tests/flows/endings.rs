//! Every order reaches its right end: called off, given back, taken back, paid late or twice. After
//! each the gateway's books and ours say the same.

use crate::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{TOTAL, order, text, unique};

async fn post(stack: &Stack, path: &str, body: &Value) -> testkit::Answer {
    let key = unique().to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
    stack.send(Method::POST, path, &headers, body.to_string()).await
}

async fn cancel(stack: &Stack, order: &str, refund_if_paid: bool) -> testkit::Answer {
    let body = json!({ "refund_if_paid": refund_if_paid, "reason": "berubah pikiran" });
    post(stack, &format!("/v1/orders/{order}/cancel"), &body).await
}

async fn refund(stack: &Stack, order: &str, body: Value) -> testkit::Answer {
    let payment = text(&stack.payment_of(order).await, "/id");
    post(stack, &format!("/v1/payments/{payment}/refunds"), &body).await
}

async fn switch(stack: &Stack, switches: Value) {
    let json = [("content-type", "application/json")];
    stack.send(Method::PUT, "/_sim/faults", &json, switches.to_string()).await.expect(200);
}

/// What the gateway holds for us, by its own books.
async fn holds(stack: &Stack) -> i64 {
    let ledger = stack.ledger().await;
    assert_eq!(ledger["balanced"], true, "{ledger}");
    ledger["net_amount"].as_i64().unwrap()
}

async fn items(stack: &Stack) -> Vec<Value> {
    stack.read("/v1/operator-items").await["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_called_off_before_and_after_a_method_was_chosen() {
    let stack = crate::start().await;
    for chosen in [false, true] {
        let id = stack.create_id(&order()).await;
        stack.order_becomes(&id, "awaiting_payment").await;
        if chosen {
            stack.pay(&id, "bca_va", "pending").await;
        }
        let asked = cancel(&stack, &id, false).await.expect(202).json();
        assert_eq!(asked["status"], "awaiting_payment", "the gateway has the last word");
        stack.order_becomes(&id, "cancelled").await;
        assert_eq!(stack.told(&id, 2).await, ["pending", "cancelled"]);
        cancel(&stack, &id, false).await.problem(409, "conflict");
    }
    assert_eq!(holds(&stack).await, 0);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_order_is_not_called_off_but_given_back_if_that_is_asked() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "gopay", "settle").await;
    stack.order_becomes(&id, "paid").await;
    cancel(&stack, &id, false).await.problem(409, "conflict");
    assert_eq!(holds(&stack).await, TOTAL);
    cancel(&stack, &id, true).await.expect(202);
    stack.order_becomes(&id, "refunded").await;
    assert_eq!(holds(&stack).await, 0);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_go_back_and_more_than_is_left_does_not() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "qris", "settle").await;
    stack.order_becomes(&id, "paid").await;
    refund(&stack, &id, json!({ "amount": 60_000, "reason": "satu rusak" })).await.expect(202);
    stack.order_becomes(&id, "partially_refunded").await;
    assert_eq!(holds(&stack).await, TOTAL - 60_000);
    let more = refund(&stack, &id, json!({ "amount": TOTAL - 59_999 })).await;
    assert_eq!(more.status, 422, "{more:?}");
    refund(&stack, &id, json!({})).await.expect(202);
    stack.order_becomes(&id, "refunded").await;
    assert_eq!(holds(&stack).await, 0);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_goes_back_by_hand() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "bca_va", "settle").await;
    stack.order_becomes(&id, "paid").await;
    refund(&stack, &id, json!({})).await.expect(202);
    stack.order_becomes(&id, "refund_manual_required").await;
    let item = items(&stack).await.remove(0);
    assert_eq!((&item["kind"], &item["order_id"]), (&json!("refund_manual"), &json!(id)));
    let path = format!("/v1/operator-items/{}/resolve", text(&item, "/id"));
    post(&stack, &path, &json!({ "note": "BCA, 14:02", "by": "ani" })).await.expect(204);
    stack.order_becomes(&id, "refunded").await;
    assert!(items(&stack).await.is_empty());
    assert_eq!(holds(&stack).await, TOTAL, "it went another way than through the gateway");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_for_an_order_that_was_called_off_goes_back() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let paid = stack.pay(&id, "gopay", "pending").await;
    cancel(&stack, &id, false).await.expect(202);
    stack.order_becomes(&id, "cancelled").await;
    stack.act(&text(&paid, "/transaction_id"), "settle_late").await;
    stack.order_becomes(&id, "refunded").await;
    assert_eq!(holds(&stack).await, 0);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reversal_is_told_and_put_before_a_person() {
    let stack = crate::start().await;
    switch(&stack, json!([{ "fault": "reverse", "ms": 2000 }])).await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "permata_va", "settle").await;
    stack.order_becomes(&id, "payment_reversed").await;
    let kinds: Vec<String> = items(&stack).await.iter().map(|item| text(item, "/kind")).collect();
    assert_eq!(kinds, ["reversed"]);
    assert_eq!(holds(&stack).await, 0);
    switch(&stack, json!([])).await;
    stack.finish().await;
}

/// A refund that the provider refuses inside a success.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_is_refused_is_put_before_a_person() {
    let stack = crate::start().await;
    switch(&stack, json!([{ "fault": "refund_refused" }])).await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "gopay", "settle").await;
    stack.order_becomes(&id, "paid").await;
    refund(&stack, &id, json!({})).await.expect(202);
    stack.order_becomes(&id, "refund_manual_required").await;
    assert_eq!(holds(&stack).await, TOTAL);
    switch(&stack, json!([])).await;
    stack.finish().await;
}
