//! The server over real sockets: what a client sees when it, or the service, misbehaves.

mod bounds;
mod ending;
mod harness;
mod logs;
mod problems;
