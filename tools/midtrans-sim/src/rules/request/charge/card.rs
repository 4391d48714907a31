//! The card of a charge (midtrans.md 2.2, 2.3). What a token stands for is not known here.

use crate::rules::request::details::{self, TEXT_MAX};
use crate::rules::request::faults::{Faults, Part};
use crate::rules::request::{CardCharge, Wants};

/// Nothing if there is no token, which is a refusal of its own.
pub(super) fn read(
    request: &Part<'_>,
    wants: &mut Wants,
    faults: &mut Faults,
) -> Option<CardCharge> {
    let card = faults.object(request, "credit_card");
    details::card(&card, wants, faults);
    let three_ds = faults.flag(&card, "authentication").unwrap_or_default();
    let token = faults.text(&card, "token_id", TEXT_MAX)?.to_owned();
    Some(CardCharge { token, three_ds, authorize: wants.authorize, bank: wants.bank.clone() })
}
