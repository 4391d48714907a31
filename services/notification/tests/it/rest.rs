//! The REST API: list, read, resend.

use crate::house::{House, ORDER, order, payment, text};
use axum::body::Body;
use axum::http::Request;
use notification::models::MessageStatus;
use serde_json::Value;
use std::time::Duration;

async fn resend(house: &House, id: &str, key: Option<&str>) -> (u16, bool, String) {
    let mut request = Request::post(format!("/v1/notifications/{id}/resend"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let response = house.ask(request.body(Body::empty()).unwrap()).await;
    let replayed = response.headers().contains_key("idempotent-replayed");
    (response.status().as_u16(), replayed, text(response).await)
}

#[tokio::test]
async fn a_list_is_paged_and_filtered() {
    let house = House::new();
    let told = [order(ORDER, 1), payment("pending", 2), payment("paid", 3), payment("refunded", 4)];
    assert!(house.told(&told).await.iter().all(Result::is_ok));
    let (status, page) = house.get("/v1/notifications?limit=2").await;
    assert_eq!((status, &page["has_more"]), (200, &Value::from(true)));
    let kinds = |page: &Value| -> Vec<String> {
        let rows = page["data"].as_array().unwrap();
        rows.iter().map(|row| row["template"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&page), ["refunded", "paid"]);
    assert_eq!(page["data"][0]["recipient"], "budi@example.com");
    assert_eq!(page["data"][0].get("html"), None);

    let last = page["data"][1]["id"].as_str().unwrap();
    let path = format!("/v1/notifications?limit=2&starting_after={last}&order_id={ORDER}");
    let (_, rest) = house.get(&path).await;
    assert_eq!((kinds(&rest), &rest["has_more"]), (vec!["pending".into()], &Value::from(false)));
    let (_, none) = house.get("/v1/notifications?status=sent").await;
    assert_eq!(kinds(&none), [""; 0]);
}

#[tokio::test]
async fn a_wrong_filter_is_a_problem() {
    let house = House::new();
    for query in ["limit=0", "limit=201", "status=lost", "order_id=1", "starting_after=x", "q=1"] {
        let (status, problem) = house.get(&format!("/v1/notifications?{query}")).await;
        assert_eq!(status, 400, "{query}: {problem}");
    }
}

#[tokio::test]
async fn one_message_shows_its_texts() {
    let house = House::with("paid").await;
    let id = house.only().await.id;
    let (status, message) = house.get(&format!("/v1/notifications/{id}")).await;
    assert_eq!((status, &message["order_id"]), (200, &Value::from(ORDER.to_string())));
    assert_eq!(message["subject"], "Pembayaran untuk pesanan INV-1 sudah kami terima");
    assert!(message["text"].as_str().unwrap().starts_with("Halo Budi Santoso,"));
    assert!(message["html"].as_str().unwrap().starts_with("<!doctype html>"));
    for unknown in [ORDER.to_string(), "x".to_owned()] {
        assert_eq!(house.get(&format!("/v1/notifications/{unknown}")).await.0, 404);
    }
}

#[tokio::test]
async fn a_resend_happens_once_per_key() {
    let house = House::with("paid").await;
    house.work(Duration::ZERO).await;
    let id = house.only().await.id.to_string();
    let expected = format!(r#"{{"id":"{id}","status":"queued"}}"#);
    assert_eq!(resend(&house, &id, Some("k1")).await, (202, false, expected.clone()));
    assert_eq!(resend(&house, &id, Some("k1")).await, (202, true, expected.clone()));
    assert_eq!(house.only().await.status, MessageStatus::Queued);
    house.work(Duration::ZERO).await;
    assert_eq!(resend(&house, &id, Some("k1")).await, (202, true, expected));
    assert_eq!(house.work(Duration::ZERO).await, 0);

    let taken = house.taken();
    assert_eq!(taken.iter().map(|mail| mail.resends).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(house.only().await.status, MessageStatus::Sent);
}

#[tokio::test]
async fn a_resend_says_what_is_wrong_with_it() {
    let house = House::with("paid").await;
    assert!(house.told(&[payment("refunded", 3)]).await[0].is_ok());
    let [one, other] = &house.all().await[..] else { panic!() };
    let (one, other) = (one.id.to_string(), other.id.to_string());
    assert_eq!(resend(&house, &one, None).await.0, 400);
    assert_eq!(resend(&house, &ORDER.to_string(), Some("k")).await.0, 404);
    assert_eq!(resend(&house, "x", Some("k")).await.0, 404);
    assert_eq!(resend(&house, &one, Some("k")).await.0, 202);
    assert_eq!(resend(&house, &other, Some("k")).await.0, 422);
}
