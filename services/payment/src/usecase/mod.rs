//! The verbs of the payment service, and the ports that they need.
//!
//! Decisions are the models'; here they meet time, ids, the store and the gateway port. No SQL,
//! HTTP, broker or wire type.

mod apply;
mod ask_refund;
mod call_off;
mod check_status;
mod create_page;
mod desk;
mod end_attempt;
mod errands;
mod forgeries;
mod give_back;
mod note_exchanges;
mod open_payment;
pub mod ports;
mod receive_callback;
mod resolve_item;
mod review_item;
mod sync;
mod tell_review;
pub(crate) mod untold;

pub use ask_refund::{AskRefund, AskRefused};
pub use call_off::CallOffPayment;
pub use check_status::CheckStatus;
pub use create_page::CreatePage;
pub use desk::Desk;
pub use end_attempt::{EndAttempt, GRACE};
pub use give_back::GiveBack;
pub use note_exchanges::NoteExchanges;
pub(crate) use note_exchanges::WAITING_MAX;
pub use open_payment::OpenPayment;
pub use receive_callback::{CallbackRefused, ReceiveCallback};
pub use resolve_item::ResolveItem;
pub use review_item::ReviewItem;
pub use sync::Sync;
pub use tell_review::TellReview;

use crate::models::{Payment, Transaction};
use kernel::Timestamp;
use std::time::Duration;

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

/// Pauses after a gateway call that failed; the last one repeats. A payment is never given up
/// because the gateway is away.
const GATEWAY_RETRIES: [Duration; 5] =
    [Duration::from_secs(15), minutes(1), minutes(5), minutes(15), minutes(30)];

/// When a payment without an end is asked about without a hint, by its age; then again and again
/// after [`POLL_AT_LAST`].
pub const POLLS: [Duration; 6] =
    [minutes(1), minutes(3), minutes(8), minutes(18), minutes(38), minutes(78)];
/// The pause between later ones.
pub const POLL_AT_LAST: Duration = minutes(60);

/// When a payment that has an end is looked at again, by the time since it last moved: for a
/// reversal, late money, a refund that the bank confirms (reference: reliability.md 4).
pub const LOOKS_AFTER: [Duration; 5] =
    [minutes(6), minutes(60), minutes(6 * 60), minutes(24 * 60), minutes(72 * 60)];

/// When to look at a payment without being asked to; `None`: never again.
fn next_look(payment: &Payment, at: Timestamp) -> Option<Timestamp> {
    if payment.status().is_open() {
        let age = at.duration_since(payment.created_at).unsigned_abs();
        let pause = POLLS.into_iter().find(|poll| *poll > age).map(|poll| poll - age);
        return Some(at + pause.unwrap_or(POLL_AT_LAST));
    }
    let still = at.duration_since(payment.updated_at).unsigned_abs();
    let next = LOOKS_AFTER.into_iter().find(|look| *look > still);
    // Beside money that came, another transaction may wait for more: days, as virtual accounts do.
    let waits = || payment.transactions().any(Transaction::waits);
    let next = next.or_else(|| waits().then_some(still + POLL_AT_LAST))?;
    Some(payment.updated_at + next)
}
