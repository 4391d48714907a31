//! Payment gateways behind the [`PaymentGateway`](crate::usecase::ports::PaymentGateway) port.
//!
//! Translates and guards (rate, breaker); decides nothing about payments. No SQL, no broker.

mod breaker;
mod instructions;
mod midtrans;

pub use midtrans::{MidtransConfig, MidtransGateway};
