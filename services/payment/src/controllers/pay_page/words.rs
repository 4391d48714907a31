//! What the pages say about how a payment stands.

use super::Frame;
use crate::models::PaymentStatus;

/// How a payment stands, in the customer's language.
pub(super) fn words(status: PaymentStatus, lang: &str) -> Frame {
    if lang == "en" { english(status) } else { indonesian(status) }
}

/// For an address that cannot be an order's.
pub(super) fn unknown() -> Frame {
    frame("bad", "Tautan tidak dikenal", "Periksa kembali tautan pembayaran Anda.", None)
}

fn frame(
    mood: &'static str,
    title: &'static str,
    text: &'static str,
    refresh: Option<u32>,
) -> Frame {
    Frame { lang: "id", title, text, mood, amount: None, reference: None, refresh }
}

fn indonesian(status: PaymentStatus) -> Frame {
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
        S::RefundManualRequired => (
            "info",
            "Dana akan dikembalikan",
            "Kami mentransfer kembali dana Anda dan segera menghubungi Anda.",
        ),
    };
    let refresh = matches!(mood, "wait").then_some(2);
    frame(mood, title, text, refresh)
}

fn english(status: PaymentStatus) -> Frame {
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
        S::RefundManualRequired => {
            ("Your money will be returned", "We transfer it back and will be in touch soon.")
        }
    };
    Frame { lang: "en", title, text, ..indonesian(status) }
}
