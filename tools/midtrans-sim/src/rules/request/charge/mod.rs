//! What the Core API accepts as a charge (midtrans.md 2.2). The payment type decides what else is
//! read: objects of other methods are ignored.

mod card;
mod methods;

use super::faults::{Faults, Part};
use super::window::{self, DAY, Longer, MIN_EXPIRY_SECS, Spelling, Window};
use super::{ChargeFault, NewCharge, OrderIds, Wants, common};
use crate::rules::method::Method;
use serde_json::Value;

/// Reads a charge, or tells why it is refused. A payment type that is not known is told before
/// anything else, a missing card token after everything else (L: the order is not documented).
pub(crate) fn read(body: &Value) -> Result<NewCharge, ChargeFault> {
    if !body.is_object() {
        return Err(ChargeFault::Empty);
    }
    let mut faults = Faults::default();
    let request = Part::whole(body);
    let method = methods::of(&request, &mut faults)?;
    let common = common::read(&request, OrderIds::Documented, &mut faults);
    let Some(method) = method else {
        return Err(ChargeFault::Invalid(faults.into_texts()));
    };
    let mut wants = methods::wants(&request, method, &mut faults);
    let card = match method {
        Method::CreditCard => card::read(&request, &mut wants, &mut faults),
        _ => None,
    };
    let charge = NewCharge {
        order_id: common.order_id,
        gross_amount: common.gross_amount,
        method,
        expiry: expiry(&request.part("custom_expiry"), (method, &wants), &mut faults),
        echo: common.echo,
        wants,
        card,
        fee: common.fee,
    };
    let charge = faults.verdict(charge).map_err(ChargeFault::Invalid)?;
    if method == Method::CreditCard && charge.card.is_none() {
        return Err(ChargeFault::NoToken);
    }
    Ok(charge)
}

fn expiry(
    part: &Part<'_>,
    (method, wants): (Method, &Wants),
    faults: &mut Faults,
) -> Option<Window> {
    let longest = match wants.acquirer.as_deref() {
        Some(methods::AIRPAY) => 5 * DAY,
        _ => method.longest_expiry().as_secs(),
    };
    let spelling = Spelling {
        start: "order_time",
        duration: "expiry_duration",
        default_unit: Some("minute"),
        seconds: MIN_EXPIRY_SECS..=longest,
        longer: Longer::Refused,
    };
    window::read(part, &spelling, faults)
}

#[cfg(test)]
#[path = "charge_tests.rs"]
mod tests;
