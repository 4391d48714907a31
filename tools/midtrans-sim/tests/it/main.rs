//! The simulator over real HTTP on loopback, asked by our own client and by hand, with a clock that
//! stands still until a test moves it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod admin;
mod durability;
mod life_cycle;
mod notifications;
mod page;
mod wire;
mod world;
