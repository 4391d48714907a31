//! What end-to-end tests stand on: a running system, somebody who talks to it, and the invariants
//! that hold whatever was done to it.
//!
//! [`Stack`] runs the embedded system inside the test; [`RealProcess`] runs the built binary, so
//! that it can be killed; [`Fleet`] runs every service as a process of its own on PostgreSQL and
//! RabbitMQ. All are spoken to through [`Api`], which knows nothing but HTTP. No
//! test is written here, and nothing here looks into a database.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod answer;
mod api;
mod callback;
mod fleet;
mod footprint;
pub mod invariants;
mod management;
mod merchant;
mod orders;
mod process;
mod python;
mod random;
mod raw;
mod sim;
mod stack;
mod tally;
mod users;
mod wait;

pub use answer::Answer;
pub use api::{Addresses, Api, SERVICES, text};
pub use callback::Callback;
pub use fleet::{Fleet, Servers, VirtualHost};
pub use footprint::Footprint;
pub use orders::{TOTAL, changed, order, order_in, with_unit_price};
pub use process::{Ended, RealProcess, run};
pub use python::{once, python_with};
pub use random::{Random, unique};
pub use raw::{Raw, post_order};
pub use sim::Page;
pub use stack::Stack;
pub use tally::all_paid_and_told;
pub use users::users;
pub use wait::{PATIENCE, until, until_within};
