//! What the payment page shows: values for the templates. Nothing is looked up or decided here.

use crate::body::{BILLER_CODE, account_number};
use crate::model::{Page, Transaction};
use crate::rules::method::{Family, Method};
use crate::rules::status::{Channel, Fraud, Status, code};
use askama::Template;
use kernel::Money;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use url::Url;

/// A page of the flow.
pub(super) enum Scene {
    Choose {
        denied: bool,
    },
    Waiting {
        of: Transaction,
        /// Whether another method can be chosen instead.
        other: bool,
    },
    Done {
        of: Transaction,
        /// Whether another method can be chosen now.
        other: bool,
    },
    /// Revoked or voided before anybody chose a method.
    Closed,
    /// Nobody chose a method in time.
    Expired,
}

/// What every page of an order shows.
struct Bill {
    merchant: String,
    order_id: String,
    amount: String,
    /// The end of this page's URL, from which forms are addressed.
    token: String,
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose {
    bill: Bill,
    denied: bool,
    closes_at: String,
    transfers: Vec<Method>,
    wallets: Vec<Method>,
    stores: Vec<Method>,
    cards: Vec<Method>,
    later: Vec<Method>,
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct Waiting {
    bill: Bill,
    method: &'static str,
    account: Option<String>,
    /// What the account number is called, in Indonesian and English.
    account_name: &'static str,
    biller_code: Option<&'static str>,
    qr: Option<String>,
    is_card: bool,
    expires_at: String,
    other: bool,
    finish: Option<String>,
}

#[derive(Template)]
#[template(path = "result.html")]
struct Outcome {
    bill: Bill,
    method: &'static str,
    tone: &'static str,
    title: &'static str,
    english: &'static str,
    status: &'static str,
    can_pay_late: bool,
    other: bool,
    finish: Option<String>,
}

#[derive(Template)]
#[template(path = "counter.html")]
struct Counter {
    /// Its token is the transaction's id.
    bill: Bill,
    method: &'static str,
    is_card: bool,
    card: String,
    account: Option<String>,
    waiting: bool,
    status: &'static str,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    title: &'static str,
    english: &'static str,
}

pub(super) fn render(merchant: &str, page: &Page, scene: &Scene) -> Result<String, askama::Error> {
    let bill = Bill {
        merchant: merchant.to_owned(),
        order_id: page.order_id.clone(),
        amount: Money::rupiah(page.gross_amount).to_string(),
        token: page.token.clone(),
    };
    match scene {
        Scene::Choose { denied } => choose(bill, page, *denied).render(),
        Scene::Waiting { of, other } => {
            Waiting { other: *other, ..waiting(bill, page, of) }.render()
        }
        Scene::Done { of, other } => Outcome { other: *other, ..outcome(bill, page, of) }.render(),
        Scene::Closed => Notice {
            title: "Halaman ini tidak berlaku lagi",
            english: "This page was replaced or cancelled by the merchant",
        }
        .render(),
        Scene::Expired => Notice {
            title: "Waktu halaman ini habis",
            english: "This page expired before a method was chosen",
        }
        .render(),
    }
}

/// What a customer sees who pays without a page.
pub(super) fn counter(merchant: &str, paying: &Transaction) -> Result<String, askama::Error> {
    Counter {
        bill: Bill {
            merchant: merchant.to_owned(),
            order_id: paying.order_id.clone(),
            amount: Money::rupiah(paying.gross_amount).to_string(),
            token: paying.id.clone(),
        },
        method: paying.method.label(),
        is_card: paying.method == Method::CreditCard,
        card: paying.facts.card.as_ref().map(|card| card.masked.clone()).unwrap_or_default(),
        account: account_number(paying),
        waiting: paying.standing.status == Status::Pending,
        status: paying.standing.status.as_str(),
    }
    .render()
}

pub(super) fn missing() -> Result<String, askama::Error> {
    Notice { title: "Halaman tidak ditemukan", english: "No such payment page" }.render()
}

fn choose(bill: Bill, page: &Page, denied: bool) -> Choose {
    let offered = |family: Family| {
        let names = page.terms.offered.iter().filter_map(|name| Method::parse(name));
        names.filter(|method| method.family() == family).collect::<Vec<_>>()
    };
    Choose {
        bill,
        denied,
        closes_at: midtrans::time::format(page.closes_at),
        transfers: offered(Family::Transfer),
        wallets: offered(Family::Wallet),
        stores: offered(Family::Store),
        cards: offered(Family::Card),
        later: offered(Family::PayLater),
    }
}

fn waiting(bill: Bill, page: &Page, waiting: &Transaction) -> Waiting {
    let family = waiting.method.family();
    Waiting {
        bill,
        method: waiting.method.label(),
        account: account_number(waiting),
        account_name: match family {
            _ if waiting.method == Method::MandiriBill => "Kode tagihan · Bill key",
            Family::Store => "Kode pembayaran · Payment code",
            _ => "Nomor virtual account · VA number",
        },
        biller_code: (waiting.method == Method::MandiriBill).then_some(BILLER_CODE),
        qr: (family == Family::Wallet).then(|| drawn_code(&waiting.id)),
        is_card: family == Family::Card,
        expires_at: midtrans::time::format(waiting.expires_at),
        other: false,
        finish: finish(page, waiting),
    }
}

fn outcome(bill: Bill, page: &Page, done: &Transaction) -> Outcome {
    let standing = done.standing;
    let (tone, title, english) = match standing.status {
        _ if standing.is_paid() => ("good", "Pembayaran berhasil", "Payment received"),
        Status::Capture if standing.fraud == Fraud::Challenge => {
            ("wait", "Pembayaran sedang ditinjau", "Payment is under review")
        }
        Status::Deny if done.paid_at.is_some() => {
            ("bad", "Pembayaran ditarik kembali", "The bank reversed this payment")
        }
        Status::Deny => ("bad", "Pembayaran ditolak", "Payment was denied"),
        Status::Expire => ("bad", "Waktu pembayaran habis", "Payment time is over"),
        Status::Cancel => ("bad", "Pembayaran dibatalkan", "Payment was cancelled"),
        _ => ("wait", "Status pembayaran", "Payment status"),
    };
    Outcome {
        bill,
        method: done.method.label(),
        tone,
        title,
        english,
        status: standing.status.as_str(),
        can_pay_late: standing.status == Status::Expire,
        other: false,
        finish: finish(page, done),
    }
}

/// Where the browser goes back to, told how things stand (midtrans.md 1.6). Only web addresses: the
/// text comes from the merchant and ends in a link.
fn finish(page: &Page, told: &Transaction) -> Option<String> {
    let mut url = Url::parse(page.terms.carried.finish.as_deref()?).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.query_pairs_mut()
        .append_pair("order_id", &told.order_id)
        .append_pair("status_code", code(told.standing, Channel::Status))
        .append_pair("transaction_status", told.standing.status.as_str());
    Some(url.into())
}

/// The dark modules of a code that looks like a QR code and is none, as an SVG path on a grid of
/// 25 by 25: nobody can pay real money with it.
fn drawn_code(text: &str) -> String {
    const SIDE: usize = 25;
    let mut path = String::new();
    for y in 0..SIDE {
        let row = Sha256::digest(format!("{text} {y}").as_bytes());
        for x in 0..SIDE {
            let noise = row[x / 8] >> (x % 8) & 1 == 1;
            if finder(x, y).or_else(|| finder(SIDE - 1 - x, y)).or_else(|| finder(x, SIDE - 1 - y))
                == Some(true)
                || (noise && !near_corner(x, y, SIDE))
            {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
    }
    path
}

/// Whether a module of the top left finder pattern is dark; `None` outside it.
fn finder(x: usize, y: usize) -> Option<bool> {
    if x > 6 || y > 6 {
        return None;
    }
    let ring = x.abs_diff(3).max(y.abs_diff(3));
    Some(ring != 2)
}

fn near_corner(x: usize, y: usize, side: usize) -> bool {
    let (left, top) = (x < 8, y < 8);
    let (right, bottom) = (x >= side - 8, y >= side - 8);
    (top && (left || right)) || (left && bottom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawn_code_has_three_corners_and_differs_by_transaction() {
        let (one, other) = (drawn_code("a"), drawn_code("b"));
        assert_ne!(one, other);
        for corner in ["M0 0h", "M24 0h", "M0 24h"] {
            assert!(one.contains(corner), "{corner}");
        }
        assert!(!one.contains("M7 7h"), "a quiet zone surrounds the corners");
    }
}
