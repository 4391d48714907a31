//! Two services and a broker between them that loses on command. Consumers run by themselves, the
//! rest step by step, by a clock that only the test moves.

use crate::fakes::TestWorld;
use crate::sqlite::world;
use async_trait::async_trait;
use contracts::storage::{Database, Draft, KEY, SOURCE, Table, at, consumed, happened, id};
use contracts::wait::soon;
use engine::Outcome;
use kernel::{Clock, Ids, ManualClock, TimeOrderedIds};
use messaging::in_process::InProcessBroker;
use messaging::manifest::{Announcer, AnnouncerPorts, Bookkeeper, Producer};
use messaging::{
    Broker, BrokerError, Consumer, Event, Failure, Handler, Published, Queue, Relay, StepError,
    Subscription, Unit, unpack,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) const MANIFEST: &str = "counter.manifest";
pub(crate) const ASK: &str = "counter.resend.requested";
pub(crate) const REQUEST_TYPE: &str = "outbox.resend.requested.v1";
const SHOP: Queue = Queue { name: "shop.requests", bindings: &[ASK] };
const TILL: Queue = Queue { name: "till.counters", bindings: &[KEY, MANIFEST] };

/// Confirms everything; what is of a lost topic goes nowhere.
#[derive(Default)]
pub(crate) struct LossyBroker {
    inner: InProcessBroker,
    lost: Mutex<Option<&'static str>>,
    refused: Mutex<Option<&'static str>>,
    published: Mutex<Vec<Unit>>,
}

impl LossyBroker {
    pub(crate) fn lose(&self, key: &'static str) {
        *self.lost.lock().unwrap() = Some(key);
    }

    pub(crate) fn lose_nothing(&self) {
        (*self.lost.lock().unwrap(), *self.refused.lock().unwrap()) = (None, None);
    }

    pub(crate) fn refuse(&self, key: &'static str) {
        *self.refused.lock().unwrap() = Some(key);
    }

    /// How often event `n` was published.
    pub(crate) fn times(&self, n: u128) -> usize {
        let published = self.published.lock().unwrap();
        let events = published.iter().flat_map(|unit| unpack(&unit.routing_key, &unit.body));
        events.filter(|event| event.as_ref().unwrap().id.uuid() == id(n)).count()
    }

    pub(crate) fn manifests(&self) -> usize {
        self.of(MANIFEST)
    }

    /// The last manifest, as received.
    pub(crate) fn manifest(&self) -> Event {
        let published = self.published.lock().unwrap();
        let last = published.iter().rfind(|unit| unit.routing_key == MANIFEST).unwrap();
        unpack(MANIFEST, &last.body).remove(0).unwrap()
    }

    fn of(&self, key: &str) -> usize {
        self.published.lock().unwrap().iter().filter(|unit| unit.routing_key == key).count()
    }
}

#[async_trait]
impl Broker for LossyBroker {
    async fn publish(&self, units: Vec<Unit>) -> Result<Vec<Published>, BrokerError> {
        let (lost, refused) = (*self.lost.lock().unwrap(), *self.refused.lock().unwrap());
        let mut published = Vec::new();
        for unit in units {
            let key = Some(unit.routing_key.as_str());
            self.published.lock().unwrap().push(unit.clone());
            published.push(match () {
                () if key == refused => Published::Refused("full".to_owned()),
                () if key == lost => Published::Confirmed,
                () => self.inner.publish(vec![unit]).await?.remove(0),
            });
        }
        Ok(published)
    }

    async fn subscribe(&self, queue: Queue) -> Result<Box<dyn Subscription>, BrokerError> {
        self.inner.subscribe(queue).await
    }
}

/// Creates a counter for each event, and fails those that it is told to.
struct Count {
    world: TestWorld,
    failures: Mutex<HashMap<u128, Failure>>,
}

#[async_trait]
impl Handler for Count {
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        let mut answers = Vec::new();
        for event in events {
            let n = event.id.uuid().as_u128();
            let failure = self.failures.lock().unwrap().get(&n).cloned();
            answers.push(match failure {
                Some(failure) => Err(failure),
                None => self.count(n, event).await,
            });
        }
        answers
    }
}

impl Count {
    async fn count(&self, n: u128, event: &Event) -> Result<(), Failure> {
        let draft = Draft::create(n).guard(consumed(TILL.name, event));
        match self.world.commit(draft).await {
            Outcome::Done | Outcome::AlreadyDone(_) => Ok(()),
            other => Err(Failure::permanent(format!("{other:?}"))),
        }
    }
}

/// The producing and the consuming service, and what is between them.
pub(crate) struct Shop {
    pub(crate) broker: Arc<LossyBroker>,
    pub(crate) producer: TestWorld,
    pub(crate) till: TestWorld,
    /// What the consumer has its events handled by.
    pub(crate) bookkeeper: Arc<Bookkeeper>,
    clock: Arc<ManualClock>,
    handler: Arc<Count>,
    announcer: Announcer,
    _stop: DropGuard,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_till_started_at(0).await
    }

    /// With a consumer that first started then.
    pub(crate) async fn open_till_started_at(second: u64) -> Self {
        let (producer, till) = (Arc::new(world().await), Arc::new(world().await));
        let (broker, clock) = (Arc::new(LossyBroker::default()), Arc::new(ManualClock::new(at(0))));
        broker.inner.declare(Queue { name: "nobody", bindings: &["counter.other"] });
        let handler = Arc::new(Count { world: till.clone(), failures: Mutex::default() });
        let stop = CancellationToken::new();
        let desk = Desk { broker: broker.clone(), clock: clock.clone(), stop: stop.clone() };
        let first_start = till.database.inventory().first_start(TILL.name, at(second)).await;
        let bookkeeper = Arc::new(Bookkeeper {
            source: "/till",
            first_start: first_start.unwrap(),
            ..desk.bookkeeper(&till, TILL, handler.clone())
        });
        desk.consume(&till, TILL, bookkeeper.clone());
        let requests = desk.bookkeeper(&producer, SHOP, handler.clone());
        desk.consume(&producer, SHOP, Arc::new(requests));
        let announcer = announcer(&producer, &broker, &clock);
        let _stop = stop.drop_guard();
        Self { broker, producer, till, bookkeeper, clock, handler, announcer, _stop }
    }

    /// Another instance's.
    pub(crate) fn announcer(&self) -> Announcer {
        announcer(&self.producer, &self.broker, &self.clock)
    }

    pub(crate) fn fail(&self, n: u128, passes: bool) {
        let failure =
            if passes { Failure::transient("not yet") } else { Failure::permanent("never") };
        self.handler.failures.lock().unwrap().insert(n, failure);
    }

    /// Records these events now.
    pub(crate) async fn record(&self, events: &[u128]) {
        let now = self.clock.now();
        let draft = |n: &u128| Draft::create(*n).tell_this(happened(KEY, *n, now));
        self.producer.done(events.iter().map(draft)).await;
    }

    /// Records these events now, and sends them.
    pub(crate) async fn sell(&self, events: &[u128]) {
        self.record(events).await;
        self.send().await;
    }

    /// What the producer's relays do, and then the consumer's.
    pub(crate) async fn send(&self) {
        for outbox in [
            self.till.database.outbox(),
            self.producer.database.outbox(),
            self.producer.database.resends(),
        ] {
            let ids: Arc<dyn Ids> = Arc::new(TimeOrderedIds);
            let wake = Arc::new(Notify::new());
            let relay = Relay::new(outbox, self.broker.clone(), self.clock.clone(), ids, wake);
            soon(relay.run_once()).await.unwrap();
        }
    }

    pub(crate) async fn publish(&self, key: &str, body: String) {
        let unit = Unit {
            routing_key: key.to_owned(),
            message_id: TimeOrderedIds.uuid(),
            body: body.into(),
        };
        soon(self.broker.publish(vec![unit])).await.unwrap();
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn announce(&mut self) -> Result<usize, StepError> {
        soon(self.announcer.run_once()).await
    }

    /// One turn: a manifest, and what comes of it.
    pub(crate) async fn half_a_minute(&mut self) {
        self.pass(30);
        self.announce().await.unwrap();
        self.send().await;
    }

    /// Events that wait in the producer's outbox.
    pub(crate) async fn sold_out(&self) -> u64 {
        self.producer.database.operations().backlog().await.unwrap().outbox_pending
    }

    /// Events in the consumer's inbox.
    pub(crate) async fn heard(&self) -> u64 {
        self.till.database.count(Table::Inbox).await
    }

    /// Requests that the consumer has sent.
    pub(crate) fn requests(&self) -> usize {
        self.broker.of(ASK)
    }
}

fn announcer(
    producer: &TestWorld,
    broker: &Arc<LossyBroker>,
    clock: &Arc<ManualClock>,
) -> Announcer {
    let producer_name = Producer { source: SOURCE, manifest_key: MANIFEST, resend_key: ASK };
    Announcer::new(
        producer_name,
        AnnouncerPorts {
            tally: producer.database.tally(),
            broker: broker.clone(),
            clock: clock.clone(),
            ids: Arc::new(TimeOrderedIds),
        },
    )
}

/// What both services stand on.
struct Desk {
    broker: Arc<LossyBroker>,
    clock: Arc<ManualClock>,
    stop: CancellationToken,
}

impl Desk {
    fn bookkeeper(&self, world: &TestWorld, queue: Queue, handler: Arc<Count>) -> Bookkeeper {
        Bookkeeper {
            source: SOURCE,
            consumer: queue.name,
            bindings: queue.bindings,
            first_start: at(0),
            handler,
            inventory: world.database.inventory(),
            tally: world.database.tally(),
            clock: self.clock.clone(),
            ids: Arc::new(TimeOrderedIds),
        }
    }

    fn consume(&self, world: &TestWorld, queue: Queue, handler: Arc<Bookkeeper>) {
        self.broker.inner.declare(queue);
        let consumer = Consumer {
            name: queue.name,
            queue,
            broker: self.broker.clone(),
            inbox: world.database.inbox(),
            handler,
            clock: self.clock.clone(),
        };
        tokio::spawn(Arc::new(consumer).run(self.stop.clone()));
    }
}
