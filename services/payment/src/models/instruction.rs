//! How a gateway transaction is to be paid, as the gateway told it.
//!
//! Pure data for people to act on: nothing here decides whether something is paid. It is shown to
//! the customer and to the merchant, and is never logged.

use std::mem::discriminant;

/// The longest number, key or code, in bytes. Real ones have at most 20 digits.
const NUMBER_MAX: usize = 64;
/// The longest name of a bank or store, in bytes.
const NAME_MAX: usize = 32;
/// The longest QR text or address, in bytes. A QRIS text has about 300.
const TEXT_MAX: usize = 1024;
/// What an address may begin with: the web, and the wallets' own apps (reference: midtrans.md 2.2).
const SCHEMES: [&str; 5] = ["https://", "http://", "gojek://", "gopay://", "shopeeid://"];

/// One way to pay a transaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instruction {
    /// Transfer to a virtual account.
    VirtualAccount {
        /// Of which bank, in the gateway's word.
        bank: String,
        /// To which number.
        number: String,
    },
    /// Pay a bill, as at Mandiri.
    Bill {
        /// The company.
        biller_code: String,
        /// The bill.
        key: String,
    },
    /// Pay at the counter of a store.
    StoreCode {
        /// Of which chain, in the gateway's word.
        store: String,
        /// The code to show.
        code: String,
    },
    /// Scan a QR code.
    QrCode {
        /// What it holds.
        text: String,
    },
    /// Open a page or an app.
    Link {
        /// Where; see [`Instruction::web_link`] for what a page may link to.
        url: String,
    },
}

impl Instruction {
    /// The address, if a web page may link to it: an app's own scheme is not for browsers.
    pub fn web_link(&self) -> Option<&str> {
        match self {
            Self::Link { url } if is_web(url) => Some(url),
            _ => None,
        }
    }

    /// Its kind, as logs and the timeline may name it: without any number.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::VirtualAccount { .. } => "virtual_account",
            Self::Bill { .. } => "bill",
            Self::StoreCode { .. } => "store_code",
            Self::QrCode { .. } => "qr_code",
            Self::Link { .. } => "link",
        }
    }

    /// Within the bounds, and of the characters that such things have.
    fn is_sound(&self) -> bool {
        match self {
            Self::VirtualAccount { bank: name, number }
            | Self::StoreCode { store: name, code: number } => is_name(name) && is_number(number),
            Self::Bill { biller_code, key } => is_number(biller_code) && is_number(key),
            Self::QrCode { text } => is_bounded(text, TEXT_MAX) && !text.contains(char::is_control),
            Self::Link { url } => is_link(url),
        }
    }
}

/// Whether an address is one of the web.
pub fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn is_bounded(text: &str, max: usize) -> bool {
    !text.is_empty() && text.len() <= max
}

fn is_number(text: &str) -> bool {
    is_bounded(text, NUMBER_MAX) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_name(text: &str) -> bool {
    let part = |b: u8| b.is_ascii_alphanumeric() || b" -_.".contains(&b);
    is_bounded(text, NAME_MAX) && text.bytes().all(part)
}

fn is_link(url: &str) -> bool {
    let odd = |b: u8| !b.is_ascii_graphic() || b"\"'<>\\`".contains(&b);
    let rest = SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme));
    url.len() <= TEXT_MAX && rest.is_some_and(|rest| !rest.is_empty()) && !url.bytes().any(odd)
}

/// The ways to pay a transaction, in the order of their kinds: the same ways are equal, in whatever
/// order they were told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instructions(Vec<Instruction>);

impl Instructions {
    /// More ways than this are not kept.
    pub const MAX: usize = 8;

    /// These ways. What is too long or odd is left out: the gateway's own page still has it.
    pub fn of(told: impl IntoIterator<Item = Instruction>) -> Self {
        let mut kept: Vec<Instruction> = Vec::new();
        for way in told {
            if kept.len() < Self::MAX && way.is_sound() && !kept.contains(&way) {
                kept.push(way);
            }
        }
        kept.sort();
        Self(kept)
    }

    /// What is known after an answer: of the kinds that it tells, the new ones; what it is silent
    /// about stays. GET Status tells less than the charge did (reference: midtrans.md 2.5).
    pub fn after(&self, told: &Self) -> Self {
        let silent = |known: &&Instruction| {
            told.0.iter().all(|way| discriminant(way) != discriminant(*known))
        };
        Self::of(told.0.iter().chain(self.0.iter().filter(silent)).cloned())
    }

    /// Each way.
    pub fn iter(&self) -> impl Iterator<Item = &Instruction> {
        self.0.iter()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
