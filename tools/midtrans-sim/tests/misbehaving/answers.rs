//! Answers that are refusals, rubbish, late, or none: on the wire, and what was done behind them.

use crate::world::{KEY, World, seconds};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Everything that comes back on a connection until it is closed.
async fn raw(world: &World, method: &str, path: &str, body: &Value) -> String {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let (body, credentials) = (body.to_string(), STANDARD.encode(format!("{KEY}:")));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: sim\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn snap_body(order_id: &str) -> Value {
    json!({"transaction_details": {"order_id": order_id, "gross_amount": 5000}})
}

async fn head_and_body(world: &World, path: &str) -> (String, String) {
    let answer = raw(world, "GET", path, &json!({})).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn a_hang_is_late_and_real_and_no_longer() {
    let world = World::misbehaving(json!([{"fault": "hang", "ms": 200, "call": "status"}])).await;
    world.pay("ORD-1", "qris", "pending").await;
    let began = Instant::now();
    assert_eq!(world.status("ORD-1").await, "pending");
    let took = began.elapsed().as_millis();
    assert!((200..5_000).contains(&took), "{took} ms");
}

/// Who leaves during a hang does not know whether the work was done; both can be had.
#[tokio::test]
async fn a_caller_who_leaves_finds_the_work_done_only_after() {
    for after in [false, true] {
        let switch = json!([{"fault": "hang", "ms": 60_000, "call": "charge", "after": after}]);
        let world = World::misbehaving(switch).await;
        let body = json!({
            "payment_type": "qris",
            "transaction_details": {"order_id": "ORD-1", "gross_amount": 5000},
        });
        let call = world.http.post(format!("http://{}/v2/charge", world.address)).json(&body);
        let call = call.basic_auth(KEY, Some("")).timeout(std::time::Duration::from_millis(300));
        assert!(call.send().await.unwrap_err().is_timeout());
        assert_eq!(world.status("ORD-1").await == "pending", after, "after: {after}");
    }
}

#[tokio::test]
async fn an_http_error_comes_before_or_after_the_work() {
    for (after, expected) in [(false, "pending"), (true, "cancel")] {
        let switch =
            json!([{"fault": "http_error", "call": "cancel", "code": 503, "after": after}]);
        let world = World::misbehaving(switch).await;
        world.pay("ORD-1", "qris", "pending").await;
        let (code, body) = world.post("/v2/ORD-1/cancel", json!({})).await;
        assert_eq!((code, body), (503, Value::Null), "no body");
        assert_eq!(world.status("ORD-1").await, expected);
    }
    let usual = World::misbehaving(json!([{"fault": "http_error"}])).await;
    assert_eq!(usual.snap("ORD-1").await.0, 500);
}

#[tokio::test]
async fn a_refusal_speaks_the_dialect_and_does_nothing() {
    for code in [503, 505, 429, 406, 412, 414, 418, 900, 501] {
        let world = World::misbehaving(json!([{"fault": "refuse", "code": code}])).await;
        let told = world.charge("ORD-1", "qris", json!({})).await;
        assert_eq!(told["status_code"], code.to_string(), "Core says it in the body");
        assert!(told["id"].is_string() && told["status_message"].is_string(), "{told}");
        let (http, page) = world.snap("ORD-2").await;
        assert_eq!(http, if code == 900 { 500 } else { code }, "Snap says it in HTTP");
        assert!(!page["error_messages"].as_array().unwrap().is_empty(), "{page}");
        assert!(page.get("status_code").is_none(), "{page}");
        world.switch(json!([])).await;
        assert_eq!(world.ledger().await["orders"], 0);
    }
}

#[tokio::test]
async fn a_switch_that_names_no_code_has_the_one_of_its_fault() {
    for (fault, code) in [("refuse", 500), ("http_error", 500), ("html", 200), ("redirect", 302)] {
        let world = World::misbehaving(json!([{ "fault": fault }])).await;
        assert_eq!(world.snap("ORD-1").await.0, code, "{fault}");
    }
}

#[tokio::test]
async fn html_says_success_or_failure_and_is_no_json() {
    for code in [200, 502] {
        let world = World::misbehaving(json!([{"fault": "html", "code": code}])).await;
        let (head, body) = head_and_body(&world, "/v2/ORD-1/status").await;
        assert!(head.starts_with(&format!("http/1.1 {code}")), "{head}");
        assert!(head.contains("content-type: text/html") && body.starts_with("<html"));
    }
}

#[tokio::test]
async fn half_of_an_answer_arrives_and_the_connection_closes() {
    let world = World::misbehaving(json!([{"fault": "truncated"}])).await;
    world.put("/_sim/faults", json!([])).await;
    world.pay("ORD-1", "qris", "pending").await;
    let (_, whole) = head_and_body(&world, "/v2/ORD-1/status").await;
    world.switch(json!([{"fault": "truncated"}])).await;
    let (head, half) = head_and_body(&world, "/v2/ORD-1/status").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains(&format!("content-length: {}", whole.len())), "it promised all: {head}");
    assert_eq!(half.len(), whole.len() / 2);
    assert!(whole.starts_with(&half));
    raw(&world, "POST", "/snap/v1/transactions", &snap_body("ORD-2")).await;
    world.switch(json!([])).await;
    assert_eq!(world.ledger().await["orders"], 2, "the work was done");
}

#[tokio::test]
async fn a_cut_connection_tells_nothing_and_hides_what_was_done() {
    for (after, orders) in [(false, 0), (true, 1)] {
        let world = World::misbehaving(json!([{"fault": "cut", "after": after}])).await;
        let answer = raw(&world, "POST", "/snap/v1/transactions", &snap_body("ORD-1")).await;
        assert_eq!(answer, "", "after: {after}");
        world.switch(json!([])).await;
        assert_eq!(world.ledger().await["orders"], orders, "after: {after}");
    }
}

#[tokio::test]
async fn a_huge_answer_and_a_redirect() {
    let world = World::misbehaving(json!([{"fault": "huge", "call": "status"}])).await;
    let (head, body) = head_and_body(&world, "/v2/ORD-1/status").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body.len(), 10 * 1024 * 1024);
    world.switch(json!([{"fault": "redirect"}])).await;
    let (head, _) = head_and_body(&world, "/v2/ORD-1/status").await;
    assert!(head.starts_with("http/1.1 302") && head.contains("location: https://"), "{head}");
}

#[tokio::test]
async fn a_contradiction_is_a_success_about_somebody_else() {
    let world = World::misbehaving(json!([{"fault": "contradiction"}])).await;
    let told = world.charge("ORD-1", "qris", json!({})).await;
    assert_eq!(told["status_code"], "201");
    assert_ne!(told["order_id"], "ORD-1");
    assert_eq!(told["order_id"], told["transaction_id"]);
    let listed = world.core("ORD-1", "status/b2b", Value::Null).await;
    assert_ne!(listed["transactions"][0]["order_id"], "ORD-1");
    let missing = world.core("ORD-9", "status", Value::Null).await;
    assert_eq!(missing["status_code"], "404", "a failure is no success");
    let (_, page) = world.snap("ORD-2").await;
    let token = page["token"].as_str().unwrap();
    assert!(!page["redirect_url"].as_str().unwrap().ends_with(token), "{page}");
    world.switch(json!([])).await;
    assert_eq!(world.status("ORD-1").await, "pending", "the work was done");
}

#[tokio::test]
async fn get_status_is_late_for_a_while_and_only_it() {
    let world = World::misbehaving(json!([{"fault": "stale", "ms": 60_000}])).await;
    let paid = world.pay("ORD-1", "gopay", "settle").await;
    let id = paid["transaction_id"].as_str().unwrap();
    let late = world.core(id, "status", Value::Null).await;
    assert_eq!(
        (&late["transaction_status"], &late["status_code"]),
        (&json!("pending"), &json!("201"))
    );
    assert!(late.get("settlement_time").is_none() && crate::tampered::is_signed(&late), "{late}");
    let listed = world.core(id, "status/b2b", Value::Null).await;
    assert_eq!(listed["transactions"][0]["transaction_status"], "pending");
    let view = world.get(&format!("/_sim/transactions/{id}")).await;
    assert_eq!(view["transaction_status"], "settlement", "the truth is elsewhere");
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["pending", "settlement"], "notifications are not late");
    world.wait(seconds(59)).await;
    assert_eq!(world.status(id).await, "pending");
    world.wait(seconds(1)).await;
    assert_eq!(world.status(id).await, "settlement");

    for amount in [1000, 2000] {
        world
            .core(id, "refund", json!({"refund_key": format!("r{amount}"), "amount": amount}))
            .await;
    }
    let late = world.core(id, "status", Value::Null).await;
    assert_eq!(late["refund_amount"], "1000.00", "{late}");
    assert_eq!(late["refunds"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stale_capture_has_not_settled_yet() {
    let world = World::misbehaving(json!([{"fault": "stale", "call": "status"}])).await;
    let told = world.card("ORD-1", "4811111111111114").await;
    assert_eq!(told["transaction_status"], "capture");
    world.act("ORD-1", "settle").await;
    let late = world.core("ORD-1", "status", Value::Null).await;
    assert_eq!(late["transaction_status"], "capture");
    assert!(late.get("settlement_time").is_none(), "{late}");
    let listed = world.core("ORD-1", "status/b2b", Value::Null).await;
    assert_eq!(listed["transactions"][0]["transaction_status"], "settlement", "another call");
}

/// Its counters are about answers that could be late, not about all that is asked.
#[tokio::test]
async fn a_stale_answer_is_not_spent_on_what_never_changed() {
    let world = World::misbehaving(json!([{"fault": "stale", "times": 1}])).await;
    world.pay("ORD-1", "qris", "pending").await;
    assert_eq!(world.status("ORD-1").await, "pending");
    assert_eq!(world.status("ORD-2").await, "");
    assert_eq!(world.counters().await, [(0, 0)]);
    world.act("ORD-1", "settle").await;
    assert_eq!(world.status("ORD-1").await, "pending");
    assert_eq!(world.status("ORD-1").await, "settlement");
    assert_eq!(world.counters().await, [(2, 1)]);
}

/// The key is kept although the caller did not learn the answer (midtrans.md 2.8).
#[tokio::test]
async fn a_charge_whose_answer_was_cut_is_repeated_by_its_key() {
    let world =
        World::misbehaving(json!([{"fault": "cut", "after": true, "call": "charge", "times": 1}]))
            .await;
    let body = json!({
        "payment_type": "gopay",
        "transaction_details": {"order_id": "ORD-1", "gross_amount": 5000},
    });
    let send = || {
        let call = world.http.post(format!("http://{}/v2/charge", world.address)).json(&body);
        call.basic_auth(KEY, Some("")).header("Idempotency-Key", "k-1").send()
    };
    assert!(send().await.is_err());
    let told: Value = send().await.unwrap().json().await.unwrap();
    assert_eq!(told["status_code"], "201", "{told}");
    let id = world.get("/_sim/transactions").await[0]["transaction_id"].clone();
    assert_eq!(told["transaction_id"], id);
    assert_eq!(world.ledger().await["transactions"], 1);
}
