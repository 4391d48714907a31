//! The loop against a store that loses, refuses and fails on command.

use super::*;
use crate::Origin;
use async_trait::async_trait;
use kernel::{ConstantIds, EventId, ManualClock, Timestamp, Uuid};
use std::sync::Mutex;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sum(i64);

impl Aggregate for Sum {
    type Id = u32;
    type Fact = i64;
    type Job = ();
}

#[derive(Default)]
struct Script {
    stored: Mutex<HashMap<u32, Versioned<Sum>>>,
    seen: Mutex<Vec<EventId>>,
    /// Somebody else adds this to the aggregate before our first commits, one value each.
    rivals: Mutex<Vec<i64>>,
    commits: Mutex<Vec<usize>>,
}

fn event(n: u128) -> EventId {
    EventId(Uuid::from_u128(n))
}

fn events_of(change: &Change<Sum>) -> Vec<EventId> {
    let id = |g: &Guard| if let Guard::Event { id, .. } = g { Some(*id) } else { None };
    change.guards.iter().filter_map(id).collect()
}

#[async_trait]
impl Store<Sum> for Script {
    async fn load(&self, ids: &[u32]) -> Result<HashMap<u32, Versioned<Sum>>, StoreError> {
        let stored = self.stored.lock().unwrap();
        Ok(ids.iter().filter_map(|id| Some((*id, stored.get(id)?.clone()))).collect())
    }

    async fn commit(&self, changes: Vec<Change<Sum>>) -> Vec<Outcome> {
        self.commits.lock().unwrap().push(changes.len());
        let mut stored = self.stored.lock().unwrap();
        let mut seen = self.seen.lock().unwrap();
        if let Some(rival) = self.rivals.lock().unwrap().pop() {
            for value in stored.values_mut() {
                value.state.0 += rival;
                value.version = value.version.after(1);
            }
        }
        let one = |change: Change<Sum>| {
            let events = events_of(&change);
            if events.iter().any(|e| seen.contains(e)) {
                return Outcome::AlreadyDone(None);
            }
            let version = stored.get(&change.id).map_or(Version(0), |v| v.version);
            if version != change.expected {
                return Outcome::Lost;
            }
            if change.facts.iter().any(|f| f.fact == 666) {
                return Outcome::Failed(StoreError::Invalid("a devilish row".into()));
            }
            if change.facts.iter().any(|f| f.fact == 777) {
                return Outcome::Refused(Refusal::Taken("sum"));
            }
            seen.extend(events);
            if let Some(state) = change.state {
                let version = version.after(change.facts.len());
                stored.insert(change.id, Versioned { version, state });
            }
            Outcome::Done
        };
        changes.into_iter().map(one).collect()
    }
}

fn add(id: u32, amount: i64, event_no: u128) -> Command<Sum, i64> {
    let guard = Guard::Event {
        consumer: "test",
        id: event(event_no),
        subject: Uuid::nil(),
        digest: [0; 32],
        origin: Origin {
            source: "/test".to_owned(),
            routing_key: "added".to_owned(),
            time: Timestamp::UNIX_EPOCH,
        },
    };
    Command {
        id,
        input: amount,
        cause: Cause::begin("c", "test"),
        guards: vec![guard],
        basis: Basis::Load,
    }
}

async fn run(
    store: &Script,
    commands: Vec<Command<Sum, i64>>,
) -> Vec<Result<Executed<Sum>, ExecuteError<String>>> {
    let decide = |state: Option<&Sum>, amount: &i64| match *amount {
        0 => Ok(Decision::nothing()),
        n if n < 0 => Err("negative".to_owned()),
        n => Ok(Decision::becomes(Sum(state.map_or(0, |s| s.0) + n), vec![n])),
    };
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let ids = ConstantIds::new(Timestamp::UNIX_EPOCH);
    execute(store, &clock, &ids, commands, decide).await
}

fn sum(store: &Script, id: u32) -> Option<(u32, i64)> {
    store.stored.lock().unwrap().get(&id).map(|v| (v.version.0, v.state.0))
}

#[tokio::test]
async fn neighbours_of_one_aggregate_are_folded_in_order_into_one_change() {
    let store = Script::default();
    let results = run(&store, vec![add(1, 5, 1), add(2, 7, 2), add(1, 6, 3)]).await;
    assert!(results.iter().all(|r| matches!(r, Ok(Executed::Done(Some(_))))));
    assert_eq!((sum(&store, 1), sum(&store, 2)), (Some((2, 11)), Some((1, 7))));
    assert_eq!(*store.commits.lock().unwrap(), [2], "one commit of two changes");
}

#[tokio::test]
async fn a_lost_race_is_decided_again_from_fresh_state() {
    let store = Script::default();
    run(&store, vec![add(1, 1, 1)]).await;
    store.rivals.lock().unwrap().extend([100, 1000]);
    let results = run(&store, vec![add(1, 5, 2)]).await;
    assert!(matches!(results[0], Ok(Executed::Done(_))));
    assert_eq!(sum(&store, 1), Some((4, 1106)));
}

#[tokio::test]
async fn a_race_that_is_always_lost_ends_as_a_transient_failure() {
    let store = Script::default();
    run(&store, vec![add(1, 1, 1)]).await;
    store.rivals.lock().unwrap().extend([1; 100]);
    let results = run(&store, vec![add(1, 5, 2)]).await;
    assert!(matches!(&results[0], Err(ExecuteError::Store(e)) if e.is_transient()));
}

#[tokio::test]
async fn a_redelivered_batch_is_handled_event_by_event() {
    let store = Script::default();
    run(&store, vec![add(1, 5, 1)]).await;
    let results = run(&store, vec![add(1, 5, 1), add(1, 6, 2), add(1, 7, 3)]).await;
    assert_eq!(results[0], Ok(Executed::AlreadyDone(None)));
    assert!(matches!(results[1], Ok(Executed::Done(_))));
    assert!(matches!(results[2], Ok(Executed::Done(_))));
    assert_eq!(sum(&store, 1), Some((3, 18)));
}

#[tokio::test]
async fn a_bad_command_fails_alone() {
    let store = Script::default();
    let results =
        run(&store, vec![add(1, 5, 1), add(1, 666, 2), add(1, 7, 3), add(1, -1, 4), add(2, 3, 5)])
            .await;
    assert!(matches!(results[0], Ok(Executed::Done(_))));
    assert!(matches!(results[1], Err(ExecuteError::Store(StoreError::Invalid(_)))));
    assert!(matches!(results[2], Ok(Executed::Done(_))));
    assert_eq!(results[3], Err(ExecuteError::Rejected("negative".to_owned())));
    assert_eq!((sum(&store, 1), sum(&store, 2)), (Some((2, 12)), Some((1, 3))));
}

#[tokio::test]
async fn a_stale_input_still_records_its_guard() {
    let store = Script::default();
    let results = run(&store, vec![add(9, 0, 1)]).await;
    assert_eq!(results[0], Ok(Executed::Done(None)));
    assert_eq!(*store.seen.lock().unwrap(), [event(1)]);
    assert_eq!(sum(&store, 9), None);
}

#[tokio::test]
async fn an_event_whose_natural_key_is_taken_is_done_and_leaves_its_guard() {
    let store = Script::default();
    let results = run(&store, vec![add(1, 5, 1), add(1, 777, 2), add(1, 6, 3)]).await;
    assert_eq!(results[1], Ok(Executed::AlreadyDone(None)));
    let mut seen = store.seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, [event(1), event(2), event(3)]);
    assert_eq!(sum(&store, 1), Some((2, 11)), "its neighbours went through");
}

#[tokio::test]
async fn a_request_whose_natural_key_is_taken_is_refused_and_leaves_nothing() {
    let store = Script::default();
    let request = Command { guards: Vec::new(), ..add(1, 777, 1) };
    let results = run(&store, vec![request]).await;
    assert_eq!(results[0], Err(ExecuteError::Refused(Refusal::Taken("sum"))));
    assert_eq!(*store.commits.lock().unwrap(), [1], "it is not tried again");
}
