//! The service under test, and what it is told.

use crate::gateway::{AMOUNT, FakeGateway, callback, seen, signed};
use axum::body::Body;
use axum::http::{Request, Response};
use engine::jobs::Runner;
use engine::{Version, Versioned};
use http_body_util::BodyExt;
use kernel::{Account, Cause, Clock, ConstantIds, EventId, Ids, ManualClock, Timestamp, Uuid};
use messaging::in_process::InProcessBroker;
use messaging::{Event, EventDraft, Failure};
use payment::models::{
    AttemptId, Callback, GatewayStatus, Instruction, Instructions, Observation, OrderId, Payment,
    PaymentStatus,
};
use payment::repository::PaymentRows;
use payment::repository::sqlite::{SqlitePayments, migrations};
use payment::usecase::ports::{PaymentJob, Payments};
use payment::{Config, Ports, Service, build};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use storage::sqlite::Sqlite;
use storage::{Operations, Story, Write, Writer};
use tower::ServiceExt;

pub const ORDER: Uuid = Uuid::from_u128(0x0192_f0c1_2b3c_7d4e_8f50_6172_8394_0a1b);
pub const NOW: Duration = Duration::ZERO;
pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const DAY: Duration = Duration::from_secs(86_400);
/// A claimed job is free again after this.
pub const LEASE_OVER: Duration = Duration::from_secs(31);

pub struct House {
    pub database: Sqlite,
    pub clock: Arc<ManualClock>,
    pub gateway: Arc<FakeGateway>,
    pub payments: Arc<dyn Payments>,
    pub service: Service,
    pub runner: Runner,
    writer: Writer<PaymentRows>,
    ids: Arc<dyn Ids>,
}

impl House {
    pub fn new() -> Self {
        let start: Timestamp = "2026-11-22T05:04:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let ids: Arc<dyn Ids> = Arc::new(ConstantIds::new(start));
        let database = Sqlite::in_memory(migrations()).unwrap();
        let writer = database.writer();
        let stored = SqlitePayments::new(database.clone(), writer.clone(), ids.clone());
        let payments: Arc<dyn Payments> = Arc::new(stored);
        let gateway = Arc::new(FakeGateway::default());
        let ports = Ports {
            payments: payments.clone(),
            inbox: Arc::new(database.clone()),
            gateway: gateway.clone(),
            broker: Arc::new(InProcessBroker::new()),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let service = build(Config { public_url: "https://toko.id".into() }, ports);
        let runner = Runner::new(
            Arc::new(database.clone()),
            clock.clone(),
            service.works.clone(),
            database.pulse().jobs.clone(),
            8,
        );
        Self { database, clock, gateway, payments, service, runner, writer, ids }
    }

    /// A house that was told of an order; no page yet.
    pub async fn opened() -> Self {
        let house = Self::new();
        house.open().await;
        house
    }

    /// A house with a page: the customer can pay.
    pub async fn ready() -> Self {
        let house = Self::opened().await;
        assert_eq!(house.work(NOW).await, 1);
        house
    }

    /// A house whose payment was paid with a transaction, as a callback announced.
    pub async fn paid_with(transaction: &str) -> Self {
        let house = Self::ready().await;
        house.hears_the_truth(transaction, GatewayStatus::Settlement).await;
        assert_eq!(house.status().await, PaymentStatus::Paid);
        house
    }

    pub async fn open(&self) {
        assert_eq!(self.told(&[order_created(1)]).await, [Ok(())]);
    }

    /// What the handler makes of events.
    pub async fn told(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        self.service.consumer.handler.handle(events).await
    }

    /// Runs due jobs, `after` this long.
    pub async fn work(&self, after: Duration) -> usize {
        self.clock.advance(after);
        self.runner.run_once().await.unwrap()
    }

    /// The gateway has a transaction of our attempt in this status.
    pub async fn gateway_knows(&self, transaction: &str, status: GatewayStatus) {
        self.gateway.knows(seen(self.attempt().await, transaction, status));
    }

    /// The customer chose a method: the gateway tells how it is to be paid, and until when.
    pub async fn chosen(&self, method: &str, ways: &[Instruction], expires_at: Option<Timestamp>) {
        self.gateway.knows(Observation {
            method: Some(method.to_owned()),
            instructions: Instructions::of(ways.iter().cloned()),
            expires_at,
            ..seen(self.attempt().await, "tx-1", GatewayStatus::Pending)
        });
        assert_eq!(self.callback("tx-1", "pending").await, 200);
        assert_eq!(self.work(NOW).await, 1);
    }

    /// A true callback, and what follows from it.
    pub async fn hears_the_truth(&self, transaction: &str, status: GatewayStatus) {
        self.gateway_knows(transaction, status).await;
        assert_eq!(self.callback(transaction, status.as_str()).await, 200);
        assert_eq!(self.work(NOW).await, 1);
    }

    /// A signed callback about our attempt.
    pub async fn callback(&self, transaction: &str, status: &str) -> u16 {
        let attempt = self.attempt().await.to_string();
        self.post(&signed(callback(&attempt, transaction, status, AMOUNT))).await
    }

    pub async fn post(&self, body: &Value) -> u16 {
        self.post_to("/webhooks/midtrans", body.to_string()).await
    }

    pub async fn post_to(&self, path: &str, body: impl Into<Body>) -> u16 {
        let request = Request::post(path).header("content-type", "application/json");
        let response = self.ask(request.body(body.into()).unwrap()).await;
        assert!(!response.headers().contains_key("location"), "a redirect would lose it");
        response.status().as_u16()
    }

    pub async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.service.routes.clone().oneshot(request).await.unwrap()
    }

    pub async fn open_path(&self, path: &str) -> Response<Body> {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.open_path(path).await;
        let status = response.status().as_u16();
        (status, serde_json::from_str(&text(response).await).unwrap())
    }

    pub async fn find(&self) -> Option<Versioned<Payment>> {
        self.payments.by_order(OrderId(ORDER)).await.unwrap()
    }

    pub async fn payment(&self) -> Payment {
        self.find().await.unwrap().state
    }

    pub async fn status(&self) -> PaymentStatus {
        self.payment().await.status()
    }

    pub async fn attempt(&self) -> AttemptId {
        self.payment().await.attempts[0].id
    }

    pub async fn callbacks(&self) -> Vec<Callback> {
        self.payments.callbacks(100).await.unwrap()
    }

    /// What each callback was worth, newest first.
    pub async fn verdicts(&self) -> Vec<&'static str> {
        let payment = self.payment().await;
        let callbacks = self.callbacks().await;
        callbacks.iter().map(|c| c.verdict(Some(&payment)).as_str()).collect()
    }

    pub async fn story(&self) -> Story {
        self.database.story(ORDER).await.unwrap()
    }

    /// Names of the facts, in order.
    pub async fn facts(&self) -> Vec<String> {
        self.story().await.timeline.into_iter().map(|row| row.what).collect()
    }

    /// Open jobs: kind, and in how many seconds each is due.
    pub async fn all_jobs(&self) -> Vec<(String, f64)> {
        let now = self.clock.now();
        let due = |at: Timestamp| at.duration_since(now).as_secs_f64();
        self.story().await.jobs.into_iter().map(|job| (job.kind, due(job.run_at))).collect()
    }

    /// Open jobs but for what every payment has: the end at its deadline, and the looks after it
    /// has ended.
    pub async fn jobs(&self) -> Vec<(String, f64)> {
        let open = self.find().await.is_none_or(|payment| payment.state.status().is_open());
        let usual = |kind: &str, due: f64| match kind {
            PaymentJob::END_ATTEMPT => true,
            PaymentJob::CHECK_STATUS => !open && due > 0.0,
            _ => false,
        };
        self.all_jobs().await.into_iter().filter(|(kind, due)| !usual(kind, *due)).collect()
    }

    /// The events told, whole, oldest first.
    pub async fn events(&self) -> Vec<Value> {
        let bodies = self.database.read(|connection| {
            let mut select = connection.prepare("SELECT body FROM outbox ORDER BY sequence")?;
            let rows = select.query_map([], |row| row.get::<_, String>(0))?;
            rows.collect::<Result<Vec<_>, _>>()
        });
        bodies.await.unwrap().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }

    /// The statuses told, oldest first.
    pub async fn statuses_told(&self) -> Vec<String> {
        let status = |event: Value| event["data"]["payment_status"].as_str().map(str::to_owned);
        self.events().await.into_iter().filter_map(status).collect()
    }

    pub async fn count(&self, table: &str) -> u64 {
        // The job at the deadline is every payment's.
        let sql = match table {
            "jobs" => "SELECT count(*) FROM jobs WHERE kind <> 'gateway.end_attempt'".to_owned(),
            table => format!("SELECT count(*) FROM {table}"),
        };
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
            id: self.ids.uuid(),
            aggregate: self.ids.uuid(),
            subject: Uuid::nil(),
            expected: Version::default(),
            guards: vec![],
            rows: None,
            timeline: vec![],
            events: vec![],
            jobs: vec![],
            at: self.clock.now(),
        };
        assert_eq!(self.writer.commit(vec![nothing]).await, [engine::Outcome::Done]);
        self.database.ping().await.unwrap();
    }

    /// What holds whatever happened.
    pub async fn check(&self) {
        let story = self.story().await;
        let payment = self.find().await.unwrap();
        let versions: Vec<u32> = story.timeline.iter().map(|row| row.version).collect();
        assert_eq!(versions, (1..=payment.version.0).collect::<Vec<_>>(), "{:?}", story.timeline);
        let sequences: Vec<u32> = story.outbox.iter().map(|event| event.sequence).collect();
        assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");
        assert_eq!(story.dead_letters, []);
        let creating = story.jobs.iter().any(|job| job.kind == PaymentJob::CREATE_PAGE);
        let page = payment.state.current_page().map(|page| page.token.clone());
        if let (false, Some(token)) = (creating, page) {
            assert_eq!(token, self.gateway.live_token(), "the customer would meet a dead page");
        }
        let ends = story.jobs.iter().any(|job| job.kind == PaymentJob::END_ATTEMPT);
        let open = payment.state.status().is_open();
        assert!(!open || ends || payment.state.call_off.is_some(), "an open payment has an end");
        let asked = story.jobs.iter().any(|job| job.kind != PaymentJob::END_ATTEMPT);
        assert!(!open || asked, "open payments are watched");
    }
}

/// Polls a future so often and drops it where it stands: a process that dies, a client that hangs
/// up. `None`: it had not ended.
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

pub async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What `order.created` says about [`ORDER`].
pub fn order() -> Value {
    json!({
        "order_id": ORDER.to_string(), "reference": "INV-1", "email": "budi@example.com",
        "customer_name": "Budi Santoso", "locale": "id", "total_amount": AMOUNT,
        "currency": "IDR",
        "lines": [{ "sku": "KOPI", "name": "Kopi", "quantity": 1, "unit_price": AMOUNT }],
    })
}

/// `order.created` of [`ORDER`]; `n` names the event.
pub fn order_created(n: u128) -> Event {
    order_event(n, ORDER, &order())
}

pub fn order_event(n: u128, order: Uuid, data: &Value) -> Event {
    event_of(n, order, "order.created.v1", data)
}

pub fn event_of(n: u128, order: Uuid, event_type: &str, data: &Value) -> Event {
    let draft = EventDraft {
        id: EventId(Uuid::from_u128(n)),
        source: "/orderflow/order",
        event_type,
        subject: order,
        account: &Account::default(),
        time: "2026-11-22T05:04:00Z".parse().unwrap(),
        sequence: 1,
        cause: &Cause::begin("req-1", "api"),
        data,
    };
    Event::parse("order.created", &draft.to_json()).unwrap()
}
