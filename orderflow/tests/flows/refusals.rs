//! A gateway that does not end what it is asked to end (code 412): its word counts, not our wish. What
//! settles meanwhile is paid, and what does not is asked to end again.

use crate::Stack;
use crate::database::{HOUR, change, id};
use orderflow::compose::Part;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TOTAL, order, text, until};

/// A refused call is made again after 15 s and then a minute, give or take a fifth.
const A_RETRY: Duration = Duration::from_secs(100);

/// An order whose customer has a number to pay to.
async fn chosen(stack: &Stack, method: &str) -> (String, String) {
    let id = stack.create_id(&order()).await;
    stack.order_becomes(&id, "awaiting_payment").await;
    let transaction = text(&stack.pay(&id, method, "pending").await, "/transaction_id");
    (id, transaction)
}

/// The gateway says that the transaction's state forbids it.
async fn refuses(stack: &Stack, call: &str) {
    stack.set("faults", json!([{ "fault": "refuse", "call": call, "code": 412 }])).await;
}

/// The gateway was asked, and said so.
async fn was_refused(stack: &Stack, order: &str, call: &str) {
    let refused = (call.to_owned(), "other_state".to_owned());
    until(&format!("{call} is refused"), async || {
        let asked = stack.exchanges(order).await;
        if asked.contains(&refused) { Ok(()) } else { Err(format!("{asked:?}")) }
    })
    .await;
    assert_eq!(stack.order(order).await["status"], "awaiting_payment", "nothing is over");
    assert_eq!(stack.payment_moves(order).await, ["pending"]);
}

async fn call_off(stack: &Stack, order: &str, refund_if_paid: Value) {
    let body = json!({ "refund_if_paid": refund_if_paid, "reason": "berubah pikiran" });
    stack.ask(&format!("/v1/orders/{order}/cancel"), &body).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_cannot_be_called_off_is_what_the_gateway_says() {
    let stack = crate::start().await;
    refuses(&stack, "cancel").await;
    let (kept, pays) = chosen(&stack, "bca_va").await;
    let (returned, pays_too) = chosen(&stack, "gopay").await;
    let (ended, _) = chosen(&stack, "bri_va").await;
    for (order, refund_if_paid) in [(&kept, false), (&returned, true), (&ended, false)] {
        call_off(&stack, order, refund_if_paid.into()).await;
        was_refused(&stack, order, "cancel").await;
    }
    stack.act(&pays, "settle").await;
    stack.act(&pays_too, "settle").await;
    stack.order_becomes(&kept, "paid").await;
    stack.order_becomes(&returned, "refunded").await;
    assert_eq!(stack.ledger().await["net_amount"], json!(TOTAL), "of the one that was kept");
    assert_eq!(stack.order(&ended).await["status"], "awaiting_payment", "it is refused still");
    stack.set("faults", json!([])).await;
    stack.order_becomes_within(A_RETRY, &ended, "cancelled").await;
    assert_eq!(stack.told(&ended, 2).await, ["pending", "cancelled"]);
    assert_eq!(stack.told(&kept, 2).await, ["pending", "paid"]);
    assert_eq!(stack.told(&returned, 3).await, ["pending", "paid", "refunded"]);
    assert_eq!(stack.operator_items().await, Vec::<Value>::new(), "no hand is needed");
    stack.finish().await;
}

/// Its deadline is over, our grace too, and somebody looks at it.
async fn overdue(stack: &Stack, order: &str) {
    let of = id(order);
    let past = format!("UPDATE payments SET due_at = created_at - {HOUR} WHERE order_id = {of}");
    assert_eq!(change(stack, Part::Payment, &past).await, 1);
    let due = format!(
        "UPDATE jobs SET run_at = since WHERE subject = {of} AND kind = 'gateway.end_attempt'"
    );
    assert_eq!(change(stack, Part::Payment, &due).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_cannot_be_expired_is_what_the_gateway_says() {
    let stack = crate::start().await;
    refuses(&stack, "expire").await;
    let (kept, pays) = chosen(&stack, "bca_va").await;
    let (ended, _) = chosen(&stack, "bri_va").await;
    for order in [&kept, &ended] {
        overdue(&stack, order).await;
        was_refused(&stack, order, "expire").await;
    }
    stack.act(&pays, "settle").await;
    stack.order_becomes(&kept, "paid").await;
    stack.set("faults", json!([])).await;
    stack.order_becomes_within(A_RETRY, &ended, "expired").await;
    assert_eq!(stack.told(&ended, 2).await, ["pending", "expired"]);
    assert_eq!(stack.told(&kept, 2).await, ["pending", "paid"]);
    assert_eq!(stack.refunds(&kept).await, Vec::<Value>::new(), "it was in time for the gateway");
    assert_eq!(stack.ledger().await["net_amount"], json!(TOTAL));
    stack.finish().await;
}
