//! The simulator over real HTTP on loopback, asked by our own client and by hand, with a clock that
//! stands still until a test moves it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod admin;
mod bad_input;
mod by_hand;
mod cards;
mod charges;
mod console;
mod deliveries;
mod durability;
mod fees;
mod idempotency;
mod ledger;
mod life_cycle;
mod lists;
mod notifications;
mod orders;
mod own_forms;
mod page;
mod refunds;
mod shapes;
mod wire;
mod world;
