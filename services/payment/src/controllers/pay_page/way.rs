//! How the customer pays by the method that was chosen: numbers to copy, a code to scan, a deadline.
//!
//! Everything is computed when the page is asked for; it reloads itself instead of running a script.

use super::Frame;
use super::qr::{Qr, draw};
use crate::models::{Instruction, Payment, Transaction, is_web};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use kernel::Timestamp;

/// Seconds until the page looks whether the money is there …
const REFRESH: u32 = 5;
/// … and once time is over, when nothing is expected any more but the gateway's word.
const REFRESH_LATE: u32 = 15;
/// Western Indonesian time: UTC+7 all year.
const WIB: Offset = Offset::constant(7);
/// Digits that are read together.
const GROUP: usize = 4;

/// What the page shows.
pub(super) struct Way {
    /// The method's name.
    pub(super) method: String,
    /// What to type or show, each with its name.
    pub(super) numbers: Vec<Number>,
    /// What to scan, with its name.
    pub(super) qr: Option<Qr>,
    pub(super) qr_label: &'static str,
    /// Until when, and how long that is from now.
    pub(super) deadline: Option<Deadline>,
    pub(super) deadline_label: &'static str,
    /// Opens the wallet, where it has an address of the web.
    pub(super) app_url: Option<String>,
    pub(super) app_label: &'static str,
    /// The gateway's page, with the other methods.
    pub(super) gateway_url: Option<String>,
    pub(super) gateway_label: &'static str,
}

/// A number to copy.
pub(super) struct Number {
    pub(super) label: &'static str,
    /// In groups that are set apart by style alone, so that what is copied has no gaps.
    pub(super) groups: Vec<String>,
}

/// A moment to come.
pub(super) struct Deadline {
    pub(super) at: String,
    pub(super) left: String,
}

/// The page of a payment for which a method was chosen that we can show; `None` leaves it to the
/// gateway's own page, as for cards, and for wallets that only open their app.
pub(super) fn of(payment: &Payment, now: Timestamp) -> Option<(Frame, Way)> {
    let awaited = payment.awaited()?;
    let words = if payment.bill.locale == "en" { &ENGLISH } else { &INDONESIAN };
    let numbers: Vec<Number> =
        awaited.instructions.iter().flat_map(|way| numbers(way, words)).collect();
    let qr = awaited.instructions.iter().find_map(|way| match way {
        Instruction::QrCode { text } => draw(text),
        _ => None,
    });
    if numbers.is_empty() && qr.is_none() {
        return None;
    }
    let over = awaited.expires_at.is_some_and(|at| at <= now);
    let frame = Frame {
        lang: words.lang,
        title: if over { words.over } else { words.title },
        text: if over { words.over_text } else { words.text },
        mood: "wait",
        amount: None,
        reference: None,
        refresh: Some(if over { REFRESH_LATE } else { REFRESH }),
    };
    let gateway_url = payment.current_page().map(|page| page.url.clone());
    let app_url = awaited.instructions.iter().find_map(Instruction::web_link);
    let way = Way {
        method: method(awaited),
        // Nobody is invited to pay what may have ended.
        numbers: if over { Vec::new() } else { numbers },
        qr: qr.filter(|_| !over),
        qr_label: words.scan,
        deadline: awaited.expires_at.map(|at| Deadline {
            at: in_jakarta(at, words),
            left: if over { words.passed.to_owned() } else { left(now, at, words) },
        }),
        deadline_label: words.before,
        app_url: app_url.filter(|_| !over).map(str::to_owned),
        app_label: words.app,
        gateway_url: gateway_url.filter(|url| is_web(url)),
        gateway_label: words.other,
    };
    Some((frame, way))
}

fn numbers(way: &Instruction, words: &Words) -> Vec<Number> {
    let number = |label, text: &str| Number { label, groups: groups(text) };
    match way {
        Instruction::VirtualAccount { number: text, .. } => vec![number(words.account, text)],
        Instruction::Bill { biller_code, key } => {
            vec![number(words.biller, biller_code), number(words.bill, key)]
        }
        Instruction::StoreCode { code, .. } => vec![number(words.code, code)],
        Instruction::QrCode { .. } | Instruction::Link { .. } => vec![],
    }
}

/// In fours; kept instructions are ASCII, so that every byte is a character.
fn groups(text: &str) -> Vec<String> {
    text.as_bytes().chunks(GROUP).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// What people call the method. Names of banks, stores and wallets are the same in all languages.
fn method(transaction: &Transaction) -> String {
    let chosen = transaction.method.as_deref().unwrap_or_default();
    match transaction.instructions.iter().next() {
        Some(Instruction::VirtualAccount { bank, .. }) => format!("{} Virtual Account", name(bank)),
        Some(Instruction::Bill { .. }) => "Mandiri Bill Payment".to_owned(),
        Some(Instruction::StoreCode { store, .. }) => name(store),
        _ => match chosen {
            "gopay" => "GoPay / QRIS".to_owned(),
            "shopeepay" => "ShopeePay / QRIS".to_owned(),
            _ => "QRIS".to_owned(),
        },
    }
}

/// Three and four letters are an abbreviation; others begin with a capital.
fn name(word: &str) -> String {
    if word.len() <= 4 {
        return word.to_uppercase();
    }
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

fn in_jakarta(at: Timestamp, words: &Words) -> String {
    let local: DateTime = at.to_zoned(TimeZone::fixed(WIB)).datetime();
    let (day, year, hour, minute) = (local.day(), local.year(), local.hour(), local.minute());
    let month = usize::try_from(local.month()).map_or("", |month| words.months[month - 1]);
    format!("{day} {month} {year}, {hour:02}{}{minute:02} WIB", words.point)
}

/// The two largest units that are not nothing: more would be wrong by the time it is read.
fn left(now: Timestamp, at: Timestamp, words: &Words) -> String {
    let minutes = at.duration_since(now).as_mins();
    let parts = [(minutes / 1440, 0), (minutes / 60 % 24, 1), (minutes % 60, 2)];
    let said: Vec<String> = parts
        .into_iter()
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {}", words.unit(count, unit)))
        .collect();
    if said.is_empty() {
        words.moment.to_owned()
    } else {
        format!("{} {}", said.join(" "), words.left)
    }
}

/// The page's words in one language.
struct Words {
    lang: &'static str,
    title: &'static str,
    text: &'static str,
    over: &'static str,
    over_text: &'static str,
    passed: &'static str,
    account: &'static str,
    biller: &'static str,
    bill: &'static str,
    code: &'static str,
    scan: &'static str,
    before: &'static str,
    left: &'static str,
    moment: &'static str,
    app: &'static str,
    other: &'static str,
    /// Day, hour, minute: one, and more.
    units: [[&'static str; 2]; 3],
    /// Between hours and minutes.
    point: char,
    months: [&'static str; 12],
}

impl Words {
    fn unit(&self, count: i64, unit: usize) -> &'static str {
        self.units[unit][usize::from(count != 1)]
    }
}

const INDONESIAN: Words = Words {
    lang: "id",
    title: "Selesaikan pembayaran",
    text: "Halaman ini memuat ulang sendiri dan memberi tahu begitu pembayaran diterima.",
    over: "Waktu pembayaran habis",
    over_text: "Menurut catatan kami batas waktunya sudah lewat, tetapi bank yang menentukan. \
                Kami sedang memeriksanya.",
    passed: "sudah lewat",
    account: "Nomor Virtual Account",
    biller: "Kode perusahaan",
    bill: "Kode pembayaran",
    code: "Kode pembayaran",
    scan: "Pindai kode QR ini",
    before: "Bayar sebelum",
    left: "lagi",
    moment: "kurang dari satu menit lagi",
    app: "Buka aplikasinya",
    other: "Metode lain / buka halaman pembayaran",
    units: [["hari", "hari"], ["jam", "jam"], ["menit", "menit"]],
    point: '.',
    months: [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
};

const ENGLISH: Words = Words {
    lang: "en",
    title: "Complete your payment",
    text: "This page reloads by itself and tells you as soon as the payment has arrived.",
    over: "Time to pay is over",
    over_text: "As far as we know the deadline has passed, but the bank decides. We are checking.",
    passed: "has passed",
    account: "Virtual account number",
    biller: "Company code",
    bill: "Payment code",
    code: "Payment code",
    scan: "Scan this QR code",
    before: "Pay before",
    left: "left",
    moment: "less than a minute left",
    app: "Open the app",
    other: "Other method / open the payment page",
    units: [["day", "days"], ["hour", "hours"], ["minute", "minutes"]],
    point: ':',
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_time_left_is_said_in_two_units() {
        let now = at("2026-11-22T05:00:00Z");
        for (deadline, id, en) in [
            ("2026-11-24T08:04:00Z", "2 hari 3 jam lagi", "2 days 3 hours left"),
            ("2026-11-23T05:30:00Z", "1 hari lagi", "1 day left"),
            ("2026-11-23T04:59:59Z", "23 jam 59 menit lagi", "23 hours 59 minutes left"),
            ("2026-11-22T06:00:30Z", "1 jam lagi", "1 hour left"),
            ("2026-11-22T05:01:59Z", "1 menit lagi", "1 minute left"),
            ("2026-11-22T05:00:59Z", "kurang dari satu menit lagi", "less than a minute left"),
        ] {
            assert_eq!(left(now, at(deadline), &INDONESIAN), id);
            assert_eq!(left(now, at(deadline), &ENGLISH), en);
        }
    }

    #[test]
    fn a_deadline_is_in_western_indonesian_time() {
        let new_year = at("2026-12-31T17:00:00Z");
        assert_eq!(in_jakarta(new_year, &INDONESIAN), "1 Januari 2027, 00.00 WIB");
        assert_eq!(in_jakarta(at("2026-12-31T16:59:00Z"), &ENGLISH), "31 December 2026, 23:59 WIB");
    }

    #[test]
    fn names_are_written_as_people_know_them() {
        for (word, known) in
            [("bca", "BCA"), ("cimb", "CIMB"), ("permata", "Permata"), ("indomaret", "Indomaret")]
        {
            assert_eq!(name(word), known);
        }
        assert_eq!(groups("00000112345"), ["0000", "0112", "345"]);
    }
}
