//! The verbs of the order service, and the ports that they need.
//!
//! Decisions are the models'; here they meet time, ids and the store. No SQL, HTTP, broker or
//! wire type.

mod apply_payment;
mod cancel_order;
mod place_order;
pub mod ports;
mod request;

pub use apply_payment::ApplyPayment;
pub use cancel_order::{CancelError, CancelOrder, CancelRequest};
pub use place_order::{PlaceError, PlaceOrder};
pub use request::{Answered, RequestKey};
