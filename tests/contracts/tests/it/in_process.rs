//! The in-process broker under the suite.

use async_trait::async_trait;
use contracts::broker::{BrokerFeatures, BrokerHarness};
use messaging::in_process::{InProcessBroker, QUEUE_UNITS_MAX};
use messaging::{Broker, Queue};
use std::sync::Arc;

pub(crate) struct InProcess;

#[async_trait]
impl BrokerHarness for InProcess {
    async fn fresh(&self, queues: &[Queue]) -> Arc<dyn Broker> {
        let broker = InProcessBroker::new();
        queues.iter().for_each(|queue| broker.declare(*queue));
        Arc::new(broker)
    }

    fn features(&self) -> BrokerFeatures {
        BrokerFeatures {
            confirms_after_consumer_ack: true,
            withdraws_dropped_publish: true,
            subscribing_declares_the_queue: true,
            queue_units_max: Some(QUEUE_UNITS_MAX),
            returns_to_the_front: true,
            delivers_on_demand: true,
        }
    }
}
