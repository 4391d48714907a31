//! A few requests to the management interface of our own broker.
//!
//! HTTP/1.0 on a new connection each, basic authentication, whole bodies. Not a client for others.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Status and body.
pub(crate) type Answer = (u16, String);

pub(crate) struct Request<'a> {
    pub(crate) port: u16,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) method: &'a str,
    /// From `/api` on, escaped.
    pub(crate) path: &'a str,
    /// JSON, or empty.
    pub(crate) body: &'a str,
    /// Of each wait for the other side.
    pub(crate) timeout: Duration,
}

impl Request<'_> {
    pub(crate) fn send(&self) -> Result<Answer> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        stream.write_all(self.text().as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        parse(&String::from_utf8_lossy(&answer)).context("the broker's answer is not HTTP")
    }

    fn text(&self) -> String {
        let Self { port, user, password, method, path, body, .. } = self;
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\
             Authorization: Basic {credentials}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    }
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_status_and_body() {
        let answer = "HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(parse(answer), Some((201, "{}".to_owned())));
        assert_eq!(parse("SSH-2.0-x\r\n\r\n"), None);
        assert_eq!(parse(""), None);
    }
}
