//! A gateway that misbehaves on command: what it answers badly moves nothing, what it does not send
//! is asked for, and callbacks are taken while it sleeps (reference: midtrans.md 6, 7).

use crate::Stack;
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Callback, order, text, unique};

/// The first unasked-for look at a payment comes after a minute; a failed call is tried again
/// after 15 seconds.
const A_LOOK: Duration = Duration::from_secs(100);

async fn strikes(stack: &Stack) -> Vec<u64> {
    let list = stack.read("/_sim/faults").await;
    list.as_array().unwrap().iter().map(|switch| switch["hit"].as_u64().unwrap()).collect()
}

/// GET Status takes ten seconds; callbacks are stored and answered all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_do_not_wait_for_a_sleeping_gateway() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let attempt = stack.page(&id).await.attempt;
    stack.set("faults", json!([{ "fault": "hang", "call": "status", "ms": 10_000 }])).await;
    let paid = stack.pay(&id, "qris", "settle").await;
    let transaction = text(&paid, "/transaction_id");
    let began = Instant::now();
    let send = async |number: u32| {
        let callback = Callback::new(&attempt, &transaction, "settlement").with(
            "transaction_time",
            json!(format!("2026-03-01 10:{:02}:{:02}", number / 60, number % 60)),
        );
        let sent = Instant::now();
        stack.call_back(&callback).await.expect(200);
        sent.elapsed()
    };
    let mut took: Vec<_> = stream::iter(0..600).map(send).buffer_unordered(8).collect().await;
    took.sort_unstable();
    println!(
        "600 callbacks in {:?}: p50 {:?}, p99 {:?}, max {:?}",
        began.elapsed(),
        took[300],
        took[594],
        took[599]
    );
    // Had each waited until we give up, after five seconds, it would be six minutes.
    assert!(began.elapsed() < Duration::from_secs(120), "they waited for the gateway");
    assert_eq!(stack.order(&id).await["status"], "awaiting_payment", "nobody has asked it yet");
    // We give up after five seconds and ask again; by then it is awake.
    stack.set("faults", json!([])).await;
    stack.order_becomes_within(A_LOOK, &id, "paid").await;
    assert_eq!(stack.payment_moves(&id).await, ["pending", "paid"]);
    stack.finish().await;
}

/// Every second callback is lost, and of some orders all: asking on a schedule finds the money.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_paid_although_every_second_callback_is_lost() {
    let stack = crate::start().await;
    let mut orders = Vec::new();
    let mut switches = vec![json!({ "fault": "drop", "every": 2 })];
    for number in 0..8 {
        let id = stack.create_id(&order()).await;
        let attempt = stack.page(&id).await.attempt;
        if number % 4 == 0 {
            switches.push(json!({ "fault": "drop", "order_id": attempt }));
        }
        orders.push(id);
    }
    stack.set("faults", Value::Array(switches)).await;
    for id in &orders {
        stack.pay(id, "bca_va", "settle").await;
    }
    for id in &orders {
        stack.order_becomes_within(A_LOOK, id, "paid").await;
        assert_eq!(stack.payment_moves(id).await, ["pending", "paid"]);
    }
    let sent = stack.deliveries(None).await;
    let lost = sent.iter().filter(|delivery| delivery["state"] == "dropped").count();
    assert!(lost >= 8, "{lost} of {} were lost", sent.len());
    stack.finish().await;
}

/// Whatever GET Status answers that is no answer: the payment stays as it is, and a later look
/// finds the truth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_none_moves_nothing() {
    let stack = crate::start().await;
    let faults = [
        json!({ "fault": "html" }),
        json!({ "fault": "truncated" }),
        json!({ "fault": "huge" }),
        json!({ "fault": "redirect" }),
        json!({ "fault": "contradiction" }),
        json!({ "fault": "cut" }),
        json!({ "fault": "http_error", "code": 502 }),
        json!({ "fault": "refuse", "code": 503 }),
        json!({ "fault": "refuse", "code": 404 }),
    ];
    let mut paid = Vec::new();
    let mut switches = Vec::new();
    for fault in faults {
        let id = stack.create_id(&order()).await;
        let attempt = stack.page(&id).await.attempt;
        stack.pay(&id, "qris", "pending").await;
        // The look that the callback of the pending state brings must not meet the switch.
        testkit::until("the pending state is known", async || {
            match stack.attempts(&text(&stack.payment_of(&id).await, "/id")).await[0]["transactions"].as_array() {
                Some(known) if !known.is_empty() => Ok(()),
                _ => Err("not yet"),
            }
        })
        .await;
        let transaction = text(&stack.transactions(Some(&attempt)).await[0], "/transaction_id");
        let mut fault = fault;
        fault["call"] = json!("status");
        fault["transaction_id"] = json!(transaction);
        fault["times"] = json!(1);
        switches.push(fault);
        paid.push((id, transaction));
    }
    stack.set("faults", Value::Array(switches)).await;
    for (_, transaction) in &paid {
        stack.act(transaction, "settle").await;
    }
    testkit::until("each bad answer was given", async || {
        let hits = strikes(&stack).await;
        if hits.iter().all(|hit| *hit == 1) { Ok(()) } else { Err(format!("{hits:?}")) }
    })
    .await;
    for (id, _) in &paid {
        stack.order_becomes_within(A_LOOK, id, "paid").await;
        assert_eq!(stack.payment_moves(id).await, ["pending", "paid"], "{id}");
    }
    stack.finish().await;
}

/// A signature covers neither status nor merchant nor currency, and an amount or an order can be
/// signed by whoever has the key: none of it moves a payment, all of it is on record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lies_from_the_gateway_s_own_address_are_judged() {
    let stack = crate::start().await;
    let cases = [
        ("tampered_status", &["unconfirmed", "contradicted"][..]),
        ("lower_amount", &["amount_mismatch"]),
        ("other_merchant", &["foreign_merchant"]),
        ("other_currency", &["currency_mismatch"]),
        ("bad_signature", &["forged"]),
        ("no_signature", &["forged"]),
    ];
    for (fault, verdicts) in cases {
        let id = stack.create_id(&order()).await;
        let attempt = stack.page(&id).await.attempt;
        // Each is told as a settlement too: who believes any of it pays the order.
        let lies = [
            json!({ "fault": fault, "order_id": attempt }),
            json!({ "fault": "tampered_status", "to": "settlement", "order_id": attempt }),
        ];
        stack.set("faults", json!(lies)).await;
        stack.pay(&id, "bca_va", "pending").await;
        let payment = text(&stack.payment_of(&id).await, "/id");
        testkit::until(&format!("{fault} is on record"), async || {
            let found = stack.callbacks(&payment).await;
            let told =
                found.iter().any(|c| verdicts.iter().any(|verdict| c["verdict"] == *verdict));
            if told { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
        assert_ne!(stack.order(&id).await["status"], "paid", "{fault}");
        assert_eq!(stack.payment_moves(&id).await, ["pending"], "{fault}");
    }
    stack.set("faults", json!([])).await;
    stack.finish().await;
}

/// What the dashboard's test button sends is answered and leaves nothing. (Of the two shapes only the
/// embedded one has a simulator that knows where to send it by itself.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_test_button_is_answered_and_dropped() {
    let stack = crate::start().await;
    let before = stack.read("/v1/callbacks").await;
    let test = format!("payment_notif_test_G000000001_{}", unique());
    let button = Callback::new(&test, &unique().to_string(), "settlement");
    stack.call_back(&button).await.expect(200);
    assert_eq!(stack.read("/v1/callbacks").await, before);
    stack.finish().await;
}
