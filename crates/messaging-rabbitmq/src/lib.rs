//! The broker port on RabbitMQ, and the topology that it expects there.
//!
//! Moves bytes and reports. Two connections, one for publishing and one for consuming, so that a
//! broker short of memory, which stops publishers, does not stop acknowledgements with them. Both
//! come back by themselves, for ever. What is retried, when and how often stands in `messaging`.
//!
//! The library underneath (lapin) is used without its recovery, for it may send an old tag on a
//! new channel, and without its pairing of returned messages, which is wrong: see the module `publish`.
//! It logs the bodies of returned messages, so `runtime::telemetry` silences it; all that matters is
//! logged here.

mod broker;
mod config;
mod deliver;
mod explain;
mod line;
mod link;
mod publish;
pub mod topology;

pub use broker::RabbitBroker;
pub use config::{RabbitConfig, UrlError};
pub use line::{LinkState, LinkStates};
