//! End to end, on the embedded system: what a client, a customer and the gateway can do to it.
//!
//! Every test ends with `Stack::finish`: the invariants hold whatever was done.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod bad_callbacks;
mod bad_orders;
mod callbacks;
mod hangup;
mod happy;
mod idempotency;
mod lists;
mod pay_page;
mod probes;
mod restart;
mod turns;
