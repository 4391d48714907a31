//! Private PostgreSQL and RabbitMQ servers for tests and for `cargo xtask stack`.
//!
//! Every server listens on 127.0.0.1 only, on ports of its own, with random passwords, under a
//! [`Run`]: a folder that knows its processes. When the owner of a run ends, however it ends, its
//! servers end with it; what even that misses, the next run ends. A process that is not provably
//! ours is never touched, nor is any server of the machine.
//!
//! For tests and tools: it blocks, and it panics nowhere. No schema, no topology, no knowledge of
//! OrderFlow; who needs those brings them.

mod account;
mod http;
mod install;
mod ports;
mod postgres;
mod process;
mod programs;
mod rabbitmq;
mod run;

pub use account::barrier;
pub use postgres::Postgres;
pub use programs::{Program, Programs};
pub use rabbitmq::RabbitMq;
pub use run::{Run, password};

/// The superuser of a PostgreSQL server: `postgres://USER:PASSWORD@127.0.0.1:PORT/postgres`.
pub const POSTGRES_URL: &str = "ORDERFLOW_TEST_POSTGRES_URL";
/// The administrator of a RabbitMQ server by AMQP: `amqp://USER:PASSWORD@127.0.0.1:PORT/%2f`.
pub const AMQP_URL: &str = "ORDERFLOW_TEST_AMQP_URL";
/// The same by the management interface: `http://USER:PASSWORD@127.0.0.1:PORT`.
pub const RABBITMQ_URL: &str = "ORDERFLOW_TEST_RABBITMQ_URL";
