//! A simulated Midtrans: Snap with its payment page, GET Status, cancel, expire, and signed
//! notifications with the real retry table, on a clock that can run faster than ours.
//!
//! It behaves as the fact sheet `midtrans.md` says and nothing else; it knows no OrderFlow service.
//! `rules` is pure, `gateway` decides inside one store command, `db` is the only place with SQL,
//! `http` speaks the two dialects, the payment page and `/_sim`.

mod body;
mod clock;
mod config;
mod courier;
mod db;
mod gateway;
mod http;
mod model;
mod rules;
mod sim;

pub use clock::SpeedError;
pub use config::{SimConfig, SimError};
pub use db::DbError;
pub use sim::{Sim, Tick};
