//! What the log says of bad inputs: a JSON object a line, and nobody's address.

use crate::binary::House;
use serde_json::{Value, json};
use testkit::invariants::{Expected, check};
use testkit::{Raw, changed, order, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_inputs_are_not_echoed_and_break_no_line() {
    let house = House::new();
    let system = house.up().await;
    let evil = "a@b.id\r\n{\"level\":\"FORGED\"}\r\nBcc: x@evil.id";
    let bodies = [
        changed(order(), "/customer/email", json!(evil)),
        changed(order(), "/customer/name", json!("Bu\u{0}di\u{1b}[2J\r\n{\"level\":\"FORGED\"}")),
        changed(order(), "/reference", json!("\u{1b}]0;FORGED\u{7}")),
    ];
    for body in &bodies {
        system.place("evil", body.to_string()).await.problem(422, "validation_failed");
    }
    let paths = ["/v1/orders/%0d%0a%7b%22level%22:%22FORGED%22%7d", "/FORGED%1b[2J", "/pay/FORGED"];
    for path in paths {
        let request = format!("GET {path} HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n");
        assert_eq!(Raw::ask(system.address, request.as_bytes()).await.status, 404);
    }
    let headers = [("x-request-id", "FORGED id"), ("user-agent", "FORGED")];
    system.send(reqwest::Method::GET, "/v1/orders", &headers, "").await.expect(200);
    let id = system.create_id(&order()).await;
    system.told(&id, 1).await;
    check(&system, Expected::default()).await;
    until("the log has the order", async || {
        if system.words().contains(&id) { Ok(()) } else { Err(system.words()) }
    })
    .await;
    let words = system.words();
    assert!(!words.contains('\u{1b}') && !words.contains('\0'), "{words}");
    let log: Vec<Value> =
        words.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(log.len() > 5, "{words}");
    for personal in ["FORGED", "evil.id", "budi@example.com", "Budi Santoso", "6281234567890"] {
        assert!(!words.contains(personal), "{personal:?} is in {words}");
    }
    let broken = words.lines().filter(|line| line.contains("\"level\""));
    assert_eq!(broken.count(), log.len(), "a line is no JSON: {words}");
}
