//! Wiring of the notification service: ports in, routes, handler and work out. Knows no adapter.

use crate::broker::{Incoming, QUEUE};
use crate::controllers::Api;
use crate::models::Contact;
use crate::routes::{mailbox, routes};
use crate::usecase::ports::{Channel, Messages};
use crate::usecase::{NoteContact, NotifyCustomer, ResendMessage, SendMessage};
use axum::Router;
use engine::Store;
use engine::jobs::Work;
use kernel::{Clock, Ids};
use messaging::{Broker, Consumer, Inbox};
use std::sync::Arc;

/// What the service needs to be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where customers reach the pay page, without a slash at the end.
    pub public_url: String,
    /// Whether to show what was sent at `/mailbox`: for trying out, not for strangers.
    pub mailbox: bool,
}

/// What the service stands on.
#[derive(Clone)]
pub struct Ports {
    /// Whom to tell, in its database.
    pub contacts: Arc<dyn Store<Contact>>,
    /// What is told, in the same database.
    pub messages: Arc<dyn Messages>,
    /// The inbox in the same database.
    pub inbox: Arc<dyn Inbox>,
    /// The way out.
    pub channel: Arc<dyn Channel>,
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
    /// Its outside work, for the job runner.
    pub works: Vec<Arc<dyn Work>>,
}

/// Builds the service.
pub fn build(config: Config, ports: Ports) -> Service {
    let Ports { contacts, messages, inbox, channel, broker, clock, ids } = ports;
    let note = NoteContact::new(contacts.clone(), clock.clone(), ids.clone());
    let notify = NotifyCustomer {
        contacts,
        messages: messages.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        public_url: config.public_url,
    };
    let consumer = Consumer {
        name: QUEUE.name,
        queue: QUEUE,
        broker,
        inbox,
        handler: Arc::new(Incoming { note, notify }),
        clock: clock.clone(),
    };
    let send = SendMessage::new(messages.clone(), channel, clock.clone(), ids.clone());
    let resend = ResendMessage::new(messages.clone(), clock, ids);
    let api = Arc::new(Api { resend, messages });
    let mut endpoints = routes(api.clone());
    if config.mailbox {
        endpoints = endpoints.merge(mailbox(api));
    }
    Service { routes: endpoints, consumer: Arc::new(consumer), works: vec![Arc::new(send)] }
}
