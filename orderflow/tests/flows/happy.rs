//! An order that is paid: what each side sees of it.

use serde_json::{Value, json};
use testkit::{TOTAL, order, order_in, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_paid_and_its_customer_told_twice() {
    let stack = crate::start().await;
    let created = stack.create(&order()).await;
    let id = text(&created, "/id");
    assert_eq!(created["status"], "pending");
    assert_eq!((&created["total_amount"], &created["currency"]), (&json!(TOTAL), &json!("IDR")));
    assert_eq!(text(&created, "/pay_url"), format!("{}/pay/{id}", stack.base("/pay/")));
    stack.order_becomes(&id, "awaiting_payment").await;
    assert_eq!(stack.told(&id, 1).await, ["pending"]);
    stack.pay(&id, "qris", "settle").await;
    let paid = stack.order_becomes(&id, "paid").await;
    assert_eq!(paid["payment"]["method"], "qris");
    assert_eq!(stack.told(&id, 2).await, ["pending", "paid"]);
    for field in ["id", "customer", "lines", "total_amount", "created_at", "pay_url"] {
        assert_eq!(paid[field], created[field], "{field}");
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_are_told_in_their_language() {
    let stack = crate::start().await;
    let words = [
        ("id", "Menunggu pembayaran", "sudah kami terima"),
        ("en", "is waiting for payment", "We received your payment"),
    ];
    for (locale, waiting, received) in words {
        let id = stack.create_id(&order_in(locale)).await;
        stack.told(&id, 1).await;
        stack.pay(&id, "bca_va", "settle").await;
        stack.told(&id, 2).await;
        let mails = stack.notifications(&id).await;
        let subjects: Vec<String> = mails.iter().map(|m| text(m, "/subject")).collect();
        assert!(subjects[0].contains(waiting), "{subjects:?}");
        assert!(subjects[1].contains(received), "{subjects:?}");
        let path = format!("/v1/notifications/{}", text(&mails[0], "/id"));
        let whole = stack.read(&path).await;
        assert_eq!(whole["recipient"], "budi@example.com");
        for part in ["text", "html"] {
            // In HTML a slash may be written as an entity.
            let words = text(&whole, &format!("/{part}")).replace("&#x2f;", "/");
            assert!(words.contains(&format!("/pay/{id}")), "{words}");
            assert!(words.contains("Budi Santoso") && words.contains("185.000"), "{words}");
        }
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_tells_its_part_of_the_story() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.told(&id, 1).await;
    stack.pay(&id, "qris", "settle").await;
    stack.told(&id, 2).await;
    assert_eq!(
        stack.facts("order", &id).await,
        ["order_placed", "order_status_changed", "order_status_changed"]
    );
    let payment = stack.facts("payment", &id).await;
    assert_eq!(payment[..2], ["payment_opened", "page_ready"]);
    assert!(payment[2..].iter().all(|fact| fact == "gateway_told"), "{payment:?}");
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid"]);
    let mut told = stack.facts("notification", &id).await;
    told.sort_unstable();
    let wanted =
        ["contact_noted", "message_queued", "message_queued", "message_sent", "message_sent"];
    assert_eq!(told, wanted);
    let correlations = |story: &Value| -> Vec<String> {
        story["timeline"].as_array().unwrap().iter().map(|f| text(f, "/correlation")).collect()
    };
    let order = correlations(&stack.story("order", &id).await);
    let page_ready = &correlations(&stack.story("payment", &id).await)[1];
    assert_eq!(page_ready, &order[0], "one conversation from the request to the gateway");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_shows_its_attempts_and_what_its_callbacks_were_worth() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let page = stack.page(&id).await;
    let transaction = text(&stack.pay(&id, "gopay", "pending").await, "/transaction_id");
    let payment = text(&stack.payment_of(&id).await, "/id");
    let verdicts = async |count: usize| {
        testkit::until("the verdicts", async || {
            let found = stack.callbacks(&payment).await;
            let of = |c: &Value| (text(c, "/status"), text(c, "/verdict"));
            let verdicts: Vec<_> = found.iter().map(of).collect();
            let settled = verdicts.len() == count && verdicts.iter().all(|v| v.1 != "unconfirmed");
            if settled { Ok(verdicts) } else { Err(format!("{verdicts:?}")) }
        })
        .await
    };
    let pair = |status: &str, verdict: &str| (status.to_owned(), verdict.to_owned());
    assert_eq!(verdicts(1).await, [pair("pending", "confirmed")]);
    stack.act(&transaction, "settle").await;
    stack.order_becomes(&id, "paid").await;
    assert_eq!(verdicts(2).await, [pair("settlement", "confirmed"), pair("pending", "stale")]);
    let [attempt] = stack.attempts(&payment).await.try_into().unwrap();
    assert_eq!((text(&attempt, "/id"), text(&attempt, "/page_url")), (page.attempt, page.url));
    let [seen] = attempt["transactions"].as_array().unwrap().as_slice() else {
        panic!("not one transaction: {attempt}")
    };
    assert_eq!((&seen["id"], &seen["status"]), (&json!(transaction), &json!("settlement")));
    let read = stack.read(&format!("/v1/payments/{payment}")).await;
    assert_eq!((&read["status"], &read["amount"]), (&json!("paid"), &json!(TOTAL)));
    assert_eq!(text(&read, "/pay_url"), format!("{}/pay/{id}", stack.base("/pay/")));
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_orders_that_pay_themselves_all_arrive() {
    let stack = crate::start().await;
    stack.autopay(0).await;
    let body = order();
    let orders = (0..40).map(|_| stack.create_id(&body));
    let ids = futures::future::join_all(orders).await;
    for id in &ids {
        stack.order_becomes(id, "paid").await;
    }
    stack.finish().await;
}
