//! Every way an answer can go wrong, and the outcome it must be told as.

use crate::stub::{client, impatient, request, serve, serve_raw};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use midtrans::{Client, Doubt, Error, TransactionStatus};
use std::time::Duration;

async fn answering(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Client {
    let answer = move || std::future::ready(answer());
    client(serve(Router::new().fallback(answer)).await)
}

fn json(http: u16, body: &str) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::from_u16(http).unwrap(), kind, body.to_owned()).into_response()
}

fn doubt<T: std::fmt::Debug>(result: Result<T, Error>) -> Doubt {
    match result {
        Err(error @ Error::Unknown(doubt)) => {
            assert!(error.retry_helps() && !error.is_certainly_not_done());
            doubt
        }
        other => panic!("expected an unknown outcome, got {other:?}"),
    }
}

#[tokio::test]
async fn a_page_instead_of_json_is_an_unknown_outcome() {
    let client = answering(|| Html("<h1>welcome to the hotel</h1>").into_response()).await;
    assert_eq!(doubt(client.create_snap(&request()).await), Doubt::NotUnderstood);
    assert_eq!(doubt(client.status("ORD-1").await), Doubt::NotUnderstood);
    assert_eq!(doubt(client.cancel("ORD-1").await), Doubt::NotUnderstood);
    assert_eq!(doubt(client.cancel_snap("tok").await), Doubt::NotUnderstood);
}

#[tokio::test]
async fn a_success_without_its_fields_is_an_unknown_outcome() {
    for body in ["{}", "null", r#"{"token":"","redirect_url":"https://x/"}"#] {
        let client = answering(move || json(201, body)).await;
        assert_eq!(doubt(client.create_snap(&request()).await), Doubt::NotUnderstood, "{body}");
    }
    let script = r#"{"token":"t","redirect_url":"javascript:alert(1)"}"#;
    let client = answering(move || json(201, script)).await;
    assert_eq!(doubt(client.create_snap(&request()).await), Doubt::NotUnderstood);
    let client = answering(|| json(200, r#"{"status_code":"200"}"#)).await;
    assert_eq!(doubt(client.status("ORD-1").await), Doubt::NotUnderstood);
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let client = answering(|| json(200, &" ".repeat(10 << 20))).await;
    assert_eq!(doubt(client.create_snap(&request()).await), Doubt::TooLarge);
    assert_eq!(doubt(client.status("ORD-1").await), Doubt::TooLarge);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let client = answering(|| Redirect::temporary("/elsewhere").into_response()).await;
    assert_eq!(doubt(client.create_snap(&request()).await), Doubt::Redirect);
    assert_eq!(doubt(client.status("ORD-1").await), Doubt::Redirect);
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let app = Router::new().fallback(std::future::pending::<Response>);
    let client = impatient(serve(app).await);
    assert_eq!(doubt(client.create_snap(&request()).await), Doubt::Timeout);
    assert_eq!(doubt(client.status("ORD-1").await), Doubt::Timeout);
}

#[tokio::test]
async fn a_cut_answer_is_an_unknown_outcome() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"status_code\":";
    let client = client(serve_raw(half).await);
    assert_eq!(doubt(client.create_snap(&request()).await), Doubt::Cut);
    assert_eq!(doubt(client.status("ORD-1").await), Doubt::Cut);
}

#[tokio::test]
async fn no_connection_is_certainly_not_done() {
    let address = serve(Router::new()).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_ne!(address, free);
    let error = client(free).create_snap(&request()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    assert!(error.retry_helps() && error.is_certainly_not_done());
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
        let client = answering(move || json(http, body)).await;
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
        let client = answering(move || json(http, body)).await;
        let error = client.status("ORD-1").await.unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
        assert!(!error.retry_helps());
    }
}

#[tokio::test]
async fn refusals_carry_their_messages_in_bounds() {
    let long = format!(r#"{{"error_messages":["{}","two"]}}"#, "x".repeat(5000));
    let client = answering(move || json(400, &long)).await;
    match client.create_snap(&request()).await {
        Err(Error::Refused { http: 400, code: 400, messages }) => {
            assert_eq!((messages.len(), messages[0].len()), (2, 300));
        }
        other => panic!("{other:?}"),
    }
    let body = r#"{"status_code":"412","status_message":"no","id":"x"}"#;
    for http in [200, 412] {
        let client = answering(move || json(http, body)).await;
        let error = client.cancel("ORD-1").await.unwrap_err();
        assert!(error.is_wrong_state() && !error.retry_helps(), "{error:?}");
    }
    let client = answering(|| json(403, "<html>blocked</html>")).await;
    let error = client.status("ORD-1").await.unwrap_err();
    assert!(matches!(error, Error::Refused { code: 403, .. }), "{error:?}");
}

#[tokio::test]
async fn only_midtrans_own_404_means_not_attempted() {
    let own = r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#;
    for http in [200, 404] {
        let client = answering(move || json(http, own)).await;
        assert_eq!(client.status("ORD-1").await.unwrap(), None);
        assert!(client.cancel("ORD-1").await.unwrap_err().is_not_found());
    }
    for foreign in ["<html>not here</html>", r#"{"message":"no route matched"}"#] {
        let client = answering(move || json(404, foreign)).await;
        let error = client.status("ORD-1").await.unwrap_err();
        assert!(matches!(error, Error::Refused { http: 404, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn code_407_is_an_answer_and_an_action_must_end_where_it_should() {
    let expired = r#"{"status_code":"407","transaction_status":"expire","order_id":"ORD-1",
        "transaction_id":"t","gross_amount":"125000.00"}"#;
    let client = answering(move || json(200, expired)).await;
    let read = client.status("ORD-1").await.unwrap().unwrap();
    assert_eq!(read.transaction_status, TransactionStatus::Expire);
    client.expire("ORD-1").await.unwrap();
    assert_eq!(doubt(client.cancel("ORD-1").await), Doubt::NotUnderstood);

    let settled = expired.replace("407", "200").replace("expire", "settlement");
    let client = answering(move || json(200, &settled)).await;
    assert_eq!(doubt(client.cancel("ORD-1").await), Doubt::NotUnderstood);
}
