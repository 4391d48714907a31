//! What a refund meets: state, method, window and amount (midtrans.md 2.6).

use super::method::{Method, Refunds};
use super::status::{Fraud, Standing, Status};
use jiff::SignedDuration;
use kernel::Timestamp;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is asked of a transaction, and how far it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) method: Method,
    pub(crate) standing: Standing,
    pub(crate) gross_amount: i64,
    pub(crate) refunded: i64,
    pub(crate) settled_at: Option<Timestamp>,
    /// `None` asks for all that is left.
    pub(crate) asked: Option<i64>,
    pub(crate) now: Timestamp,
}

/// Why money does not go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objection {
    /// Not settled, or not a method that can; the code of the latter is not documented (L, 412).
    State,
    /// More than is left, or a part where only all goes.
    Amount,
    /// Not at this time of day, or no longer.
    Time,
}

/// How much goes back, and where that leads.
pub(crate) fn decide(case: &Case) -> Result<(i64, Standing), Objection> {
    if !matches!(case.standing.status, Status::Settlement | Status::PartialRefund) {
        return Err(Objection::State);
    }
    let (parts, days) = match case.method.refunds() {
        Refunds::Never => return Err(Objection::State),
        Refunds::Full { days } => (false, days),
        Refunds::Partial { days } => (true, days),
    };
    let age = case.settled_at.map_or(SignedDuration::ZERO, |at| case.now.duration_since(at));
    let too_old = age.as_secs() > DAY.as_secs() * days;
    if too_old || (case.method == Method::ShopeePay && sleeps(case.now)) {
        return Err(Objection::Time);
    }
    let left = case.gross_amount - case.refunded;
    let amount = case.asked.unwrap_or(left);
    if amount < 1 || amount > left || (!parts && amount != case.gross_amount) {
        return Err(Objection::Amount);
    }
    let status = if amount == left { Status::Refund } else { Status::PartialRefund };
    Ok((amount, Standing { status, fraud: Fraud::Accept }))
}

/// ShopeePay gives money back between 06:00 and 23:50 Western Indonesian time only.
fn sleeps(now: Timestamp) -> bool {
    let local = jiff::tz::Offset::constant(7).to_datetime(now);
    let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
    !(6 * 60..23 * 60 + 50).contains(&minute)
}

#[cfg(test)]
#[path = "refund_tests.rs"]
mod tests;
