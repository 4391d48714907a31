//! A served router on a free loopback port, and a client that sends exactly the bytes it is told.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use axum::Router;
use kernel::TimeOrderedIds;
use runtime::http::{Server, ServerConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Far longer than anything here takes; ends a test that would hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) async fn serve(routes: Router, config: ServerConfig) -> Served {
    let server = Server::bind(([127, 0, 0, 1], 0).into(), config).await.unwrap();
    let (address, stop) = (server.address(), CancellationToken::new());
    let task = tokio::spawn(server.serve(routes, Arc::new(TimeOrderedIds), stop.clone()));
    Served { address, stop, task }
}

impl Served {
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a request, asks for the connection to end, and reads all of the answer.
    pub(crate) async fn ask(&self, head: &str, body: &str) -> Answer {
        let mut stream = self.connect().await;
        let length = match body {
            "" => String::new(),
            body => format!("content-length: {}\r\n", body.len()),
        };
        let text = format!("{head}\r\nhost: test\r\nconnection: close\r\n{length}\r\n{body}");
        stream.write_all(text.as_bytes()).await.unwrap();
        Answer::read(&mut stream).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1"), "").await
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads until the server closes the connection, and fails if it never does.
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let all = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
        all.expect("the server closes the connection").unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }

    /// The problem's code, after checking that it is one and that it is complete.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.head);
        let json = self.json();
        assert_eq!(json["status"], self.status);
        assert_eq!(json["request_id"].as_str(), self.header("x-request-id"));
        assert!(json["instance"].as_str().is_some_and(|path| path.starts_with('/')));
        json["code"].as_str().unwrap().to_owned()
    }
}
