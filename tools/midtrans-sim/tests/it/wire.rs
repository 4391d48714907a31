//! What other clients put on the wire, and what they must get (midtrans.md 1.4, 2.1, 5.3).

use crate::world::{KEY, World};
use reqwest::{Method, Response};
use serde_json::{Value, json};

impl World {
    async fn raw(&self, method: Method, path: &str, body: &'static str) -> Response {
        let call = self.http.request(method, format!("{}{path}", self.base));
        call.basic_auth(KEY, Some("")).body(body).send().await.unwrap()
    }

    async fn snap(&self, body: Value) -> (u16, Value) {
        let call = self.http.post(format!("{}/snap/v1/transactions", self.base));
        let response = call.basic_auth(KEY, Some("")).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

#[tokio::test]
async fn bodies_do_not_matter_to_the_core_api() {
    let world = World::open().await;
    world.pay("ORD-1", "bca_va", "pending").await;
    for body in ["", "{}", "null"] {
        let told: Value =
            world.raw(Method::GET, "/v2/ORD-1/status?X-Foo=bar", body).await.json().await.unwrap();
        assert_eq!(told["status_code"], json!("201"), "{body}");
    }
    let told = world.raw(Method::POST, "/v2/ORD-1/cancel", "null").await;
    assert_eq!(told.status(), 200);
    assert_eq!(told.json::<Value>().await.unwrap()["status_code"], json!("200"));
}

#[tokio::test]
async fn core_failures_are_http_200_except_a_bad_key() {
    let world = World::open().await;
    let told = world.raw(Method::GET, "/v2/nobody/status", "").await;
    assert_eq!(told.status(), 200);
    let told: Value = told.json().await.unwrap();
    assert_eq!(told["status_code"], json!("404"));
    assert!(told["id"].is_string());
    let bare = world.http.get(format!("{}/v2/nobody/status", world.base)).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.json::<Value>().await.unwrap()["status_code"], json!("401"));
}

#[tokio::test]
async fn odd_paths_answer_with_a_page() {
    let world = World::open().await;
    for path in ["/v2/a/b/status", "/v2/%ff/status", "/v2//status", "/snap/v9", "/v2/charge2"] {
        let told = world.raw(Method::GET, path, "").await;
        assert_eq!(told.status(), 404, "{path}");
        let kind = told.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
    }
    let elsewhere = world.raw(Method::GET, "/elsewhere", "").await;
    assert_eq!(elsewhere.text().await.unwrap(), "someone else");
}

#[tokio::test]
async fn snap_tells_what_is_wrong() {
    let world = World::open().await;
    let (code, told) = world.snap(json!({"transaction_details": {"order_id": "ORD-1"}})).await;
    assert_eq!(code, 400);
    let expected = [
        "transaction_details.gross_amount is required",
        "transaction_details.gross_amount is not a number",
    ];
    assert_eq!(told, json!({ "error_messages": expected }));
    for body in ["", "null", "{}", "{"] {
        let told = world.raw(Method::POST, "/snap/v1/transactions", body).await;
        assert_eq!(told.status(), 400, "{body}");
        assert!(told.json::<Value>().await.unwrap()["error_messages"][0].is_string());
    }
    let bare = world.http.post(format!("{}/snap/v1/transactions", world.base)).send().await;
    let bare = bare.unwrap();
    assert_eq!(bare.status(), 401);
    let told: Value = bare.json().await.unwrap();
    assert_eq!(told["error_messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_method_has_its_own_fields() {
    let world = World::open().await;
    let cases: [(&str, &str, &[&str]); 8] = [
        ("bca_va", "bank_transfer", &["/va_numbers/0/va_number", "/payment_amounts"]),
        ("bni_va", "bank_transfer", &["/va_numbers/0/bank", "/payment_amounts/0/paid_at"]),
        ("bri_va", "bank_transfer", &["/va_numbers/0/va_number"]),
        ("permata_va", "bank_transfer", &["/permata_va_number"]),
        ("echannel", "echannel", &["/bill_key", "/biller_code"]),
        ("qris", "qris", &["/acquirer", "/issuer", "/transaction_type"]),
        ("gopay", "gopay", &["/payment_option_type"]),
        ("credit_card", "credit_card", &["/masked_card", "/approval_code", "/eci"]),
    ];
    for (method, payment_type, fields) in cases {
        world.pay(method, method, "settle").await;
        let path = format!("/v2/{method}/status");
        let told: Value = world.raw(Method::GET, &path, "").await.json().await.unwrap();
        assert_eq!(told["payment_type"], payment_type, "{method}");
        for field in fields {
            assert!(told.pointer(field).is_some(), "{method} {field}: {told}");
        }
        assert_eq!(told["settlement_time"].is_string(), method != "credit_card", "{method}");
        assert_eq!(told["gross_amount"], json!("125000.00"));
        assert_eq!(told["transaction_time"], json!("2026-03-01 10:00:00"));
    }
}

#[tokio::test]
async fn what_the_merchant_sends_along_is_told_again() {
    let world = World::open().await;
    let (code, page) = world
        .snap(json!({
            "transaction_details": {"order_id": "ORD-1", "gross_amount": 125_000},
            "expiry": {"start_time": "2026-03-01 10:00:00 +0700", "duration": 2, "unit": "hours"},
            "custom_field1": "cart 7",
            "metadata": {"attempt": 2},
            "enabled_payments": ["bca_va"],
        }))
        .await;
    assert_eq!(code, 201, "{page}");
    let pay = format!("/_sim/pages/{}/pay", page["token"].as_str().unwrap());
    assert_eq!(world.post(&pay, json!({"method": "gopay"})).await.0, 409);
    assert_eq!(world.post(&pay, json!({"method": "bca_va", "outcome": "pending"})).await.0, 200);
    let told: Value = world.raw(Method::GET, "/v2/ORD-1/status", "").await.json().await.unwrap();
    assert_eq!(told["custom_field1"], "cart 7");
    assert_eq!(told["metadata"], json!({"attempt": 2}));
    assert_eq!(told["expiry_time"], "2026-03-01 12:00:00");
}

#[tokio::test]
async fn more_time_than_a_method_can_have_is_cut() {
    let world = World::open().await;
    let cases = [
        ("gopay", 181, "2026-03-08 10:00:00"),
        ("gopay", 7, "2026-03-08 10:00:00"),
        ("shopeepay", 30, "2026-03-06 10:00:00"),
        ("bca_va", 181, "2026-08-28 10:00:00"),
        ("bca_va", 30, "2026-03-31 10:00:00"),
    ];
    for (number, (method, days, expected)) in cases.into_iter().enumerate() {
        let order_id = format!("ORD-{number}");
        let asked = json!({
            "transaction_details": {"order_id": order_id, "gross_amount": 125_000},
            "expiry": {"duration": days, "unit": "days"},
        });
        let (code, page) = world.snap(asked).await;
        assert_eq!(code, 201, "{page}");
        let pay = format!("/_sim/pages/{}/pay", page["token"].as_str().unwrap());
        let choice = json!({"method": method, "outcome": "pending"});
        assert_eq!(world.post(&pay, choice).await.0, 200);
        let path = format!("/v2/{order_id}/status");
        let told: Value = world.raw(Method::GET, &path, "").await.json().await.unwrap();
        assert_eq!(told["expiry_time"], expected, "{method} {days}");
    }
}
