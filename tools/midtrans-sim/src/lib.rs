//! A simulated Midtrans: Snap with its payment page, the Core API, and signed notifications with
//! the real retry table, on a clock that can be moved and run faster than ours; and switches that
//! make it misbehave as the real one does on bad days.
//!
//! It behaves as the fact sheet `midtrans.md` says and nothing else; it knows no OrderFlow service.
//! What rests on a fact of low confidence there is marked (L). `rules` and `faults` are pure, `body`
//! composes what is told, `gateway` decides inside one store command, `db` is the only place with
//! SQL, `http` speaks the two dialects, the pages and `/_sim`.

mod body;
mod clock;
mod config;
mod courier;
mod db;
mod faults;
mod gateway;
mod http;
mod model;
mod rules;
mod sim;

pub use clock::SpeedError;
pub use config::{SimConfig, SimError};
pub use db::DbError;
pub use sim::{Sim, Tick};
