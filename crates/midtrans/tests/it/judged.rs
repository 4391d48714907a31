//! Answers that claim success: believed only if they fit what was asked.

use crate::calls::core;
use crate::stub::{bni, refund, request, saying};
use midtrans::{
    CaptureRequest, Client, Doubt, Error, Options, Outcome, RefundKey, RefundOutcome,
    RefundRequest, TransactionStatus,
};
use serde_json::{Value, json};

fn contradicts<T: std::fmt::Debug>(result: Result<T, Error>, what: &str) {
    match result {
        Err(error @ Error::Unknown(Doubt::Contradiction)) => {
            assert_eq!(error.class(), Outcome::Unknown);
        }
        other => panic!("{what}: expected a contradiction, got {other:?}"),
    }
}

/// A transaction of ORD-1 with these changes; null removes a field.
fn body(changes: &[(&str, Value)]) -> String {
    let mut body = json!({
        "status_code": "201", "order_id": "ORD-1", "transaction_id": "t",
        "gross_amount": "125000.00", "transaction_status": "pending", "fraud_status": "accept"
    });
    for (field, value) in changes {
        body[*field] = value.clone();
    }
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body.to_string()
}

fn ended(code: &str, status: &str) -> String {
    body(&[("status_code", code.into()), ("transaction_status", status.into())])
}

async fn told(body: &str) -> Client {
    saying(200, body).await
}

#[tokio::test]
async fn a_failing_http_status_with_a_success_in_the_body_is_neither() {
    for http in [400, 401, 403, 404, 409, 429, 500, 503] {
        for code in ["200", "201", "407"] {
            for (call, result) in core(&saying(http, &ended(code, "cancel")).await).await {
                contradicts(result, &format!("{call} with HTTP {http} and {code}"));
            }
        }
        let page = r#"{"token":"t","redirect_url":"https://x/","canceled_at":"x"}"#;
        let client = saying(http, page).await;
        contradicts(client.create_snap(&request()).await, "a page below a failure");
        contradicts(client.cancel_snap("t").await, "a cancel below a failure");
    }
    let both = r#"{"token":"t","redirect_url":"https://x/","error_messages":["no"]}"#;
    contradicts(saying(201, both).await.create_snap(&request()).await, "a page and a refusal");
}

#[tokio::test]
async fn a_true_http_407_is_what_its_body_says() {
    saying(407, &ended("407", "expire")).await.expire("ORD-1", &Options::default()).await.unwrap();
}

#[tokio::test]
async fn a_charge_is_of_our_order_our_amount_and_a_beginning() {
    let none = Options::default();
    let good: [(&str, &str); 7] = [
        ("201", "pending"),
        ("200", "pending"),
        ("200", "capture"),
        ("201", "capture"),
        ("200", "authorize"),
        ("200", "settlement"),
        ("202", "deny"),
    ];
    for (code, status) in good {
        let read = told(&ended(code, status)).await.charge(&bni(), &none).await.unwrap();
        assert_eq!(read.transaction_status.as_str(), status);
    }
    let bad = [
        ("202", "pending"),
        ("202", "capture"),
        ("200", "cancel"),
        ("407", "expire"),
        ("200", "refund"),
        ("203", "pending"),
    ];
    for (code, status) in bad {
        let client = told(&ended(code, status)).await;
        contradicts(client.charge(&bni(), &none).await, &format!("{code} {status}"));
    }
    let foreign = [
        ("order_id", json!("ORD-2")),
        ("gross_amount", json!("124999.00")),
        ("gross_amount", json!("125000.01")),
        ("gross_amount", json!("0.00")),
    ];
    for change in foreign {
        let client = told(&body(std::slice::from_ref(&change))).await;
        contradicts(client.charge(&bni(), &none).await, &format!("{change:?}"));
    }
}

#[tokio::test]
async fn fees_on_top_of_our_amount_are_no_contradiction() {
    let info = json!({"extra_info": {"gross_amount_info": {"original_amount": "125000"}}});
    let fee = body(&[("gross_amount", json!("129000.00")), ("metadata", info)]);
    let read = told(&fee).await.charge(&bni(), &Options::default()).await.unwrap();
    assert_eq!(read.amount_to_compare(), Ok(125_000));
}

#[tokio::test]
async fn a_status_is_of_the_id_that_was_asked() {
    let client = told(&body(&[])).await;
    assert!(client.status("ORD-1").await.unwrap().is_some());
    assert!(client.status("t").await.unwrap().is_some());
    contradicts(client.status("ORD-2").await, "another order");
}

#[tokio::test]
async fn a_page_of_payments_is_read_whole_or_not_at_all() {
    let one = ended("200", "settlement");
    let page = format!(r#"{{"status_code":"200","transactions":[{one},{one}]}}"#);
    let read = told(&page).await.status_b2b("ORD-1", 0, 10).await.unwrap().unwrap();
    assert_eq!(read.len(), 2);
    assert!(read.iter().all(midtrans::Transaction::is_paid));
    let empty = told(r#"{"status_code":"200","transactions":[]}"#).await;
    assert_eq!(empty.status_b2b("ORD-1", 9, 10).await.unwrap(), Some(vec![]));
    for bad in [r#""none""#, &format!("[{one},{{}}]"), &format!("[{one},null]")] {
        let page = format!(r#"{{"status_code":"200","transactions":{bad}}}"#);
        let error = told(&page).await.status_b2b("ORD-1", 0, 10).await.unwrap_err();
        assert!(matches!(error, Error::Unknown(Doubt::NotUnderstood)), "{bad}: {error:?}");
    }
}

#[tokio::test]
async fn an_action_ends_where_it_was_sent() {
    let none = Options::default();
    told(&ended("200", "cancel")).await.cancel("ORD-1", &none).await.unwrap();
    told(&ended("200", "cancel")).await.cancel("t", &none).await.unwrap();
    told(&ended("407", "expire")).await.expire("ORD-1", &none).await.unwrap();
    told(&ended("200", "capture")).await.approve("ORD-1", &none).await.unwrap();
    for end in ["deny", "cancel"] {
        told(&ended("200", end)).await.deny("ORD-1", &none).await.unwrap();
    }
    // Nothing but the code is told: believed (midtrans.md 2.4).
    told(r#"{"status_code":"200"}"#).await.cancel("ORD-1", &none).await.unwrap();

    contradicts(told(&ended("200", "cancel")).await.cancel("ORD-2", &none).await, "another order");
    contradicts(told(&ended("202", "cancel")).await.cancel("ORD-1", &none).await, "another code");
    contradicts(told(&ended("200", "settlement")).await.cancel("ORD-1", &none).await, "paid");
    contradicts(told(&ended("200", "pending")).await.expire("ORD-1", &none).await, "pending");
    contradicts(told(&ended("200", "deny")).await.approve("ORD-1", &none).await, "denied");
    contradicts(told(&ended("200", "capture")).await.deny("ORD-1", &none).await, "captured");
    let held = [
        ("status_code", json!("200")),
        ("transaction_status", json!("capture")),
        ("fraud_status", json!("challenge")),
    ];
    contradicts(told(&body(&held)).await.approve("ORD-1", &none).await, "still challenged");
}

#[tokio::test]
async fn a_capture_is_captured_or_denied() {
    let none = Options::default();
    let request = CaptureRequest::try_new("t", 125_000).unwrap();
    let read = told(&ended("200", "capture")).await.capture(&request, &none).await.unwrap();
    assert!(read.is_paid());
    let read = told(&ended("202", "deny")).await.capture(&request, &none).await.unwrap();
    assert!(!read.is_paid());
    for (code, status) in [("200", "authorize"), ("201", "capture"), ("202", "capture")] {
        let client = told(&ended(code, status)).await;
        contradicts(client.capture(&request, &none).await, status);
    }
    let other = body(&[("transaction_id", json!("u")), ("transaction_status", json!("capture"))]);
    contradicts(told(&other).await.capture(&request, &none).await, "another transaction");
}

fn refunded(code: &str, status: &str, amount: Value) -> String {
    body(&[
        ("status_code", code.into()),
        ("transaction_status", status.into()),
        ("refund_amount", amount),
        ("refund_key", json!("ORD-1-r1")),
        ("refund_chargeback_id", json!(9001)),
        ("status_message", json!("Refund denied by the bank")),
    ])
}

#[tokio::test]
async fn a_refund_is_accepted_only_if_state_and_amount_say_so() {
    let none = Options::default();
    for status in ["refund", "partial_refund"] {
        let client = told(&refunded("200", status, json!("25000.00"))).await;
        let RefundOutcome::Accepted(read) = client.refund("ORD-1", &refund(), &none).await.unwrap()
        else {
            panic!("not accepted");
        };
        assert_eq!((read.amount, read.key.as_str()), (25_000, "ORD-1-r1"));
        assert_eq!(read.chargeback_id.as_deref(), Some("9001"));
        assert_eq!(read.status, TransactionStatus::parse(status));
    }
    // Perhaps the sum of two (midtrans.md 2.6).
    let sum = told(&refunded("200", "partial_refund", json!("50000.00"))).await;
    assert!(sum.refund("t", &refund(), &none).await.is_ok());

    let wrong = [
        ("200", "refund", json!("0.00")),
        ("200", "refund", json!("24999.00")),
        ("200", "settlement", json!("25000.00")),
        ("200", "settlement", json!("0.00")),
        ("201", "refund", json!("25000.00")),
        ("202", "refund", json!("25000.00")),
        ("202", "refund", json!("0.00")),
        ("202", "partial_refund", json!("25000.00")),
        ("407", "refund", json!("25000.00")),
    ];
    for (code, status, amount) in wrong {
        let what = format!("{code} {status} {amount}");
        let client = told(&refunded(code, status, amount)).await;
        contradicts(client.refund("ORD-1", &refund(), &none).await, &what);
        contradicts(client.refund_direct("ORD-1", &refund(), &none).await, &what);
    }
    let all = RefundRequest::try_new(RefundKey::try_new("ORD-1-r1").unwrap(), None, None).unwrap();
    let nothing = told(&refunded("200", "refund", json!("0.00"))).await;
    contradicts(nothing.refund("ORD-1", &all, &none).await, "all of nothing");
    let part = told(&refunded("200", "partial_refund", json!("1.00"))).await;
    contradicts(part.refund("ORD-1", &all, &none).await, "a part of all");
    let whole = told(&refunded("200", "refund", json!("100000.00"))).await;
    assert!(whole.refund("ORD-1", &all, &none).await.is_ok(), "all that was left");
}

#[tokio::test]
async fn a_refund_without_an_amount_that_can_be_read_is_unknown() {
    for amount in [Value::Null, json!("much"), json!("25000.50"), json!("-1.00")] {
        let client = told(&refunded("200", "refund", amount.clone())).await;
        let error = client.refund("ORD-1", &refund(), &Options::default()).await.unwrap_err();
        assert!(matches!(error, Error::Unknown(Doubt::NotUnderstood)), "{amount}: {error:?}");
    }
}

#[tokio::test]
async fn an_answer_with_a_nul_is_not_understood() {
    let good = refunded("200", "refund", json!("25000.00")).replace("9001", r#""9\u0000""#);
    let error = told(&good).await.refund("ORD-1", &refund(), &Options::default()).await;
    assert!(matches!(error, Err(Error::Unknown(Doubt::NotUnderstood))), "{error:?}");
}

#[tokio::test]
async fn a_refund_is_of_our_id_and_our_key() {
    let none = Options::default();
    let good = refunded("200", "refund", json!("25000.00"));
    contradicts(told(&good).await.refund("ORD-2", &refund(), &none).await, "another order");
    let other = good.replace("ORD-1-r1", "ORD-1-r2");
    contradicts(told(&other).await.refund("ORD-1", &refund(), &none).await, "another key");
}

#[tokio::test]
async fn a_refund_that_the_provider_declines_is_no_success() {
    for status in ["settlement", "partial_refund"] {
        for amount in [json!("0.00"), json!("0"), Value::Null] {
            let client = told(&refunded("202", status, amount)).await;
            let read = client.refund_direct("ORD-1", &refund(), &Options::default()).await;
            let message = "Refund denied by the bank".to_owned();
            assert_eq!(read.unwrap(), RefundOutcome::Declined { message });
        }
    }
}
