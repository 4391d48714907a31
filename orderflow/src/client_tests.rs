//! Who is told from whom: nobody, a stranger, us, and us in trouble.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The binary does this at its start.
fn install_tls() {
    // An error: another test was faster.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What a client sees that gives up after a moment, of somebody who answers this; nothing: is silent.
async fn seen(answer: Option<(&str, &str)>) -> anyhow::Result<Presence> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let answer = answer.map(|(status, body)| {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
    });
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await.unwrap();
        match answer {
            Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
            None => std::future::pending().await,
        }
    });
    install_tls();
    let patience = Duration::from_millis(300);
    let http = reqwest::Client::builder().timeout(patience).no_proxy().build().unwrap();
    let seen = Client { http, addresses: Addresses::one(base), config: None }.presence().await;
    server.abort();
    seen
}

#[tokio::test]
async fn who_is_in_trouble_is_neither_nobody_nor_a_stranger() {
    for (answer, words) in [
        (None, "does not answer"),
        (Some(("503 Service Unavailable", r#"{"detail":"too much to do"}"#)), "too much to do"),
        (Some(("502 Bad Gateway", "<html>")), "502"),
        (Some(("429 Too Many Requests", "")), "429"),
    ] {
        let error = format!("{:#}", seen(answer).await.expect_err(words));
        assert!(error.contains("is in trouble") && error.contains(words), "{error}");
        assert!(!error.contains("orderflow up"), "it is up: {error}");
    }
}

#[tokio::test]
async fn a_stranger_answers_something_else_and_we_our_name() {
    let simulator = r#"{"name":"orderflow","services":[],"simulator":true}"#;
    for stranger in [
        ("200 OK", "<html>"),
        ("200 OK", r#"{"name":"nginx"}"#),
        ("404 Not Found", ""),
        ("200 OK", simulator),
    ] {
        assert_eq!(seen(Some(stranger)).await.unwrap(), Presence::Stranger, "{stranger:?}");
    }
    let about = r#"{"name":"orderflow","simulator":true}"#;
    assert_eq!(seen(Some(("200 OK", about))).await.unwrap(), Presence::Us { simulator: true });
}

#[tokio::test]
async fn nobody_is_who_takes_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    install_tls();
    let presence = Client::new(Addresses::one(base)).unwrap().presence().await;
    assert_eq!(presence.unwrap(), Presence::Nobody);
}

#[tokio::test]
async fn another_command_is_told_the_same_system() {
    install_tls();
    let one = |url: &str| Client::new(Addresses::one(Url::parse(url).unwrap())).unwrap();
    assert_eq!(one("http://127.0.0.1:8080/").flag(), "");
    let elsewhere = || one("http://127.0.0.1:18431/");
    assert_eq!(elsewhere().flag(), " --url http://127.0.0.1:18431");
    let with = |file| elsewhere().with_config(Some(Path::new(file))).flag();
    assert_eq!(with("/etc/orders.toml"), " --url http://127.0.0.1:18431 --config /etc/orders.toml");
    assert_eq!(
        with("it's mine.toml"),
        r" --url http://127.0.0.1:18431 --config 'it'\''s mine.toml'"
    );
    let at = || Url::parse("http://127.0.0.1:9001").unwrap();
    let parts = Addresses::parts(vec![(Part::Payment, at())], at());
    let parts = Client::new(parts).unwrap().with_config(Some(Path::new("parts.toml")));
    assert_eq!(parts.flag(), " --config parts.toml");
}
