//! The service under test, and what it is asked and told.

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, Response, header};
use engine::{Outcome, Version};
use http_body_util::BodyExt;
use kernel::{Account, Cause, Clock, ConstantIds, EventId, Ids, ManualClock, Timestamp, Uuid};
use messaging::in_process::InProcessBroker;
use messaging::{Event, EventDraft, Failure, Subscription, Unit};
use order::models::{Order, OrderId, PaymentWindow};
use order::repository::OrderRows;
use order::repository::sqlite::{SqliteOrders, migrations};
use order::{Config, Ports, Service, build};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use storage::sqlite::Sqlite;
use storage::{Backend, CommitError, Operations, Story, Write, Writer};
use tower::ServiceExt;

/// Every table that an order is written to.
pub const TABLES: [&str; 5] = ["orders", "order_lines", "timeline", "outbox", "idempotency_keys"];
pub const PAYMENT: &str = "0192f0c1-2b3c-7d4e-8f50-617283940a1c";

/// A database that can go away for commits.
struct MayBeAway {
    database: Box<dyn Backend<OrderRows>>,
    away: Arc<AtomicBool>,
}

#[async_trait]
impl Backend<OrderRows> for MayBeAway {
    async fn commit(
        &mut self,
        batch: Arc<[Write<OrderRows>]>,
        again: bool,
    ) -> Result<Vec<Outcome>, CommitError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(CommitError::Unavailable("away".into()));
        }
        self.database.commit(batch, again).await
    }
}

pub struct House {
    pub database: Sqlite,
    pub clock: Arc<ManualClock>,
    pub service: Service,
    ports: Ports,
    away: Arc<AtomicBool>,
    writer: Writer<OrderRows>,
}

/// What a client was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub replayed: bool,
    pub location: Option<String>,
    pub retry_after: Option<String>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The id of the order that was created.
    pub fn id(&self) -> Uuid {
        assert_eq!(self.status, 201, "{}", self.text);
        self.json()["id"].as_str().unwrap().parse().unwrap()
    }
}

impl House {
    pub fn new() -> Self {
        Self::with_room_for(1_000)
    }

    /// A house that lets so many events wait for the broker.
    pub fn with_room_for(pending_events_max: u64) -> Self {
        let start: Timestamp = "2026-11-22T05:04:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let ids: Arc<dyn Ids> = Arc::new(ConstantIds::new(start));
        let database = Sqlite::in_memory(migrations()).unwrap();
        let away = Arc::new(AtomicBool::new(false));
        let backend = MayBeAway { database: Box::new(database.backend()), away: away.clone() };
        let writer = Writer::start(Box::new(backend), database.pulse());
        let ports = Ports {
            orders: Arc::new(SqliteOrders::new(database.clone(), writer.clone(), ids.clone())),
            inbox: Arc::new(database.clone()),
            broker: Arc::new(InProcessBroker::new()),
            clock: clock.clone(),
            ids,
        };
        let service = build(config(pending_events_max), ports.clone());
        Self { database, clock, service, ports, away, writer }
    }

    /// The same house behind a service that draws other ids.
    pub fn with_ids(&self, ids: impl Ids + 'static) -> Service {
        build(config(1_000), Ports { ids: Arc::new(ids), ..self.ports.clone() })
    }

    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        answer(self.service.routes.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.ask(Request::get(path).body(Body::empty()).unwrap()).await;
        (answer.status, answer.json())
    }

    pub async fn place(&self, key: &str, body: &Value) -> Answer {
        self.ask(request(key, body)).await
    }

    /// Asks for an order to be called off.
    pub async fn cancel(&self, key: &str, order: Uuid, body: &Value) -> Answer {
        self.ask(post(&format!("/v1/orders/{order}/cancel"), key, body)).await
    }

    /// Places the usual order.
    pub async fn placed(&self) -> Uuid {
        self.place("key-1", &draft()).await.id()
    }

    /// What the handler makes of events.
    pub async fn told(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        self.service.consumer.handler.handle(events).await
    }

    pub async fn subscribe(&self) -> Box<dyn Subscription> {
        self.ports.broker.subscribe(self.service.consumer.queue).await.unwrap()
    }

    /// Events through the broker, drained together.
    pub async fn deliver(&self, subscription: &mut dyn Subscription, events: &[Event]) {
        let unit = |event: &Event| Unit {
            routing_key: event.routing_key.clone(),
            message_id: event.id.uuid(),
            body: event.body.clone().into(),
        };
        let (published, handled) = tokio::join!(
            self.ports.broker.publish(events.iter().map(unit).collect()),
            self.service.consumer.run_once(subscription)
        );
        assert_eq!((published.unwrap().len(), handled.unwrap()), (events.len(), events.len()));
    }

    pub async fn order(&self, id: Uuid) -> Order {
        let found = self.ports.orders.find(&Account::default(), OrderId(id)).await.unwrap();
        found.unwrap().state
    }

    /// An order's status by name.
    pub async fn status(&self, id: Uuid) -> &'static str {
        self.order(id).await.status.as_str()
    }

    pub async fn story(&self, id: Uuid) -> Story {
        self.database.story(id).await.unwrap()
    }

    /// Names of an order's facts, in order.
    pub async fn facts(&self, id: Uuid) -> Vec<String> {
        self.story(id).await.timeline.into_iter().map(|row| row.what).collect()
    }

    /// Rows in each of [`TABLES`].
    pub async fn rows(&self) -> Vec<u64> {
        let mut counts = Vec::new();
        for table in TABLES {
            counts.push(self.count(table).await);
        }
        counts
    }

    pub async fn count(&self, table: &str) -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.database.read(move |c| c.query_row(&sql, [], |row| row.get(0))).await.unwrap()
    }

    pub async fn execute(&self, sql: String) {
        self.database.write(move |c| c.execute_batch(&sql)).await.unwrap();
    }

    /// The database's thread dies, as a process or a disk does.
    pub async fn lose_database(&self) {
        let died = self.database.write(|_| -> Result<(), _> { panic!("the database dies here") });
        assert!(died.await.is_err());
    }

    /// Everything that was handed to the database before is there or refused after this.
    pub async fn settle(&self) {
        let nothing = Write {
            id: self.ports.ids.uuid(),
            aggregate: self.ports.ids.uuid(),
            subject: Uuid::nil(),
            expected: Version::default(),
            guards: vec![],
            rows: None,
            timeline: vec![],
            events: vec![],
            jobs: vec![],
            at: self.clock.now(),
        };
        assert_eq!(self.writer.commit(vec![nothing]).await, [Outcome::Done]);
        self.database.ping().await.unwrap();
    }

    /// What holds of an order whatever happened.
    pub async fn check(&self, id: Uuid) {
        let found = self.ports.orders.find(&Account::default(), OrderId(id)).await.unwrap();
        let story = self.story(id).await;
        let versions: Vec<u32> = story.timeline.iter().map(|row| row.version).collect();
        let expected: Vec<u32> = (1..=found.unwrap().version.0).collect();
        assert_eq!(versions, expected, "{:?}", story.timeline);
        let told: Vec<_> =
            story.outbox.iter().map(|e| (e.routing_key.as_str(), e.sequence)).collect();
        let wishes = story.timeline.iter().filter(|row| row.what == "order_cancel_requested");
        let mut expected = vec![("order.created", 1)];
        expected.extend(wishes.map(|row| ("order.cancel.requested", row.version)));
        assert_eq!(told, expected, "each told once, whatever follows");
        assert_eq!(story.dead_letters, []);
    }
}

fn config(pending_events_max: u64) -> Config {
    let payment_window = PaymentWindow::of_minutes(60).unwrap();
    Config { public_url: "https://toko.id".into(), pending_events_max, payment_window }
}

pub async fn answer(response: Response<Body>) -> Answer {
    let text_of =
        |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (location, retry_after) = (text_of("location"), text_of("retry-after"));
    let replayed = text_of("idempotent-replayed").as_deref() == Some("true");
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status, replayed, location, retry_after, text }
}

pub fn request(key: &str, body: &Value) -> Request<Body> {
    post("/v1/orders", key, body)
}

fn post(path: &str, key: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .header("x-request-id", "req-1")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// The usual order.
pub fn draft() -> Value {
    json!({
        "customer": { "name": "Budi Santoso", "email": "budi@example.com" },
        "lines": [
            { "sku": "KOPI", "name": "Kopi Gayo", "quantity": 2, "unit_price": 80_000 },
            { "sku": "ONGKIR", "name": "Ongkos kirim", "quantity": 1, "unit_price": 25_000 },
        ],
    })
}

/// The usual order under a merchant reference.
pub fn draft_as(reference: &str) -> Value {
    let mut body = draft();
    body["reference"] = json!(reference);
    body
}

/// `payment.status.updated` about an order; `n` names the event.
pub fn payment(order: Uuid, n: u128, status: &str, sequence: u32) -> Event {
    let data = json!({
        "payment_id": PAYMENT, "order_id": order.to_string(), "payment_status": status,
        "payment_method": "qris", "total_amount": 185_000, "currency": "IDR",
    });
    event(order, n, "payment.status.updated.v1", sequence, &data)
}

pub fn event(order: Uuid, n: u128, event_type: &str, sequence: u32, data: &Value) -> Event {
    let draft = EventDraft {
        id: EventId(Uuid::from_u128(n)),
        source: "/orderflow/payment",
        event_type,
        subject: order,
        account: &Account::default(),
        time: "2026-11-22T05:05:00Z".parse().unwrap(),
        sequence,
        cause: &Cause::begin("req-1", "api"),
        data,
    };
    Event::parse("payment.status.updated", &draft.to_json()).unwrap()
}

/// Polls a future so often and drops it where it stands: a client that hangs up, a process that
/// dies. `None`: it had not ended.
pub async fn cut<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
