//! The broker suite: publish, deliver, acknowledge, return.

mod deliver;
mod post;
mod publish;

use async_trait::async_trait;
use messaging::{Broker, Queue};
use std::sync::Arc;

/// The cases, one function each.
pub mod cases {
    crate::broker_contract!(@entries);
}

/// What an adapter may differ in, as far as callers can see it.
#[derive(Debug, Clone, Copy)]
pub struct BrokerFeatures {
    /// It stores nothing, so a publish is confirmed only when every bound queue's consumer has
    /// acknowledged it. Otherwise the queues themselves keep it.
    pub confirms_after_consumer_ack: bool,
    /// Dropping a publish takes back what was not delivered.
    pub withdraws_dropped_publish: bool,
    /// Subscribing makes a queue that is not there. Otherwise it is an error that names the queue.
    pub subscribing_declares_the_queue: bool,
    /// Units that a queue holds before it refuses; `None`: a policy of the server.
    pub queue_units_max: Option<usize>,
    /// What was not acknowledged comes back before what waits, in its old order.
    pub returns_to_the_front: bool,
    /// A unit goes to the subscriber that asks, never ahead of time to one that may ask.
    pub delivers_on_demand: bool,
}

/// Makes brokers for the suite.
#[async_trait]
pub trait BrokerHarness: Sync {
    /// An empty broker with these queues, used by nobody else.
    async fn fresh(&self, queues: &[Queue]) -> Arc<dyn Broker>;

    /// What callers may see of the adapter.
    fn features(&self) -> BrokerFeatures;
}
