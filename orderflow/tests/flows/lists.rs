//! Lists: paged without gap or repeat, filters checked. And sending a message again.

use crate::Stack;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{changed, order, text, until};

async fn ids(stack: &Stack, path: &str, limit: usize) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = stack.read(&format!("{path}?limit={limit}{after}")).await;
        let rows = page["data"].as_array().unwrap();
        assert!(rows.len() <= limit);
        found.extend(rows.iter().map(|row| text(row, "/id")));
        if page["has_more"] == false {
            return found;
        }
        assert_eq!(rows.len(), limit, "a page with more behind it is full");
        after = format!("&starting_after={}", found.last().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paging_while_orders_arrive_neither_skips_nor_repeats() {
    let stack = crate::start().await;
    let body = order();
    let mut there = BTreeSet::new();
    for _ in 0..40 {
        there.insert(stack.create_id(&body).await);
    }
    for (path, limit) in [("/v1/orders", 7), ("/v1/payments", 3), ("/v1/notifications", 1)] {
        let arriving = async {
            for _ in 0..10 {
                stack.create_id(&body).await;
            }
        };
        let (found, ()) = tokio::join!(ids(&stack, path, limit), arriving);
        let distinct: BTreeSet<String> = found.iter().cloned().collect();
        assert_eq!(distinct.len(), found.len(), "{path} repeats");
        if path == "/v1/orders" {
            let missing: Vec<_> = there.difference(&distinct).collect();
            assert!(missing.is_empty(), "{path} skips {missing:?}");
            assert!(found.windows(2).all(|pair| pair[0] > pair[1]), "{path} is newest first");
        }
    }
    until("every order has its payment and its message", async || {
        let counts = (
            ids(&stack, "/v1/orders", 200).await.len(),
            ids(&stack, "/v1/payments", 11).await.len(),
            ids(&stack, "/v1/notifications", 13).await.len(),
        );
        if counts == (70, 70, 70) { Ok(()) } else { Err(format!("{counts:?}")) }
    })
    .await;
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_select() {
    let stack = crate::start().await;
    let paid = stack.create_id(&changed(order(), "/reference", json!("A & B/%"))).await;
    let waiting = stack.create_id(&order()).await;
    stack.pay(&paid, "qris", "settle").await;
    stack.order_becomes(&paid, "paid").await;
    stack.order_becomes(&waiting, "awaiting_payment").await;
    stack.told(&paid, 2).await;
    let only = async |path: &str| -> Vec<String> {
        let page = stack.read(path).await;
        page["data"].as_array().unwrap().iter().map(|row| text(row, "/id")).collect()
    };
    assert_eq!(only("/v1/orders?status=paid").await, [paid.as_str()]);
    assert_eq!(only("/v1/orders?status=awaiting_payment").await, [waiting.as_str()]);
    assert_eq!(only("/v1/orders?reference=A%20%26%20B%2F%25").await, [paid.as_str()]);
    assert_eq!(only("/v1/orders?reference=nobody").await, [""; 0]);
    assert_eq!(only(&format!("/v1/notifications?order_id={paid}&status=sent")).await.len(), 2);
    assert_eq!(only("/v1/notifications?status=queued").await, [""; 0]);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_filter_is_refused_and_the_known_ones_are_named() {
    let stack = crate::start().await;
    for list in ["orders", "payments", "notifications", "callbacks"] {
        let answer = stack.get(&format!("/v1/{list}?limt=5")).await;
        let problem = answer.problem(400, "unknown_parameter");
        assert_eq!(problem["parameter"], "limt");
        assert!(text(&problem, "/detail").contains("limit"), "{problem}");
        for bad in ["0", "201", "-1", "1e1", "a", ""] {
            let answer = stack.get(&format!("/v1/{list}?limit={bad}")).await;
            answer.problem(400, "invalid_parameter");
        }
    }
    for bad in [
        "orders?status=payed",
        "orders?starting_after=x",
        "payments?order_id=x",
        "payments?starting_after=1",
        "notifications?status=x",
        "notifications?order_id=%00",
    ] {
        stack.get(&format!("/v1/{bad}")).await.problem(400, "invalid_parameter");
    }
    stack.get("/ops/order/dead-letters?limit=0").await.problem(400, "invalid_parameter");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_sent_again_once_a_key() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.told(&id, 1).await;
    let message = text(&stack.notifications(&id).await[0], "/id");
    let resend = async |key: &str, message: &str| {
        let path = format!("/v1/notifications/{message}/resend");
        stack.send(reqwest::Method::POST, &path, &[("idempotency-key", key)], "").await
    };
    let first = resend("r1", &message).await.expect(202);
    let again = resend("r1", &message).await.expect(202);
    assert_eq!(again.text, first.text);
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let state = until("it is sent again", async || {
        let message = stack.read(&format!("/v1/notifications/{message}")).await;
        if message["status"] == "sent" { Ok(message) } else { Err(message) }
    })
    .await;
    assert_eq!(state["resends"], json!(1));
    let unknown = "0192f0c1-2b3c-7d4e-8f50-617283940a1b";
    resend("r2", unknown).await.problem(404, "not_found");
    stack.pay(&id, "qris", "settle").await;
    stack.told(&id, 2).await;
    let other = text(&stack.notifications(&id).await[1], "/id");
    resend("r1", &other).await.problem(422, "idempotency_mismatch");
    let bare = format!("/v1/notifications/{message}/resend");
    stack.post(&bare, &Value::Null).await.problem(400, "missing_idempotency_key");
    stack.finish().await;
}
