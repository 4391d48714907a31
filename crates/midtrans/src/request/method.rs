//! The ways to pay that can be charged by Core, each with what Midtrans wants to know of it and
//! the limits that it documents (midtrans.md 1.3, 2.2). How they are written is in `method_wire`.

use super::{CreditCard, RequestError};
use std::time::Duration;
use url::Url;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How it is to be paid. The fields are checked when the
/// [`ChargeRequest`](crate::ChargeRequest) is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentMethod {
    /// Virtual account at BCA.
    BcaVa(BcaVa),
    /// Virtual account at BNI.
    BniVa {
        /// 1 to 8 digits of our choice; else Midtrans chooses.
        va_number: Option<String>,
    },
    /// Virtual account at BRI.
    BriVa {
        /// 1 to 13 digits of our choice; else Midtrans chooses.
        va_number: Option<String>,
    },
    /// Virtual account at CIMB Niaga.
    CimbVa {
        /// 1 to 12 digits of our choice; else Midtrans chooses.
        va_number: Option<String>,
    },
    /// Virtual account at Permata. Ignores the Idempotency-Key (midtrans.md 2.8).
    PermataVa {
        /// Whom the customer pays, 1 to 20 characters.
        recipient_name: Option<String>,
    },
    /// Mandiri bill payment.
    MandiriBill {
        /// A label, 1 to 10 characters.
        bill_info1: String,
        /// Its value, 1 to 30 characters.
        bill_info2: String,
    },
    /// GoPay.
    Gopay {
        /// Where the app goes afterwards, at most 255 characters; may be a deep link.
        callback_url: Option<Url>,
    },
    /// QRIS, any wallet.
    Qris {
        /// Whose QR code; else Midtrans chooses.
        acquirer: Option<QrisAcquirer>,
    },
    /// ShopeePay.
    ShopeePay {
        /// Where the app goes afterwards, at most 255 characters; may be a deep link. Nothing is
        /// appended to it (midtrans.md 1.6).
        callback_url: Url,
    },
    /// Cash at an Alfamart. No `|` in the names of items.
    Alfamart {
        /// On the cashier's screen, 1 to 20 characters.
        message: Option<String>,
        /// On the receipt, 1 to 40 characters each.
        free_text: [Option<String>; 3],
    },
    /// Cash at an Indomaret. Ignores the Idempotency-Key (midtrans.md 2.8).
    Indomaret {
        /// On the cashier's screen, 1 to 20 characters.
        message: Option<String>,
    },
    /// A card, by its token.
    CreditCard(CreditCard),
}

/// What can be told of a virtual account at BCA.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BcaVa {
    /// 6 to 11 digits of our choice; else Midtrans chooses. (The Go client says from 1: L.)
    pub va_number: Option<String>,
    /// 5 digits; else `00000`.
    pub sub_company_code: Option<String>,
    /// Shown before the customer pays, at most 10.
    pub inquiry: Vec<FreeText>,
    /// Shown when paid, at most 10.
    pub payment: Vec<FreeText>,
}

/// A line on the screen of BCA, 1 to 50 characters in each language.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FreeText {
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
}

/// Who acquires a QRIS payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QrisAcquirer {
    /// `gopay`.
    Gopay,
    /// `airpay shopee`.
    AirpayShopee,
}

impl PaymentMethod {
    pub(super) fn check(&self) -> Result<(), RequestError> {
        match self {
            Self::BcaVa(bca) => bca.check(),
            Self::BniVa { va_number } => digits("va_number", va_number.as_deref(), [1, 8]),
            Self::BriVa { va_number } => digits("va_number", va_number.as_deref(), [1, 13]),
            Self::CimbVa { va_number } => digits("va_number", va_number.as_deref(), [1, 12]),
            Self::PermataVa { recipient_name } => {
                text("recipient_name", recipient_name.as_deref(), 20)
            }
            Self::MandiriBill { bill_info1, bill_info2 } => {
                text("bill_info1", Some(bill_info1), 10)?;
                text("bill_info2", Some(bill_info2), 30)
            }
            // The limit is that of Snap's callbacks; for these two none is documented (L).
            Self::Gopay { callback_url } => {
                text("callback_url", callback_url.as_ref().map(Url::as_str), 255)
            }
            Self::ShopeePay { callback_url } => {
                text("callback_url", Some(callback_url.as_str()), 255)
            }
            Self::Qris { .. } => Ok(()),
            Self::Alfamart { message, free_text } => {
                text("message", message.as_deref(), 20)?;
                let mut texts = free_text.iter().map(Option::as_deref);
                texts.try_for_each(|line| text("alfamart_free_text", line, 40))
            }
            Self::Indomaret { message } => text("message", message.as_deref(), 20),
            Self::CreditCard(card) => card.check(),
        }
    }

    /// The longest time to pay that is documented; 180 days, the most of all, where none is.
    pub(super) fn longest_expiry(&self) -> Duration {
        match self {
            Self::Gopay { .. } => 7 * DAY,
            Self::ShopeePay { .. } | Self::Qris { acquirer: Some(QrisAcquirer::AirpayShopee) } => {
                5 * DAY
            }
            _ => 180 * DAY,
        }
    }
}

impl BcaVa {
    fn check(&self) -> Result<(), RequestError> {
        digits("va_number", self.va_number.as_deref(), [6, 11])?;
        digits("sub_company_code", self.sub_company_code.as_deref(), [5, 5])?;
        for (field, lines) in [("inquiry", &self.inquiry), ("payment", &self.payment)] {
            if lines.len() > 10 {
                return Err(RequestError::TooMany { field, max: 10 });
            }
            let mut texts = lines.iter().flat_map(|line| [&line.id, &line.en]);
            texts.try_for_each(|line| text(field, Some(line), 50))?;
        }
        Ok(())
    }
}

/// A text, where there is one, has something to read in it and at most `max` characters.
pub(super) fn text(
    field: &'static str,
    value: Option<&str>,
    max: usize,
) -> Result<(), RequestError> {
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= max;
    if value.is_none_or(fits) { Ok(()) } else { Err(RequestError::Text { field, max }) }
}

fn digits(
    field: &'static str,
    value: Option<&str>,
    [min, max]: [usize; 2],
) -> Result<(), RequestError> {
    let fits = |text: &str| {
        (min..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if value.is_none_or(fits) { Ok(()) } else { Err(RequestError::Digits { field, min, max }) }
}
