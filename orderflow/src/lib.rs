//! The binary's inside: commands, configuration, and the composition root.
//!
//! The only place that knows every adapter ([`compose`]) and the only one that reads across
//! services (`why`, `verify`, `reconcile`, `demo`). Holds no rule of orders, payments or notifications.

pub mod cli;
mod client;
mod client_log;
mod commands;
pub mod compose;
pub mod config;
mod data_dir;
mod lists;
mod management;
mod output;
mod process;
mod reconcile;
mod story;
pub mod verify;
mod welcome;

pub use commands::run;
pub use data_dir::{DataDir, DataDirError};
