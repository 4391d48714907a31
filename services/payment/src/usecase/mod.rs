//! The verbs of the payment service, and the ports that they need.
//!
//! Decisions are the models'; here they meet time, ids, the store and the gateway port. No SQL,
//! HTTP, broker or wire type.

mod check_status;
mod create_page;
mod forgeries;
mod open_payment;
pub mod ports;
mod receive_callback;

pub use check_status::CheckStatus;
pub use create_page::CreatePage;
pub use open_payment::OpenPayment;
pub use receive_callback::{CallbackRefused, ReceiveCallback};

use std::time::Duration;

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

/// Pauses after a gateway call that failed; the last one repeats. A payment is never given up
/// because the gateway is away.
const GATEWAY_RETRIES: [Duration; 5] =
    [Duration::from_secs(15), minutes(1), minutes(5), minutes(15), minutes(30)];

/// When a payment without an end is asked about without a hint, by its age; then hourly.
const POLLS: [Duration; 6] =
    [minutes(1), minutes(3), minutes(8), minutes(18), minutes(38), minutes(78)];
const POLL_AT_LAST: Duration = minutes(60);

/// The pause before the next unasked-for look at a payment of this age.
fn next_poll(age: Duration) -> Duration {
    POLLS.into_iter().find(|poll| *poll > age).map_or(POLL_AT_LAST, |poll| poll - age)
}
