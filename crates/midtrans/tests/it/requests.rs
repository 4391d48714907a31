//! What the client puts on the wire for every call but the charge.

use crate::stub::{KEY, Recorder, client, config, refund, request};
use midtrans::{
    CaptureRequest, Client, ClientConfig, ConfigError, Error, IdempotencyKey, NotificationUrls,
    Operation, Options, RefundKey, RefundRequest, ServerKey,
};
use url::Url;

/// Answers Snap with a page and Core with an unknown id.
const ANY: &str = r#"{"token":"tok","redirect_url":"http://127.0.0.1/pay/tok",
    "canceled_at":"2026-03-01T03:00:00Z","status_code":"404"}"#;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn urls(list: &[&str]) -> Option<NotificationUrls> {
    let list: Vec<_> = list.iter().map(|text| url(text)).collect();
    Some(NotificationUrls::try_new(&list).unwrap())
}

/// The last request: its line and body, after the headers that all have were checked.
fn sent(server: &Recorder) -> (String, String) {
    let seen = server.take();
    let authorization = "Basic U0ItTWlkLXNlcnZlci1FWEFNUExFLTAwMDE6";
    assert_eq!(seen.header("authorization"), Some(authorization), "{}", seen.line);
    assert_eq!(seen.header("accept"), Some("application/json"), "{}", seen.line);
    assert_eq!(seen.header("user-agent"), Some("orderflow-midtrans"), "{}", seen.line);
    assert_eq!(seen.header("accept-encoding"), None, "{}", seen.line);
    let json = (!seen.body.is_empty()).then_some("application/json");
    assert_eq!(seen.header("content-type"), json, "{}", seen.line);
    for name in ["idempotency-key", "x-override-notification", "x-append-notification"] {
        assert_eq!(seen.header(name), None, "{name} of {}", seen.line);
    }
    (seen.line, seen.body)
}

fn is(seen: &(String, String), line: &str, body: &str) {
    assert_eq!((seen.0.as_str(), seen.1.as_str()), (line, body));
}

#[tokio::test]
async fn snap_and_status_go_to_their_own_paths() {
    let server = Recorder::open(ANY).await;
    let client = client(server.address);

    assert_eq!(client.create_snap(&request()).await.unwrap().token, "tok");
    let bill = r#"{"transaction_details":{"order_id":"ORD-1","gross_amount":125000},"credit_card":{"secure":true}}"#;
    is(&sent(&server), "POST /snap/v1/transactions", bill);
    client.cancel_snap("tok").await.unwrap();
    is(&sent(&server), "POST /snap/v1/transactions/tok/cancel", "{}");
    assert_eq!(client.status("a/b").await.unwrap(), None);
    is(&sent(&server), "GET /v2/a%2Fb/status", "");
    assert_eq!(client.status_b2b("ORD-1", 2, 10).await.unwrap(), None);
    is(&sent(&server), "GET /v2/ORD-1/status/b2b?page=2&per_page=10", "");
}

#[tokio::test]
async fn every_action_goes_to_its_own_path_and_an_unknown_id_is_a_refusal() {
    let server = Recorder::open(ANY).await;
    let client = client(server.address);
    let none = Options::default();

    assert!(client.cancel("ORD-1", &none).await.unwrap_err().is_not_found());
    is(&sent(&server), "POST /v2/ORD-1/cancel", "{}");
    assert!(client.expire("ORD-1", &none).await.unwrap_err().is_not_found());
    is(&sent(&server), "POST /v2/ORD-1/expire", "{}");
    assert!(client.approve("ORD-1", &none).await.unwrap_err().is_not_found());
    is(&sent(&server), "POST /v2/ORD-1/approve", "{}");
    assert!(client.deny("ORD-1", &none).await.unwrap_err().is_not_found());
    is(&sent(&server), "POST /v2/ORD-1/deny", "{}");
    let capture = CaptureRequest::try_new("t-1", 125_000).unwrap();
    assert!(client.capture(&capture, &none).await.unwrap_err().is_not_found());
    let body = r#"{"transaction_id":"t-1","gross_amount":125000}"#;
    is(&sent(&server), "POST /v2/capture", body);
}

#[tokio::test]
async fn a_refund_always_has_its_key() {
    let server = Recorder::open(ANY).await;
    let client = client(server.address);
    let none = Options::default();

    assert!(client.refund("ORD-1", &refund(), &none).await.unwrap_err().is_not_found());
    let part = r#"{"refund_key":"ORD-1-r1","amount":25000,"reason":"item out of stock"}"#;
    is(&sent(&server), "POST /v2/ORD-1/refund", part);
    let whole = RefundRequest::try_new(RefundKey::try_new("k").unwrap(), None, None).unwrap();
    assert!(client.refund_direct("ORD-1", &whole, &none).await.unwrap_err().is_not_found());
    is(&sent(&server), "POST /v2/ORD-1/refund/online/direct", r#"{"refund_key":"k"}"#);
}

#[tokio::test]
async fn core_calls_carry_their_headers_and_snap_no_idempotency_key() {
    let server = Recorder::open(ANY).await;
    let client = client(server.address);
    let key = IdempotencyKey::for_operation(Operation::Refund, "ORD-1-r1");
    let options = Options {
        idempotency_key: Some(key.clone()),
        override_notification: urls(&["https://a.example/x", "https://b.example/"]),
        append_notification: urls(&["https://c.example/?d=1"]),
    };
    let capture = CaptureRequest::try_new("t-1", 125_000).unwrap();
    macro_rules! carries {
        ($call:expr, $key:expr) => {
            let _ = $call.await;
            let seen = server.take();
            assert_eq!(seen.header("idempotency-key"), $key, "{}", seen.line);
            let instead = Some("https://a.example/x,https://b.example/");
            assert_eq!(seen.header("x-override-notification"), instead, "{}", seen.line);
            let besides = Some("https://c.example/?d=1");
            assert_eq!(seen.header("x-append-notification"), besides, "{}", seen.line);
        };
    }
    carries!(client.create_snap_with(&request(), &options), None);
    carries!(client.charge(&crate::stub::bni(), &options), Some(key.as_str()));
    carries!(client.cancel("ORD-1", &options), Some(key.as_str()));
    carries!(client.expire("ORD-1", &options), Some(key.as_str()));
    carries!(client.approve("ORD-1", &options), Some(key.as_str()));
    carries!(client.deny("ORD-1", &options), Some(key.as_str()));
    carries!(client.capture(&capture, &options), Some(key.as_str()));
    carries!(client.refund("ORD-1", &refund(), &options), Some(key.as_str()));
    carries!(client.refund_direct("ORD-1", &refund(), &options), Some(key.as_str()));
}

#[tokio::test]
async fn the_configured_address_is_for_what_we_create_and_yields_to_the_call() {
    let server = Recorder::open(ANY).await;
    let mut config = config(server.address);
    config.notification_url = Some(url("https://toko.example/callback"));
    let client = Client::try_new(config).unwrap();
    let none = Options::default();
    let other =
        Options { override_notification: urls(&["https://other.example/"]), ..none.clone() };
    let instead =
        |server: &Recorder| server.take().header("x-override-notification").map(str::to_owned);

    client.create_snap(&request()).await.unwrap();
    assert_eq!(instead(&server).as_deref(), Some("https://toko.example/callback"));
    let _ = client.charge(&crate::stub::bni(), &none).await;
    assert_eq!(instead(&server).as_deref(), Some("https://toko.example/callback"));
    let _ = client.charge(&crate::stub::bni(), &other).await;
    assert_eq!(instead(&server).as_deref(), Some("https://other.example/"));
    let _ = client.status("ORD-1").await;
    assert_eq!(instead(&server), None);
    let _ = client.cancel("ORD-1", &none).await;
    assert_eq!(instead(&server), None);
}

#[tokio::test]
async fn an_id_that_no_path_can_carry_is_not_sent() {
    let client = Client::try_new(config("127.0.0.1:1".parse().unwrap())).unwrap();
    let none = Options::default();
    for bad in ["", ".", ".."] {
        assert!(matches!(client.status(bad).await, Err(Error::BadId)), "{bad:?}");
        assert!(matches!(client.cancel_snap(bad).await, Err(Error::BadId)), "{bad:?}");
        assert!(matches!(client.status_b2b(bad, 0, 10).await, Err(Error::BadId)), "{bad:?}");
        let refunded = client.refund(bad, &refund(), &none).await;
        assert!(matches!(refunded, Err(Error::BadId)), "{bad:?}");
    }
}

#[test]
fn addresses_that_cannot_be_called_are_refused() {
    let good = url("http://127.0.0.1:1");
    let key = || ServerKey::try_new(KEY).unwrap();
    for bad in ["ftp://127.0.0.1", "http://user:secret@127.0.0.1", "mailto:ibu@example.com"] {
        let config = ClientConfig::new(url(bad), good.clone(), key());
        assert!(matches!(Client::try_new(config), Err(ConfigError::Url("snap_url"))), "{bad}");
    }
    let mut config = ClientConfig::new(good.clone(), good, key());
    config.notification_url = Some(url("https://toko.example/a,b"));
    let refused = Client::try_new(config);
    assert!(matches!(refused, Err(ConfigError::Header("notification_url"))));
}
