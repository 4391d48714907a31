//! Which method a charge means, and what it says about it (midtrans.md 2.2). Cards are read beside
//! this.

use crate::rules::method::Method;
use crate::rules::request::details::{self, TEXT_MAX};
use crate::rules::request::faults::{Faults, Part};
use crate::rules::request::{ChargeFault, Wants};
use serde_json::Value;
use std::collections::BTreeSet;

/// The acquirer of QRIS that is not GoPay; it waits for less long.
pub(super) const AIRPAY: &str = "airpay shopee";

/// The method, or nothing after a complaint, or the refusal of a type that is not known.
pub(super) fn of(request: &Part<'_>, faults: &mut Faults) -> Result<Option<Method>, ChargeFault> {
    let Some(payment_type) = faults.required(request, "payment_type", TEXT_MAX) else {
        return Ok(None);
    };
    match payment_type {
        "bank_transfer" => Ok(named(&request.part("bank_transfer"), "bank", faults)),
        "cstore" => Ok(named(&request.part("cstore"), "store", faults)),
        // A guide's spelling; it comes back as a bank transfer.
        "permata" => Ok(Some(Method::PermataVa)),
        other => Method::parse(other)
            .filter(|method| method.payment_type() == other)
            .map(Some)
            .ok_or(ChargeFault::NotOffered),
    }
}

/// The bank or the store by its name.
fn named(part: &Part<'_>, field: &str, faults: &mut Faults) -> Option<Method> {
    let name = faults.required(part, field, TEXT_MAX)?;
    let found = match field {
        "bank" => Method::ALL.into_iter().find(|method| method.bank() == Some(name)),
        // Ruby's own test sends `Indomaret`.
        _ => [Method::Alfamart, Method::Indomaret]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(name)),
    };
    if found.is_none() {
        faults.about(part, field, "is invalid");
    }
    found
}

/// What the request says about its method.
pub(super) fn wants(request: &Part<'_>, method: Method, faults: &mut Faults) -> Wants {
    let mut wants = Wants::default();
    let own = faults.object(request, method.payment_type());
    match method {
        Method::CreditCard | Method::Kredivo => {}
        Method::MandiriBill => {
            for (field, chars) in details::BILL_INFO {
                faults.required(&own, field, chars);
            }
        }
        Method::Qris => wants.acquirer = acquirer(&own, faults),
        Method::Gopay => wants.callback_url = details::gopay(&own, faults),
        Method::ShopeePay | Method::Dana | Method::Ovo => {
            wants.callback_url = details::callback_url(&own, faults);
        }
        Method::Alfamart | Method::Indomaret => store(request, method, faults),
        Method::Akulaku => distinct_items(request, faults),
        _ => {
            details::account(&own, method, &mut wants, faults);
            customer_of_bank(&request.part("customer_details"), method, faults);
            if method == Method::BcaVa {
                details::free_text(&own, faults);
            }
        }
    }
    wants
}

fn acquirer(qris: &Part<'_>, faults: &mut Faults) -> Option<String> {
    let acquirer = faults.text(qris, "acquirer", TEXT_MAX)?;
    if !["gopay", AIRPAY].contains(&acquirer) {
        faults.about(qris, "acquirer", "is invalid");
    }
    Some(acquirer.to_owned())
}

fn store(request: &Part<'_>, method: Method, faults: &mut Faults) {
    let cstore = request.part("cstore");
    faults.limit(&cstore, "message", 20);
    details::printed(&cstore, faults);
    let barred = |item: &Value| item["name"].as_str().is_some_and(|name| name.contains('|'));
    let items = request.at("item_details").as_array();
    // Alfamart's own systems part fields with it (midtrans.md 1.3, "item quirks").
    if method == Method::Alfamart && items.is_some_and(|items| items.iter().any(barred)) {
        faults.add("item_details.name contains a symbol that is not allowed");
    }
}

/// Akulaku lends on the items, so they must be there and be told apart.
fn distinct_items(request: &Part<'_>, faults: &mut Faults) {
    let Some(items) = request.at("item_details").as_array().filter(|items| !items.is_empty())
    else {
        faults.about(request, "item_details", "is required");
        return;
    };
    let mut seen = BTreeSet::new();
    for value in items {
        let item = Part::named("item_details", value);
        if let Some(id) = faults.required(&item, "id", 50)
            && !seen.insert(id)
        {
            faults.about(&item, "id", "is not unique");
        }
    }
}

/// What single banks ask of the customer's data (M, midtrans.md 1.3). On a page the bank is not
/// known yet, so Snap does not ask.
fn customer_of_bank(customer: &Part<'_>, method: Method, faults: &mut Faults) {
    match method {
        Method::BcaVa => {
            faults.limit(customer, "first_name", 30);
            faults.limit(customer, "last_name", 30);
        }
        Method::BniVa => {
            faults.limit(customer, "phone", 30);
            let phone = customer.at("phone").as_str().unwrap_or_default();
            if !(phone.is_empty() || phone.starts_with("+62") || phone.starts_with('0')) {
                faults.about(customer, "phone", "must start with +62 or 0");
            }
        }
        _ => {}
    }
}
