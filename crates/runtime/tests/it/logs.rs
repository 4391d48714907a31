//! What a process logs, seen from outside: this test runs itself again and reads its stderr.

use crate::harness::serve;
use axum::Router;
use axum::routing::get;
use runtime::http::ServerConfig;
use runtime::telemetry::{Format, init};
use runtime::{LogOrder, Path};
use serde_json::Value;
use std::process::Command;

const CHILD: &str = "RUNTIME_TEST_LOGS_CHILD";

#[test]
fn one_line_per_request_one_per_panic_and_no_personal_data() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "logs::child", "--nocapture"])
        .env(CHILD, "1")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains("budi"), "a path or query value was logged: {text}");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of = |field: &str, value: &str| {
        let found: Vec<_> = lines.iter().filter(|line| line[field] == value).collect();
        assert_eq!(found.len(), 1, "{field} {value}: {text}");
        found[0].clone()
    };
    let order = of("request_id", "first");
    assert_eq!((&order["method"], &order["route"]), (&"GET".into(), &"/orders/{id}".into()));
    assert_eq!((&order["status"], &order["order_id"]), (&200.into(), &"order-1".into()));
    assert!(order["duration_us"].is_u64() && order["level"] == "INFO");
    assert_eq!(of("request_id", "second")["status"], 500);
    let panic = of("message", "planted");
    assert_eq!(
        (&panic["level"], &panic["span"]["request_id"]),
        (&"ERROR".into(), &"second".into())
    );
    assert!(panic["place"].as_str().unwrap().contains("logs.rs"), "{panic}");
    assert_eq!(of("request_id", "third")["route"], "(none)");
    assert_eq!(lines.len(), 4, "{text}");
}

/// The process under test: three requests and a healthy probe, which is not worth a line.
#[tokio::test]
async fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let _guard = init(Format::Json, "").unwrap();
    let order = async |Path(_): Path<String>| (LogOrder("order-1".to_owned()), "paid");
    let routes = Router::new()
        .route("/orders/{id}", get(order))
        .route("/livez", get(async || "ok"))
        .route("/panic", get(async || -> &'static str { panic!("planted") }));
    let served = serve(routes, ServerConfig::default()).await;
    for (path, id) in [
        ("/orders/budi?email=budi@example.com", "first"),
        ("/panic", "second"),
        ("/budi", "third"),
        ("/livez", "fourth"),
    ] {
        served.ask(&format!("GET {path} HTTP/1.1\r\nx-request-id: {id}"), "").await;
    }
}
