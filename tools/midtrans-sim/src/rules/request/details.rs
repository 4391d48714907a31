//! What a merchant may say about single methods, where Snap and the Core API agree (midtrans.md
//! 1.3, 2.2). Not in here: where in a request it stands.

use super::Wants;
use super::faults::{Faults, Part};
use crate::rules::method::Method;
use std::ops::RangeInclusive;

/// Of texts for which no length is documented, and of addresses as in `callbacks`.
pub(super) const TEXT_MAX: usize = 255;

/// What stands on a Mandiri bill, with its longest text.
pub(super) const BILL_INFO: [(&str, usize); 2] = [("bill_info1", 10), ("bill_info2", 30)];

/// The length of a number that the merchant chooses, in digits.
fn account_length(method: Method) -> Option<RangeInclusive<usize>> {
    Some(match method {
        // The page says 6 to 11, a comment in the Go client 1 to 11 (L); the wider one.
        Method::BcaVa => 1..=11,
        Method::PermataVa => 10..=10,
        Method::BniVa => 1..=8,
        Method::BriVa => 1..=13,
        Method::CimbVa | Method::DanamonVa | Method::BsiVa => 1..=12,
        // Not documented; taken to be as the other banks that joined late (L).
        Method::SeabankVa | Method::SaquVa => 1..=12,
        _ => return None,
    })
}

/// The number that customers of this method transfer to, if the merchant chooses it.
pub(super) fn account(part: &Part<'_>, method: Method, wants: &mut Wants, faults: &mut Faults) {
    let Some(length) = account_length(method) else { return };
    let Some(number) = faults.text(part, "va_number", *length.end()) else { return };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.about(part, "va_number", "is not a number");
    }
    if number.chars().count() < *length.start() {
        let says = format!("is too short (minimum is {} characters)", length.start());
        faults.about(part, "va_number", &says);
    }
    wants.accounts.insert(method.as_str().to_owned(), number.to_owned());
}

/// What BCA shows at its machines.
pub(super) fn free_text(part: &Part<'_>, faults: &mut Faults) {
    let texts = faults.object(part, "free_text");
    for occasion in ["inquiry", "payment"] {
        for line in faults.list(&texts, occasion, 10) {
            let line = Part::named(&texts.path_to(occasion), line);
            faults.limit(&line, "id", 50);
            faults.limit(&line, "en", 50);
        }
    }
}

/// Where GoPay's app goes back to, if it is to.
pub(super) fn gopay(gopay: &Part<'_>, faults: &mut Faults) -> Option<String> {
    let url = callback_url(gopay, faults);
    let enabled = faults.flag(gopay, "enable_callback").unwrap_or_default();
    url.filter(|_| enabled)
}

pub(super) fn callback_url(wallet: &Part<'_>, faults: &mut Faults) -> Option<String> {
    faults.text(wallet, "callback_url", TEXT_MAX).map(str::to_owned)
}

/// What Alfamart prints. Indomaret ignores it.
pub(super) fn printed(cstore: &Part<'_>, faults: &mut Faults) {
    for field in ["alfamart_free_text_1", "alfamart_free_text_2", "alfamart_free_text_3"] {
        faults.limit(cstore, field, 40);
    }
}

/// Who acquires the card, and whether its money is only reserved. Instalments, saved cards and
/// lists of cards are not simulated.
pub(super) fn card(card: &Part<'_>, wants: &mut Wants, faults: &mut Faults) {
    wants.bank = faults.text(card, "bank", 50).map(str::to_owned);
    wants.authorize = match faults.text(card, "type", TEXT_MAX) {
        Some("authorize") => true,
        None | Some("authorize_capture") => false,
        Some(_) => {
            faults.about(card, "type", "is invalid");
            false
        }
    };
}
