//! The broker port, put together. No logic of its own.

use crate::config::RabbitConfig;
use crate::deliver::Subscriber;
use crate::line::LinkStates;
use crate::publish::Publisher;
use async_trait::async_trait;
use kernel::Clock;
use messaging::{Broker, BrokerError, Published, Queue, Subscription, Unit};
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};

/// RabbitMQ 3.10 or later. Dropping it says goodbye on both connections.
pub struct RabbitBroker {
    // Dropped first: the tasks hear of the stop before their other ends are gone.
    _stop: DropGuard,
    publisher: Publisher,
    subscriber: Subscriber,
}

impl RabbitBroker {
    /// Starts to connect, for ever, and returns at once: a broker that is down is no reason not to
    /// start. Needs a tokio runtime. `clock` stamps messages for people to read.
    pub fn start(config: RabbitConfig, clock: Arc<dyn Clock>) -> Self {
        let config = Arc::new(config);
        let stop = CancellationToken::new();
        Self {
            publisher: Publisher::start(&config, clock, stop.clone()),
            subscriber: Subscriber::start(&config, stop.clone()),
            _stop: stop.drop_guard(),
        }
    }

    /// How both connections are now.
    pub fn state(&self) -> LinkStates {
        LinkStates { publish: self.publisher.state(), consume: self.subscriber.state() }
    }

    /// What is missing of the exchange and these queues, a sentence each; empty if all is there.
    /// Looks and changes nothing; what we may not look at is not reported. It cannot see that a queue is of
    /// another type, or a missing binding or policy: only the definitions tell
    /// ([`Topology::diff`](crate::topology::Topology::diff)).
    pub async fn check(&self, queues: &[Queue]) -> Result<Vec<String>, BrokerError> {
        self.subscriber.missing(queues).await
    }
}

#[async_trait]
impl Broker for RabbitBroker {
    /// The exchange must be there. Waits a moment for a connection that is down, and errs after
    /// the configured deadline at the latest.
    async fn publish(&self, units: Vec<Unit>) -> Result<Vec<Published>, BrokerError> {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        self.publisher.publish(units).await
    }

    /// The queue must be there: a service may not declare one, and its bindings are not looked at.
    async fn subscribe(&self, queue: Queue) -> Result<Box<dyn Subscription>, BrokerError> {
        Ok(Box::new(self.subscriber.subscribe(queue).await?))
    }
}
