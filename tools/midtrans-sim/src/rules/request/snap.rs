//! What Snap accepts as a request for a page, and the messages it refuses with (midtrans.md 1.3,
//! 1.4).

use super::details::{self, TEXT_MAX};
use super::faults::{Faults, Part};
use super::window::{self, DAY, Longer, MIN_EXPIRY_SECS, MINUTE, Spelling, Window};
use super::{NewPage, OrderIds, Wants, common};
use crate::rules::method::Method;
use jiff::SignedDuration;
use serde_json::Value;

/// The longest life of a page (midtrans.md 1.3). A request for more is accepted and cut.
pub(crate) const MAX_PAGE_LIFE: SignedDuration = SignedDuration::from_secs(7 * DAY);
/// The life of a page when nothing is said.
pub(crate) const PAGE_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Far more than there are methods. Names that are not known are legal (midtrans.md 1.3).
const ENABLED_MAX: usize = 100;

/// Reads a request, or tells what is wrong with it, in at least one message.
pub(crate) fn read(body: &Value, order_ids: OrderIds) -> Result<NewPage, Vec<String>> {
    let mut faults = Faults::default();
    let request = Part::whole(body);
    let common = common::read(&request, order_ids, &mut faults);
    let expiry = window_of(&request.part("expiry"), MIN_EXPIRY_SECS, &mut faults);
    let page = window_of(&request.part("page_expiry"), 5 * MINUTE, &mut faults);
    let callbacks = faults.object(&request, "callbacks");
    let finish = faults.text(&callbacks, "finish", TEXT_MAX).map(str::to_owned);
    faults.limit(&callbacks, "error", TEXT_MAX);
    let page = NewPage {
        order_id: common.order_id,
        gross_amount: common.gross_amount,
        offered: offered(&request, &mut faults),
        expiry,
        page_life: page.map(|window| window.length),
        finish,
        echo: common.echo,
        wants: wants(&request, &mut faults),
        fee: common.fee,
    };
    faults.verdict(page)
}

fn window_of(part: &Part<'_>, least: i64, faults: &mut Faults) -> Option<Window> {
    let spelling = Spelling {
        start: "start_time",
        duration: "duration",
        default_unit: None,
        seconds: least..=180 * DAY,
        longer: Longer::Trimmed,
    };
    window::read(part, &spelling, faults)
}

fn offered(request: &Part<'_>, faults: &mut Faults) -> Vec<Method> {
    let enabled = faults.list(request, "enabled_payments", ENABLED_MAX);
    if enabled.is_empty() {
        return Method::ALL.to_vec();
    }
    if !enabled.iter().all(Value::is_string) {
        faults.about(request, "enabled_payments", "is invalid");
    }
    let on = |method: &Method| {
        enabled.iter().filter_map(Value::as_str).any(|value| method.is_enabled_by(value))
    };
    Method::ALL.into_iter().filter(on).collect()
}

fn wants(request: &Part<'_>, faults: &mut Faults) -> Wants {
    let mut wants = Wants::default();
    for method in Method::ALL.into_iter().filter(|method| method.bank().is_some()) {
        let own = faults.object(request, method.as_str());
        details::account(&own, method, &mut wants, faults);
        if method == Method::BcaVa {
            details::free_text(&own, faults);
        }
    }
    let echannel = faults.object(request, "echannel");
    for (field, chars) in details::BILL_INFO {
        faults.limit(&echannel, field, chars);
    }
    details::printed(&faults.object(request, "cstore"), faults);
    let gopay = details::gopay(&faults.object(request, "gopay"), faults);
    let shopeepay = details::callback_url(&faults.object(request, "shopeepay"), faults);
    wants.callback_url = gopay.or(shopeepay);
    details::card(&faults.object(request, "credit_card"), &mut wants, faults);
    wants
}

#[cfg(test)]
#[path = "snap_tests.rs"]
mod tests;
