//! What is left is told as left: a gateway that does not answer, that says otherwise than we, or whose
//! answer nobody can read.

use super::{kinds, later, lost, pair, report, silent, told, waits};
use crate::database::{self, change};
use axum::extract::{self, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use orderflow::compose::Part;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use testkit::{order, text};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_does_not_answer_leaves_what_it_is() {
    let stack = crate::start().await;
    silent(&stack).await;
    let id = lost(&stack).await;
    let json = [("content-type", "application/json")];
    let away =
        json!([{ "fault": "drop" }, { "fault": "http_error", "call": "status", "code": 503 }]);
    stack.send(Method::PUT, "/_sim/faults", &json, away.to_string()).await.expect(200);
    let compared = told(&stack, 3, &["--simulator"]).await;
    assert_eq!(kinds(&compared), [pair("unknown_transaction", "left")]);
    let rows = told(&stack, 3, &[&id]).await;
    assert_eq!((&rows[0]["asked"], &rows[0]["after"]), (&json!(false), &json!("pending")));
    waits(&stack, &id).await;
    silent(&stack).await;
    told(&stack, 0, &["--simulator"]).await;
    stack.order_becomes(&id, "paid").await;
    stack.finish().await;
}

/// The gateway, asked now, contradicts us, and is not believed: whoever holds the older report in his
/// hand must not be told that it says as we do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_not_believed_leaves_what_a_report_says() {
    let stack = crate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let id = lost(&stack).await;
    stack.order_becomes(&id, "paid").await;
    let path = report(&stack, &folder, |lines| {
        lines[1] = lines[1].replace("settlement,", "pending,");
    })
    .await;
    let args = ["--report", path.to_str().unwrap()];
    assert_eq!(kinds(&told(&stack, 0, &args).await), [pair("status", "passed")], "it is older");
    // It says what was before the last change.
    let json = [("content-type", "application/json")];
    let stale = json!([{ "fault": "stale", "call": "status" }]).to_string();
    stack.send(Method::PUT, "/_sim/faults", &json, stale).await.expect(200);
    let compared = told(&stack, 3, &args).await;
    assert_eq!(kinds(&compared), [pair("status", "left")], "{compared}");
    let advice = text(&compared, "/differences/0/advice");
    assert!(advice.contains("/v1/operator-items"), "{advice}");
    let items = stack.read("/v1/operator-items").await;
    assert_eq!(items["data"][0]["kind"], "distrusted", "{items}");
    stack.finish().await;
}

/// The simulator's list is of now: nothing in it is older than we are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_simulator_does_not_have_is_left_however_far_ahead_we_are() {
    let stack = crate::start().await;
    silent(&stack).await;
    let mut ids = Vec::new();
    for method in ["bca_va", "gopay"] {
        let id = stack.create_id(&order()).await;
        stack.pay(&id, method, "pending").await;
        told(&stack, 0, &[&id]).await;
        ids.push(id);
    }
    later(&stack, 2).await;
    assert_eq!(kinds(&told(&stack, 0, &["--simulator"]).await), []);
    // In our books it is paid, and nobody paid.
    let paid = format!(
        "UPDATE transactions SET status = 'settlement' WHERE attempt_id IN
         (SELECT a.id FROM attempts a JOIN payments p ON p.id = a.payment_id WHERE p.order_id = {})",
        database::id(&ids[0])
    );
    assert_eq!(change(&stack, Part::Payment, &paid).await, 1);
    let compared = told(&stack, 3, &["--simulator"]).await;
    assert_eq!(kinds(&compared), [pair("status", "left")], "{compared}");
    assert_eq!(compared["differences"][0]["order_id"], json!(ids[0]));
    stack.finish_quickly().await;
}

const GOOD: [&str; 2] =
    ["0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-0000000000a1"];
const BAD: [&str; 2] =
    ["0198c0de-0000-7000-8000-000000000002", "0198c0de-0000-7000-8000-0000000000a2"];

/// A payment service that asks when it is told to, and cannot tell what came of one payment.
async fn half_blind() -> String {
    let payment =
        |[order, id]: [&str; 2]| json!({ "order_id": order, "id": id, "status": "pending" });
    let known: HashMap<String, Value> =
        [GOOD, BAD].map(|ids| (ids[1].to_owned(), payment(ids))).into();
    let one =
        async |State(known): State<HashMap<String, Value>>,
               extract::Path(id): extract::Path<String>| { Json(known[&id].clone()) };
    let story = async |extract::Path(order): extract::Path<String>| {
        Json(json!({ "service": "payment", "order_id": order, "timeline": [], "outbox": [],
            "inbox": [], "jobs": [], "dead_letters": [] }))
    };
    let audit = async |Query(query): Query<HashMap<String, String>>| {
        if query.get("after").is_some_and(|after| **after >= *GOOD[0]) {
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        }
        Ok(Json(json!({ "has_more": false, "data": [{
            "order_id": GOOD[0], "payment_id": GOOD[1], "account": "a", "status": "paid",
            "version": 3, "amount": 1, "currency": "IDR", "method": null,
            "due_at": "2026-03-02T00:00:00Z", "call_off_at": null,
            "created_at": "2026-03-01T00:00:00Z", "updated_at": "2026-03-01T00:00:00Z",
            "attempts": [], "refunds": [], "open_items": [], "journal": [] }] })))
    };
    let routes = Router::new()
        .route("/about", get(async || Json(json!({ "name": "orderflow" }))))
        .route("/v1/payments/{id}", get(one))
        .route("/v1/payments/{id}/sync", post(async || StatusCode::ACCEPTED))
        .route("/ops/payment/orders/{id}", get(story))
        .route("/ops/payment/audit", get(audit))
        .with_state(known);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_again_after_asking_takes_nothing_else_along() {
    let url = half_blind().await;
    let binary = Path::new(env!("CARGO_BIN_EXE_orderflow"));
    let args = ["reconcile", GOOD[1], BAD[1], "--url", &url, "--json"];
    let ended = testkit::run(binary, &args, &[]).await;
    assert_eq!(ended.code, Some(3), "{}\n{}", ended.stdout, ended.stderr);
    let rows: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let row = |ids: [&str; 2]| rows.iter().find(|row| row["payment_id"] == ids[1]).unwrap();
    let (good, bad) = (row(GOOD), row(BAD));
    assert_eq!((&good["asked"], &good["after"]), (&json!(true), &json!("paid")), "{good}");
    assert_eq!((&bad["asked"], &bad["after"]), (&json!(false), &Value::Null), "{bad}");
    let why = text(bad, "/reason");
    assert!(why.contains("it was asked") && why.contains("500"), "{why}");
    assert!(ended.stderr.contains("1 moved, 1 could not"), "{}", ended.stderr);
    // For people too.
    let ended = testkit::run(binary, &args[..5], &[]).await;
    assert_eq!(ended.code, Some(3), "{}\n{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout.matches("pending → paid").count(), 1, "{}", ended.stdout);
    assert_eq!(ended.stdout.lines().count(), 2, "{}", ended.stdout);
}
