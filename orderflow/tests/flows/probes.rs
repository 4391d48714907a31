//! What machines ask, and addresses that lead nowhere.

use reqwest::Method;
use testkit::{Api, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_system_is_alive_and_ready() {
    let stack = crate::start().await;
    let mut names = Vec::new();
    for process in stack.addresses.each() {
        let process = Api::new(process);
        assert_eq!(process.get("/livez").await.expect(200).text, "ok");
        assert_eq!(process.read("/readyz").await["ready"], true);
        let verbose = process.read("/readyz?verbose").await;
        let checks = verbose["checks"].as_array().unwrap();
        assert!(checks.iter().all(|check| check["ok"] == true), "{verbose}");
        names.extend(checks.iter().map(|check| text(check, "/name")));
        process.get("/readyz?verbos").await.problem(400, "unknown_parameter");
        let about = process.read("/about").await;
        assert_eq!((&about["name"], &about["simulator"]), (&"orderflow".into(), &true.into()));
    }
    let databases = ["order database", "payment database", "notification database"];
    assert!(databases.iter().all(|name| names.iter().any(|n| n == name)), "{names:?}");
    stack.finish().await;
}

/// Where everything is behind one address, there is a page for people.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_page_is_where_everything_is() {
    let stack = crate::start().await;
    let one = stack.addresses.each().len() == 1;
    let page = stack.get("/").await.expect(if one { 200 } else { 404 });
    assert_eq!(page.header("content-security-policy").is_some(), one);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_leads_nowhere_is_a_problem() {
    let stack = crate::start().await;
    for path in
        ["/nothing", "/v1", "/v1/orders/", "/v2orders", "/problems/nothing", "/ops/nobody/backlog"]
    {
        let answer = stack.get(path).await;
        let problem = answer.problem(404, "not_found");
        assert_eq!(problem["instance"], path);
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_an_address_does_not_have_is_a_problem_that_names_those_it_has() {
    let stack = crate::start().await;
    let cases = [
        (Method::DELETE, "/v1/orders", "GET"),
        (Method::PUT, "/v1/orders", "POST"),
        (Method::GET, "/webhooks/midtrans", "POST"),
        (Method::POST, "/v1/payments", "GET"),
        (Method::POST, "/livez", "GET"),
    ];
    for (method, path, allowed) in cases {
        let answer = stack.send(method.clone(), path, &[], "").await;
        answer.problem(405, "method_not_allowed");
        let allow = answer.header("allow").unwrap_or_default();
        assert!(allow.contains(allowed), "{method} {path}: Allow is {allow:?}");
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callers_request_id_comes_back_and_marks_the_story() {
    let stack = crate::start().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
        ("x-request-id", "checkout-77"),
        ("traceparent", trace),
    ];
    let body = testkit::order().to_string();
    let answer = stack.send(Method::POST, "/v1/orders", &headers, body).await.expect(201);
    assert_eq!(answer.header("x-request-id"), Some("checkout-77"));
    let id = text(&answer.json(), "/id");
    stack.told(&id, 1).await;
    for service in testkit::SERVICES {
        let story = stack.story(service, &id).await;
        for fact in story["timeline"].as_array().unwrap() {
            assert_eq!(fact["correlation"], "checkout-77", "{service}: {fact}");
            assert_eq!(fact["traceparent"], trace, "{service}: {fact}");
        }
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn problems_are_explained_where_they_point() {
    let stack = crate::start().await;
    let list = stack.get("/problems").await;
    assert!(matches!(list.status, 200 | 404), "{list:?}");
    for slug in ["validation", "malformed-json", "not-found", "reference-taken", "unavailable"] {
        stack.get(&format!("/problems/{slug}")).await.expect(200);
    }
    stack.finish().await;
}
