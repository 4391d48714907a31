//! The consumer: acknowledged is what is committed, and one bad event costs only itself.

use crate::fakes::{AtAck, ScriptedSubscription, TestWorld};
use crate::sqlite::world;
use async_trait::async_trait;
use contracts::storage::{Database, Draft, KEY, at, consumed, event, id, outgoing};
use contracts::wait::soon;
use engine::{Outcome, StoreError};
use kernel::{ManualClock, Timestamp};
use messaging::in_process::InProcessBroker;
use messaging::{
    Consumer, Event, Failure, Handler, Inbox, Malformed, Postponed, Queue, Unit, Waiting,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub(crate) const NAME: &str = "contracts.consumer";
const QUEUE: Queue = Queue { name: NAME, bindings: &[KEY] };

/// Fails the events that it is told to fail, and commits the inbox rows of the others.
pub(crate) struct ScriptedHandler {
    world: TestWorld,
    failures: Mutex<HashMap<u128, Failure>>,
    /// Gives no answer for events from this position on.
    answers: usize,
    seen: Mutex<Vec<u128>>,
}

#[async_trait]
impl Handler for ScriptedHandler {
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        let mut answers = Vec::new();
        for event in events {
            let n = event.id.uuid().as_u128();
            self.seen.lock().unwrap().push(n);
            let failure = self.failures.lock().unwrap().get(&n).cloned();
            answers.push(match failure {
                Some(failure) => Err(failure),
                None => self.commit(event).await,
            });
        }
        answers.truncate(self.answers);
        answers
    }
}

impl ScriptedHandler {
    async fn commit(&self, event: &Event) -> Result<(), Failure> {
        let draft = Draft::nothing(event.subject.as_u128()).guard(consumed(NAME, event));
        match self.world.commit(draft).await {
            Outcome::Done | Outcome::AlreadyDone(_) => Ok(()),
            other => Err(Failure::permanent(format!("{other:?}"))),
        }
    }
}

pub(crate) fn transient(reason: &str) -> Failure {
    Failure::transient(reason)
}

pub(crate) struct Bench {
    pub(crate) world: TestWorld,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) handler: Arc<ScriptedHandler>,
    pub(crate) consumer: Consumer,
    pub(crate) subscription: ScriptedSubscription,
}

pub(crate) async fn bench(failures: impl IntoIterator<Item = (u128, Failure)>) -> Bench {
    bench_answering(usize::MAX, failures).await
}

async fn bench_answering(
    answers: usize,
    failures: impl IntoIterator<Item = (u128, Failure)>,
) -> Bench {
    let world = Arc::new(world().await);
    let clock = Arc::new(ManualClock::new(at(0)));
    let handler = Arc::new(ScriptedHandler {
        world: world.clone(),
        failures: Mutex::new(failures.into_iter().collect()),
        answers,
        seen: Mutex::default(),
    });
    let consumer = Consumer {
        name: NAME,
        queue: QUEUE,
        broker: Arc::new(InProcessBroker::new()),
        inbox: world.database.inbox(),
        handler: handler.clone(),
        clock: clock.clone(),
    };
    let subscription = ScriptedSubscription::new(&world);
    Bench { world, clock, handler, consumer, subscription }
}

impl Bench {
    /// Has one drain of these bodies handled; tells how many events they were.
    pub(crate) async fn take(&mut self, bodies: impl IntoIterator<Item = String>) -> usize {
        self.subscription.drain(bodies);
        self.consumer.run_once(&mut self.subscription).await.unwrap()
    }

    pub(crate) fn cure(&self, n: u128) {
        self.handler.failures.lock().unwrap().remove(&n);
    }

    /// Each event of order `n` as number and inbox state, by number.
    pub(crate) async fn states(&self, n: u128) -> Vec<(u128, String)> {
        let inbox = self.world.story(n).await.inbox;
        let mut states: Vec<_> =
            inbox.into_iter().map(|i| (i.event_id.uuid().as_u128(), i.state)).collect();
        states.sort();
        states
    }
}

pub(crate) fn body(n: u128) -> String {
    event(n, 1).body
}

/// As the relay packs them.
pub(crate) fn packed(numbers: impl IntoIterator<Item = u128>) -> String {
    format!("[{}]", numbers.into_iter().map(body).collect::<Vec<_>>().join(","))
}

pub(crate) fn pairs(expected: &[(u128, &str)]) -> Vec<(u128, String)> {
    expected.iter().map(|(n, state)| (*n, (*state).to_owned())).collect()
}

#[tokio::test]
async fn acknowledged_is_what_was_committed_before() {
    let mut bench = bench([]).await;
    assert_eq!(bench.take([body(1), packed([2, 3]), body(4)]).await, 4);
    let committed = AtAck { inbox: 4, ..AtAck::default() };
    assert_eq!(bench.subscription.acks, [(3, committed)], "once, up to the last tag");
}

#[tokio::test]
async fn a_failed_event_is_scheduled_before_the_acknowledgement() {
    let mut bench = bench([(2, transient("not yet")), (3, Failure::permanent("never"))]).await;
    bench.take([body(1), body(2), body(3), "{".to_owned()]).await;
    let committed = AtAck { inbox: 3, deferred: 1, letters: 2 };
    assert_eq!(bench.subscription.acks, [(4, committed)]);
}

#[tokio::test]
async fn one_bad_event_of_a_packed_batch_is_scheduled_alone() {
    let mut bench = bench([(2, transient("not yet"))]).await;
    bench.take([packed([1, 2, 3])]).await;
    let expected = [(1, "handled"), (2, "deferred"), (3, "handled")];
    assert_eq!(bench.states(1).await, pairs(&expected));
}

#[tokio::test]
async fn what_is_no_event_is_parked_and_its_neighbours_are_handled() {
    let mut bench = bench([]).await;
    let batch = format!("[{},{{\"no\":\"event\"}},{}]", body(1), body(2));
    assert_eq!(bench.take([batch, "nonsense".to_owned(), body(3)]).await, 3);
    assert_eq!(bench.states(1).await, pairs(&[1, 2, 3].map(|n| (n, "handled"))));
    let letters = bench.world.letters().await;
    let mut bodies: Vec<_> = letters.iter().map(|l| l.body.as_str()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["nonsense", "{\"no\":\"event\"}"]);
    assert!(letters.iter().all(|l| l.origin == NAME && l.reason.contains("not a CloudEvent")));
}

#[tokio::test]
async fn events_of_one_order_are_handled_in_sequence() {
    let mut bench = bench([]).await;
    let event = |n, order, sequence| outgoing(KEY, n, order, sequence).body;
    let bodies = [(1, 7, 3), (2, 8, 1), (3, 7, 1), (4, 7, 2), (5, 8, 2)];
    bench.take(bodies.map(|(n, order, sequence)| event(n, order, sequence))).await;
    assert_eq!(*bench.handler.seen.lock().unwrap(), [3, 4, 1, 2, 5]);
}

#[tokio::test]
async fn a_redelivered_batch_is_acknowledged_and_changes_nothing() {
    let mut bench = bench([(2, transient("not yet"))]).await;
    bench.take([packed([1, 2])]).await;
    bench.cure(2);
    bench.take([packed([1, 2])]).await;
    assert_eq!(bench.states(1).await, pairs(&[(1, "handled"), (2, "handled")]));
    assert_eq!(bench.subscription.acks.len(), 2);
}

#[tokio::test]
async fn an_event_without_an_answer_is_not_taken_for_handled() {
    let mut bench = bench_answering(1, [(2, Failure::permanent("unsaid"))]).await;
    bench.take([body(1), body(2)]).await;
    assert_eq!(bench.states(1).await, pairs(&[(1, "handled"), (2, "deferred")]));
}

/// Cannot write.
struct Away;

#[async_trait]
impl Inbox for Away {
    async fn postpone(
        &self,
        _: &'static str,
        _: Vec<Postponed>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("away".to_owned()))
    }
    async fn park(
        &self,
        _: &'static str,
        _: Vec<Malformed>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("away".to_owned()))
    }
    async fn due(
        &self,
        _: &'static str,
        _: Timestamp,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        Err(StoreError::Unavailable("away".to_owned()))
    }
}

#[tokio::test]
async fn what_cannot_be_scheduled_or_parked_is_not_acknowledged() {
    for unwritable in [body(2), "{".to_owned()] {
        let mut bench = bench([(2, transient("not yet"))]).await;
        bench.consumer.inbox = Arc::new(Away);
        bench.subscription.drain([body(1), unwritable]);
        assert!(bench.consumer.run_once(&mut bench.subscription).await.is_err());
        assert_eq!(bench.subscription.acks, []);
    }
}

/// It says nothing of the event: no try is counted, and no outage is long enough to give it up.
#[tokio::test]
async fn an_event_is_not_charged_with_the_absence_of_its_database() {
    let away = || Failure::from(&StoreError::Unavailable("away".to_owned()));
    let mut bench = bench([(1, away()), (2, transient("not yet"))]).await;
    bench.subscription.drain([body(1), body(2)]);
    assert!(bench.consumer.run_once(&mut bench.subscription).await.is_err());
    assert_eq!(bench.subscription.acks, [], "all of it comes again");
    assert_eq!(bench.states(1).await, pairs(&[(2, "deferred")]), "its neighbour is scheduled");
}

/// A crash between commit and acknowledgement: delivered again, and the publisher still waits.
#[tokio::test]
async fn what_was_not_acknowledged_is_delivered_again() {
    let mut bench = bench([(2, transient("not yet"))]).await;
    let broker = bench.consumer.broker.clone();
    let mut subscription = broker.subscribe(QUEUE).await.unwrap();
    let inbox = std::mem::replace(&mut bench.consumer.inbox, Arc::new(Away));
    let unit = Unit { routing_key: KEY.into(), message_id: id(1), body: packed([1, 2]).into() };
    let publishing = tokio::spawn(async move { broker.publish(vec![unit]).await });
    assert!(soon(bench.consumer.run_once(&mut *subscription)).await.is_err());
    assert!(!publishing.is_finished());
    bench.consumer.inbox = inbox;
    drop(subscription);
    let mut subscription = bench.consumer.broker.subscribe(QUEUE).await.unwrap();
    assert_eq!(soon(bench.consumer.run_once(&mut *subscription)).await.unwrap(), 2);
    let published = soon(publishing).await.unwrap().unwrap();
    assert_eq!(published, [messaging::Published::Confirmed]);
    assert_eq!(bench.states(1).await, pairs(&[(1, "handled"), (2, "deferred")]));
}
