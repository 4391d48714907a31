//! Payment gateways behind the [`PaymentGateway`](crate::usecase::ports::PaymentGateway) port.
//!
//! Translates and guards (rate, breaker); decides nothing about payments. No SQL, no broker.

mod breaker;
mod instructions;
mod midtrans;
mod witness;

pub use midtrans::{MidtransConfig, MidtransGateway};
pub(crate) use witness::Witness;
