//! Payments that do not go straight: denied, expired, held, taken back, late.

use serde_json::json;
use testkit::{order, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denied_customer_pays_again_on_the_same_page() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "credit_card", "deny").await;
    stack.order_becomes(&id, "payment_failed").await;
    let link = stack.get(&format!("/pay/{id}")).await;
    assert_eq!(link.status, 303, "a denied customer may try again");
    stack.pay(&id, "qris", "settle").await;
    let paid = stack.order_becomes(&id, "paid").await;
    assert_eq!(paid["payment"]["method"], "qris");
    let told = stack.told(&id, 3).await;
    assert_eq!((told[0].as_str(), told[1].as_str()), ("pending", "denied"));
    assert_eq!(told.last().map(String::as_str), Some("paid"));
    let payment = text(&stack.payment_of(&id).await, "/id");
    let [attempt] = stack.attempts(&payment).await.try_into().unwrap();
    assert_eq!(attempt["transactions"].as_array().unwrap().len(), 2);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_payment_that_is_paid_late_goes_back_by_hand_if_it_must() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "bca_va", "pending").await, "/transaction_id");
    stack.act(&transaction, "expire").await;
    stack.order_becomes(&id, "expired").await;
    let page = stack.get(&format!("/pay/{id}")).await.expect(200);
    assert!(page.text.contains("Waktu pembayaran habis"), "{}", page.text);
    stack.act(&transaction, "settle_late").await;
    stack.order_becomes(&id, "refund_manual_required").await;
    let told = stack.told(&id, 4).await;
    assert_eq!(told, ["pending", "expired", "paid", "refund_manual_required"]);
    stack.finish().await;
}

/// Nobody asks for it: the simulator's clock runs past the deadline, and its callback tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_expires_by_itself() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "qris", "pending").await;
    let jump = json!({ "advance_seconds": 25 * 3600 }).to_string();
    let json = [("content-type", "application/json")];
    stack.send(reqwest::Method::PUT, "/_sim/clock", &json, jump).await.expect(200);
    stack.order_becomes(&id, "expired").await;
    stack.finish().await;
}

/// B24
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenged_card_is_not_paid_until_it_is_accepted() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "credit_card", "pending").await, "/transaction_id");
    stack.act(&transaction, "challenge").await;
    stack.order_becomes(&id, "on_hold").await;
    let page = stack.get(&format!("/pay/{id}")).await.expect(200);
    assert!(page.text.contains("sedang ditinjau"), "{}", page.text);
    assert_eq!(stack.told(&id, 2).await, ["pending", "challenged"]);
    stack.act(&transaction, "accept").await;
    stack.order_becomes(&id, "paid").await;
    assert_eq!(stack.told(&id, 3).await, ["pending", "challenged", "paid"]);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenged_card_that_is_denied_is_not_paid() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "credit_card", "pending").await, "/transaction_id");
    stack.act(&transaction, "challenge").await;
    stack.order_becomes(&id, "on_hold").await;
    stack.act(&transaction, "deny").await;
    stack.order_becomes(&id, "payment_failed").await;
    stack.finish().await;
}

/// F82
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settlement_that_is_taken_back_is_told() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "permata_va", "settle").await, "/transaction_id");
    stack.order_becomes(&id, "paid").await;
    stack.act(&transaction, "reverse").await;
    stack.order_becomes(&id, "payment_reversed").await;
    assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "reversed"]);
    stack.finish().await;
}

/// A card is captured, which is paid, and settles the next day, which is no news to anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_card_that_settles_is_told_once() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "credit_card", "settle").await, "/transaction_id");
    stack.order_becomes(&id, "paid").await;
    stack.act(&transaction, "settle").await;
    testkit::until("the settlement is seen", async || {
        let payment = text(&stack.payment_of(&id).await, "/id");
        let attempts = stack.attempts(&payment).await;
        let seen = &attempts[0]["transactions"][0]["status"];
        if *seen == "settlement" { Ok(()) } else { Err(seen.clone()) }
    })
    .await;
    assert_eq!(stack.told(&id, 2).await, ["pending", "paid"]);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_payment_cancels_the_order() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, "bri_va", "pending").await, "/transaction_id");
    stack.act(&transaction, "cancel").await;
    stack.order_becomes(&id, "cancelled").await;
    assert_eq!(stack.told(&id, 2).await, ["pending", "cancelled"]);
    stack.finish().await;
}
