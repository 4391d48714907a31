//! A foreign publisher (Python, pika) that is let in and sends what it likes: reliability's bad
//! inputs B26 to B30, and batches with a bad event in them.
//!
//! Whatever is no event of ours is parked with its reason, once for each queue that got it; its
//! neighbours are handled, and the broker is not asked for it again.

use crate::Stack;
use orderflow::compose::Part;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use testkit::{order, text, unique, until};

const EXCHANGE: &str = "orderflow.events";
const CREATED: &str = "order.created";
const UPDATED: &str = "payment.status.updated";
/// Both of ours that hear of payments.
const HEARERS: [&str; 2] = ["order", "notification"];

/// A Python with pika.
fn python() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pika");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    testkit::python_with(&home, &here.join("tests/flows/foreign.requirements.txt"))
}

async fn publish(stack: &Stack, cases: Vec<Value>) {
    let url = stack.broker().amqp.clone();
    let cases = Value::from(cases).to_string();
    let published = tokio::task::spawn_blocking(move || {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows/foreign.py");
        let mut child = Command::new(python())
            .arg(script)
            .args([url.as_str(), EXCHANGE])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(cases.as_bytes()).unwrap();
        child.wait().unwrap()
    });
    assert!(published.await.unwrap().success(), "pika could not publish");
}

fn text_case(key: &str, body: &(impl ToString + ?Sized)) -> Value {
    json!({ "key": key, "body": body.to_string() })
}

/// An event as our producers write them, of anything.
fn event(kind: &str, order: &str, sequence: u32, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": unique().to_string(), "source": "/orderflow/foreign",
        "type": kind, "subject": order, "time": "2026-01-02T03:04:05Z",
        "datacontenttype": "application/json", "dataschema": format!("/schemas/{kind}.json"),
        "account": "default", "correlationid": "foreign", "actor": "foreign",
        "sequence": sequence, "data": data,
    })
}

fn status(order: &str, payment: &str, sequence: u32, status: &str) -> Value {
    let data = json!({ "payment_id": payment, "order_id": order, "payment_status": status,
        "payment_method": "qris", "total_amount": 185_000, "currency": "IDR" });
    event("payment.status.updated.v1", order, sequence, &data)
}

/// Waits for so many dead letters and gives their reasons, sorted.
async fn parked(stack: &Stack, service: &str, count: usize) -> Vec<String> {
    until(&format!("{service} has {count} dead letters"), async || {
        let letters = stack.dead_letters(service).await;
        let mut reasons: Vec<String> = letters.iter().map(|l| text(l, "/reason")).collect();
        reasons.sort();
        if reasons.len() == count { Ok(reasons) } else { Err(format!("{letters:?}")) }
    })
    .await
}

/// Nothing is left in any queue, and nothing was delivered twice on the way.
async fn no_loop(stack: &Stack) {
    for part in Part::ALL {
        let name = part.queue().name;
        until(&format!("{name} is empty"), async || {
            let queue = stack.broker().queue(name).await;
            if queue["messages"] == 0 { Ok(()) } else { Err(queue) }
        })
        .await;
        let queue = stack.broker().queue(name).await;
        let again = queue.pointer("/message_stats/redeliver").and_then(Value::as_u64);
        assert_eq!(again.unwrap_or_default(), 0, "{name} delivered again: {queue}");
        let dead = stack.broker().queue(part.dead_queue().name).await;
        assert_eq!(dead["messages"], 0, "{dead}");
    }
}

/// A good order goes its way whatever came before.
async fn still_works(stack: &Stack) {
    stack.autopay(0).await;
    let id = stack.create_id(&order()).await;
    stack.order_becomes(&id, "paid").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b26_what_is_no_event_is_parked_once_with_its_reason() {
    let stack = crate::start().await;
    let bodies = ["not json", "", "[]", "{", "[{\"no\":\"event\"}]", "\"text\"", "12"];
    let mut cases: Vec<Value> = bodies.iter().map(|body| text_case(CREATED, body)).collect();
    // Bytes that are no text, and text that a database may not like.
    cases.push(json!({ "key": CREATED, "base64": "//79AAE=" }));
    cases.push(json!({ "key": CREATED, "base64": "eyJhIjoiAFx1MDAwMCJ9" }));
    let count = cases.len();
    publish(&stack, cases.clone()).await;
    for service in ["payment", "notification"] {
        let reasons = parked(&stack, service, count).await;
        assert!(reasons.iter().all(|reason| !reason.is_empty()), "{reasons:?}");
        assert!(reasons.iter().any(|reason| reason.contains("not UTF-8")), "{reasons:?}");
        assert!(reasons.iter().any(|reason| reason.contains("empty batch")), "{reasons:?}");
    }
    // The same once more is the same letters.
    publish(&stack, cases).await;
    no_loop(&stack).await;
    for service in ["payment", "notification"] {
        assert_eq!(parked(&stack, service, count).await.len(), count);
    }
    let letter = text(&stack.dead_letters("payment").await[0], "/id");
    let replay = format!("/ops/payment/dead-letters/{letter}/replay");
    let refused = stack.post(&replay, &Value::Null).await;
    assert!((400..500).contains(&refused.status), "{}", refused.text);
    still_works(&stack).await;
    stack.finish_with(2 * count).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b27_an_event_without_an_id_is_parked_and_one_without_a_message_id_is_not() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.order_becomes(&id, "awaiting_payment").await;
    let payment = text(&stack.payment_of(&id).await, "/id");
    let mut nameless = status(&id, &payment, 90, "paid");
    nameless.as_object_mut().unwrap().remove("id");
    let mut misnamed = status(&id, &payment, 91, "paid");
    misnamed["id"] = "7".into();
    // The AMQP property names the transport unit and nothing else.
    let known = status(&id, &payment, 92, "paid");
    let cases = [nameless, misnamed, known].map(|event| text_case(UPDATED, &event));
    publish(&stack, cases.to_vec()).await;
    for service in HEARERS {
        parked(&stack, service, 2).await;
    }
    stack.order_becomes(&id, "paid").await;
    assert_eq!(stack.told(&id, 2).await, ["pending", "paid"]);
    no_loop(&stack).await;
    stack.finish_quickly().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b28_an_unknown_version_or_type_is_parked_and_can_be_tried_again() {
    let stack = crate::start().await;
    let id = unique().to_string();
    let future = event("payment.status.updated.v99", &id, 1, &json!({ "any": "thing" }));
    let strange = event("shipment.sent.v1", &id, 2, &json!({}));
    let lying = event("payment.status.updated.v1", &id, 3, &json!({ "payment_id": 7 }));
    let cases = [&future, &strange, &lying].map(|event| text_case(UPDATED, &event));
    publish(&stack, cases.to_vec()).await;
    for service in HEARERS {
        let reasons = parked(&stack, service, 3).await;
        for word in [
            "payment.status.updated.v99 is unknown",
            "shipment.sent.v1 is unknown",
            "no payment.status.updated.v1",
        ] {
            assert!(reasons.iter().any(|reason| reason.contains(word)), "{word}: {reasons:?}");
        }
    }
    no_loop(&stack).await;
    let letter = text(&stack.dead_letters("order").await[0], "/id");
    let replay = format!("/ops/order/dead-letters/{letter}/replay");
    let answer = stack.post(&replay, &Value::Null).await;
    assert!(answer.status < 300, "{}", answer.text);
    // This version still cannot read it: it comes back, as one letter.
    parked(&stack, "order", 3).await;
    still_works(&stack).await;
    stack.finish_with(6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b29_events_out_of_order_and_twice_end_as_in_order_and_once() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.order_becomes(&id, "awaiting_payment").await;
    let payment = text(&stack.payment_of(&id).await, "/id");
    let (second, third) =
        (status(&id, &payment, 50, "challenged"), status(&id, &payment, 51, "paid"));
    publish(&stack, vec![text_case(UPDATED, &third)]).await;
    stack.order_becomes(&id, "paid").await;
    let again = [&second, &second, &third].map(|event| text_case(UPDATED, &event));
    publish(&stack, again.to_vec()).await;
    let told = stack.told(&id, 3).await;
    no_loop(&stack).await;
    assert_eq!(stack.order(&id).await["status"], "paid", "the state is not moved back");
    for name in ["pending", "paid", "challenged"] {
        assert_eq!(told.iter().filter(|told| *told == name).count(), 1, "{told:?}");
    }
    assert_eq!(stack.notifications(&id).await.len(), 3);
    for service in HEARERS {
        assert_eq!(parked(&stack, service, 0).await.len(), 0);
    }
    stack.finish_quickly().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_payment_of_an_order_that_does_not_exist_waits_and_invents_nothing() {
    let stack = crate::start().await;
    let (id, payment) = (unique().to_string(), unique().to_string());
    publish(&stack, vec![text_case(UPDATED, &status(&id, &payment, 1, "paid"))]).await;
    for service in HEARERS {
        until(&format!("it waits in {service}"), async || {
            let story = stack.story(service, &id).await;
            let entry = &story["inbox"][0];
            if entry["state"] == "deferred"
                && entry["reason"].is_string()
                && entry["next_at"].is_string()
            {
                Ok(())
            } else {
                Err(story)
            }
        })
        .await;
    }
    stack.get(&format!("/v1/orders/{id}")).await.expect(404);
    assert_eq!(stack.notifications(&id).await.len(), 0);
    no_loop(&stack).await;
    still_works(&stack).await;
    stack.finish_quickly().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_event_in_a_batch_is_parked_alone_and_its_neighbours_are_handled() {
    let stack = crate::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = stack.create_id(&order()).await;
        stack.order_becomes(&id, "awaiting_payment").await;
        let payment = text(&stack.payment_of(&id).await, "/id");
        ids.push((id, payment));
    }
    let mut batch: Vec<Value> = ids.iter().map(|(id, p)| status(id, p, 60, "paid")).collect();
    batch.insert(1, json!({ "specversion": "1.0", "no": "event" }));
    let nobody = unique().to_string();
    batch.insert(3, event("payment.status.updated.v1", &nobody, 1, &json!({ "payment_id": "x" })));
    publish(&stack, vec![text_case(UPDATED, &Value::from(batch))]).await;
    for (id, _) in &ids {
        stack.order_becomes(id, "paid").await;
        assert_eq!(stack.told(id, 2).await, ["pending", "paid"]);
    }
    for service in HEARERS {
        parked(&stack, service, 2).await;
    }
    no_loop(&stack).await;
    stack.finish_quickly().await;
}
