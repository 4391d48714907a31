//! What the client puts on the wire.

use crate::stub::{KEY, config, request, serve};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::any;
use axum::{Router, body};
use midtrans::{Client, ClientConfig, ConfigError, Error, ServerKey};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use url::Url;

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(String, Value)>>>);

async fn record(State(seen): State<Seen>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body::to_bytes(body, 65_536).await.unwrap();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap());
    let told = json!({
        "authorization": header("authorization"),
        "accept": header("accept"),
        "user_agent": header("user-agent"),
        "override": header("x-override-notification"),
        "body": serde_json::from_slice::<Value>(&body).unwrap_or_default(),
    });
    let line = format!("{} {}", parts.method, parts.uri);
    seen.0.lock().unwrap().push((line, told));
    let answer = json!({
        "token": "tok", "redirect_url": "http://127.0.0.1/pay/tok", "status_code": "404",
        "canceled_at": "2026-03-01T03:00:00Z"
    });
    Json(answer).into_response()
}

#[tokio::test]
async fn every_call_is_authorised_and_goes_to_its_own_path() {
    let seen = Seen::default();
    let app = Router::new().fallback(any(record)).with_state(seen.clone());
    let mut config = config(serve(app).await);
    config.notification_url = Some(Url::parse("https://toko.example/callback").unwrap());
    let client = Client::try_new(config).unwrap();

    assert_eq!(client.create_snap(&request()).await.unwrap().token, "tok");
    client.cancel_snap("tok").await.unwrap();
    assert_eq!(client.status("a/b").await.unwrap(), None);
    assert!(client.cancel("ORD-1").await.unwrap_err().is_not_found());
    assert!(client.expire("ORD-1").await.unwrap_err().is_not_found());

    let seen = seen.0.lock().unwrap();
    let lines: Vec<_> = seen.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "POST /snap/v1/transactions",
            "POST /snap/v1/transactions/tok/cancel",
            "GET /v2/a%2Fb/status",
            "POST /v2/ORD-1/cancel",
            "POST /v2/ORD-1/expire",
        ]
    );
    for (line, told) in seen.iter() {
        assert_eq!(told["authorization"], "Basic U0ItTWlkLXNlcnZlci1FWEFNUExFLTAwMDE6", "{line}");
        assert_eq!(told["accept"], "application/json", "{line}");
        assert_eq!(told["user_agent"], "orderflow-midtrans", "{line}");
    }
    assert_eq!(seen[0].1["override"], "https://toko.example/callback");
    assert_eq!(seen[0].1["body"]["transaction_details"]["gross_amount"], 125_000);
    assert_eq!(seen[2].1["override"], Value::Null);
}

#[tokio::test]
async fn an_id_that_no_path_can_carry_is_not_sent() {
    let client = Client::try_new(config("127.0.0.1:1".parse().unwrap())).unwrap();
    for bad in ["", ".", ".."] {
        assert!(matches!(client.status(bad).await, Err(Error::BadId)), "{bad:?}");
        assert!(matches!(client.cancel_snap(bad).await, Err(Error::BadId)), "{bad:?}");
    }
}

#[test]
fn addresses_that_cannot_be_called_are_refused() {
    let good = Url::parse("http://127.0.0.1:1").unwrap();
    for bad in ["ftp://127.0.0.1", "http://user:secret@127.0.0.1", "mailto:ibu@example.com"] {
        let key = ServerKey::try_new(KEY).unwrap();
        let config = ClientConfig::new(Url::parse(bad).unwrap(), good.clone(), key);
        assert!(matches!(Client::try_new(config), Err(ConfigError::Url("snap_url"))), "{bad}");
    }
}
