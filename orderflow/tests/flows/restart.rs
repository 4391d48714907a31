//! An orderly stop in the middle of everything, and a start on the same data.

use futures::future::join_all;
use testkit::{order, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_orders_go_on_after_a_restart() {
    let stack = crate::start().await;
    stack.autopay(200).await;
    let body = order();
    let ids = join_all((0..40).map(|_| stack.create_id(&body))).await;
    let stack = stack.restart().await;
    for id in &ids {
        stack.order_becomes_within(stack.patience(), id, "paid").await;
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_and_a_page_from_before_a_restart_still_lead_to_payment() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let page = stack.page(&id).await;
    let chosen = stack.pay(&id, "bca_va", "pending").await;
    let (transaction, number) =
        (text(&chosen, "/transaction_id"), text(&chosen, "/account_number"));
    testkit::until("the number is known", async || {
        let payment = stack.payment_of(&id).await;
        if payment["instructions"][0]["number"] == number { Ok(()) } else { Err(payment) }
    })
    .await;
    let stack = stack.restart().await;
    assert_eq!(stack.page(&id).await, page);
    let link = stack.get(&format!("/pay/{id}")).await.expect(200);
    assert!(link.text.contains(&page.url), "{}", link.text);
    stack.act(&transaction, "settle").await;
    stack.order_becomes(&id, "paid").await;
    assert_eq!(stack.told(&id, 2).await, ["pending", "paid"]);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finished_order_is_not_touched_by_restarts() {
    let mut stack = crate::start().await;
    stack.autopay(0).await;
    let id = stack.create_id(&order()).await;
    stack.order_becomes(&id, "paid").await;
    testkit::invariants::check(&stack, testkit::invariants::Expected::default()).await;
    let before = (stack.order(&id).await, stack.notifications(&id).await);
    for _ in 0..3 {
        stack = stack.restart().await;
    }
    assert_eq!((stack.order(&id).await, stack.notifications(&id).await), before);
    stack.finish().await;
}
