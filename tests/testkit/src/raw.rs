//! A client that sends exactly the bytes it is told, and hangs up when it is told.

use crate::Answer;
use crate::wait::PATIENCE;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A TCP connection.
#[derive(Debug)]
pub struct Raw(TcpStream);

impl Raw {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Sends.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Sends as much as is taken.
    pub async fn send_as_far_as_possible(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// Says that nothing more will be sent, and still listens.
    pub async fn end(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// Reads until the server closes the connection; fails if it never does.
    pub async fn answer(mut self) -> Answer {
        let mut bytes = Vec::new();
        let all = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        let all = all.expect("the server closes the connection");
        assert!(all.is_ok() || !bytes.is_empty(), "cut off without an answer: {all:?}");
        parse(&String::from_utf8(bytes).unwrap())
    }

    /// One request and its answer.
    pub async fn ask(address: SocketAddr, request: &[u8]) -> Answer {
        let mut raw = Self::connect(address).await;
        raw.send(request).await;
        raw.answer().await
    }
}

/// `POST /v1/orders` as bytes.
pub fn post_order(key: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /v1/orders HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
         content-type: application/json\r\nidempotency-key: {key}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Answer {
        status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
        headers: headers.collect(),
        text: body.to_owned(),
    }
}
