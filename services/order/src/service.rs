//! Wiring of the order service: ports in, routes and handler out. Knows no adapter.

use crate::broker::{Incoming, QUEUE};
use crate::controllers::Api;
use crate::models::PaymentWindow;
use crate::routes::routes;
use crate::usecase::ports::Orders;
use crate::usecase::{ApplyPayment, CancelOrder, PlaceOrder};
use axum::Router;
use kernel::{Clock, Ids};
use messaging::{Broker, Consumer, Inbox};
use std::sync::Arc;

/// What the service needs to be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where customers reach the pay page, without a slash at the end.
    pub public_url: String,
    /// Orders are refused while more events than this wait for the broker.
    pub pending_events_max: u64,
    /// How long an order can be paid whose creator does not say.
    pub payment_window: PaymentWindow,
}

/// What the service stands on.
#[derive(Clone)]
pub struct Ports {
    /// Its database.
    pub orders: Arc<dyn Orders>,
    /// The inbox in the same database.
    pub inbox: Arc<dyn Inbox>,
    /// Events.
    pub broker: Arc<dyn Broker>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

/// The service, built and not running.
pub struct Service {
    /// Its HTTP endpoints.
    pub routes: Router,
    /// Its consumer.
    pub consumer: Arc<Consumer>,
}

/// Builds the service.
pub fn build(config: Config, ports: Ports) -> Service {
    let Ports { orders, inbox, broker, clock, ids } = ports;
    let apply = ApplyPayment::new(orders.clone(), clock.clone(), ids.clone());
    let consumer = Consumer {
        name: QUEUE.name,
        queue: QUEUE,
        broker,
        inbox,
        handler: Arc::new(Incoming(apply)),
        clock: clock.clone(),
    };
    let Config { public_url, pending_events_max, payment_window } = config;
    let cancel_order = CancelOrder::new(orders.clone(), clock.clone(), ids.clone());
    let place_order = PlaceOrder::new(orders.clone(), clock, ids, pending_events_max);
    let api = Api { place_order, cancel_order, orders, public_url, payment_window };
    Service { routes: routes(Arc::new(api)), consumer: Arc::new(consumer) }
}
