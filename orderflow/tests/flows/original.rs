//! The verification steps of the project that this one takes up: create an order, the payment
//! exists, the notification is stored, and the queues, their rates and consumers can be seen.

use testkit::{order, text, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_original_verification_steps_hold() {
    let stack = crate::start().await;
    stack.autopay(0).await;
    // 1. An order is created.
    let created = stack.create(&order()).await;
    let id = text(&created, "/id");
    // 2. The payment exists, for that order and its total.
    let payment = stack.payment_of(&id).await;
    assert_eq!(payment["order_id"], id.as_str());
    assert_eq!(payment["amount"], created["total_amount"]);
    stack.order_becomes(&id, "paid").await;
    // 3. The notification is stored, addressed to the customer.
    let stored = until("a notification is stored", async || {
        let stored = stack.notifications(&id).await;
        if stored.is_empty() { Err("none") } else { Ok(stored) }
    })
    .await;
    assert!(stored.iter().all(|message| message["order_id"] == id.as_str()), "{stored:?}");
    // 4. Queues, rates and consumers are seen.
    crate::sees_the_queues(&stack).await;
    stack.finish().await;
}
