//! What the gateway says in words and in codes, on its way in.

use super::*;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

#[test]
fn what_the_gateway_quotes_of_a_customer_goes_no_further() {
    let said = "customer_details.phone 081234567890 of budi@example.com is invalid";
    let refused = Error::Refused { http: 400, code: 400, messages: vec![said.to_owned()] };
    let GatewayError::Refused(reason) = gateway_error(refused) else { panic!() };
    assert_eq!(
        reason,
        "midtrans refused with http 400, code 400: customer_details.phone *** of *** is invalid"
    );
    let odd: TransactionStatus = serde_json::from_str("\"held for 081234567890\"").unwrap();
    assert_eq!(status(&odd), Err("held for ***".to_owned()));
}

#[test]
fn a_refund_that_is_put_off_is_no_fault_of_the_gateway_and_can_be_asked_for_again() {
    let refused = |code| Error::Refused { http: 200, code, messages: vec!["no".to_owned()] };
    let busy = |code| Error::Busy { code, retry_after: None };
    let off = |error| matches!(refunded(Err(error)), Ok(RefundAnswer::OtherState(why)) if !why.is_empty());
    assert!(off(refused(412)) && off(busy(418)));
    assert_eq!(refunded(Err(refused(406))), Ok(RefundAnswer::Known));
    assert!(matches!(refunded(Err(refused(414))), Ok(RefundAnswer::Declined(_))));
    assert!(matches!(refunded(Err(busy(503))), Err(GatewayError::Unavailable { .. })));
    assert_eq!([418, 429, 503].map(|code| is_fault(&busy(code))), [false, true, true]);
}

/// A gateway that always answers so, and what it was asked.
struct Answering {
    adapter: MidtransGateway,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Answering {
    async fn with(http: u16, body: &str) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (http, body) = (StatusCode::from_u16(http).unwrap(), body.to_owned());
        let log = Arc::clone(&asked);
        let answer = move |request: Request| {
            log.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
            std::future::ready((http, [(CONTENT_TYPE, "application/json")], body.clone()))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { adapter: adapter(address), asked }
    }

    /// How every way to change a transaction ends.
    async fn all(&self) -> [Result<Ended, GatewayError>; 4] {
        let gateway = &self.adapter;
        [
            gateway.cancel("tx-1").await,
            gateway.expire("tx-1").await,
            gateway.approve("tx-1").await,
            gateway.deny("tx-1").await,
        ]
    }
}

fn adapter(address: SocketAddr) -> MidtransGateway {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = |path: &str| format!("http://{address}{path}").parse().unwrap();
    let key = ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap();
    MidtransGateway::try_new(MidtransConfig {
        client: ClientConfig::new(url("/snap/v1"), url(""), key),
        merchant_id: String::new(),
        public_url: "https://toko.id".into(),
        calls_per_second: NonZeroU32::new(1000).unwrap(),
    })
    .unwrap()
}

/// The code is in the body, mostly of an HTTP 200 (reference: midtrans.md 2.1); the texts of the two
/// pages differ (2.4) and tell nothing.
#[tokio::test]
async fn a_412_to_an_ending_means_another_state_and_not_a_refusal() {
    for text in [
        "Merchant cannot modify the status of the transaction",
        "Transaction status cannot be updated.",
    ] {
        let body = format!(r#"{{"status_code":"412","status_message":"{text}","id":"6f1d2c3b"}}"#);
        for http in [200, 412] {
            let told = Answering::with(http, &body).await;
            assert_eq!(told.all().await, [const { Ok(Ended::OtherState) }; 4], "{http} {text}");
            let asked = ["cancel", "expire", "approve", "deny"];
            let asked = asked.map(|verb| format!("POST /v2/tx-1/{verb}"));
            assert_eq!(*told.asked.lock().unwrap(), asked, "each once");
        }
    }
}

#[tokio::test]
async fn many_who_pay_at_the_last_moment_do_not_stop_the_calls() {
    let told = Answering::with(200, r#"{"status_code":"412","status_message":"no","id":"x"}"#);
    let told = told.await;
    for call in 0..25 {
        assert_eq!(told.adapter.cancel("tx-1").await, Ok(Ended::OtherState), "{call}");
    }
    assert_eq!(told.asked.lock().unwrap().len(), 25);
}

#[tokio::test]
async fn no_other_answer_to_an_ending_means_another_state() {
    for code in [400, 404, 406, 410, 414] {
        let body = format!(r#"{{"status_code":"{code}","status_message":"no","id":"x"}}"#);
        for ended in Answering::with(200, &body).await.all().await {
            assert!(matches!(ended, Err(GatewayError::Refused(_))), "{code}: {ended:?}");
        }
    }
    for code in [429, 500, 503] {
        let body = format!(r#"{{"status_code":"{code}","status_message":"no","id":"x"}}"#);
        for ended in Answering::with(200, &body).await.all().await {
            assert!(matches!(ended, Err(GatewayError::Unavailable { .. })), "{code}: {ended:?}");
        }
    }
    let unknown_key = Answering::with(401, r#"{"status_code":"401","status_message":"no"}"#).await;
    for ended in unknown_key.all().await {
        assert!(matches!(ended, Err(GatewayError::Unauthorized(_))), "{ended:?}");
    }
}

/// An expiry is done with code 407 (reference: midtrans.md 2.4).
#[tokio::test]
async fn a_success_is_done() {
    let done = |code: u16, status: &str| {
        json!({
            "status_code": code.to_string(), "status_message": "Success",
            "transaction_id": "tx-1", "order_id": "ORD-1", "gross_amount": "185000.00",
            "payment_type": "qris", "transaction_status": status,
            "transaction_time": "2026-03-01 10:00:00",
        })
        .to_string()
    };
    let cancelled = Answering::with(200, &done(200, "cancel")).await;
    assert_eq!(cancelled.adapter.cancel("tx-1").await, Ok(Ended::Done));
    let expired = Answering::with(200, &done(407, "expire")).await;
    assert_eq!(expired.adapter.expire("tx-1").await, Ok(Ended::Done));
}
