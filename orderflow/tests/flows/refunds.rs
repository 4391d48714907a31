//! Money that is asked back: never more than there is, never twice, and not less because a provider
//! sleeps or a bank confirms late.

use crate::Stack;
use futures::future::join_all;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TOTAL, order, text, until};

/// The simulator's bank confirms a refund after 40 minutes (midtrans.md 2.6: later; L).
const CONFIRMED: u64 = 41 * 60;
/// A refused call is made again after 15 s, give or take a fifth.
const A_RETRY: Duration = Duration::from_secs(40);

async fn paid(stack: &Stack, method: &str) -> (String, String) {
    let id = stack.create_id(&order()).await;
    let transaction = text(&stack.pay(&id, method, "settle").await, "/transaction_id");
    stack.order_becomes(&id, "paid").await;
    (id, transaction)
}

/// How many journals of each kind were booked of an order: each of two lines or more.
async fn journals(stack: &Stack, order: &str) -> Vec<(String, Value, Value)> {
    let lines = stack.journal(order).await;
    let named =
        |line: &Value| (text(line, "/kind"), line["version"].clone(), line["before"].clone());
    let mut all: Vec<_> = lines.iter().map(named).collect();
    all.dedup();
    all
}

fn kinds(journals: &[(String, Value, Value)]) -> Vec<&str> {
    journals.iter().map(|(kind, _, _)| kind.as_str()).collect()
}

/// midtrans.md 2.6: a refund is notified when it is taken on, and again when the bank has confirmed it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_two_notifications_of_one_refund_are_one_refund() {
    let stack = crate::start().await;
    let mut all = Vec::new();
    for (body, end, told) in [
        (json!({}), "refunded", "refund"),
        (json!({ "amount": 60_000 }), "partially_refunded", "partial_refund"),
    ] {
        let (id, transaction) = paid(&stack, "gopay").await;
        stack.refund(&id, &body).await.expect(202);
        stack.order_becomes(&id, end).await;
        all.push((id, transaction, end, told));
    }
    for (id, _, _, told) in &all {
        heard(&stack, (id, told), 1).await;
        assert_eq!(stack.refunds(id).await[0]["status"], "taken", "no bank has confirmed it");
    }
    stack.set("clock", json!({ "advance_seconds": CONFIRMED })).await;
    for (id, transaction, end, told) in &all {
        heard(&stack, (id, told), 2).await;
        let refund = until("the refund is confirmed", async || {
            let [refund] = stack.refunds(id).await.try_into().unwrap();
            if refund["status"] == "confirmed" { Ok(refund) } else { Err(refund) }
        })
        .await;
        let gone = refund["amount"].as_i64().unwrap();
        assert_eq!(kinds(&journals(&stack, id).await), ["payment", "refund"]);
        assert_eq!(stack.balances(id).await["refunds"], gone);
        assert_eq!(stack.payment_moves(id).await, ["pending", "paid", end]);
        assert_eq!(stack.told(id, 3).await, ["pending", "paid", end]);
        let theirs = stack.read(&format!("/_sim/transactions/{transaction}")).await;
        let [refund] = theirs["refunds"].as_array().unwrap().as_slice() else { panic!("{theirs}") };
        assert_eq!((&refund["confirmed"], &refund["amount"]), (&json!(true), &json!(gone)));
    }
    assert_eq!(stack.ledger().await["net_amount"], json!(TOTAL - 60_000));
    stack.finish().await;
}

/// Waits until so many notifications of a status were answered and their hints looked at.
async fn heard(stack: &Stack, (order, status): (&str, &str), count: usize) {
    let attempt = stack.page(order).await.attempt;
    let payment = text(&stack.payment_of(order).await, "/id");
    until(&format!("{count} notifications of {status}"), async || {
        let sent = stack.deliveries(Some(&attempt)).await;
        let sent = sent.iter().filter(|d| d["transaction_status"] == status);
        let answered = sent.filter(|d| d["state"] == "delivered").count();
        let callbacks = stack.callbacks(&payment).await;
        let ours = callbacks.iter().filter(|c| c["status"] == status);
        let times: u64 = ours.clone().map(|c| c["times"].as_u64().unwrap()).sum();
        let judged = ours.clone().all(|c| c["verdict"] == "confirmed");
        let known = usize::try_from(times).unwrap();
        if (answered, known, judged) == (count, count, true) {
            Ok(())
        } else {
            Err(format!("{answered} were answered, {known} are known: {callbacks:?}"))
        }
    })
    .await;
}

/// ShopeePay gives nothing back at night (midtrans.md 2.6, code 418). If it is night at the gateway, the
/// next morning comes.
async fn by_day(stack: &Stack) {
    let now: Timestamp = text(&stack.read("/_sim/clock").await, "/now").parse().unwrap();
    let local = Offset::constant(7).to_datetime(now);
    let minute =
        u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs());
    let (morning, evening, day) = (6 * 60 + 30, 23 * 60, 24 * 60);
    if !(morning..evening).contains(&minute) {
        let minutes = (day + morning - minute) % day;
        stack.set("clock", json!({ "advance_seconds": minutes * 60 })).await;
    }
}

/// Waits until the gateway was asked for a refund and said that it is not the time.
async fn was_put_off(stack: &Stack, order: &str) {
    until("it is put off", async || {
        let story = stack.story("payment", order).await;
        let mut jobs = story["jobs"].as_array().unwrap().iter();
        let off = |job: &Value| job["kind"] == "gateway.give_back" && !job["last_error"].is_null();
        if jobs.any(off) { Ok(()) } else { Err(story["jobs"].clone()) }
    })
    .await;
    let refused = ("refund".to_owned(), "other_state".to_owned());
    until("and that is noted", async || {
        let asked = stack.exchanges(order).await;
        if asked.contains(&refused) { Ok(()) } else { Err(format!("{asked:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_a_provider_s_night_puts_off_is_made_once_in_the_morning() {
    let stack = crate::start().await;
    let (id, transaction) = paid(&stack, "shopeepay").await;
    let (other, _) = paid(&stack, "gopay").await;
    by_day(&stack).await;
    let night = json!({
        "fault": "refuse", "call": "refund", "code": 418, "payment_type": "shopeepay",
    });
    stack.set("faults", json!([night])).await;
    for order in [&id, &other] {
        stack.refund(order, &json!({})).await.expect(202);
    }
    stack.order_becomes(&other, "refunded").await;
    was_put_off(&stack, &id).await;
    assert_eq!(stack.refunds(&id).await[0]["status"], "asked");
    assert_eq!(stack.order(&id).await["status"], "paid");
    assert_eq!(stack.operator_items().await, Vec::<Value>::new(), "a night is no person's work");
    stack.set("faults", json!([])).await;
    // Nobody has it asked again but the service itself.
    stack.order_becomes_within(A_RETRY, &id, "refunded").await;
    let theirs = stack.read(&format!("/_sim/transactions/{transaction}")).await;
    let [refund] = theirs["refunds"].as_array().unwrap().as_slice() else { panic!("{theirs}") };
    assert_eq!(refund["amount"], json!(TOTAL));
    assert_eq!(kinds(&journals(&stack, &id).await), ["payment", "refund"]);
    assert_eq!(stack.told(&id, 3).await, ["pending", "paid", "refunded"]);
    assert_eq!(stack.operator_items().await, Vec::<Value>::new());
    assert_eq!(stack.ledger().await["net_amount"], json!(0));
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_and_more_than_is_left_are_refused_without_effect() {
    let stack = crate::start().await;
    let unpaid = stack.create_id(&order()).await;
    stack.page(&unpaid).await;
    stack.refund(&unpaid, &json!({ "amount": 1 })).await.problem(409, "conflict");
    let (id, _) = paid(&stack, "gopay").await;
    stack.told(&id, 2).await;
    let facts = stack.facts("payment", &id).await;
    for amount in [0, -1, TOTAL + 1, i64::MAX] {
        let said = stack.refund(&id, &json!({ "amount": amount })).await.names_field("/amount");
        let said = said["errors"][0]["detail"].as_str().unwrap().to_owned();
        for sum in ["Rp1 ", "Rp185.000"] {
            assert!(said.contains(sum), "{sum} is not in {said:?}");
        }
    }
    for amount in [json!(0.5), json!("1000"), json!(1e30)] {
        stack.refund(&id, &json!({ "amount": amount })).await.names_field("/amount");
    }
    for order in [&unpaid, &id] {
        assert_eq!(stack.refunds(order).await, Vec::<Value>::new());
    }
    assert_eq!(stack.facts("payment", &id).await, facts);
    assert_eq!(stack.ledger().await["net_amount"], json!(TOTAL));
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_part_that_goes_back_is_told_with_the_sum_so_far() {
    let stack = crate::start().await;
    let (id, _) = paid(&stack, "gopay").await;
    let mut told = vec!["pending", "paid"];
    for sum in ["Rp60.000", "Rp120.000", "Rp180.000"] {
        stack.refund(&id, &json!({ "amount": 60_000 })).await.expect(202);
        told.push("partially_refunded");
        assert_eq!(stack.told(&id, told.len()).await, told);
        let last = text(stack.notifications(&id).await.last().unwrap(), "/id");
        let mail = text(&stack.read(&format!("/v1/notifications/{last}")).await, "/text");
        assert!(mail.contains(sum), "{sum} is not in {mail}");
    }
    assert_eq!(stack.order(&id).await["status"], "partially_refunded");
    assert_eq!(kinds(&journals(&stack, &id).await), ["payment", "refund", "refund", "refund"]);
    assert_eq!(stack.ledger().await["net_amount"], json!(TOTAL - 180_000));
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_refunds_at_once_only_so_many_are_taken_as_there_is_money_for() {
    let stack = crate::start().await;
    for (amount, at_once, taken) in [(100_000, 2, 1), (60_000, 8, 3)] {
        let (id, transaction) = paid(&stack, "gopay").await;
        let body = json!({ "amount": amount });
        let answers = join_all((0..at_once).map(|_| stack.refund(&id, &body))).await;
        let (yes, no): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 202);
        assert_eq!((yes.len(), no.len()), (taken, at_once - taken), "{no:?}");
        for refused in &no {
            refused.names_field("/amount");
        }
        assert_eq!(stack.refunds(&id).await.len(), taken);
        stack.order_becomes(&id, "partially_refunded").await;
        // And what is left goes back too, and no more.
        stack.refund(&id, &json!({})).await.expect(202);
        stack.order_becomes(&id, "refunded").await;
        let theirs = stack.read(&format!("/_sim/transactions/{transaction}")).await;
        assert_eq!(theirs["refunded"], json!(TOTAL), "{theirs}");
        assert_eq!(theirs["refunds"].as_array().unwrap().len(), taken + 1);
        stack.refund(&id, &json!({ "amount": 1 })).await.problem(409, "conflict");
    }
    assert_eq!(stack.ledger().await["net_amount"], json!(0));
    stack.finish().await;
}
