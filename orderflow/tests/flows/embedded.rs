//! End to end on the embedded system: what a client, a customer and the gateway can do to it.
//!
//! The same flows run on PostgreSQL and RabbitMQ in `servers.rs`. Every test ends with
//! `Stack::finish`: the invariants hold whatever was done.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod bad_callbacks;
mod bad_orders;
mod callbacks;
mod chargebacks;
mod endings;
mod exchanges;
mod fees;
mod hangup;
mod happy;
mod idempotency;
mod letters;
mod lists;
mod misbehaving;
mod mix;
mod original;
mod pay_page;
mod probes;
mod reconcile;
mod refunds;
mod refusals;
mod restart;
mod sqlite;
mod stories;
mod turns;
mod unseen;
mod verifying;

use sqlite as database;
use std::path::Path;
use testkit::Stack;

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_orderflow"))
}

async fn start() -> Stack {
    Stack::start(&[]).await
}

async fn start_with(key: &'static str, value: &str) -> Stack {
    Stack::start(&[(key, value)]).await
}

/// Inside one process a queue is what a service has not confirmed yet: its backlog.
async fn sees_the_queues(stack: &Stack) {
    for service in testkit::SERVICES {
        testkit::until("nothing waits", async || {
            let backlog = stack.backlog(service).await;
            let waits = ["outbox_pending", "inbox_deferred"].iter().any(|w| backlog[w] != 0);
            if waits { Err(backlog) } else { Ok(()) }
        })
        .await;
        let heard = stack.backlog(service).await;
        assert_eq!(heard["service"], service);
    }
}
