//! The payment service's ports on its databases. SQL of a dialect lives in that dialect's module.

mod facts;
mod instructions;
mod journal;
mod lines;
pub mod postgres;
mod recorder;
pub mod sqlite;

pub use recorder::{PaymentRecorder, PaymentRows};
