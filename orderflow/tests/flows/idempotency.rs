//! One key, one order: under concurrency, over time, over a restart.

use serde_json::json;
use testkit::{changed, order, text};

/// B09
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b09_fifty_equal_requests_at_once_are_one_order() {
    let stack = crate::start().await;
    let body = order().to_string();
    let requests = (0..50).map(|_| stack.place("fifty", body.clone()));
    let answers = futures::future::join_all(requests).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (201, &answers[0].text));
        assert_eq!(answer.header("location"), answers[0].header("location"));
    }
    let first = answers.iter().filter(|a| a.header("idempotent-replayed").is_none()).count();
    assert_eq!(first, 1, "one of them placed the order");
    assert_eq!(stack.all("/v1/orders?").await.len(), 1);
    stack.order_becomes(&text(&answers[0].json(), "/id"), "awaiting_payment").await;
    stack.finish().await;
}

/// Twenty keys and ten senders each, all mixed: no key takes another's answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_keys_at_once_keep_apart() {
    let stack = crate::start().await;
    let requests = (0..200).map(|n| {
        let key = n % 20;
        let body = changed(order(), "/reference", json!(format!("R-{key}")));
        let stack = &stack;
        async move { (key, stack.place(&format!("k{key}"), body.to_string()).await) }
    });
    for (key, answer) in futures::future::join_all(requests).await {
        assert_eq!(answer.expect(201).json()["reference"], format!("R-{key}"));
    }
    assert_eq!(stack.all("/v1/orders?").await.len(), 20);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_gets_the_first_answer_even_when_the_order_has_moved_on() {
    let stack = crate::start().await;
    let first = stack.place("again", order().to_string()).await.expect(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    let id = text(&first.json(), "/id");
    stack.order_becomes(&id, "awaiting_payment").await;
    // White space and the order of fields do not make another request.
    let pretty = format!("{:#}", order());
    for (key, body) in
        [("again", order().to_string()), ("again", pretty), ("\"again\"", order().to_string())]
    {
        let again = stack.place(key, body).await.expect(201);
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("location"), first.header("location"));
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_does_not_use_up_its_key() {
    let stack = crate::start().await;
    let bad = changed(order(), "/lines/0/quantity", json!(0));
    stack.place("second-try", bad.to_string()).await.problem(422, "validation_failed");
    let good = stack.place("second-try", order().to_string()).await.expect(201);
    assert_eq!(good.header("idempotent-replayed"), None);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_kept_over_a_restart() {
    let stack = crate::start().await;
    let first = stack.place("kept", order().to_string()).await.expect(201);
    let stack = stack.restart().await;
    let again = stack.place("kept", order().to_string()).await.expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = changed(order(), "/lines/0/unit_price", json!(80_001));
    stack.place("kept", other.to_string()).await.problem(422, "idempotency_mismatch");
    assert_eq!(stack.all("/v1/orders?").await.len(), 1);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_reference_names_the_order_that_has_it() {
    let stack = crate::start().await;
    let body = changed(order(), "/reference", json!("INV-2026-001"));
    let first = stack.create_id(&body).await;
    stack.told(&first, 1).await;
    let before = stack.footprint().await;
    let problem = stack.place("another", body.to_string()).await.problem(409, "reference_taken");
    assert_eq!(problem["existing_id"], json!(first));
    let found = stack.read("/v1/orders?reference=INV-2026-001").await;
    assert_eq!(found["data"][0]["id"], json!(first));
    stack.assert_untouched(before).await;
    // The key was not used up: with a reference of its own the request is a new order.
    let own = changed(order(), "/reference", json!("INV-2026-002"));
    stack.place("another", own.to_string()).await.expect(201);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_want_one_reference_one_gets_it() {
    let stack = crate::start().await;
    let body = changed(order(), "/reference", json!("ONE")).to_string();
    let keys: Vec<String> = (0..30).map(|n| format!("r{n}")).collect();
    let requests = keys.iter().map(|key| stack.place(key, body.clone()));
    let answers = futures::future::join_all(requests).await;
    let [winner]: [_; 1] =
        answers.iter().filter(|a| a.status == 201).collect::<Vec<_>>().try_into().unwrap();
    for loser in answers.iter().filter(|a| a.status != 201) {
        let problem = loser.problem(409, "reference_taken");
        assert_eq!(problem["existing_id"], winner.json()["id"]);
    }
    stack.finish().await;
}
