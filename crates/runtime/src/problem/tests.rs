//! Proof that every problem is explained, complete and never larger or rawer than it must be.

use super::*;
use std::collections::HashSet;

fn every_constructor() -> Vec<Problem> {
    vec![
        Problem::validation(vec![FieldError::new("/a", "required", "is required")]),
        Problem::malformed_json(1, 2, "eof"),
        Problem::incomplete_body(),
        Problem::unknown_parameter("x", "`limit`"),
        Problem::invalid_parameter("limit", "must be a whole number"),
        Problem::missing_idempotency_key(),
        Problem::unauthenticated("the signature does not fit"),
        Problem::not_found(),
        Problem::method_not_allowed(),
        Problem::request_timeout(),
        Problem::conflict("the order is paid"),
        Problem::reference_taken("id"),
        Problem::idempotency_mismatch(),
        Problem::payload_too_large(65_536),
        Problem::unsupported_media_type("application/json"),
        Problem::unavailable("busy", 2),
        Problem::internal(),
    ]
}

fn json(problem: &Problem) -> serde_json::Value {
    serde_json::to_value(&problem.0).unwrap()
}

#[test]
fn every_constructor_is_explained_and_every_kind_has_a_constructor() {
    let explained: HashSet<String> = catalogue::KINDS.iter().map(|kind| kind.type_url()).collect();
    let made: HashSet<String> =
        every_constructor().iter().map(|problem| problem.type_url().to_owned()).collect();
    assert_eq!(explained.len(), catalogue::KINDS.len(), "a slug is used twice");
    assert_eq!(made, explained);
}

#[test]
fn the_document_has_the_members_that_clients_rely_on() {
    let mut problem = Problem::validation(vec![FieldError::new("/q", "min", "at least 1")]);
    problem.locate("/v1/orders", "abc");
    assert_eq!(
        json(&problem),
        serde_json::json!({
            "type": "/problems/validation", "title": "The request is not valid.", "status": 422,
            "code": "validation_failed", "detail": "1 field needs attention",
            "instance": "/v1/orders", "request_id": "abc", "retryable": false,
            "errors": [{ "pointer": "/q", "code": "min", "detail": "at least 1" }],
        })
    );
    let busy = json(&Problem::unavailable("busy", 3));
    assert_eq!((&busy["retryable"], &busy["retry_after"]), (&true.into(), &3.into()));
    let key = json(&Problem::missing_idempotency_key());
    assert!(key["detail"].as_str().unwrap().contains("/problems/missing-idempotency-key"));
}

#[test]
fn a_refusal_never_grows_with_what_it_refuses() {
    let huge = "é\u{0}<script>".repeat(20_000);
    for problem in [
        Problem::conflict(huge.clone()),
        Problem::unknown_parameter(&huge, ""),
        Problem::validation(vec![FieldError::new(huge.clone(), "x", huge.clone())]),
    ] {
        let text = serde_json::to_string(&problem.0).unwrap();
        assert!(text.len() < 20_000, "{}", text.len());
        assert!(text.chars().all(|c| !c.is_control()));
    }
}
