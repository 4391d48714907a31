//! The customer's stable link: a redirect to the gateway's current page, or a page of our own.

use super::payments::Api;
use crate::models::{OrderId, Payment, PaymentStatus};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::Retryable;
use runtime::{LogOrder, Path, Problem};
use std::sync::Arc;

/// A page of our own, in one language.
#[derive(Template)]
#[template(path = "pay.html")]
struct Page {
    lang: &'static str,
    title: &'static str,
    text: &'static str,
    /// Names the picture and the colour: `wait`, `good`, `bad` or `info`.
    mood: &'static str,
    amount: Option<String>,
    reference: Option<String>,
    /// Seconds until the page looks again.
    refresh: Option<u32>,
}

/// `GET /pay/{order}`
pub async fn pay(State(api): State<Arc<Api>>, Path(order): Path<String>) -> Response {
    let Ok(order) = order.parse::<OrderId>() else {
        return show(StatusCode::NOT_FOUND, &unknown());
    };
    let log = LogOrder(order.to_string());
    let found = match api.payments.by_order(order).await {
        Ok(found) => found,
        Err(error) if error.is_transient() => {
            return (log, show(StatusCode::SERVICE_UNAVAILABLE, &preparing())).into_response();
        }
        Err(error) => return Problem::of_fault(error).into_response(),
    };
    let Some(payment) = found.map(|p| p.state) else {
        // The order may be a moment ahead of its payment; only time tells it from a wrong link.
        return (log, show(StatusCode::NOT_FOUND, &preparing())).into_response();
    };
    (log, of(&payment)).into_response()
}

fn of(payment: &Payment) -> Response {
    let status = payment.status();
    if status.is_open()
        && status != PaymentStatus::Challenged
        && let Some(page) = payment.current_page()
    {
        let mut response = Redirect::to(&page.url).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    }
    let page = Page {
        lang: payment.bill.locale,
        amount: Some(payment.bill.amount.to_string()),
        reference: payment.bill.reference.clone(),
        ..words(status, payment.bill.locale)
    };
    show(StatusCode::OK, &page)
}

fn show(status: StatusCode, page: &Page) -> Response {
    let Ok(html) = page.render() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, Html(html)).into_response()
}

fn preparing() -> Page {
    words(PaymentStatus::Opening, "id")
}

fn unknown() -> Page {
    page("bad", "Tautan tidak dikenal", "Periksa kembali tautan pembayaran Anda.", None)
}

fn page(mood: &'static str, title: &'static str, text: &'static str, refresh: Option<u32>) -> Page {
    Page { lang: "id", title, text, mood, amount: None, reference: None, refresh }
}

fn words(status: PaymentStatus, lang: &str) -> Page {
    if lang == "en" { english(status) } else { indonesian(status) }
}

fn indonesian(status: PaymentStatus) -> Page {
    use PaymentStatus as S;
    let (mood, title, text) = match status {
        S::Opening | S::Pending | S::Authorized | S::Denied => (
            "wait",
            "Halaman pembayaran sedang disiapkan",
            "Sebentar ya. Halaman ini memuat ulang sendiri.",
        ),
        S::Challenged => (
            "wait",
            "Pembayaran sedang ditinjau",
            "Kami memeriksa pembayaran Anda dan segera memberi kabar.",
        ),
        S::Paid => ("good", "Pembayaran diterima", "Terima kasih! Pesanan Anda sudah lunas."),
        S::Expired => {
            ("bad", "Waktu pembayaran habis", "Tagihan ini sudah kedaluwarsa. Silakan pesan lagi.")
        }
        S::Cancelled => ("bad", "Pembayaran dibatalkan", "Pesanan ini tidak perlu dibayar lagi."),
        S::Failed => {
            ("bad", "Pembayaran gagal", "Pembayaran tidak dapat diproses. Hubungi penjual, ya.")
        }
        S::PartiallyRefunded => {
            ("info", "Sebagian dana dikembalikan", "Sebagian pembayaran Anda sudah dikembalikan.")
        }
        S::Refunded => ("info", "Dana dikembalikan", "Pembayaran Anda sudah dikembalikan."),
        S::Reversed | S::ChargedBack => {
            ("bad", "Pembayaran ditarik kembali", "Bank menarik kembali pembayaran ini.")
        }
    };
    let refresh = matches!(mood, "wait").then_some(2);
    page(mood, title, text, refresh)
}

fn english(status: PaymentStatus) -> Page {
    use PaymentStatus as S;
    let (title, text) = match status {
        S::Opening | S::Pending | S::Authorized | S::Denied => {
            ("Your payment page is being prepared", "One moment. This page reloads by itself.")
        }
        S::Challenged => {
            ("Your payment is being reviewed", "We are looking at it and will tell you soon.")
        }
        S::Paid => ("Payment received", "Thank you! Your order is paid."),
        S::Expired => ("Time to pay is over", "This bill has expired. Please order again."),
        S::Cancelled => ("Payment cancelled", "There is nothing left to pay for this order."),
        S::Failed => ("Payment failed", "It could not be processed. Please contact the seller."),
        S::PartiallyRefunded => ("Partly refunded", "Part of your payment was returned."),
        S::Refunded => ("Refunded", "Your payment was returned."),
        S::Reversed | S::ChargedBack => ("Payment taken back", "The bank took this payment back."),
    };
    Page { lang: "en", title, text, ..indonesian(status) }
}
