//! `orderflow why` of orders that did not go straight: who asked, what the gateway was asked and said,
//! which event told it to whom, and which mail the customer got.

use crate::Stack;
use crate::letters::run;
use serde_json::{Value, json};
use testkit::{order, text, until};

/// A line has all of these words, in this order.
fn has(line: &str, words: &[&str]) -> bool {
    let mut rest = line;
    words.iter().all(|word| match rest.find(word) {
        Some(at) => {
            rest = &rest[at + word.len()..];
            true
        }
        None => false,
    })
}

/// `why` tells all of these lines; a call to the gateway is noted up to a second after it was made.
async fn tells(stack: &Stack, order: &str, wanted: &[&[&str]]) {
    let told = until(&format!("the story of {order} is whole"), async || {
        let ended = run(stack, &["why", order]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let missing = wanted.iter().find(|words| !ended.stdout.lines().any(|l| has(l, words)));
        match missing {
            None => Ok(ended.stdout),
            Some(words) => Err(format!("no line has {words:?}:\n{}", ended.stdout)),
        }
    })
    .await;
    for secret in ["budi@example.com", "+6281234567890", "Budi Santoso"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

/// Who caused the latest fact of this name in a service, as `why --json` tells.
async fn actor(stack: &Stack, order: &str, what: (&str, &str)) -> String {
    let ended = run(stack, &["why", order, "--json"]).await;
    let story: Value = serde_json::from_str(&ended.stdout).unwrap();
    let services = story["services"].as_array().unwrap();
    let service = services.iter().find(|service| service["service"] == what.0).unwrap();
    let facts = service["timeline"].as_array().unwrap();
    let fact = facts.iter().rfind(|fact| fact["what"] == what.1);
    text(fact.unwrap_or_else(|| panic!("no {what:?}: {story}")), "/actor")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_tells_a_refund() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "gopay", "settle").await, "/transaction_id");
    stack.order_becomes(&id, "paid").await;
    stack.refund(&id, &json!({ "reason": "barang rusak" })).await.expect(202);
    stack.order_becomes(&id, "refunded").await;
    stack.told(&id, 3).await;
    tells(
        &stack,
        &id,
        &[
            &["Status   refunded   payment refunded by gopay"],
            &["Gateway  order_id", "refund by gopay, transaction", transaction.as_str()],
            &["payment ", "◆ money is to go back (asked)"],
            &["midtrans ", "⇄ refund", transaction.as_str(), "done"],
            &["payment ", "◆ refund: taken"],
            &["payment ", "● refund.requested", "confirmed after", "heard by notification after"],
            &["payment ", "the gateway says refund by gopay; payment paid → refunded"],
            &["payment ", "● payment.status.updated", "heard by order after", "notification after"],
            &["midtrans ", "⇠ callback refund", "confirmed"],
            &["order ", "◆ paid → refunded"],
            &["notification ", "✉ message «refunded» sent"],
        ],
    )
    .await;
    assert_eq!(actor(&stack, &id, ("payment", "refund_asked")).await, "api");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_tells_a_reversal() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "permata_va", "settle").await, "/transaction_id");
    stack.order_becomes(&id, "paid").await;
    stack.act(&transaction, "reverse").await;
    stack.order_becomes(&id, "payment_reversed").await;
    stack.told(&id, 3).await;
    tells(
        &stack,
        &id,
        &[
            &["Status   payment_reversed   payment reversed by"],
            &["Gateway  order_id", "deny by", transaction.as_str()],
            &["midtrans ", "⇠ callback settlement"],
            &["midtrans ", "⇠ callback deny", "confirmed"],
            &["midtrans ", "⇄ status", "done: deny"],
            &["payment ", "the gateway says deny by", "; payment paid → reversed"],
            &["payment ", "● payment.status.updated", "heard by order after", "notification after"],
            &["order ", "◆ paid → payment_reversed"],
            &["notification ", "✉ message «reversed» sent"],
        ],
    )
    .await;
    let look = actor(&stack, &id, ("payment", "gateway_told")).await;
    assert_eq!(look, "gateway.check_status", "nobody here wanted it");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_tells_a_cancellation() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.order_becomes(&id, "awaiting_payment").await;
    let transaction = text(&stack.pay(&id, "bca_va", "pending").await, "/transaction_id");
    let cancel = format!("/v1/orders/{id}/cancel");
    stack.ask(&cancel, &json!({ "reason": "berubah pikiran" })).await.expect(202);
    stack.order_becomes(&id, "cancelled").await;
    stack.told(&id, 2).await;
    tells(
        &stack,
        &id,
        &[
            &["Status   cancelled   payment cancelled"],
            &["Gateway  order_id", "cancel by", transaction.as_str()],
            &["order ", "◆ somebody asked to cancel the order"],
            &["order ", "● order.cancel.requested", "heard by payment after"],
            &["payment ", "◆ the payment is to be called off"],
            &["midtrans ", "⇄ cancel", transaction.as_str(), "done"],
            &["payment ", "the gateway says cancel by", "; payment pending → cancelled"],
            &["payment ", "● payment.status.updated", "heard by order after", "notification after"],
            &["order ", "◆ awaiting_payment → cancelled"],
            &["notification ", "✉ message «cancelled» sent"],
        ],
    )
    .await;
    assert_eq!(actor(&stack, &id, ("order", "order_cancel_requested")).await, "api");
    stack.finish().await;
}
