//! `GET /pay/{order}`: the customer's stable link.

use crate::gateway::seen;
use crate::house::{House, NOW, ORDER, order, order_event, text};
use axum::http::header;
use payment::models::{Fraud, GatewayStatus, Observation};
use serde_json::json;

const REFRESH: &str = "http-equiv=\"refresh\"";

struct Answer {
    status: u16,
    location: Option<String>,
    html: String,
}

async fn open(house: &House, order: &str) -> Answer {
    let response = house.open_path(&format!("/pay/{order}")).await;
    let of = |name| response.headers().get(name).map(|v: &_| v.to_str().unwrap().to_owned());
    assert_eq!(of(header::CACHE_CONTROL).as_deref(), Some("no-store"), "it changes");
    let (status, location) = (response.status().as_u16(), of(header::LOCATION));
    Answer { status, location, html: text(response).await }
}

async fn page(house: &House) -> Answer {
    open(house, &ORDER.to_string()).await
}

/// A house with a page for an order in English, with this reference.
async fn english(reference: &str) -> House {
    let house = House::new();
    let mut data = order();
    data["locale"] = json!("en");
    data["reference"] = json!(reference);
    assert_eq!(house.told(&[order_event(1, ORDER, &data)]).await, [Ok(())]);
    house
}

#[tokio::test]
async fn a_page_that_is_there_is_where_the_customer_goes() {
    let house = House::ready().await;
    let answer = page(&house).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.location.as_deref(), Some("https://gateway.example/token-1"));
}

#[tokio::test]
async fn a_denied_customer_may_try_again_on_the_page() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    assert_eq!(page(&house).await.status, 303);
}

#[tokio::test]
async fn a_page_that_is_not_there_yet_is_being_prepared() {
    let house = House::opened().await;
    let answer = page(&house).await;
    assert_eq!((answer.status, answer.location), (200, None));
    assert!(answer.html.contains("Halaman pembayaran sedang disiapkan"));
    assert!(answer.html.contains(REFRESH) && answer.html.contains("Rp185.000"));
}

#[tokio::test]
async fn an_order_that_is_not_here_yet_is_told_from_no_order_at_all() {
    let house = House::new();
    let answer = page(&house).await;
    assert_eq!(answer.status, 404);
    assert!(answer.html.contains("sedang disiapkan") && answer.html.contains(REFRESH));
    for nonsense in ["x", "1%20OR%201=1", "0192f0c12b3c7d4e8f50617283940a1b"] {
        let answer = open(&house, nonsense).await;
        assert_eq!(answer.status, 404, "{nonsense}");
        assert!(answer.html.contains("Tautan tidak dikenal") && !answer.html.contains(REFRESH));
    }
}

#[tokio::test]
async fn a_paid_order_says_so_and_sends_nobody_away() {
    let house = House::paid_with("tx-1").await;
    let answer = page(&house).await;
    assert_eq!((answer.status, answer.location), (200, None));
    assert!(answer.html.contains("Pembayaran diterima") && answer.html.contains("INV-1"));
    assert!(answer.html.contains("lang=\"id\"") && !answer.html.contains(REFRESH));
}

#[tokio::test]
async fn what_is_under_review_is_not_paid_again() {
    let house = House::ready().await;
    let capture = seen(house.attempt().await, "tx-1", GatewayStatus::Capture);
    house.gateway.knows(Observation { fraud: Some(Fraud::Challenge), ..capture });
    house.callback("tx-1", "capture").await;
    house.work(NOW).await;
    let answer = page(&house).await;
    assert_eq!(answer.status, 200);
    assert!(answer.html.contains("Pembayaran sedang ditinjau"));
}

#[tokio::test]
async fn the_page_speaks_the_orders_language() {
    let house = english("INV-1").await;
    assert!(page(&house).await.html.contains("Your payment page is being prepared"));
    house.work(NOW).await;
    house.hears_the_truth("tx-1", GatewayStatus::Expire).await;
    let html = page(&house).await.html;
    assert!(html.contains("Time to pay is over") && html.contains("lang=\"en\""));
}

#[tokio::test]
async fn a_reference_is_text_and_never_markup() {
    let house = english("<script>alert(1)</script>").await;
    let html = page(&house).await.html;
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("script&#62;") || html.contains("script&gt;"), "{html}");
}

#[tokio::test]
async fn without_a_database_the_customer_is_asked_to_wait() {
    let house = House::ready().await;
    house.lose_database().await;
    let answer = page(&house).await;
    assert_eq!(answer.status, 503);
    assert!(answer.html.contains(REFRESH));
}
