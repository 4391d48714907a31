//! Wiring of the payment service: ports in, routes, handler and work out. Knows no adapter.

use crate::broker::{Incoming, QUEUE};
use crate::controllers::Api;
use crate::gateway::Witness;
use crate::routes::routes;
use crate::usecase::ports::{PaymentGateway, Payments};
use crate::usecase::{
    AskRefund, CallOffPayment, CheckStatus, CreatePage, Desk, EndAttempt, GiveBack, NoteExchanges,
    OpenPayment, ReceiveCallback, ResolveItem, ReviewItem, Sync, TellReview, WAITING_MAX,
};
use axum::Router;
use engine::jobs::Work;
use kernel::{Clock, Ids};
use messaging::{Broker, Consumer, Inbox};
use std::sync::Arc;
use tokio::sync::mpsc::channel;

/// What the service needs to be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where customers reach the pay page, without a slash at the end.
    pub public_url: String,
}

/// What the service stands on.
#[derive(Clone)]
pub struct Ports {
    /// Its database.
    pub payments: Arc<dyn Payments>,
    /// The inbox in the same database.
    pub inbox: Arc<dyn Inbox>,
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
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
    /// Its outside work.
    pub works: Vec<Arc<dyn Work>>,
    /// What stores the evidence of that work. Stopped after it, it stores all of it.
    pub notes: Arc<NoteExchanges>,
}

/// Builds the service.
pub fn build(config: Config, mut ports: Ports) -> Service {
    let (notes, noted) = channel(WAITING_MAX);
    let witness = Witness::new(ports.gateway, notes, ports.clock.clone(), ports.ids.clone());
    ports.gateway = Arc::new(witness);
    let works = works(&ports);
    let Ports { payments, inbox, gateway, broker, clock, ids } = ports;
    let notes = NoteExchanges::new(payments.clone(), noted, clock.clone());
    let open = OpenPayment::new(payments.clone(), clock.clone(), ids.clone());
    let call_off =
        CallOffPayment { payments: payments.clone(), clock: clock.clone(), ids: ids.clone() };
    let consumer = Consumer {
        name: QUEUE.name,
        queue: QUEUE,
        broker,
        inbox,
        handler: Arc::new(Incoming { open, call_off }),
        clock: clock.clone(),
    };
    let api = Api {
        receive_callback: ReceiveCallback::new(payments.clone(), gateway, clock.clone()),
        ask_refund: AskRefund {
            payments: payments.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        },
        sync: Sync { payments: payments.clone(), clock: clock.clone(), ids: ids.clone() },
        review_item: ReviewItem {
            payments: payments.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        },
        resolve_item: ResolveItem { payments: payments.clone(), clock: clock.clone(), ids },
        payments,
        clock,
        public_url: config.public_url,
    };
    Service {
        routes: routes(Arc::new(api)),
        consumer: Arc::new(consumer),
        works,
        notes: Arc::new(notes),
    }
}

/// Each kind of work that asks the gateway.
fn works(ports: &Ports) -> Vec<Arc<dyn Work>> {
    let Ports { payments, gateway, clock, ids, .. } = ports;
    let desk = Desk {
        payments: payments.clone(),
        gateway: gateway.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    vec![
        Arc::new(CreatePage(desk.clone())),
        Arc::new(CheckStatus(desk.clone())),
        Arc::new(EndAttempt(desk.clone())),
        Arc::new(GiveBack(desk.clone())),
        Arc::new(TellReview(desk)),
    ]
}
