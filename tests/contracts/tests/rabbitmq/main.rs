//! The broker suite on RabbitMQ, and what only RabbitMQ can do. Needs a server: see [`server`].
//!
//! Stops, restarts and starves no server, for it is shared: that is the end-to-end suite's part.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod consume;
mod dead_letters;
mod pairing;
mod proxy;
mod publish;
mod reconnect;
mod server;
mod topology;

mod broker {
    contracts::broker_contract!(crate::server::RabbitMq);
}
