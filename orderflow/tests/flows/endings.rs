//! Every order reaches its right end: called off, given back, taken back, paid late or twice. After
//! each the gateway's books and ours say the same.

use crate::Stack;
use serde_json::json;
use testkit::{TOTAL, order, text, until};

async fn cancel(stack: &Stack, order: &str, refund_if_paid: bool) -> testkit::Answer {
    let body = json!({ "refund_if_paid": refund_if_paid, "reason": "berubah pikiran" });
    stack.ask(&format!("/v1/orders/{order}/cancel"), &body).await
}

/// What the gateway holds for us, by its own books.
async fn holds(stack: &Stack) -> i64 {
    let ledger = stack.ledger().await;
    assert_eq!(ledger["balanced"], true, "{ledger}");
    ledger["net_amount"].as_i64().unwrap()
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
    stack.refund(&id, &json!({ "amount": 60_000, "reason": "satu rusak" })).await.expect(202);
    stack.order_becomes(&id, "partially_refunded").await;
    assert_eq!(holds(&stack).await, TOTAL - 60_000);
    let more = stack.refund(&id, &json!({ "amount": TOTAL - 59_999 })).await;
    assert_eq!(more.status, 422, "{more:?}");
    stack.refund(&id, &json!({})).await.expect(202);
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
    stack.refund(&id, &json!({})).await.expect(202);
    stack.order_becomes(&id, "refund_manual_required").await;
    let item = stack.operator_items().await.remove(0);
    assert_eq!((&item["kind"], &item["order_id"]), (&json!("refund_manual"), &json!(id)));
    let path = format!("/v1/operator-items/{}/resolve", text(&item, "/id"));
    stack.ask(&path, &json!({ "note": "BCA, 14:02", "by": "ani" })).await.expect(204);
    stack.order_becomes(&id, "refunded").await;
    assert!(stack.operator_items().await.is_empty());
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

/// The bank books a customer's payment a second time, as an hour later.
async fn paid_twice(stack: &Stack, method: &str) -> String {
    let later = 3_600_000;
    stack.set("faults", json!([{ "fault": "settle_twice", "ms": later }])).await;
    let id = stack.create_id(&order()).await;
    let first = stack.pay(&id, method, "settle").await;
    stack.order_becomes(&id, "paid").await;
    let both = stack.transactions(Some(&stack.page(&id).await.attempt)).await;
    let twin = both.iter().find(|t| t["transaction_id"] != first["transaction_id"]).unwrap();
    stack.act(&text(twin, "/transaction_id"), "settle").await;
    stack.set("faults", json!([])).await;
    id
}

/// The text of the message of that name, of which there is one.
async fn reads(stack: &Stack, order: &str, template: &str) -> String {
    let messages = stack.notifications(order).await;
    let mut named = messages.iter().filter(|message| message["template"] == template);
    let (Some(message), None) = (named.next(), named.next()) else { panic!("{messages:?}") };
    let whole = stack.read(&format!("/v1/notifications/{}", text(message, "/id"))).await;
    text(&whole, "/text")
}

/// What the customer of a second payment reads: paid, and that the second goes back; the order stays paid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_pays_twice_reads_that_the_second_payment_goes_back() {
    let stack = crate::start().await;
    for (n, method) in (1..).zip(["gopay", "qris"]) {
        let id = paid_twice(&stack, method).await;
        assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "paid_twice"]);
        assert!(reads(&stack, &id, "paid").await.contains("sudah dikonfirmasi"));
        let told = reads(&stack, &id, "paid_twice").await;
        assert!(told.contains("sebesar Rp185.000 kami kembalikan kepada Anda"), "{told}");
        until("one of both payments goes back", async || {
            let held = holds(&stack).await;
            if held == n * TOTAL { Ok(()) } else { Err(held) }
        })
        .await;
        assert_eq!(stack.order(&id).await["status"], "paid");
        let heard = stack.facts("order", &id).await;
        assert!(
            !heard.contains(&"payment_noted".to_owned()),
            "it is no news of the order: {heard:?}"
        );
    }
    assert!(stack.operator_items().await.is_empty());
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_pays_twice_by_transfer_is_given_it_back_by_hand() {
    let stack = crate::start().await;
    let id = paid_twice(&stack, "bca_va").await;
    assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "paid_twice"]);
    let told = reads(&stack, &id, "paid_twice").await;
    assert!(told.contains("Rp185.000") && told.contains("transfer secara manual"), "{told}");
    let item = stack.operator_items().await.remove(0);
    assert_eq!((&item["kind"], &item["order_id"]), (&json!("refund_manual"), &json!(id)));
    let path = format!("/v1/operator-items/{}/resolve", text(&item, "/id"));
    stack.ask(&path, &json!({ "note": "BCA, 14:02", "by": "ani" })).await.expect(204);
    assert!(stack.operator_items().await.is_empty());
    assert_eq!(stack.order(&id).await["status"], "paid", "the first payment stays");
    assert_eq!(holds(&stack).await, 2 * TOTAL, "it went another way than through the gateway");
    assert_eq!(stack.notifications(&id).await.len(), 3);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reversal_is_told_and_put_before_a_person() {
    let stack = crate::start().await;
    stack.set("faults", json!([{ "fault": "reverse", "ms": 2000 }])).await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "permata_va", "settle").await;
    stack.order_becomes(&id, "payment_reversed").await;
    let kinds: Vec<String> =
        stack.operator_items().await.iter().map(|item| text(item, "/kind")).collect();
    assert_eq!(kinds, ["reversed"]);
    assert_eq!(holds(&stack).await, 0);
    stack.set("faults", json!([])).await;
    stack.finish().await;
}

/// A card payment that fraud detection holds, and what a person decides about it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_payment_is_decided_by_a_person() {
    let stack = crate::start().await;
    stack.set("faults", json!([{ "fault": "challenge" }])).await;
    for (verb, end, told) in [("approve", "paid", "paid"), ("deny", "payment_failed", "denied")] {
        let id = stack.create_id(&order()).await;
        stack.pay(&id, "credit_card", "settle").await;
        stack.order_becomes(&id, "on_hold").await;
        let item = stack.operator_items().await.remove(0);
        assert_eq!((&item["kind"], &item["order_id"]), (&json!("challenge"), &json!(id)));
        let path = |verb: &str| format!("/v1/operator-items/{}/{verb}", text(&item, "/id"));
        let why = json!({ "note": "known customer", "by": "ani" });
        stack.ask(&path("resolve"), &why).await.problem(409, "conflict");
        let decided = stack.ask(&path(verb), &why).await.expect(202).json();
        assert_eq!(decided["review"], verb);
        stack.order_becomes(&id, end).await;
        assert!(stack.operator_items().await.is_empty());
        assert_eq!(stack.told(&id, 3).await, ["pending", "challenged", told]);
        assert_eq!(holds(&stack).await, TOTAL, "of the one that was approved");
    }
    stack.set("faults", json!([])).await;
    stack.finish().await;
}

/// A refund that the provider refuses inside a success.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_is_refused_is_put_before_a_person() {
    let stack = crate::start().await;
    stack.set("faults", json!([{ "fault": "refund_refused" }])).await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "gopay", "settle").await;
    stack.order_becomes(&id, "paid").await;
    stack.refund(&id, &json!({})).await.expect(202);
    stack.order_becomes(&id, "refund_manual_required").await;
    assert_eq!(holds(&stack).await, TOTAL);
    stack.set("faults", json!([])).await;
    stack.finish().await;
}
