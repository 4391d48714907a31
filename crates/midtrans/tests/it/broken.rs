//! Answers that are broken before they are read: every call must end, in bounds, as unknown.

use crate::calls::{all, creating};
use crate::stub::{Then, answering, client, impatient, request, saying, serve, serve_raw};
use axum::Router;
use axum::response::{Html, IntoResponse, Redirect, Response};
use midtrans::{Client, Doubt, Error, Outcome};

async fn every_call_ends_in(client: &Client, expected: Doubt) {
    for (call, result) in all(client).await {
        match result {
            Err(error @ Error::Unknown(doubt)) => {
                assert_eq!(doubt, expected, "{call}");
                assert_eq!(error.class(), Outcome::Unknown, "{call}");
            }
            other => panic!("{call}: expected an unknown outcome, got {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_page_instead_of_json_is_an_unknown_outcome() {
    let client = answering(|| Html("<h1>welcome to the hotel</h1>").into_response()).await;
    every_call_ends_in(&client, Doubt::NotUnderstood).await;
}

#[tokio::test]
async fn a_success_without_its_fields_is_an_unknown_outcome() {
    for body in ["{}", "null", "[]", "", r#"{"status_code":null}"#, r#"{"status_code":"ok"}"#] {
        every_call_ends_in(&saying(200, body).await, Doubt::NotUnderstood).await;
    }
    for url in ["javascript:alert(1)", "", "/relative", "file:///etc/passwd"] {
        let page = format!(r#"{{"token":"t","redirect_url":"{url}"}}"#);
        let error = saying(201, &page).await.create_snap(&request()).await.unwrap_err();
        assert!(matches!(error, Error::Unknown(Doubt::NotUnderstood)), "{url}: {error:?}");
    }
    let nameless = saying(201, r#"{"token":"","redirect_url":"https://x/"}"#).await;
    let error = nameless.create_snap(&request()).await.unwrap_err();
    assert!(matches!(error, Error::Unknown(Doubt::NotUnderstood)), "{error:?}");
    // Only the changes of state may leave their transaction out.
    let bare = saying(200, r#"{"status_code":"200"}"#).await;
    for (call, result) in creating(&bare).await {
        let doubt = matches!(result, Err(Error::Unknown(Doubt::NotUnderstood)));
        assert!(doubt, "{call}: {result:?}");
    }
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let client = saying(200, &" ".repeat(10 << 20)).await;
    every_call_ends_in(&client, Doubt::TooLarge).await;
}

#[tokio::test]
async fn a_huge_page_of_a_failing_server_is_still_a_failing_server() {
    let client = saying(503, &" ".repeat(10 << 20)).await;
    for (call, result) in all(&client).await {
        assert!(matches!(result, Err(Error::Busy { code: 503, .. })), "{call}: {result:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let client = answering(|| Redirect::temporary("/elsewhere").into_response()).await;
    every_call_ends_in(&client, Doubt::Redirect).await;
    let client = answering(|| Redirect::to("/elsewhere").into_response()).await;
    every_call_ends_in(&client, Doubt::Redirect).await;
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let app = Router::new().fallback(std::future::pending::<Response>);
    every_call_ends_in(&impatient(serve(app).await), Doubt::Timeout).await;
}

#[tokio::test]
async fn a_body_that_never_ends_ends_in_a_timeout() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"status_code\":";
    let client = impatient(serve_raw(half, Then::Hold).await);
    every_call_ends_in(&client, Doubt::Timeout).await;
}

#[tokio::test]
async fn a_cut_answer_is_an_unknown_outcome() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"status_code\":";
    let client = client(serve_raw(half, Then::Close).await);
    every_call_ends_in(&client, Doubt::Cut).await;
}

/// A body that would be believed if it were unpacked.
const PACKED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\nconnection: close\r\n\
    content-length: 90\r\n\r\n\
    \x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x0d\xc9\x31\x0a\xc0\x20\x0c\x05\xd0\xbb\
    \x64\x2e\xd8\xc1\xc9\xcb\x88\x24\x81\x96\x8a\x8a\xf9\x82\x50\x7a\xf7\x66\x7d\xef\
    \x25\xf4\x47\x1b\x25\x02\x1d\x34\x55\xee\xa9\x8c\xbc\x66\x75\xba\x80\x61\x29\x84\
    \x1d\xfc\xb8\x34\xd6\xaa\x92\x0b\xbc\xb6\x8b\xa1\x60\x59\xe6\x2e\xea\x12\xcf\x48\
    \xdf\x0f\x92\x4e\x7f\xd1\x4f\x00\x00\x00";

#[tokio::test]
async fn a_packed_answer_is_not_unpacked() {
    let client = client(serve_raw(PACKED, Then::Close).await);
    every_call_ends_in(&client, Doubt::NotUnderstood).await;
}

#[tokio::test]
async fn no_connection_is_certainly_not_done() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (call, result) in all(&client(free)).await {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Unreachable(_)), "{call}: {error:?}");
        assert_eq!(error.class(), Outcome::Retryable, "{call}");
    }
}
