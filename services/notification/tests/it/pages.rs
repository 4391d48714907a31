//! The mailbox pages.

use crate::house::{House, text};
use axum::body::Body;
use axum::http::Request;
use std::time::Duration;

async fn page(house: &House, path: &str) -> (u16, String, String) {
    let response = house.ask(Request::get(path).body(Body::empty()).unwrap()).await;
    let policy = response.headers().get("content-security-policy");
    let policy = policy.map(|p| p.to_str().unwrap().to_owned()).unwrap_or_default();
    (response.status().as_u16(), policy, text(response).await)
}

#[tokio::test]
async fn the_mailbox_shows_what_was_sent() {
    let house = House::new();
    let (status, policy, empty) = page(&house, "/mailbox").await;
    assert_eq!(status, 200);
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(empty.contains("No mail yet"));

    let house = House::with("pending").await;
    house.work(Duration::ZERO).await;
    let id = house.only().await.id;
    let (_, _, list) = page(&house, "/mailbox").await;
    assert!(list.contains(&format!("/mailbox/{id}")) && list.contains("budi@example.com"));
    assert!(list.contains("http-equiv=\"refresh\""));

    let (status, _, opened) = page(&house, &format!("/mailbox/{id}")).await;
    assert_eq!(status, 200);
    assert!(opened.contains("Menunggu pembayaran untuk pesanan INV-1"));
    assert!(opened.contains("sandbox=") && opened.contains("srcdoc=\"&#60;!doctype html&#62;"));
    assert_eq!(page(&house, "/mailbox/x").await.0, 404);
}
