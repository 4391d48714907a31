//! The service under test, and what it is told.

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, Response};
use engine::jobs::Runner;
use http_body_util::BodyExt;
use kernel::{Account, Cause, ConstantIds, EventId, Ids, ManualClock, Timestamp, Uuid};
use messaging::in_process::InProcessBroker;
use messaging::{Broker, Event, EventDraft, Failure, Subscription, Unit};
use notification::models::{Message, OrderId};
use notification::repository::sqlite::{SqliteContacts, SqliteMessages, migrations};
use notification::usecase::ports::{Channel, ChannelError, ListQuery, Messages, OutgoingMail};
use notification::{Config, Ports, Service, build};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::sqlite::Sqlite;
use tower::ServiceExt;

pub const ORDER: Uuid = Uuid::from_u128(0x0192_f0c1_2b3c_7d4e_8f50_6172_8394_0a1b);
pub const PAYMENT: &str = "0192f0c1-2b3c-7d4e-8f50-617283940a1c";

/// A channel that answers as told, and takes everything once nothing is left to tell.
#[derive(Default)]
pub struct ScriptedChannel {
    pub answers: Mutex<VecDeque<Result<(), ChannelError>>>,
    pub taken: Mutex<Vec<OutgoingMail>>,
}

#[async_trait]
impl Channel for ScriptedChannel {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), ChannelError> {
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(()));
        if answer.is_ok() {
            self.taken.lock().unwrap().push(mail.clone());
        }
        answer
    }
}

pub struct House {
    pub database: Sqlite,
    pub clock: Arc<ManualClock>,
    pub channel: Arc<ScriptedChannel>,
    pub broker: Arc<InProcessBroker>,
    pub messages: Arc<SqliteMessages>,
    pub service: Service,
    pub runner: Runner,
}

impl House {
    pub fn new() -> Self {
        let start: Timestamp = "2026-11-22T05:04:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let ids: Arc<dyn Ids> = Arc::new(ConstantIds::new(start));
        let database = Sqlite::in_memory(migrations()).unwrap();
        let writer = database.writer();
        let contacts = Arc::new(SqliteContacts::new(database.clone(), writer.clone(), ids.clone()));
        let messages = Arc::new(SqliteMessages::new(database.clone(), writer, ids.clone()));
        let channel = Arc::new(ScriptedChannel::default());
        let broker = Arc::new(InProcessBroker::new());
        let config = Config { public_url: "https://toko.id".into(), mailbox: true };
        let ports = Ports {
            contacts,
            messages: messages.clone(),
            inbox: Arc::new(database.clone()),
            channel: channel.clone(),
            broker: broker.clone(),
            clock: clock.clone(),
            ids,
        };
        let service = build(config, ports);
        let runner = Runner::new(
            Arc::new(database.clone()),
            clock.clone(),
            service.works.clone(),
            database.pulse().jobs.clone(),
            8,
        );
        Self { database, clock, channel, broker, messages, service, runner }
    }

    /// What the handler makes of events.
    pub async fn told(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        self.service.consumer.handler.handle(events).await
    }

    /// A house that was told of an order and then of its payment.
    pub async fn with(status: &str) -> Self {
        let house = Self::new();
        let results = house.told(&[order(ORDER, 1), payment(status, 2)]).await;
        assert_eq!(results, [Ok(()), Ok(())]);
        house
    }

    pub async fn subscribe(&self) -> Box<dyn Subscription> {
        self.broker.subscribe(self.service.consumer.queue).await.unwrap()
    }

    /// One event through the broker.
    pub async fn deliver(&self, subscription: &mut dyn Subscription, event: &Event) {
        let unit = Unit {
            routing_key: event.routing_key.clone(),
            message_id: event.id.uuid(),
            body: event.body.clone().into(),
        };
        let (published, handled) = tokio::join!(
            self.broker.publish(vec![unit]),
            self.service.consumer.run_once(subscription)
        );
        assert_eq!((published.unwrap().len(), handled.unwrap()), (1, 1));
    }

    /// Runs due jobs, `after` this long.
    pub async fn work(&self, after: Duration) -> usize {
        self.clock.advance(after);
        self.runner.run_once().await.unwrap()
    }

    pub fn channel_says(&self, answer: ChannelError) {
        self.channel.answers.lock().unwrap().push_back(Err(answer));
    }

    pub fn taken(&self) -> Vec<OutgoingMail> {
        self.channel.taken.lock().unwrap().clone()
    }

    /// All messages, newest first.
    pub async fn all(&self) -> Vec<Message> {
        let query = ListQuery {
            account: Account::default(),
            order: Some(OrderId(ORDER)),
            status: None,
            after: None,
            limit: 100,
        };
        self.messages.list(&query).await.unwrap().into_iter().map(|m| m.state).collect()
    }

    pub async fn only(&self) -> Message {
        let [message] = self.all().await.try_into().unwrap();
        message
    }

    pub async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.service.routes.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.ask(Request::get(path).body(Body::empty()).unwrap()).await;
        let status = response.status().as_u16();
        (status, serde_json::from_str(&text(response).await).unwrap())
    }
}

pub async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// `order.created` of an order; `n` names the event.
pub fn order(order: Uuid, n: u128) -> Event {
    let data = json!({
        "order_id": order.to_string(), "reference": "INV-1", "email": "budi@example.com",
        "customer_name": "Budi Santoso", "locale": "id", "total_amount": 185_000,
        "currency": "IDR", "lines": [],
    });
    event("order", "order.created", order, n, 1, &data)
}

/// `payment.status.updated` of [`ORDER`]; `n` names the event and is its sequence.
pub fn payment(status: &str, n: u128) -> Event {
    payment_as(status, n, u32::try_from(n).unwrap())
}

pub fn payment_as(status: &str, n: u128, sequence: u32) -> Event {
    event("payment", "payment.status.updated", ORDER, n, sequence, &payment_data(status))
}

/// What `payment.status.updated` says about [`ORDER`].
pub fn payment_data(status: &str) -> Value {
    json!({
        "payment_id": PAYMENT, "order_id": ORDER.to_string(), "payment_status": status,
        "payment_method": "qris", "total_amount": 185_000, "currency": "IDR",
    })
}

pub fn event(from: &str, key: &str, order: Uuid, n: u128, sequence: u32, data: &Value) -> Event {
    let draft = EventDraft {
        id: EventId(Uuid::from_u128(n)),
        source: &format!("/orderflow/{from}"),
        event_type: &format!("{key}.v1"),
        subject: order,
        account: &Account::default(),
        time: "2026-11-22T05:04:00Z".parse().unwrap(),
        sequence,
        cause: &Cause::begin("req-1", "api"),
        data,
    };
    Event::parse(key, &draft.to_json()).unwrap()
}
