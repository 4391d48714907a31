//! The same flows on PostgreSQL and RabbitMQ: three services and the simulator, a process each.
//!
//! Every test has databases and a virtual host of its own, on the servers that
//! `cargo xtask test` started.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod bad_callbacks;
mod bad_orders;
mod callbacks;
mod chargebacks;
mod endings;
mod exchanges;
mod fees;
mod foreign;
mod hangup;
mod happy;
mod idempotency;
mod letters;
mod lists;
mod management;
mod misbehaving;
mod mix;
mod original;
mod pay_page;
mod postgres;
mod probes;
mod reconcile;
mod refunds;
mod refusals;
mod restart;
mod settings;
mod stories;
mod turns;
mod unseen;
mod verifying;
mod verifying_queues;

use management::sees_the_queues;
use postgres as database;
use std::path::Path;
use testkit::Fleet as Stack;

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_orderflow"))
}

async fn start() -> Stack {
    Stack::start(binary(), &[]).await
}

async fn start_with(key: &'static str, value: &str) -> Stack {
    Stack::start(binary(), &[(key, value)]).await
}
