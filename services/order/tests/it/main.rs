//! The order service on SQLite in memory, with a manual clock.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod audit;
mod cancelling;
mod hanging_up;
mod house;
mod payments;
mod placing;
mod refusing;
mod rest;
mod store;
mod window;
