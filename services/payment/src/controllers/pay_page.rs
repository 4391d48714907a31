//! The customer's stable link: a redirect to the gateway's current page, or a page of our own.

mod qr;
mod way;
mod words;

use super::payments::Api;
use crate::models::{OrderId, Payment, PaymentStatus};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::{Retryable, Timestamp};
use runtime::{LogOrder, Path, Problem};
use std::sync::Arc;
use way::Way;
use words::words;

/// What every page of our own has, in one language.
struct Frame {
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

impl Frame {
    /// With the amount and the merchant's name of a payment.
    fn about(mut self, payment: &Payment) -> Self {
        self.amount = Some(payment.bill.amount.to_string());
        self.reference.clone_from(&payment.bill.reference);
        self
    }
}

/// How a payment stands.
#[derive(Template)]
#[template(path = "pay.html")]
struct StatusPage {
    frame: Frame,
}

/// How the customer pays by the method that was chosen.
#[derive(Template)]
#[template(path = "way.html")]
struct WayPage {
    frame: Frame,
    way: Way,
}

/// `GET /pay/{order}`
pub async fn pay(State(api): State<Arc<Api>>, Path(order): Path<String>) -> Response {
    let Ok(order) = order.parse::<OrderId>() else {
        return show(StatusCode::NOT_FOUND, &StatusPage { frame: words::unknown() });
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
    (log, of(&payment, api.clock.now())).into_response()
}

fn of(payment: &Payment, now: Timestamp) -> Response {
    if let Some((frame, way)) = way::of(payment, now) {
        return show(StatusCode::OK, &WayPage { frame: frame.about(payment), way });
    }
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
    let frame = words(status, payment.bill.locale).about(payment);
    show(StatusCode::OK, &StatusPage { frame })
}

fn show(status: StatusCode, page: &impl Template) -> Response {
    let Ok(html) = page.render() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, Html(html)).into_response()
}

fn preparing() -> StatusPage {
    StatusPage { frame: words(PaymentStatus::Opening, "id") }
}
