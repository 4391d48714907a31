//! Callbacks that nobody at Midtrans sent, or that do not fit (reference: reliability.md B18 to
//! B21 and F79): whatever they say, no payment moves.

use crate::Stack;
use serde_json::{Value, json};
use testkit::{Callback, Footprint, order, text, until};

/// A system with one order that waits for its payment at the gateway.
async fn waiting() -> (Stack, String, String, String) {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let paid = stack.pay(&id, "qris", "pending").await;
    let (attempt, transaction) = (text(&paid, "/order_id"), text(&paid, "/transaction_id"));
    stack.told(&id, 1).await;
    let payment = text(&stack.payment_of(&id).await, "/id");
    until("the callback that came with it", async || {
        let found = stack.callbacks(&payment).await;
        if found.iter().any(|c| c["verdict"] == "confirmed") { Ok(()) } else { Err("none") }
    })
    .await;
    (stack, id, attempt, transaction)
}

/// Nothing about the order has changed, and it can still be paid for real.
async fn still_payable(stack: &Stack, id: &str, before: &Value, story: &Value) {
    assert_eq!(stack.order(id).await, *before);
    let after = stack.story("payment", id).await;
    assert_eq!((&after["timeline"], &after["outbox"]), (&story["timeline"], &story["outbox"]));
    stack.pay(id, "qris", "settle").await;
    stack.order_becomes(id, "paid").await;
}

/// Nothing was written but so many forged callbacks on the order's record.
async fn only_forgeries_since(stack: &Stack, id: &str, before: &Footprint, count: usize) {
    let callbacks = before.callbacks + count;
    assert_eq!(stack.footprint().await, Footprint { callbacks, ..*before });
    let payment = text(&stack.payment_of(id).await, "/id");
    let found = stack.callbacks(&payment).await;
    let forged = found.iter().filter(|c| c["verdict"] == "forged").count();
    assert_eq!(forged, count, "{found:?}");
}

/// B18
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b18_a_missing_or_broken_signature_is_refused() {
    let (stack, id, attempt, transaction) = waiting().await;
    let (before, story) = (stack.order(&id).await, stack.story("payment", &id).await);
    let footprint = stack.footprint().await;
    let good = Callback::new(&attempt, &transaction, "settlement");
    let right = text(&good.fields, "/signature_key");
    let signatures = [
        Value::Null,
        json!(""),
        json!("not hex at all"),
        json!(right[..127]),
        json!(format!("{right}0")),
        json!(right.repeat(2)),
        json!(0),
        json!(true),
        json!([right]),
        json!("0".repeat(128)),
    ];
    for signature in signatures {
        let forged = good.clone().with("signature_key", signature);
        stack.call_back(&forged).await.problem(401, "unauthenticated");
    }
    let null = good.body().replace(&format!("\"{right}\""), "null");
    stack.call_back_at("/webhooks/midtrans", null).await.problem(401, "unauthenticated");
    // One of them is the same body in another spelling of absent, and no more than evidence.
    only_forgeries_since(&stack, &id, &footprint, 11).await;
    still_payable(&stack, &id, &before, &story).await;
    stack.finish().await;
}

/// B19
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b19_a_signature_of_another_key_is_refused() {
    let (stack, id, attempt, transaction) = waiting().await;
    let (before, story) = (stack.order(&id).await, stack.story("payment", &id).await);
    let footprint = stack.footprint().await;
    for key in ["SB-Mid-server-somebody-else", "Mid-server-orderflow-simulator", "x"] {
        let forged = Callback::new(&attempt, &transaction, "settlement").signed_with(key);
        stack.call_back(&forged).await.problem(401, "unauthenticated");
    }
    only_forgeries_since(&stack, &id, &footprint, 3).await;
    still_payable(&stack, &id, &before, &story).await;
    stack.finish().await;
}

/// B20: what the signature covers was changed after signing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b20_a_signature_does_not_fit_other_fields() {
    let (stack, id, attempt, transaction) = waiting().await;
    let other = stack.create_id(&order()).await;
    let others = stack.page(&other).await.attempt;
    stack.told(&other, 1).await;
    let (before, story) = (stack.order(&id).await, stack.story("payment", &id).await);
    let footprint = stack.footprint().await;
    let good = Callback::new(&attempt, &transaction, "settlement");
    let changes = [
        ("gross_amount", json!("99000.00")),
        ("gross_amount", json!("185000")),
        ("gross_amount", json!(185_000)),
        ("gross_amount", json!(" 185000.00")),
        ("order_id", json!(others)),
        ("order_id", json!(attempt.to_uppercase())),
        ("status_code", json!("201")),
    ];
    for (field, value) in changes {
        let forged = good.clone().with(field, value);
        stack.call_back(&forged).await.problem(401, "unauthenticated");
    }
    // One names the other order and is on that one's record.
    let callbacks = footprint.callbacks + 7;
    assert_eq!(stack.footprint().await, Footprint { callbacks, ..footprint });
    still_payable(&stack, &id, &before, &story).await;
    stack.finish().await;
}

/// B21
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b21_another_amount_is_stored_and_moves_nothing() {
    let (stack, id, attempt, transaction) = waiting().await;
    let (before, story) = (stack.order(&id).await, stack.story("payment", &id).await);
    let footprint = stack.footprint().await;
    let amounts = ["1.00", "184999.00", "185000.01", "-185000.00", "185000,00", "1850000.00"];
    for amount in amounts {
        let mismatch = Callback::new(&attempt, &transaction, "settlement");
        let mismatch = mismatch.with("gross_amount", json!(amount)).signed();
        stack.call_back(&mismatch).await.expect(200);
    }
    let callbacks = footprint.callbacks + amounts.len();
    assert_eq!(stack.footprint().await, Footprint { callbacks, ..footprint });
    let payment = text(&stack.payment_of(&id).await, "/id");
    let found = stack.callbacks(&payment).await;
    let mismatches = found.iter().filter(|c| c["verdict"] == "amount_mismatch").count();
    assert_eq!(mismatches, amounts.len(), "{found:?}");
    still_payable(&stack, &id, &before, &story).await;
    stack.finish().await;
}

/// A well-signed settlement of the right amount that the gateway does not know of (F79): asked,
/// it says pending, and pending it stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settlement_that_the_gateway_denies_moves_nothing() {
    let (stack, id, attempt, transaction) = waiting().await;
    let lie = Callback::new(&attempt, &transaction, "settlement");
    stack.call_back(&lie).await.expect(200);
    let asked = asked_in_vain(&stack, &id).await;
    assert!(asked.contains("does not yet say"), "{asked}");
    assert_eq!(stack.order(&id).await["status"], "awaiting_payment");
    assert_eq!(stack.payment_moves(&id).await, ["pending"]);
    let elsewhere = Callback::new(&attempt, "another-transaction", "settlement");
    stack.call_back(&elsewhere).await.expect(200);
    assert_eq!(stack.order(&id).await["status"], "awaiting_payment");
    stack.finish().await;
}

/// B25
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b25_an_unknown_status_and_unknown_fields_are_stored_and_asked_about() {
    let (stack, id, attempt, transaction) = waiting().await;
    let (before, story) = (stack.order(&id).await, stack.story("payment", &id).await);
    let mut odd = Callback::new(&attempt, &transaction, "settled_v2");
    for n in 0..10 {
        odd = odd.with(&format!("field_{n}"), json!({ "deep": [n, null, "x", { "y": 1.5 }] }));
    }
    stack.call_back(&odd).await.expect(200);
    let payment = text(&stack.payment_of(&id).await, "/id");
    let stored = stack.callbacks(&payment).await;
    let stored = stored.iter().find(|c| c["status"] == "settled_v2").expect("it is stored");
    assert_eq!(stored["verdict"], "unconfirmed");
    asked_in_vain(&stack, &id).await;
    still_payable(&stack, &id, &before, &story).await;
    stack.finish().await;
}

/// The gateway was asked and did not confirm: the job says so and waits for another try.
async fn asked_in_vain(stack: &Stack, id: &str) -> String {
    until("the gateway is asked", async || {
        let story = stack.story("payment", id).await;
        let errors = story["jobs"].as_array().unwrap().iter();
        let error = errors.filter_map(|job| job["last_error"].as_str()).next();
        error.map(str::to_owned).ok_or(story)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_no_callback_is_malformed() {
    let (stack, id, attempt, transaction) = waiting().await;
    let footprint = stack.footprint().await;
    let good = Callback::new(&attempt, &transaction, "settlement");
    let without = |field: &str| good.clone().with(field, Value::Null).body();
    let mut bodies: Vec<Vec<u8>> =
        ["", "null", "[]", "{}", "<html>", "status=settlement"].map(|b| b.into()).to_vec();
    bodies.push(vec![0xff, 0xfe, 0x00]);
    bodies.push(good.body().as_bytes()[..40].to_vec());
    for field in ["order_id", "transaction_id", "transaction_status", "status_code", "gross_amount"]
    {
        bodies.push(without(field).into_bytes());
    }
    for body in bodies {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let answer = stack.call_back_at("/webhooks/midtrans", body).await;
        assert!(matches!(answer.status, 400 | 401), "{shown}: {answer:?}");
    }
    assert_eq!(stack.footprint().await, footprint);
    assert_eq!(stack.order(&id).await["status"], "awaiting_payment");
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_about_an_order_that_is_not_ours_is_kept_and_moves_nothing() {
    let stack = crate::start().await;
    let before = stack.footprint().await;
    let unknown = ["0192f0c1-2b3c-7d4e-8f50-617283940a1b", "ORDER-1", "'; DROP TABLE payments"];
    for order in unknown {
        let callback = Callback::new(order, "t-1", "settlement");
        assert_eq!(stack.call_back(&callback).await.expect(200).text, "");
    }
    let listed = stack.read("/v1/callbacks").await;
    let verdicts: Vec<&Value> =
        listed["data"].as_array().unwrap().iter().map(|c| &c["verdict"]).collect();
    assert_eq!(verdicts, vec!["unknown_order"; unknown.len()]);
    let test = Callback::new("payment_notif_test_G000000001_5e1", "t-2", "settlement");
    stack.call_back(&test).await.expect(200);
    let callbacks = unknown.len();
    stack.assert_untouched(Footprint { callbacks, ..before }).await;
    stack.finish().await;
}
