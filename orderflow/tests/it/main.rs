//! The built binary, as a process that is started, talked to, interrupted and killed.
//!
//! What the system does inside is tested in `tests/e2e`; here only what needs a process.

mod binary;
mod commands;
mod kill;
mod logs;
mod starting;
