//! Events into the notification service: the only room that knows wire types of events. It tells
//! other services nothing yet, so there is no way out.

mod incoming;

pub use incoming::{Incoming, QUEUE};
