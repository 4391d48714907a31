//! How long an order can be paid.

use crate::house::{House, draft, payment};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn lasting(minutes: &Value) -> Value {
    let mut body = draft();
    body["payment_window_minutes"] = minutes.clone();
    body
}

async fn told(house: &House) -> Value {
    let body = house
        .database
        .read(|c| c.query_row("SELECT body FROM outbox", [], |row| row.get::<_, String>(0)));
    serde_json::from_str::<Value>(&body.await.unwrap()).unwrap()["data"].clone()
}

#[tokio::test]
async fn an_order_says_until_when_it_can_be_paid() {
    for (minutes, due) in [
        (Value::Null, "2026-11-22T06:04:00Z"),
        (json!(5), "2026-11-22T05:09:00Z"),
        (json!(10_080), "2026-11-29T05:04:00Z"),
    ] {
        let house = House::new();
        let answer = house.place("key-1", &lasting(&minutes)).await;
        assert_eq!(answer.json()["payment_due_at"], due, "{minutes}");
        let id = answer.id();
        assert_eq!(house.get(&format!("/v1/orders/{id}")).await.1["payment_due_at"], due);
        assert_eq!(told(&house).await["payment_due_at"], due);
        house.check(id).await;
    }
    let house = House::new();
    let order = house.place("key-1", &draft()).await.json();
    assert_eq!(order["payment_due_at"], "2026-11-22T06:04:00Z", "the shop's own default");
}

#[tokio::test]
async fn a_window_that_is_none_is_refused_by_its_field() {
    let house = House::new();
    for wrong in [
        json!(4),
        json!(10_081),
        json!(0),
        json!(-5),
        json!(i64::MAX),
        json!(u64::MAX),
        json!("x"),
        json!("60"),
        json!(60.5),
        json!(6e1),
        json!(true),
        json!([60]),
    ] {
        let refused = house.place("key-1", &lasting(&wrong)).await;
        assert_eq!(refused.status, 422, "{wrong}");
        let pointer = &refused.json()["errors"][0]["pointer"];
        assert_eq!(pointer, "/payment_window_minutes", "{wrong}");
    }
    assert_eq!(house.rows().await, [0; 5]);
}

#[tokio::test]
async fn another_window_is_another_request() {
    let house = House::new();
    house.place("key-1", &lasting(&json!(30))).await.id();
    assert!(house.place("key-1", &lasting(&json!(30))).await.replayed);
    assert_eq!(house.place("key-1", &lasting(&json!(31))).await.status, 422);
    assert_eq!(house.place("key-1", &draft()).await.status, 422);
}

/// Keys are kept for days: a request from before there were windows must stay the same request.
#[tokio::test]
async fn a_request_without_a_window_has_the_fingerprint_that_it_always_had() {
    let house = House::new();
    house.placed().await;
    let found = house.database.read(|c| {
        c.query_row("SELECT fingerprint FROM idempotency_keys", [], |row| row.get::<_, [u8; 32]>(0))
    });
    let always: [u8; 32] = Sha256::digest(
        "POST /v1/orders\n{\"reference\":null,\"customer\":{\"name\":\"Budi Santoso\",\
         \"email\":\"budi@example.com\",\"phone\":null},\"locale\":null,\"lines\":[\
         {\"sku\":\"KOPI\",\"name\":\"Kopi Gayo\",\"quantity\":2,\"unit_price\":80000},\
         {\"sku\":\"ONGKIR\",\"name\":\"Ongkos kirim\",\"quantity\":1,\"unit_price\":25000}],\
         \"metadata\":{}}",
    )
    .into();
    assert_eq!(found.await.unwrap(), always);
}

#[tokio::test]
async fn an_order_from_before_there_were_windows_goes_on() {
    let house = House::new();
    let id = house.placed().await;
    house.execute("UPDATE orders SET payment_due_at = NULL".into()).await;
    let (_, order) = house.get(&format!("/v1/orders/{id}")).await;
    for field in ["payment_due_at", "cancel_requested_at", "refund_if_paid", "cancel_reason"] {
        assert_eq!(order[field], Value::Null, "{field}");
    }
    assert_eq!(house.cancel("key-2", id, &json!({})).await.status, 202);
    assert_eq!(house.told(&[payment(id, 1, "paid", 2)]).await, [Ok(())]);
    assert_eq!(house.status(id).await, "paid");
    house.check(id).await;
}
