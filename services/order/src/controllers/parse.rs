//! From wire types to what the models trust. Collects every fault, each with its JSON pointer.

use super::dto::{LineDto, NewCancellation, NewOrder};
use crate::models::{CancelWish, LINES_MAX, Line, OrderDraft, PaymentWindow, total};
use kernel::{Account, Email, Money, PersonName, Phone, Text, TextError};
use runtime::FieldError;

const METADATA_MAX: usize = 20;
const METADATA_KEY_MAX: usize = 40;
const METADATA_VALUE_MAX: usize = 500;

/// Parses a request to the end, so that the caller learns all of its faults at once. Who asks for
/// no payment window gets `usual`.
pub fn draft(
    request: NewOrder,
    account: Account,
    usual: PaymentWindow,
) -> Result<OrderDraft, Vec<FieldError>> {
    let mut faults = Vec::new();
    let customer_name =
        text("/customer/name", PersonName::parse(&request.customer.name), &mut faults);
    let email = text("/customer/email", Email::parse(&request.customer.email), &mut faults);
    let phone = request.customer.phone.as_deref().map(Phone::parse).transpose();
    let phone = text("/customer/phone", phone, &mut faults);
    let reference = request.reference.as_deref().map(Text::parse).transpose();
    let reference = text("/reference", reference, &mut faults);
    let locale = locale(request.locale.as_deref(), &mut faults);
    let lines = lines(&request.lines, &mut faults);
    check_metadata(&request, &mut faults);
    let window = payment_window(request.payment_window_minutes, usual, &mut faults);
    match (customer_name, email, phone, reference, locale, lines, window) {
        (
            Some(customer_name),
            Some(email),
            Some(phone),
            Some(reference),
            Some(locale),
            Some(lines),
            Some(payment_window),
        ) if faults.is_empty() => {
            let metadata = request.metadata;
            Ok(OrderDraft {
                account,
                reference,
                customer_name,
                email,
                phone,
                locale,
                lines,
                metadata,
                payment_window,
            })
        }
        _ => Err(faults),
    }
}

/// Parses the wish to call an order off.
pub fn wish(request: &NewCancellation) -> Result<CancelWish, Vec<FieldError>> {
    let mut faults = Vec::new();
    let reason = request.reason.as_deref().map(Text::parse).transpose();
    let reason = text("/reason", reason, &mut faults).ok_or(faults)?;
    Ok(CancelWish { refund_if_paid: request.refund_if_paid, reason })
}

fn payment_window(
    asked: Option<i64>,
    usual: PaymentWindow,
    faults: &mut Vec<FieldError>,
) -> Option<PaymentWindow> {
    match asked.map_or(Ok(usual), PaymentWindow::of_minutes) {
        Ok(window) => Some(window),
        Err(error) => {
            faults.push(FieldError::new("/payment_window_minutes", "range", error.to_string()));
            None
        }
    }
}

fn text<T>(pointer: &str, parsed: Result<T, TextError>, faults: &mut Vec<FieldError>) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(error) => {
            faults.push(FieldError::new(pointer, code(error), error.to_string()));
            None
        }
    }
}

fn code(error: TextError) -> &'static str {
    match error {
        TextError::Empty => "required",
        TextError::TooLong(_) => "max_length",
        TextError::Control => "control_character",
        TextError::Email => "email",
        TextError::Phone => "phone",
    }
}

fn locale(asked: Option<&str>, faults: &mut Vec<FieldError>) -> Option<&'static str> {
    match asked {
        None | Some("id") => Some("id"),
        Some("en") => Some("en"),
        Some(_) => {
            faults.push(FieldError::new("/locale", "one_of", "must be id or en"));
            None
        }
    }
}

fn lines(asked: &[LineDto], faults: &mut Vec<FieldError>) -> Option<Vec<Line>> {
    if asked.is_empty() {
        faults.push(FieldError::new("/lines", "min_items", "must have at least 1 line"));
        return None;
    }
    if asked.len() > LINES_MAX {
        let why = format!("must have at most {LINES_MAX} lines");
        faults.push(FieldError::new("/lines", "max_items", why));
        return None;
    }
    let parsed: Vec<_> = asked.iter().enumerate().map(|(i, l)| line(i, l, faults)).collect();
    let lines: Vec<Line> = parsed.into_iter().collect::<Option<_>>()?;
    if let Err(error) = total(&lines) {
        faults.push(FieldError::new("/lines", "total", error.to_string()));
        return None;
    }
    Some(lines)
}

fn line(index: usize, asked: &LineDto, faults: &mut Vec<FieldError>) -> Option<Line> {
    let at = |field: &str| format!("/lines/{index}/{field}");
    let sku = text(&at("sku"), Text::parse(&asked.sku), faults);
    let name = text(&at("name"), Text::parse(&asked.name), faults);
    if asked.quantity == 0 {
        faults.push(FieldError::new(at("quantity"), "min", "must be at least 1"));
    }
    if asked.unit_price < 0 {
        faults.push(FieldError::new(at("unit_price"), "min", "must be at least 0"));
    }
    let legal = asked.quantity > 0 && asked.unit_price >= 0;
    let unit_price = Money::rupiah(asked.unit_price);
    match (sku, name) {
        (Some(sku), Some(name)) if legal => {
            Some(Line { sku, name, quantity: asked.quantity, unit_price })
        }
        _ => None,
    }
}

fn check_metadata(request: &NewOrder, faults: &mut Vec<FieldError>) {
    if request.metadata.len() > METADATA_MAX {
        let why = format!("must have at most {METADATA_MAX} entries");
        faults.push(FieldError::new("/metadata", "max_items", why));
    }
    for (key, value) in request.metadata.iter().take(METADATA_MAX) {
        if Text::<METADATA_KEY_MAX>::parse(key).is_err() {
            let why = format!("keys have 1 to {METADATA_KEY_MAX} characters, none of them control");
            faults.push(FieldError::new("/metadata", "key", why));
        } else if value.contains('\0') || value.chars().count() > METADATA_VALUE_MAX {
            let why = format!("values have at most {METADATA_VALUE_MAX} characters and no NUL");
            let escaped = key.replace('~', "~0").replace('/', "~1");
            faults.push(FieldError::new(format!("/metadata/{escaped}"), "value", why));
        }
    }
}
