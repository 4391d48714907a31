//! The definitions at a real server: taken, understood, and compared with what is there.

use crate::server::{LEFT, RIGHT, VirtualHost};
use messaging_rabbitmq::topology::{Finding, Topology};
use reqwest::Method;
use serde_json::{Value, json};

fn topology() -> Topology {
    Topology::new([LEFT, RIGHT])
}

async fn diff(host: &VirtualHost) -> Vec<(Finding, String)> {
    let path = ["definitions", &host.name];
    let actual = host.management.done(Method::GET, &path, &Value::Null).await;
    let differences = topology().diff(&host.name, &actual);
    differences.into_iter().map(|d| (d.finding, d.to_string())).collect()
}

#[tokio::test]
async fn what_was_applied_does_not_differ_in_the_host_or_in_the_whole_server() {
    let host = VirtualHost::with(&[LEFT, RIGHT]).await;
    assert_eq!(diff(&host).await, []);
    host.apply(&[LEFT, RIGHT]).await;
    assert_eq!(diff(&host).await, [], "applied again");
    let whole = host.management.done(Method::GET, &["definitions"], &Value::Null).await;
    assert_eq!(topology().diff(&host.name, &whole), []);
    let everything = topology().diff("no such host", &whole);
    assert!(everything.iter().all(|d| d.finding == Finding::Missing));
    assert_eq!(everything.len(), 2 + 4 + 4 + 6);
}

#[tokio::test]
async fn every_damage_is_seen_and_applying_heals_what_can_be_healed() {
    let host = VirtualHost::with(&[LEFT, RIGHT]).await;
    let at = &host.name;
    let change = async |method: Method, path: &[&str], body: Value| {
        host.management.done(method, path, &body).await;
    };
    let binding = ["bindings", at, "e", "orderflow.events", "q", LEFT.name];
    change(Method::DELETE, &[&binding[..], &["both"]].concat(), Value::Null).await;
    change(Method::DELETE, &["exchanges", at, "orderflow.dead"], Value::Null).await;
    change(Method::DELETE, &["policies", at, RIGHT.name], Value::Null).await;
    let other = json!({ "pattern": "^contracts\\.left$", "apply-to": "queues", "priority": 100,
        "definition": { "delivery-limit": 3 } });
    change(Method::PUT, &["policies", at, LEFT.name], other).await;
    let mut seen = diff(&host).await;
    seen.sort_by(|a, b| a.1.cmp(&b.1));
    let starts = [
        (Finding::Missing, "binding orderflow.dead -> contracts.left.dead by \"contracts.left\""),
        (Finding::Missing, "binding orderflow.dead -> contracts.right.dead by"),
        (Finding::Missing, "binding orderflow.events -> contracts.left by \"both\" is missing"),
        (Finding::Missing, "exchange orderflow.dead is missing"),
        (Finding::Changed, "policy contracts.left has definition {\"delivery-limit\":3}, not"),
        (Finding::Missing, "policy contracts.right is missing"),
    ];
    assert_eq!(seen.len(), starts.len(), "{seen:?}");
    for ((finding, text), (expected, start)) in seen.iter().zip(starts) {
        assert!(*finding == expected && text.starts_with(start), "{text}");
    }
    host.apply(&[LEFT, RIGHT]).await;
    assert_eq!(diff(&host).await, []);
}

#[tokio::test]
async fn a_classic_queue_in_the_place_of_ours_has_to_be_deleted() {
    let host = VirtualHost::with(&[LEFT, RIGHT]).await;
    let path = ["queues", &host.name, LEFT.name];
    host.management.done(Method::DELETE, &path, &Value::Null).await;
    let classic = json!({ "durable": true, "auto_delete": false, "arguments": {} });
    host.management.done(Method::PUT, &path, &classic).await;
    host.apply(&[LEFT, RIGHT]).await;
    let seen = diff(&host).await;
    let [(Finding::Fixed, text)] = &seen[..] else { panic!("one finding, not {seen:?}") };
    assert!(text.contains("queue contracts.left is a classic queue, not a quorum queue"), "{text}");
    host.management.done(Method::DELETE, &path, &Value::Null).await;
    host.apply(&[LEFT, RIGHT]).await;
    assert_eq!(diff(&host).await, []);
}

#[tokio::test]
async fn a_binding_too_many_is_seen_and_left_alone() {
    let host = VirtualHost::with(&[LEFT, RIGHT]).await;
    let path = ["bindings", &host.name, "e", "orderflow.events", "q", LEFT.name];
    let key = json!({ "routing_key": "#", "arguments": {} });
    host.management.done(Method::POST, &path, &key).await;
    let seen = diff(&host).await;
    let [(Finding::Surplus, text)] = &seen[..] else { panic!("one finding, not {seen:?}") };
    assert!(text.starts_with("binding orderflow.events -> contracts.left by \"#\""), "{text}");
}
