//! Events in and out of the payment service: the only room that knows wire types of events.

mod incoming;
pub mod outgoing;

pub use incoming::{Incoming, QUEUE};
