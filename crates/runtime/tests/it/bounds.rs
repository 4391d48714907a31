//! Slow, large and too many: each is cut at its bound, and others are served meanwhile.

use crate::harness::{Answer, PATIENCE, serve};
use axum::Router;
use axum::routing::{get, post};
use runtime::RawBody;
use runtime::http::ServerConfig;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::timeout;

fn config() -> ServerConfig {
    ServerConfig {
        header_time_max: Duration::from_millis(150),
        body_time_max: Duration::from_millis(150),
        queue_time_max: Duration::from_millis(50),
        ..ServerConfig::default()
    }
}

fn upload() -> Router {
    let length = async |RawBody(body): RawBody| body.len().to_string();
    Router::new().route("/upload", post(length)).route("/", get(async || "ok"))
}

#[tokio::test]
async fn slow_headers_are_cut_and_a_neighbour_is_served() {
    let served = serve(upload(), config()).await;
    let mut slow = served.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nhost: te").await.unwrap();
    let started = Instant::now();
    assert_eq!(served.get("/").await.status, 200);
    let mut rest = Vec::new();
    let cut = timeout(PATIENCE, slow.read_to_end(&mut rest)).await;
    cut.expect("the connection is cut").unwrap();
    assert!(started.elapsed() >= Duration::from_millis(100));
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
}

#[tokio::test]
async fn a_slow_body_is_a_408() {
    let served = serve(upload(), config()).await;
    let mut slow = served.connect().await;
    let head = "POST /upload HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nhalf";
    slow.write_all(head.as_bytes()).await.unwrap();
    let answer = Answer::read(&mut slow).await;
    assert_eq!((answer.status, answer.problem().as_str()), (408, "request_timeout"));
}

#[tokio::test]
async fn two_megabytes_in_chunks_are_a_413_that_the_client_gets_to_see() {
    let served = serve(upload(), config()).await;
    let mut stream = served.connect().await;
    let head = "POST /upload HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    for _ in 0..128 {
        // Refused half-way, and still able to finish: only then is the answer sure to be read.
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let answer = Answer::read(&mut stream).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "payload_too_large"));
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn an_announced_size_is_refused_before_the_body_is_read() {
    let served = serve(upload(), config()).await;
    let mut stream = served.connect().await;
    let head = "POST /upload HTTP/1.1\r\nhost: test\r\ncontent-length: 65537\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(Answer::read(&mut stream).await.status, 413);
    assert_eq!(served.ask("POST /upload HTTP/1.1", &"x".repeat(65_536)).await.body, "65536");
}

#[tokio::test]
async fn headers_have_a_size() {
    let served = serve(upload(), config()).await;
    let big = format!("GET / HTTP/1.1\r\nx-big: {}", "x".repeat(20_000));
    assert_eq!(served.ask(&big, "").await.status, 431);
}

#[tokio::test]
async fn beyond_the_turns_there_is_503_and_priority_passes() {
    let (entered, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (count, wait) = (entered.clone(), gate.clone());
    let busy = async move || {
        count.fetch_add(1, Ordering::SeqCst);
        wait.notified().await;
        "done"
    };
    let routes = Router::new()
        .route("/busy", get(busy))
        .route("/", get(async || "ok"))
        .route("/livez", get(async || "ok"))
        .route("/webhooks/midtrans", post(async || "stored"));
    let priority = vec!["/webhooks".to_owned()];
    let served = serve(routes, ServerConfig { in_flight_max: 1, priority, ..config() }).await;
    let first = async { served.get("/busy").await };
    let others = async {
        while entered.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let shed = served.get("/").await;
        assert_eq!((shed.status, shed.problem().as_str()), (503, "unavailable"));
        let seconds: u32 = shed.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3).contains(&seconds));
        assert_eq!(served.get("/livez").await.status, 200);
        assert_eq!(served.ask("POST /webhooks/midtrans HTTP/1.1", "{}").await.status, 200);
        gate.notify_one();
    };
    let (first, ()) = tokio::join!(first, others);
    assert_eq!(first.body, "done");
    assert_eq!(served.get("/").await.status, 200);
}

#[tokio::test]
async fn a_handler_has_a_deadline() {
    let routes = Router::new().route("/hang", get(std::future::pending::<&'static str>));
    let handler_time_max = Duration::from_millis(50);
    let served = serve(routes, ServerConfig { handler_time_max, ..config() }).await;
    let answer = served.get("/hang").await;
    assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn an_answer_that_nobody_reads_does_not_hold_its_connection() {
    let huge = async || vec![b'x'; 32 * 1024 * 1024];
    let routes = Router::new().route("/huge", get(huge)).route("/", get(async || "ok"));
    let write_stall_max = Duration::from_millis(100);
    let one = ServerConfig { connections_max: 1, write_stall_max, ..config() };
    let served = serve(routes, one).await;
    let mut deaf = served.connect().await;
    deaf.write_all(b"GET /huge HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    // With a single connection allowed, the next is served only once the deaf one is dropped.
    assert_eq!(served.get("/").await.status, 200);
    drop(deaf);
}
