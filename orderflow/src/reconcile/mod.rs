//! Reconciliation: the gateway is asked about payments, and its report is compared with our books,
//! both ways. Nothing here decides what a payment is: the payment service asks the gateway and
//! applies what it says; from here it is only told to do so, and read.

pub(crate) mod ask;
mod columns;
mod compare;
mod difference;
pub(crate) mod held;
mod period;
mod repair;
mod report;
mod row;
mod run;
mod show;
mod simulator;
mod watch;

pub use columns::Mapping;
pub(crate) use period::Days;
pub(crate) use repair::Repair;
pub(crate) use run::Source;
pub(crate) use show::{Verdict, show};
