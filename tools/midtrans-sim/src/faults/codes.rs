//! The numbers that a switch can ask for in `code`. Who carries one is said in `words`.

use std::ops::RangeInclusive;

/// The codes with which Midtrans refuses (midtrans.md 2.7; 415 is in no table, L). Not 407, which is
/// no error there, nor the rest of 2xx and 3xx.
pub(super) const REFUSALS: [u16; 24] = [
    202, 400, 401, 402, 403, 404, 405, 406, 408, 410, 411, 412, 413, 414, 415, 418, 429, 500, 501,
    502, 503, 504, 505, 900,
];

/// What `code` can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Codes {
    Between(RangeInclusive<u16>),
    Refusals,
}

impl Codes {
    pub(super) fn contains(&self, code: u16) -> bool {
        match self {
            Self::Between(range) => range.contains(&code),
            Self::Refusals => REFUSALS.contains(&code),
        }
    }

    /// As a message names them.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Between(range) => format!("{} to {}", range.start(), range.end()),
            Self::Refusals => {
                let codes = REFUSALS.map(|code| code.to_string()).join(", ");
                format!("a code with which Midtrans refuses: one of {codes}")
            }
        }
    }
}
