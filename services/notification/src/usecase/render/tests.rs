//! Every template in both languages, and the exact words of a few.

use super::*;
use crate::models::{BackCause, GoesBack, OrderId, PaymentStatus};
use kernel::{Account, Email, Money, PersonName, Text, Uuid};
use std::collections::HashSet;

const ORDER: Uuid = Uuid::from_u128(0x0192_f0c1_2b3c_7d4e_8f50_6172_8394_0a1b);

fn contact(locale: Locale, name: &str) -> Contact {
    Contact {
        order: OrderId(ORDER),
        account: Account::default(),
        reference: Some(Text::parse("INV-2026-1").unwrap()),
        name: PersonName::parse(name).unwrap(),
        email: Email::parse("budi@example.com").unwrap(),
        locale,
        total: Money::rupiah(185_000),
        noted_at: Timestamp::UNIX_EPOCH,
    }
}

fn written(template: Template, contact: &Contact) -> Content {
    written_of(template, contact, None)
}

fn written_of(template: Template, contact: &Contact, refunded: Option<Money>) -> Content {
    let at = "2026-11-22T05:04:59Z".parse().unwrap();
    let public_url = "https://toko.id";
    let news = News::Moved { to: PaymentStatus::Paid, refunded, goes_back: None };
    render(&Letter { template, contact, at, news, public_url }).unwrap()
}

#[test]
fn every_template_is_whole_in_both_languages() {
    let mut subjects = HashSet::new();
    for locale in Locale::ALL {
        for template in Template::ALL {
            let Content { subject, text, html } = written(template, &contact(locale, "Budi"));
            let what = format!("{}/{}:\n{subject}\n{text}", locale.as_str(), template.as_str());
            assert!(subject.contains("INV-2026-1") && subject.len() < 78, "{what}");
            for body in [&text, &html] {
                for part in ["Budi", "INV-2026-1", "Rp185.000", "22 November 2026", "WIB"] {
                    assert!(body.contains(part), "{part} is missing in {what}");
                }
                assert!(!body.contains("{{") && !body.contains("{%"), "{what}");
            }
            assert!(text.lines().all(|line| line.trim_end() == line), "{what}");
            assert!(!text.contains("\n\n\n") && !text.contains('<'), "{what}");
            assert!(html.starts_with("<!doctype html>"), "{html}");
            assert!(html.contains(&format!("lang=\"{}\"", locale.as_str())), "{html}");
            assert!(subjects.insert(subject), "two messages have one subject: {what}");
        }
    }
}

#[test]
fn only_who_can_pay_gets_the_link() {
    let payable = [Template::Pending, Template::Denied, Template::Failed];
    for template in Template::ALL {
        let Content { text, html, .. } = written(template, &contact(Locale::Id, "Budi"));
        let expected = payable.contains(&template);
        assert_eq!(text.contains(&format!("https://toko.id/pay/{ORDER}")), expected);
        assert_eq!(html.contains("href="), expected);
    }
}

#[test]
fn what_a_customer_typed_stays_text() {
    let contact = contact(Locale::En, "<script>alert(1)</script>");
    let Content { text, html, .. } = written(Template::Paid, &contact);
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
    assert!(text.contains("<script>"), "plain text needs no escape");
}

#[test]
fn the_pay_request_in_indonesian() {
    let Content { subject, text, .. } = written(Template::Pending, &contact(Locale::Id, "Budi"));
    assert_eq!(subject, "Menunggu pembayaran untuk pesanan INV-2026-1");
    let expected = format!(
        "Halo Budi,\n\
         \n\
         Terima kasih sudah memesan! Pesanan Anda sudah kami catat dan tinggal menunggu \
         pembayaran.\n\
         \n\
         Bayar sekarang:\n\
         https://toko.id/pay/{ORDER}\n\
         \n\
         Pesanan: INV-2026-1\n\
         Total:   Rp185.000\n\
         Waktu:   22 November 2026 12.04 WIB\n\
         \n\
         Tautan pembayaran ini aman dibuka kapan saja dan selalu menunjukkan status terbaru.\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn the_receipt_in_english() {
    let Content { subject, text, .. } = written(Template::Paid, &contact(Locale::En, "Budi"));
    assert_eq!(subject, "We received your payment for order INV-2026-1");
    let expected = "Hi Budi,\n\
         \n\
         Thank you! Your payment has arrived and your order is confirmed.\n\
         \n\
         Order: INV-2026-1\n\
         Total: Rp185.000\n\
         Time:  22 November 2026, 12:04 WIB\n\
         \n\
         Please keep this message as your proof of payment.\n";
    assert_eq!(text, expected);
}

/// One language's message about money that goes back.
fn back(locale: Locale, template: Template, news: News) -> Content {
    let contact = contact(locale, "Budi");
    let letter = Letter {
        template,
        contact: &contact,
        at: "2026-11-22T05:04:59Z".parse().unwrap(),
        news,
        public_url: "https://toko.id",
    };
    let told = render(&letter).unwrap();
    assert!(told.text.lines().all(|line| line.trim_end() == line), "{}", told.text);
    assert!(!told.text.contains("\n\n\n"), "{}", told.text);
    for torn in [" ,", " .", "..", ",,"] {
        assert!(!told.text.contains(torn), "{}", told.text);
    }
    told
}

/// Not a receipt first and an apology next.
#[test]
fn money_that_goes_back_is_no_receipt() {
    let (id, en) = (
        ("Pembayaran Anda untuk pesanan INV-2026-1 kami kembalikan", "dikonfirmasi"),
        ("Your payment for order INV-2026-1 goes back to you", "confirmed"),
    );
    for (locale, (subject, kept), cause, why) in [
        (Locale::Id, id, BackCause::LateMoney, "saat itu pesanan ini sudah berakhir."),
        (Locale::Id, id, BackCause::CalledOff, "tetapi pesanan ini sudah dibatalkan."),
        (Locale::En, en, BackCause::LateMoney, "by then this order had ended."),
        (Locale::En, en, BackCause::CalledOff, "this order was called off."),
    ] {
        for amount in [None, Some(Money::rupiah(184_000))] {
            let goes_back = Some(GoesBack { cause, amount });
            let news = News::Moved { to: PaymentStatus::Paid, refunded: None, goes_back };
            let told = back(locale, Template::Paid, news);
            assert_eq!(told.subject, subject);
            for body in [&told.text, &told.html] {
                assert!(body.contains("INV-2026-1") && body.contains("Rp185.000"), "{body}");
                assert!(!body.contains(kept) && !body.contains("bukti"), "{body}");
                assert!(body.contains(why) && !body.contains("proof"), "{body}");
                assert_eq!(body.contains("Rp184.000"), amount.is_some(), "{body}");
            }
        }
    }
}

/// Once through the gateway, once by hand, and with the amount of that payment if it was told.
#[test]
fn who_paid_twice_is_told_what_goes_back_and_how() {
    let cause = BackCause::SecondPayment;
    for (locale, by_hand, body, closing) in [
        (Locale::Id, false, "Pembayaran kedua kami kembalikan", "beberapa hari kerja"),
        (Locale::Id, true, "akan kami transfer secara manual", "menanyakan nomor rekening"),
        (Locale::En, false, "The second payment goes back to you", "a few working days"),
        (Locale::En, true, "transfer it to you by hand", "to ask for your bank account"),
    ] {
        let news = |amount| News::RefundAsked { back: GoesBack { cause, amount }, by_hand };
        let of = |amount| back(locale, Template::PaidTwice, news(amount));
        let (told, with) = (of(None), of(Some(Money::rupiah(187_000))));
        for text in [&told.text, &told.html] {
            assert!(text.contains(body) && text.contains(closing), "{text}");
            let pin = ["PIN, kata sandi", "PIN, password"];
            assert!(pin.into_iter().any(|pin| text.contains(pin)), "whoever is owed money: {text}");
        }
        assert!(!told.text.contains("Rp187.000"));
        assert!(with.text.contains("Rp187.000") && with.html.contains("Rp187.000"));
    }
}

#[test]
fn a_partial_refund_says_how_much_if_that_was_told() {
    let refunded = Some(Money::rupiah(85_000));
    for (locale, with, without) in [
        (
            Locale::Id,
            "kembalikan, sejauh ini Rp85.000.",
            "Sebagian pembayaran Anda sudah kami kembalikan.",
        ),
        (
            Locale::En,
            "part of your payment, Rp85.000 so far.",
            "We have returned part of your payment.",
        ),
    ] {
        let contact = contact(locale, "Budi");
        for (refunded, expected) in [(refunded, with), (None, without)] {
            let Content { text, html, .. } =
                written_of(Template::PartiallyRefunded, &contact, refunded);
            assert!(text.contains(expected) && html.contains(expected), "{text}");
        }
    }
}

/// Whoever is told to wait for a transfer is a target for whoever claims to make it.
#[test]
fn who_is_owed_money_is_told_so_and_warned() {
    for (locale, owed, warned) in [
        (Locale::Id, "akan kami transfer secara manual", "Jangan pernah memberikan PIN"),
        (Locale::En, "We owe it to you and will transfer it by hand", "Never give your PIN"),
    ] {
        let Content { text, html, .. } =
            written(Template::RefundManualRequired, &contact(locale, "Budi"));
        for body in [text, html] {
            assert!(body.contains(owed) && body.contains(warned), "{body}");
        }
    }
}

#[test]
fn an_order_without_a_reference_goes_by_its_id() {
    let contact = Contact { reference: None, ..contact(Locale::Id, "Budi") };
    let content = written(Template::Expired, &contact);
    assert!(content.subject.contains(&ORDER.to_string()), "{}", content.subject);
}

#[test]
fn months_have_their_names() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(in_jakarta(at("2026-08-31T17:00:00Z"), Locale::Id), "1 September 2026 00.00 WIB");
    assert_eq!(in_jakarta(at("2026-12-31T16:59:00Z"), Locale::Id), "31 Desember 2026 23.59 WIB");
    assert_eq!(in_jakarta(at("2026-05-01T02:03:00Z"), Locale::En), "1 May 2026, 09:03 WIB");
}
