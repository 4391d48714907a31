//! Stopping: what is in flight is finished, what never ends is cut; and an address that is taken.

use crate::harness::{Answer, PATIENCE, serve};
use axum::Router;
use axum::routing::get;
use runtime::http::{Server, ServerConfig};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

/// A route that tells when it is entered and answers when it is let go.
fn gated() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (entered, gate) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (entered.clone(), gate.clone());
    let slow = async move || {
        tell.notify_one();
        wait.notified().await;
        "finished"
    };
    (Router::new().route("/slow", get(slow)), entered, gate)
}

#[tokio::test]
async fn a_request_in_flight_is_finished_and_no_new_one_is_taken() {
    let (routes, entered, gate) = gated();
    let served = serve(routes, ServerConfig::default()).await;
    let mut client = served.connect().await;
    client.write_all(b"GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    entered.notified().await;
    served.stop.cancel();
    while TcpStream::connect(served.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!served.task.is_finished());
    gate.notify_one();
    // Keep-alive was asked for; that it reads to the end proves the connection was closed.
    let answer = Answer::read(&mut client).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "finished"));
    timeout(PATIENCE, served.task).await.expect("the server ends").unwrap();
}

#[tokio::test]
async fn connections_without_a_request_do_not_hold_up_the_end() {
    let routes = Router::new().route("/", get(async || "ok"));
    let served = serve(routes, ServerConfig::default()).await;
    let silent = served.connect().await;
    let mut idle = served.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    served.stop.cancel();
    let soon = ServerConfig::default().header_time_max / 2;
    timeout(soon, served.task).await.expect("nothing is waited for").unwrap();
    drop((silent, idle));
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_at_the_drain_time() {
    let (routes, entered, _gate) = gated();
    let drain = Duration::from_millis(50);
    let served = serve(routes, ServerConfig { drain, ..ServerConfig::default() }).await;
    let mut client = served.connect().await;
    client.write_all(b"GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    entered.notified().await;
    served.stop.cancel();
    timeout(PATIENCE, served.task).await.expect("the server ends").unwrap();
    assert_eq!(Answer::read(&mut client).await.status, 0);
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_holder() {
    let listen = ([127, 0, 0, 1], 0).into();
    let first = Server::bind(listen, ServerConfig::default()).await.unwrap();
    let taken = first.address();
    let error = Server::bind(taken, ServerConfig::default()).await.unwrap_err();
    let sentence = error.to_string();
    assert!(sentence.starts_with(&format!("port {} is taken", taken.port())), "{sentence}");
    assert_ne!(error.alternative(), taken);
    if cfg!(target_os = "linux") {
        let holder = error.holder.as_ref().expect("our own process is visible in /proc");
        assert_eq!(holder.pid, std::process::id());
        assert!(sentence.ends_with(&format!("(pid {})", holder.pid)), "{sentence}");
    }
}
