//! The payment page as a browser meets it.

use crate::world::{World, request};
use reqwest::Response;

impl World {
    async fn browse(&self, url: &str) -> (u16, String) {
        let response = self.http.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Sends a form and follows the answer, as a browser does.
    async fn submit(&self, page: &str, form: &str, field: (&str, &str)) -> String {
        let response = self.send_form(&format!("{page}/{form}"), field).await;
        assert_eq!(response.status(), 303, "{form} {field:?}");
        let location = response.headers()["location"].to_str().unwrap();
        let next = response.url().join(location).unwrap();
        assert_eq!(next.as_str(), page);
        self.browse(page).await.1
    }

    async fn send_form(&self, url: &str, (name, value): (&str, &str)) -> Response {
        let kind = "application/x-www-form-urlencoded";
        let call = self.http.post(url).header("content-type", kind);
        call.body(format!("{name}={value}")).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_person_chooses_and_pays() {
    let world = World::open().await;
    let mut asked = request("ORD-1");
    asked.finish_url = Some("https://toko.example/selesai?lang=id".to_owned());
    let page = world.client.create_snap(&asked).await.unwrap().redirect_url;

    let (code, html) = world.browse(&page).await;
    assert_eq!(code, 200);
    for text in ["Rp125.000", "ORD-1", "G000000001", "SIMULATOR", "bca_va", "qris", "credit_card"] {
        assert!(html.contains(text), "{text}");
    }
    let html = world.submit(&page, "choose", ("method", "bca_va")).await;
    assert!(html.contains("BCA Virtual Account") && html.contains("2026-03-02 10:00:00"));
    let number = world.status("ORD-1").await.va_numbers.unwrap()[0].va_number.clone();
    assert!(html.contains(&number));

    let html = world.submit(&page, "act", ("action", "pay")).await;
    assert!(html.contains("Pembayaran berhasil"));
    let back = "https://toko.example/selesai?lang=id&#38;order_id=ORD-1&#38;status_code=200\
                &#38;transaction_status=settlement";
    assert!(html.contains(back), "{html}");
    assert!(world.status("ORD-1").await.is_paid());
    let html = world.submit(&page, "act", ("action", "deny")).await;
    assert!(html.contains("Pembayaran berhasil"), "too late to deny");
}

#[tokio::test]
async fn a_denied_person_may_choose_again() {
    let world = World::open().await;
    let page = world.create("ORD-1").await.redirect_url;
    let html = world.submit(&page, "choose", ("method", "credit_card")).await;
    assert!(html.contains("3-D Secure") && !html.contains("Biarkan kedaluwarsa"));
    let html = world.submit(&page, "act", ("action", "deny")).await;
    assert!(html.contains("Pembayaran ditolak") && html.contains("Pilih cara bayar"));
    let html = world.submit(&page, "choose", ("method", "qris")).await;
    assert!(html.contains("<svg class=\"qr\""));
}

#[tokio::test]
async fn a_person_may_change_their_mind_about_the_method() {
    let world = World::open().await;
    let page = world.create("ORD-1").await.redirect_url;
    let html = world.submit(&page, "choose", ("method", "bca_va")).await;
    assert!(html.contains("value=\"other\"") && html.contains("(another method)"));
    let html = world.submit(&page, "act", ("action", "other")).await;
    assert!(html.contains("Pilih cara bayar") && html.contains("value=\"gopay\""));
    assert_eq!(world.get("/_sim/transactions/ORD-1").await["transaction_status"], "deny");
    world.submit(&page, "choose", ("method", "gopay")).await;
    let html = world.submit(&page, "act", ("action", "pay")).await;
    assert!(html.contains("Pembayaran berhasil") && !html.contains("(another method)"));
    let html = world.browse(&format!("{page}?again=1")).await.1;
    assert!(html.contains("Pembayaran berhasil"), "who has paid does not choose again");
}

#[tokio::test]
async fn who_let_the_time_pass_chooses_again_while_the_page_is_open() {
    let world = World::open().await;
    let page = world.create("ORD-1").await.redirect_url;
    world.submit(&page, "choose", ("method", "qris")).await;
    let html = world.submit(&page, "act", ("action", "expire")).await;
    let token = page.rsplit_once('/').unwrap().1;
    assert!(html.contains("Waktu pembayaran habis") && html.contains(&format!("{token}?again=1")));
    let (code, html) = world.browse(&format!("{page}?again=1")).await;
    assert!(code == 200 && html.contains(&format!("action=\"{token}/choose\"")), "{html}");
    assert!(!html.contains("ditolak"), "nobody was denied");
    let html = world.submit(&page, "choose", ("method", "gopay")).await;
    assert!(html.contains("Menunggu pembayaran"));

    world.wait(60 * 24).await;
    for query in ["", "?again=1"] {
        let html = world.browse(&format!("{page}{query}")).await.1;
        assert!(html.contains("Waktu pembayaran habis") && !html.contains("again=1"), "{html}");
    }
    let called_off = world.create("ORD-2").await.redirect_url;
    world.submit(&called_off, "choose", ("method", "qris")).await;
    world.act("ORD-2", "cancel").await;
    let html = world.browse(&format!("{called_off}?again=1")).await.1;
    assert!(html.contains("Pembayaran dibatalkan") && !html.contains("again=1"), "{html}");
}

#[tokio::test]
async fn a_late_payment_is_possible_and_can_charge_twice() {
    let world = World::open().await;
    let old = world.create("ORD-1").await.redirect_url;
    world.submit(&old, "choose", ("method", "permata_va")).await;
    let html = world.submit(&old, "act", ("action", "expire")).await;
    assert!(html.contains("Waktu pembayaran habis") && html.contains("Bayar terlambat"));

    let new = world.create("ORD-1").await.redirect_url;
    world.submit(&new, "choose", ("method", "gopay")).await;
    world.submit(&new, "act", ("action", "pay")).await;
    assert_eq!(world.get("/_sim/ledger").await["orders_settled_twice"], 0);
    let html = world.submit(&old, "act", ("action", "late")).await;
    assert!(html.contains("Pembayaran berhasil"));
    let ledger = world.get("/_sim/ledger").await;
    assert_eq!(ledger["orders_settled_twice"], 1);
    assert_eq!(ledger["settled_amount"], 250_000);
    assert_eq!(ledger["orders"], 1);
}

#[tokio::test]
async fn pages_that_are_gone_say_so() {
    let world = World::open().await;
    let revoked = world.create("ORD-1").await.redirect_url;
    let current = world.create("ORD-1").await.redirect_url;
    assert!(world.browse(&revoked).await.1.contains("tidak berlaku lagi"));
    let html = world.submit(&revoked, "choose", ("method", "qris")).await;
    assert!(html.contains("tidak berlaku lagi"));
    world.wait(60 * 24).await;
    assert!(world.browse(&current).await.1.contains("Waktu halaman ini habis"));
    let unknown = format!("{}/snap/v4/redirection/nobody", world.base);
    let (code, html) = world.browse(&unknown).await;
    assert!(code == 404 && html.contains("Halaman tidak ditemukan"));
    assert_eq!(world.send_form(&format!("{unknown}/act"), ("action", "pay")).await.status(), 404);
    let bad = world.send_form(&format!("{current}/act"), ("action", "steal")).await;
    assert_eq!(bad.status(), 400);
}

#[tokio::test]
async fn nothing_a_merchant_sends_becomes_markup() {
    let world = World::with(|config| config.merchant_id = "<b>Toko & Co</b>".to_owned()).await;
    let mut asked = request("ORD-1");
    asked.finish_url = Some("javascript:alert(1)".to_owned());
    let page = world.client.create_snap(&asked).await.unwrap().redirect_url;
    let response = world.http.get(&page).send().await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let html = response.text().await.unwrap();
    assert!(!html.contains("<b>Toko") && !html.contains("<script"));
    world.submit(&page, "choose", ("method", "qris")).await;
    let html = world.submit(&page, "act", ("action", "pay")).await;
    assert!(!html.contains("javascript:"));
}
