//! `GET /pay/{order}`: the customer's stable link.

use crate::gateway::seen;
use crate::house::{House, MINUTE, NOW, ORDER, SECOND, order, order_event, text};
use axum::http::header;
use kernel::Timestamp;
use payment::models::{Fraud, GatewayStatus, Instruction, Observation};
use serde_json::json;

const REFRESH: &str = "http-equiv=\"refresh\"";

struct Answer {
    status: u16,
    location: Option<String>,
    policy: Option<String>,
    html: String,
}

async fn open(house: &House, order: &str) -> Answer {
    let response = house.open_path(&format!("/pay/{order}")).await;
    let of = |name| response.headers().get(name).map(|v: &_| v.to_str().unwrap().to_owned());
    assert_eq!(of(header::CACHE_CONTROL).as_deref(), Some("no-store"), "it changes");
    let (status, location) = (response.status().as_u16(), of(header::LOCATION));
    let policy = of(header::CONTENT_SECURITY_POLICY);
    Answer { status, location, policy, html: text(response).await }
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

fn va() -> Instruction {
    Instruction::VirtualAccount { bank: "bca".into(), number: "00000112345".into() }
}

fn qr() -> Instruction {
    Instruction::QrCode { text: "00020101021226670016COM.NOBUBANK.WWW6304A13F".into() }
}

fn link(url: &str) -> Instruction {
    Instruction::Link { url: url.into() }
}

/// A day and an hour from now.
fn deadline() -> Option<Timestamp> {
    Some("2026-11-23T06:04:00Z".parse().unwrap())
}

/// Whether all of it stands in the page, in this order.
fn holds(html: &str, parts: &[&str]) -> bool {
    let mut rest = html;
    parts.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => panic!("{part} is not where it should be in {html}"),
    })
}

#[tokio::test]
async fn a_chosen_method_is_shown_with_its_number_its_deadline_and_a_way_out() {
    let house = House::ready().await;
    house.chosen("bank_transfer", &[va()], deadline()).await;
    let answer = page(&house).await;
    assert_eq!((answer.status, answer.location), (200, None));
    assert!(holds(
        &answer.html,
        &[
            "lang=\"id\"",
            "http-equiv=\"refresh\" content=\"5\"",
            "Selesaikan pembayaran",
            "Rp185.000",
            "INV-1",
            "BCA Virtual Account",
            "Nomor Virtual Account",
            "<span>0000</span><span>0112</span><span>345</span>",
            "Bayar sebelum",
            "23 November 2026, 13.04 WIB",
            "1 hari 1 jam lagi",
            "<a href=\"https://gateway.example/token-1\">Metode lain",
        ]
    ));
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    assert_eq!(answer.policy.as_deref(), Some(policy));
    assert!(!answer.html.contains("<svg") && !answer.html.contains("<script"));
    house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
    let html = page(&house).await.html;
    assert!(html.contains("Pembayaran diterima") && !html.contains("0112"));
}

#[tokio::test]
async fn a_bill_and_a_store_code_are_shown_in_the_orders_language() {
    let bill = Instruction::Bill { biller_code: "70012".into(), key: "990000000260".into() };
    let store = Instruction::StoreCode { store: "indomaret".into(), code: "81273".into() };
    let numbers = ["Company code", "<span>7001</span><span>2</span>", "Payment code", "<span>9900"];
    for (way, parts) in [
        (bill, [&["Mandiri Bill Payment"], &numbers[..]].concat()),
        (store, vec!["Indomaret", "Payment code", "<span>8127</span><span>3</span>"]),
    ] {
        let house = english("INV-7").await;
        house.work(NOW).await;
        house.chosen("any", &[way], deadline()).await;
        let html = page(&house).await.html;
        assert!(holds(&html, &["lang=\"en\"", "Complete your payment", "Rp185.000", "INV-7"]));
        assert!(holds(&html, &parts));
        assert!(holds(
            &html,
            &["23 November 2026, 13:04 WIB", "1 day 1 hour left", "Other method"]
        ));
    }
}

#[tokio::test]
async fn a_qr_code_is_drawn_and_no_app_is_linked_to() {
    let house = House::ready().await;
    house.chosen("gopay", &[qr(), link("gojek://gopay/pay?id=1")], None).await;
    let html = page(&house).await.html;
    assert!(holds(
        &html,
        &["GoPay / QRIS", "Pindai kode QR ini", "<svg viewBox", "<path d=\"M4 4h7"]
    ));
    for absent in ["gojek:", "Buka aplikasinya", "NOBUBANK", "Bayar sebelum"] {
        assert!(!html.contains(absent), "{absent}");
    }
    let house = House::ready().await;
    house.chosen("gopay", &[qr(), link("https://pay.example/?a=1&b=2")], None).await;
    let html = page(&house).await.html;
    assert!(holds(&html, &["<a href=\"https://pay.example/?a=1&#38;b=2\">Buka aplikasinya</a>"]));
}

#[tokio::test]
async fn what_only_the_gateway_can_show_is_left_to_its_page() {
    for ways in [vec![], vec![link("https://simulator.example/shopeepay")], vec![link("gojek://x")]]
    {
        let house = House::ready().await;
        house.chosen("credit_card", &ways, deadline()).await;
        let answer = page(&house).await;
        assert_eq!(answer.status, 303, "{ways:?}");
        assert_eq!(answer.location.as_deref(), Some("https://gateway.example/token-1"));
    }
}

#[tokio::test]
async fn after_the_deadline_the_bank_decides_and_nobody_is_invited_to_pay() {
    let house = House::ready().await;
    house.chosen("bank_transfer", &[va(), qr()], deadline()).await;
    house.clock.advance(25 * 60 * MINUTE - SECOND);
    let html = page(&house).await.html;
    assert!(holds(&html, &["<svg", "0112", "kurang dari satu menit lagi"]));
    house.clock.advance(SECOND);
    let html = page(&house).await.html;
    assert!(holds(
        &html,
        &[REFRESH, "Waktu pembayaran habis", "bank yang menentukan", "sudah lewat"]
    ));
    assert!(html.contains("Metode lain") && !html.contains("0112") && !html.contains("<svg"));
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    house.work(NOW).await;
    assert!(page(&house).await.html.contains("Pembayaran diterima"), "and the bank had it");
}

#[tokio::test]
async fn a_gateways_page_that_is_not_of_the_web_is_not_linked_to() {
    let house = House::ready().await;
    house.execute("UPDATE attempts SET page_url = 'javascript:alert(1)'".into()).await;
    house.chosen("bank_transfer", &[va()], None).await;
    let html = page(&house).await.html;
    assert!(html.contains("BCA Virtual Account") && !html.contains("javascript:"));
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
