//! The words of a switch: the faults, where each acts and what it can carry, and the calls that an
//! answer fault can be narrowed to. No rule of when they hit.

use super::codes::Codes;
use crate::rules::status::Status;
use serde::{Deserialize, Serialize};

const SECOND_MS: u64 = 1000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// A word that names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnknownWord {
    #[error("no such fault: it is one of {}", list(Fault::ALL.map(Fault::as_str)))]
    Fault,
    #[error("no such call: it is one of {}", list(Call::ALL.map(Call::as_str)))]
    Call,
}

/// Words as a message lists them.
pub(super) fn list(words: impl IntoIterator<Item = &'static str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// Where a fault acts, and so when it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// When a notification is queued.
    Notification,
    /// When our HTTP API answers.
    Answer,
    /// When a transaction reaches a state.
    Life,
}

/// A way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub(crate) enum Fault {
    /// The notification is never sent.
    Drop,
    /// It is sent `ms` of simulated time later.
    Delay,
    /// It is sent `code` times more.
    Duplicate,
    /// It waits for the next one of its transaction to overtake it, at most `ms` simulated.
    Reorder,
    /// `signature_key` has the right form and the wrong value.
    BadSignature,
    /// `signature_key` is missing.
    NoSignature,
    /// `transaction_status` is `to`; the signature stays valid, since it does not cover it.
    TamperedStatus,
    /// `gross_amount` is one rupiah less, or `amount`, validly signed.
    LowerAmount,
    /// `merchant_id` is another's; the signature stays valid.
    OtherMerchant,
    /// `currency` is USD; the signature stays valid.
    OtherCurrency,
    /// `order_id` is one that nobody made, validly signed.
    UnknownOrder,
    /// There are fields that no page documents.
    UnknownFields,
    /// `transaction_status` is in capitals (midtrans.md 2.1).
    UppercaseStatus,
    /// `fraud_status` is missing.
    NoFraudStatus,
    /// `gross_amount` is a JSON number, signed as it is written.
    NumericAmount,
    /// The text ends in its middle.
    Garbage,
    /// `ms` of real time pass before the work, and a caller who leaves meanwhile takes the work
    /// along; with `after`, they pass once it is done.
    Hang,
    /// HTTP `code` and no body; with `after`, once the work is done.
    HttpError,
    /// The dialect's own refusal with `code`; Snap, whose codes are those of HTTP, says 500 for one
    /// that HTTP has not.
    Refuse,
    /// A page of HTML with HTTP `code`.
    Html,
    /// Half of the JSON, then the connection is closed.
    Truncated,
    /// Ten megabytes.
    Huge,
    /// 302 to elsewhere.
    Redirect,
    /// A success that names another order, or another page. What names none stays as it is.
    Contradiction,
    /// The connection is closed without an answer; with `after`, once the work is done.
    Cut,
    /// GET Status tells what was before the last change, for `ms` simulated after it. Decided when
    /// it is asked about something that has changed.
    Stale,
    /// A settlement is taken back `ms` simulated later; to be asked where the method can be
    /// reversed (midtrans.md 3.3).
    Reverse,
    /// What expired or was cancelled settles `ms` simulated later (midtrans.md 6).
    SettleLate,
    /// Another transaction of the same order settles `ms` simulated later.
    SettleTwice,
    /// The capture of a card is held for review (midtrans.md 2.3).
    Challenge,
    /// Paying is denied.
    Deny,
    /// A refund is answered with 202 and amount 0.00 (midtrans.md 2.6).
    RefundRefused,
    /// The expiry happens `ms` simulated after the deadline (midtrans.md 6).
    NeverExpire,
    /// The holder of a card takes a settlement back, `ms` simulated later.
    Chargeback,
}

impl Fault {
    pub(crate) const ALL: [Self; 34] = [
        Self::Drop,
        Self::Delay,
        Self::Duplicate,
        Self::Reorder,
        Self::BadSignature,
        Self::NoSignature,
        Self::TamperedStatus,
        Self::LowerAmount,
        Self::OtherMerchant,
        Self::OtherCurrency,
        Self::UnknownOrder,
        Self::UnknownFields,
        Self::UppercaseStatus,
        Self::NoFraudStatus,
        Self::NumericAmount,
        Self::Garbage,
        Self::Hang,
        Self::HttpError,
        Self::Refuse,
        Self::Html,
        Self::Truncated,
        Self::Huge,
        Self::Redirect,
        Self::Contradiction,
        Self::Cut,
        Self::Stale,
        Self::Reverse,
        Self::SettleLate,
        Self::SettleTwice,
        Self::Challenge,
        Self::Deny,
        Self::RefundRefused,
        Self::NeverExpire,
        Self::Chargeback,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Delay => "delay",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::BadSignature => "bad_signature",
            Self::NoSignature => "no_signature",
            Self::TamperedStatus => "tampered_status",
            Self::LowerAmount => "lower_amount",
            Self::OtherMerchant => "other_merchant",
            Self::OtherCurrency => "other_currency",
            Self::UnknownOrder => "unknown_order",
            Self::UnknownFields => "unknown_fields",
            Self::UppercaseStatus => "uppercase_status",
            Self::NoFraudStatus => "no_fraud_status",
            Self::NumericAmount => "numeric_amount",
            Self::Garbage => "garbage",
            Self::Hang => "hang",
            Self::HttpError => "http_error",
            Self::Refuse => "refuse",
            Self::Html => "html",
            Self::Truncated => "truncated",
            Self::Huge => "huge",
            Self::Redirect => "redirect",
            Self::Contradiction => "contradiction",
            Self::Cut => "cut",
            Self::Stale => "stale",
            Self::Reverse => "reverse",
            Self::SettleLate => "settle_late",
            Self::SettleTwice => "settle_twice",
            Self::Challenge => "challenge",
            Self::Deny => "deny",
            Self::RefundRefused => "refund_refused",
            Self::NeverExpire => "never_expire",
            Self::Chargeback => "chargeback",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == text)
    }

    pub(crate) fn place(self) -> Place {
        match self {
            Self::Hang
            | Self::HttpError
            | Self::Refuse
            | Self::Html
            | Self::Truncated
            | Self::Huge
            | Self::Redirect
            | Self::Contradiction
            | Self::Cut
            | Self::Stale => Place::Answer,
            Self::Reverse
            | Self::SettleLate
            | Self::SettleTwice
            | Self::Challenge
            | Self::Deny
            | Self::RefundRefused
            | Self::NeverExpire
            | Self::Chargeback => Place::Life,
            _ => Place::Notification,
        }
    }

    /// How long it lasts or waits when its switch does not say, in milliseconds; nothing if time
    /// is no part of it.
    pub(super) fn default_ms(self) -> Option<u64> {
        match self {
            Self::Delay | Self::Reorder | Self::Stale | Self::SettleLate | Self::SettleTwice => {
                Some(MINUTE_MS)
            }
            Self::Hang => Some(30 * SECOND_MS),
            // One to five minutes after the settlement (midtrans.md 3.3).
            Self::Reverse => Some(3 * MINUTE_MS),
            // By how much a merchant's own deadline is to be the later one (midtrans.md 6).
            Self::NeverExpire => Some(15 * MINUTE_MS),
            Self::Chargeback => Some(DAY_MS),
            _ => None,
        }
    }

    /// The longest time that a switch can ask for, in milliseconds.
    pub(super) fn longest_ms(self) -> u64 {
        match self {
            // Real time, during which a connection is held.
            Self::Hang => 10 * MINUTE_MS,
            _ => 30 * DAY_MS,
        }
    }

    /// The `code` of a switch that has none, and those it can have; nothing if no number is part
    /// of it. HTTP below 200 is not an answer, above 599 only a dialect's body can say it.
    pub(super) fn codes(self) -> Option<(u16, Codes)> {
        match self {
            Self::Duplicate => Some((1, Codes::Between(1..=10))),
            Self::HttpError => Some((500, Codes::Between(200..=599))),
            Self::Refuse => Some((500, Codes::Refusals)),
            Self::Html => Some((200, Codes::Between(200..=599))),
            _ => None,
        }
    }

    /// The states in which it is decided whether it strikes; nothing if that can be in any.
    pub(super) fn decided_in(self) -> Option<&'static [Status]> {
        match self {
            Self::Reverse | Self::Chargeback | Self::SettleTwice => Some(&[Status::Settlement]),
            Self::SettleLate => Some(&[Status::Expire, Status::Cancel]),
            Self::Challenge | Self::Deny | Self::NeverExpire => Some(&[Status::Pending]),
            Self::RefundRefused => Some(&[Status::Settlement, Status::PartialRefund]),
            _ => None,
        }
    }
}

impl From<Fault> for &'static str {
    fn from(fault: Fault) -> Self {
        fault.as_str()
    }
}

impl TryFrom<String> for Fault {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        Self::parse(&text).ok_or(UnknownWord::Fault)
    }
}

/// A request to our HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub(crate) enum Call {
    Snap,
    SnapCancel,
    Charge,
    Status,
    StatusB2b,
    Cancel,
    Expire,
    Approve,
    Deny,
    Capture,
    Refund,
    RefundDirect,
}

impl Call {
    pub(crate) const ALL: [Self; 12] = [
        Self::Snap,
        Self::SnapCancel,
        Self::Charge,
        Self::Status,
        Self::StatusB2b,
        Self::Cancel,
        Self::Expire,
        Self::Approve,
        Self::Deny,
        Self::Capture,
        Self::Refund,
        Self::RefundDirect,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Snap => "snap",
            Self::SnapCancel => "snap_cancel",
            Self::Charge => "charge",
            Self::Status => "status",
            Self::StatusB2b => "status_b2b",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::RefundDirect => "refund_direct",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|call| call.as_str() == text)
    }

    /// Whether it asks how a transaction stands.
    pub(super) fn reads_status(self) -> bool {
        matches!(self, Self::Status | Self::StatusB2b)
    }
}

impl From<Call> for &'static str {
    fn from(call: Call) -> Self {
        call.as_str()
    }
}

impl TryFrom<String> for Call {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        Self::parse(&text).ok_or(UnknownWord::Call)
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
