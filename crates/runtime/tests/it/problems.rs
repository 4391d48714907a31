//! Every refusal is a problem document, and the process goes on.

use crate::harness::{Served, serve};
use axum::Router;
use axum::routing::{get, post};
use kernel::ParseIdError;
use runtime::http::ServerConfig;
use runtime::{Caller, Json, Path, Query, problem};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    price: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<u8>,
}

struct ThingId;

impl FromStr for ThingId {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        if text == "1" { Ok(Self) } else { Err(ParseIdError) }
    }
}

async fn served() -> Served {
    let list = async |Query(page): Query<Page>| format!("{:?}", page.limit);
    let routes = Router::new()
        .route("/v1/things", post(async |Json(thing): Json<Thing>| Json(thing)).get(list))
        .route("/v1/things/{id}", get(async |Path(ThingId): Path<ThingId>| "one"))
        .route("/caller", get(async |caller: Caller| format!("{:?}", caller.cause("api"))))
        .route("/panic", get(async || -> &'static str { panic!("planted") }))
        .merge(problem::routes(&[]));
    serve(routes, ServerConfig::default()).await
}

async fn post_json(served: &Served, content_type: &str, body: &str) -> (u16, String) {
    let head = format!("POST /v1/things HTTP/1.1\r\ncontent-type: {content_type}");
    let answer = served.ask(&head, body).await;
    (answer.status, if answer.status == 200 { answer.body } else { answer.problem() })
}

#[tokio::test]
async fn bodies_are_refused_by_what_is_wrong_with_them() {
    let served = served().await;
    for (content_type, body, status, code) in [
        ("application/json", "", 400, "malformed_json"),
        ("application/json", r#"{"price":1"#, 400, "malformed_json"),
        ("text/plain", r#"{"price":1}"#, 415, "unsupported_media_type"),
        ("application/json", r#"{"price":19999.99}"#, 422, "validation_failed"),
        ("application/json", r#"{"prize":1}"#, 422, "validation_failed"),
        ("application/json", r#"{"price":1}"#, 200, r#"{"price":1}"#),
    ] {
        let found = post_json(&served, content_type, body).await;
        assert_eq!(found, (status, code.to_owned()), "{body}");
    }
}

#[tokio::test]
async fn addresses_methods_and_parameters_that_do_not_exist_are_problems() {
    let served = served().await;
    for (path, status, code) in [
        ("/nowhere", 404, "not_found"),
        ("/v1/orders/../../etc", 404, "not_found"),
        ("/v1/things/not-a-uuid", 404, "not_found"),
        ("/v1/things/1%20OR%201=1", 404, "not_found"),
        ("/v1/things/%ff", 404, "not_found"),
        ("/v1/things?limt=1", 400, "unknown_parameter"),
        ("/v1/things?limit=x", 400, "invalid_parameter"),
        ("/problems/nothing", 404, "not_found"),
    ] {
        let answer = served.get(path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{path}");
    }
    let answer = served.ask("DELETE /v1/things HTTP/1.1", "").await;
    assert_eq!((answer.status, answer.problem().as_str()), (405, "method_not_allowed"));
    let allow = answer.header("allow").unwrap();
    assert!(allow.contains("get") && allow.contains("post"), "{allow}");
    assert_eq!(served.get("/v1/things/1").await.body, "one");
}

#[tokio::test]
async fn what_a_problem_links_to_explains_it_to_people_and_programs() {
    let served = served().await;
    let kind = served.get("/nowhere").await.json()["type"].as_str().unwrap().to_owned();
    assert_eq!(served.get(&kind).await.json()["slug"], "not-found");
    let page = served.ask(&format!("GET {kind} HTTP/1.1\r\naccept: text/html"), "").await;
    assert!(page.body.starts_with("<!doctype html>"), "{}", page.body);
    assert!(served.get("/problems").await.json().as_array().unwrap().len() >= 16);
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_next_request_is_served() {
    let served = served().await;
    for _ in 0..3 {
        let answer = served.get("/panic").await;
        assert_eq!((answer.status, answer.problem().as_str()), (500, "internal"));
        assert!(!answer.body.contains("planted"));
    }
    assert_eq!(served.get("/v1/things/1").await.status, 200);
}

#[tokio::test]
async fn the_caller_s_id_and_trace_travel_and_unusable_ones_do_not() {
    let served = served().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let head = format!("GET /caller HTTP/1.1\r\nx-request-id: mine-1\r\ntraceparent: {trace}");
    let answer = served.ask(&head, "").await;
    assert_eq!(answer.header("x-request-id"), Some("mine-1"));
    assert!(answer.body.contains("mine-1") && answer.body.contains(trace), "{}", answer.body);
    let head = "GET /caller HTTP/1.1\r\nx-request-id: two words\r\ntraceparent: nonsense";
    let answer = served.ask(head, "").await;
    assert_eq!(answer.header("x-request-id").map(str::len), Some(36));
    assert!(answer.body.contains("traceparent: None"), "{}", answer.body);
}
