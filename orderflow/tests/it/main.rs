//! The built binary, as a process that is started, talked to, interrupted and killed.
//!
//! What the system does inside is tested in `tests/e2e`; here only what needs a process.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod binary;
mod commands;
mod kill;
mod logs;
mod starting;
mod states;
