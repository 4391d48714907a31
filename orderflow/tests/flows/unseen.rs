//! What nobody told us: done in the gateway's dashboard, or while every callback was lost. It is found by
//! asking, ends as if it had been told, and goes back once.

use crate::Stack;
use orderflow::config::SIMULATOR_KEY;
use serde_json::{Value, json};
use testkit::{TOTAL, order, text, unique, until};

/// Whether the gateway's callbacks arrive.
async fn callbacks_arrive(stack: &Stack, arrive: bool) {
    let switches = if arrive { json!([]) } else { json!([{ "fault": "drop" }]) };
    stack.set("faults", switches).await;
}

/// Somebody gives money back in the dashboard, which chooses a key of its own.
async fn refunds_elsewhere(stack: &Stack, transaction: &str, amount: i64) {
    let path = format!("/v2/{transaction}/refund");
    let url = format!("{}{path}", stack.base(&path));
    let body = json!({ "refund_key": unique().to_string(), "amount": amount, "reason": "x" });
    let http = reqwest::Client::builder().tls_backend_rustls().no_proxy().build().unwrap();
    let call = http.post(url).basic_auth(SIMULATOR_KEY, Some("")).json(&body);
    let answer = call.send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(answer["status_code"], "200", "{answer}");
}

async fn asks_back(stack: &Stack, order: &str) {
    stack.refund(order, &json!({})).await.expect(202);
}

async fn asks_now(stack: &Stack, order: &str) {
    let payment = text(&stack.payment_of(order).await, "/id");
    stack.ask(&format!("/v1/payments/{payment}/sync"), &json!({})).await.expect(202);
}

async fn paid(stack: &Stack, method: &str) -> (String, String) {
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, method, "settle").await, "/transaction_id");
    stack.order_becomes(&id, "paid").await;
    (id, transaction)
}

async fn holds(stack: &Stack) -> i64 {
    stack.ledger().await["net_amount"].as_i64().unwrap()
}

async fn is_done(stack: &Stack, order: &str, told: &[&str]) {
    assert_eq!(stack.told(order, told.len()).await, told);
    assert_eq!(stack.read("/v1/operator-items").await["data"], json!([]), "no hand is needed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_dashboard_gave_back_does_not_go_back_again() {
    let stack = crate::start().await;
    for elsewhere in [TOTAL, 60_000] {
        let (id, transaction) = paid(&stack, "gopay").await;
        callbacks_arrive(&stack, false).await;
        refunds_elsewhere(&stack, &transaction, elsewhere).await;
        asks_back(&stack, &id).await;
        callbacks_arrive(&stack, true).await;
        stack.order_becomes(&id, "refunded").await;
        assert_eq!(holds(&stack).await, 0);
        // With the part, if that was seen by itself, there is a message more.
        let told = stack.told(&id, stack.payment_moves(&id).await.len()).await;
        assert_eq!((told[0].as_str(), told.last().unwrap().as_str()), ("pending", "refunded"));
        assert!(!told.contains(&"refund_manual_required".to_owned()), "{told:?}");
    }
    assert_eq!(stack.read("/v1/operator-items").await["data"], json!([]), "no hand is needed");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_that_came_and_went_unseen_is_believed() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "gopay", "pending").await, "/transaction_id");
    let payment = text(&stack.payment_of(&id).await, "/id");
    until("its callback was heard", async || {
        let heard = stack.callbacks(&payment).await;
        let confirmed = heard.iter().any(|callback| callback["verdict"] == "confirmed");
        if confirmed { Ok(()) } else { Err(json!(heard)) }
    })
    .await;
    callbacks_arrive(&stack, false).await;
    stack.act(&transaction, "settle").await;
    refunds_elsewhere(&stack, &transaction, TOTAL).await;
    asks_now(&stack, &id).await;
    stack.order_becomes(&id, "refunded").await;
    callbacks_arrive(&stack, true).await;
    is_done(&stack, &id, &["pending", "refunded"]).await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reversal_is_told_although_another_try_waits() {
    let stack = crate::start().await;
    stack.set("faults", json!([{ "fault": "settle_twice", "ms": 3_600_000 }])).await;
    let (id, transaction) = paid(&stack, "permata_va").await;
    callbacks_arrive(&stack, true).await;
    stack.act(&transaction, "reverse").await;
    stack.order_becomes(&id, "payment_reversed").await;
    assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "reversed"]);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_after_a_failure_is_kept_and_a_failed_order_can_be_called_off() {
    let stack = crate::start().await;
    for pays in [true, false] {
        let id = stack.create_id(&order()).await;
        let first = stack.pay(&id, "qris", "pending").await;
        stack.act(&text(&first, "/transaction_id"), "fail").await;
        stack.order_becomes(&id, "payment_failed").await;
        if pays {
            stack.pay(&id, "gopay", "settle").await;
            stack.order_becomes(&id, "paid").await;
        } else {
            stack.ask(&format!("/v1/orders/{id}/cancel"), &json!({})).await.expect(202);
            stack.order_becomes(&id, "cancelled").await;
        }
    }
    assert_eq!(holds(&stack).await, TOTAL, "it is the order's");
    stack.finish().await;
}
