//! Every failure that is told properly, in both layers and dialects, and the outcome it must be.

use crate::calls::{all, core};
use crate::stub::{answering, request, saying};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use midtrans::{Doubt, Error, Options, Outcome, TransactionStatus};
use std::time::Duration;

/// The class of a code in a body over HTTP 200, whatever the call (midtrans.md 2.7).
const CLASSES: [(u16, Outcome); 22] = [
    (300, Outcome::Refused),
    (400, Outcome::Refused),
    (401, Outcome::Refused),
    (402, Outcome::Refused),
    (403, Outcome::Refused),
    (405, Outcome::Refused),
    (406, Outcome::Refused),
    (408, Outcome::Refused),
    (410, Outcome::Refused),
    (411, Outcome::Refused),
    (412, Outcome::Refused),
    (413, Outcome::Refused),
    (414, Outcome::Refused),
    (418, Outcome::Retryable),
    (429, Outcome::Retryable),
    (500, Outcome::Unknown),
    (501, Outcome::Refused),
    (502, Outcome::Unknown),
    (503, Outcome::Unknown),
    (504, Outcome::Unknown),
    (505, Outcome::Retryable),
    (900, Outcome::Unknown),
];

#[tokio::test]
async fn every_code_has_its_class_for_every_call_of_core() {
    for (code, class) in CLASSES {
        let client = saying(200, &format!(r#"{{"status_code":"{code}","id":"x"}}"#)).await;
        for (call, result) in core(&client).await {
            let error = result.unwrap_err();
            assert_eq!(error.class(), class, "{code} of {call}: {error:?}");
            assert_eq!(error.retry_helps(), class != Outcome::Refused, "{code} of {call}");
            assert_eq!(error.is_certainly_not_done(), class != Outcome::Unknown, "{code}");
            assert_eq!(error.is_duplicate(), code == 406, "{code}");
            assert_eq!(error.is_wrong_state(), code == 412, "{code}");
            assert_eq!(error.is_amount_refused(), code == 414, "{code}");
        }
    }
}

#[tokio::test]
async fn true_http_codes_have_the_same_classes() {
    for (http, class) in [
        (400, Outcome::Refused),
        (401, Outcome::Refused),
        (402, Outcome::Refused),
        (403, Outcome::Refused),
        (406, Outcome::Refused),
        (412, Outcome::Refused),
        (413, Outcome::Refused),
        (408, Outcome::Unknown),
        (425, Outcome::Unknown),
        (429, Outcome::Retryable),
        (500, Outcome::Unknown),
        (502, Outcome::Unknown),
        (503, Outcome::Unknown),
        (504, Outcome::Unknown),
        (599, Outcome::Unknown),
    ] {
        let client = saying(http, "<html>no</html>").await;
        for (call, result) in all(&client).await {
            let error = result.unwrap_err();
            assert_eq!(error.class(), class, "HTTP {http} of {call}: {error:?}");
        }
    }
}

#[tokio::test]
async fn http_202_is_the_first_call_still_running_and_no_success() {
    let done = r#"{"status_code":"200","transaction_status":"cancel","order_id":"ORD-1"}"#;
    for body in ["", "{}", done] {
        for (call, result) in core(&saying(202, body).await).await {
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Busy { code: 202, .. }), "{call}: {error:?}");
            assert_eq!(error.class(), Outcome::Unknown, "{call}");
        }
    }
}

#[tokio::test]
async fn overload_and_faults_are_busy_in_both_layers() {
    let client = answering(|| {
        let wait = [(header::RETRY_AFTER, "7")];
        (StatusCode::TOO_MANY_REQUESTS, wait, "slow down").into_response()
    })
    .await;
    let error = client.create_snap(&request()).await.unwrap_err();
    assert!(matches!(error, Error::Busy { code: 429, .. }), "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));

    for (http, body, expected) in [
        (500, "<html>", 500),
        (503, "{}", 503),
        (200, r#"{"status_code":"500"}"#, 500),
        (200, r#"{"status_code":"429"}"#, 429),
        (200, r#"{"status_code":505}"#, 505),
    ] {
        let client = saying(http, body).await;
        let error = client.status("ORD-1").await.unwrap_err();
        assert!(matches!(error, Error::Busy { code, .. } if code == expected), "{error:?}");
        assert!(error.retry_helps());
    }
}

#[tokio::test]
async fn a_bad_key_is_told_in_both_dialects() {
    for (http, body) in [
        (401, r#"{"error_messages":["Access denied"]}"#),
        (401, r#"{"status_code":"401","status_message":"no"}"#),
        (200, r#"{"status_code":"401"}"#),
    ] {
        let client = saying(http, body).await;
        let error = client.status("ORD-1").await.unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
        assert!(!error.retry_helps());
    }
}

#[tokio::test]
async fn refusals_carry_their_messages_in_bounds() {
    let long = format!(r#"{{"error_messages":["{}","two"]}}"#, "x".repeat(5000));
    let client = saying(400, &long).await;
    match client.create_snap(&request()).await {
        Err(Error::Refused { http: 400, code: 400, messages }) => {
            assert_eq!((messages.len(), messages[0].len()), (2, 300));
        }
        other => panic!("{other:?}"),
    }
    let body = r#"{"status_code":"412","status_message":"no","id":"x"}"#;
    for http in [200, 412] {
        let client = saying(http, body).await;
        let error = client.cancel("ORD-1", &Options::default()).await.unwrap_err();
        assert!(error.is_wrong_state() && !error.retry_helps(), "{error:?}");
    }
    let client = saying(200, r#"{"status_code":"400","status_message":"a\u0000b\nc"}"#).await;
    match client.status("ORD-1").await {
        Err(Error::Refused { messages, .. }) => assert_eq!(messages, ["a b c"]),
        other => panic!("{other:?}"),
    }
    let client = saying(403, "<html>blocked</html>").await;
    let error = client.status("ORD-1").await.unwrap_err();
    assert!(matches!(error, Error::Refused { code: 403, .. }), "{error:?}");
}

#[tokio::test]
async fn only_midtrans_own_404_means_not_attempted() {
    let none = Options::default();
    let own = r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#;
    for http in [200, 404] {
        let client = saying(http, own).await;
        assert_eq!(client.status("ORD-1").await.unwrap(), None);
        assert!(client.cancel("ORD-1", &none).await.unwrap_err().is_not_found());
    }
    for foreign in ["<html>not here</html>", r#"{"message":"no route matched"}"#] {
        let client = saying(404, foreign).await;
        let error = client.status("ORD-1").await.unwrap_err();
        assert!(matches!(error, Error::Refused { http: 404, .. }), "{error:?}");
        let error = client.cancel("ORD-1", &none).await.unwrap_err();
        assert!(!error.is_not_found() && error.class() == Outcome::Refused, "{error:?}");
    }
}

#[tokio::test]
async fn code_407_is_an_answer_and_an_action_must_end_where_it_should() {
    let none = Options::default();
    let expired = r#"{"status_code":"407","transaction_status":"expire","order_id":"ORD-1",
        "transaction_id":"t","gross_amount":"125000.00"}"#;
    let client = saying(200, expired).await;
    let read = client.status("ORD-1").await.unwrap().unwrap();
    assert_eq!(read.transaction_status, TransactionStatus::Expire);
    client.expire("ORD-1", &none).await.unwrap();
    let doubt = |error| matches!(error, Error::Unknown(Doubt::Contradiction));
    assert!(doubt(client.cancel("ORD-1", &none).await.unwrap_err()));

    let settled = expired.replace("407", "200").replace("expire", "settlement");
    let client = saying(200, &settled).await;
    assert!(doubt(client.cancel("ORD-1", &none).await.unwrap_err()));
}
