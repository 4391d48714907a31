//! The relay: nothing is marked before its confirm, and nothing that was not confirmed is lost.

use crate::fakes::{Reply, ScriptedBroker, TestWorld};
use crate::sqlite::world;
use async_trait::async_trait;
use contracts::storage::{Database, Draft, at};
use engine::StoreError;
use kernel::{ConstantIds, EventId, ManualClock, Timestamp};
use messaging::{Broker, Claim, Outbox, OutgoingEvent, Published, Relay, Sent, Tick};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

struct Bench {
    world: TestWorld,
    broker: Arc<ScriptedBroker>,
    clock: Arc<ManualClock>,
    relay: Relay,
}

fn relay(outbox: Arc<dyn Outbox>, broker: Arc<dyn Broker>, clock: Arc<ManualClock>) -> Relay {
    let ids = Arc::new(ConstantIds::new(at(0)));
    Relay::new(outbox, broker, clock, ids, Arc::new(Notify::new()))
}

/// Events are named by topic and number.
async fn bench(
    events: impl IntoIterator<Item = (&'static str, u128)>,
    script: impl IntoIterator<Item = Reply>,
) -> Bench {
    let world = Arc::new(world().await);
    let draft = |(key, n)| Draft::create(n).tell_on(key, n);
    world.done(events.into_iter().map(draft)).await;
    let broker = ScriptedBroker::new(script);
    let clock = Arc::new(ManualClock::new(at(0)));
    let relay = relay(world.database.outbox(), broker.clone(), clock.clone());
    Bench { world, broker, clock, relay }
}

impl Bench {
    /// Runs one step; tells how many events were claimed and confirmed.
    async fn step(&self) -> (usize, usize) {
        let Tick { claimed, confirmed } = self.relay.run_once().await.unwrap();
        (claimed, confirmed)
    }

    async fn pending(&self) -> u64 {
        self.world.database.operations().backlog().await.unwrap().outbox_pending
    }

    fn last_window(&self) -> Vec<Vec<u128>> {
        self.broker.windows().pop().unwrap_or_default()
    }
}

#[tokio::test]
async fn what_is_confirmed_is_marked() {
    let bench = bench([("a", 1), ("b", 2), ("a", 3)], []).await;
    assert_eq!(bench.step().await, (3, 3));
    assert_eq!(bench.broker.windows(), [[vec![1, 3], vec![2]]]);
    assert_eq!((bench.pending().await, bench.step().await), (0, (0, 0)));
    assert_eq!(bench.broker.windows().len(), 1, "an empty window is not published");
}

#[tokio::test]
async fn without_a_confirm_nothing_is_marked() {
    let bench = bench([("a", 1), ("b", 2)], [Reply::Never]).await;
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    assert_eq!(bench.step().await, (2, 0));
    assert_eq!(started.elapsed().as_secs(), 10, "the deadline, within what a claim may last");
    tokio::time::resume();
    assert_eq!(bench.pending().await, 2);
    assert_eq!(bench.step().await, (2, 2), "and they are free to go at once");
    assert_eq!(bench.pending().await, 0);
}

#[tokio::test]
async fn a_broker_that_is_down_leaves_all_pending() {
    let bench = bench([("a", 1), ("b", 2)], [Reply::Down, Reply::Down]).await;
    for _ in 0..2 {
        assert_eq!(bench.step().await, (2, 0));
        assert_eq!(bench.pending().await, 2);
    }
    assert_eq!(bench.step().await, (2, 2));
}

#[tokio::test]
async fn a_returned_unit_leaves_exactly_its_events_pending() {
    let events = [("a", 1), ("lost", 2), ("b", 3), ("lost", 4)];
    let bench = bench(events, [Reply::Except("lost", Published::Returned)]).await;
    assert_eq!(bench.step().await, (4, 2));
    assert_eq!(bench.pending().await, 2);
    assert_eq!(bench.step().await, (0, 0), "not before their time");
    bench.clock.advance(Duration::from_secs(5));
    assert_eq!(bench.step().await, (2, 2));
    assert_eq!(bench.last_window(), [[2], [4]]);
}

#[tokio::test]
async fn an_event_that_failed_travels_alone() {
    let returned = || Reply::Except("a", Published::Returned);
    let bench = bench([("a", 1), ("a", 2)], [returned(), returned()]).await;
    bench.step().await;
    bench.world.done([Draft::create(3).tell_on("a", 3), Draft::create(4).tell_on("a", 4)]).await;
    bench.clock.advance(Duration::from_secs(5));
    bench.step().await;
    assert_eq!(bench.broker.windows(), [vec![vec![1, 2]], vec![vec![1], vec![2], vec![3, 4]]]);
}

#[tokio::test]
async fn a_refused_event_backs_off_up_to_five_seconds() {
    let refuse = || Reply::Except("a", Published::Refused("full".to_owned()));
    let bench = bench([("a", 1)], (0..8).map(|_| refuse())).await;
    for millis in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
        assert_eq!(bench.step().await, (1, 0));
        bench.clock.advance(Duration::from_millis(millis - 1));
        assert_eq!(bench.step().await, (0, 0), "before {millis} ms");
        bench.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(bench.step().await, (1, 1));
}

#[tokio::test]
async fn a_unit_without_an_answer_stays_pending() {
    let bench = bench([("a", 1), ("b", 2)], [Reply::Short(1)]).await;
    assert_eq!(bench.step().await, (2, 1));
    assert_eq!((bench.pending().await, bench.step().await), (1, (1, 1)));
}

/// Claims like the outbox behind it, and cannot mark: a crash between confirm and mark.
struct Unmarkable(Arc<dyn Outbox>);
struct UnmarkableClaim(Box<dyn Claim>);

#[async_trait]
impl Outbox for Unmarkable {
    async fn claim(&self, now: Timestamp, max: usize) -> Result<Box<dyn Claim>, StoreError> {
        Ok(Box::new(UnmarkableClaim(self.0.claim(now, max).await?)))
    }
}

#[async_trait]
impl Claim for UnmarkableClaim {
    fn events(&self) -> &[OutgoingEvent] {
        self.0.events()
    }

    async fn settle(
        self: Box<Self>,
        _: Vec<(EventId, Sent)>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("away".to_owned()))
    }
}

#[tokio::test]
async fn what_could_not_be_marked_is_sent_again_under_the_same_id() {
    let bench = bench([("a", 1), ("b", 2)], []).await;
    let outbox = Arc::new(Unmarkable(bench.world.database.outbox()));
    let dying = relay(outbox, bench.broker.clone(), bench.clock.clone());
    assert!(dying.run_once().await.is_err());
    assert_eq!(bench.pending().await, 2);
    assert_eq!(bench.step().await, (2, 2));
    let windows = bench.broker.windows();
    assert_eq!(windows[0], windows[1]);
}
