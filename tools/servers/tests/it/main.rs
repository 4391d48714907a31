//! The servers for real: started, killed, wiped, and gone without a trace.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod machine;
mod postgres;
mod rabbitmq;
mod runs;
