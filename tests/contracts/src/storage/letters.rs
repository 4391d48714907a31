//! Dead letters: listed, replayed, discarded, each once.

use super::world::CONSUMER;
use super::{Database, Draft, StorageHarness, Table, World, at, consumed, event, id};
use engine::{Outcome, StoreError};
use kernel::{Timestamp, Uuid};
use messaging::Malformed;
use storage::Resolve;

impl<D: Database> World<D> {
    async fn resolve(&self, letter: Uuid, how: Resolve) -> Result<bool, StoreError> {
        self.database.dead_letters().resolve(letter, how, at(100)).await
    }

    async fn park(&self, consumer: &'static str, body: &[u8], now: Timestamp) {
        let malformed = Malformed {
            body: body.to_vec(),
            routing_key: super::KEY.to_owned(),
            reason: "not a CloudEvent".to_owned(),
        };
        self.database.inbox().park(consumer, vec![malformed], now).await.unwrap();
    }
}

pub(super) async fn a_replayed_event_is_due_and_handled_once<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 6, None).await;
    let letter = world.letters().await.remove(0).id;
    assert_eq!(world.resolve(letter, Resolve::Replay).await, Ok(true));
    assert!(world.letters().await.is_empty());
    let due = world.due(at(100)).await;
    assert_eq!((due.len(), due[0].attempts), (1, 0), "a schedule of its own");
    world.done([Draft::create(1).guard(consumed(CONSUMER, &due[0].event))]).await;
    assert!(world.due(at(1_000)).await.is_empty());
    let told = world.story(1).await.dead_letters.remove(0);
    assert_eq!(told.resolution.as_deref(), Some("replayed"));
}

pub(super) async fn a_replayed_event_that_dies_again_is_one_open_letter<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 6, None).await;
    let letter = world.letters().await.remove(0).id;
    assert_eq!(world.resolve(letter, Resolve::Replay).await, Ok(true));
    assert_eq!(world.due(at(100)).await.len(), 1);
    world.postpone(event(5, 1), 3, None).await;
    let open = world.letters().await.remove(0);
    assert_eq!((open.id, open.attempts, open.resolution), (letter, 3, None));
    assert_eq!(world.count(Table::Letters).await, 1);
}

pub(super) async fn a_discarded_event_is_kept_and_stays_done<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 6, None).await;
    let letter = world.letters().await.remove(0).id;
    assert_eq!(world.resolve(letter, Resolve::Discard).await, Ok(true));
    assert!(world.letters().await.is_empty() && world.due(at(1_000)).await.is_empty());
    let told = world.story(1).await.dead_letters.remove(0);
    assert_eq!(told.resolution.as_deref(), Some("discarded"));
    let copy = world.commit(Draft::create(1).guard(consumed(CONSUMER, &event(5, 1)))).await;
    assert_eq!(copy, Outcome::AlreadyDone(None));
}

pub(super) async fn a_letter_is_resolved_once<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.postpone(event(5, 1), 6, None).await;
    let letter = world.letters().await.remove(0).id;
    assert_eq!(world.resolve(id(404), Resolve::Replay).await, Ok(false), "there is none");
    assert_eq!(world.resolve(letter, Resolve::Discard).await, Ok(true));
    for how in [Resolve::Replay, Resolve::Discard] {
        assert_eq!(world.resolve(letter, how).await, Ok(false));
    }
    assert!(world.due(at(1_000)).await.is_empty(), "a discarded event is not revived");
}

pub(super) async fn open_letters_are_listed_oldest_first<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    for (body, seconds) in [("c", 30), ("a", 10), ("b", 20)] {
        world.park(CONSUMER, body.as_bytes(), at(seconds)).await;
    }
    let letters = world.database.dead_letters().list(2).await.unwrap();
    assert_eq!(letters.iter().map(|l| l.body.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(letters[0].parked_at, at(10));
}

pub(super) async fn the_same_malformed_body_is_one_letter<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    for body in [&b"{"[..], b"{", b"[", b"\xff\xfe"] {
        world.park(CONSUMER, body, at(1)).await;
    }
    assert_eq!(world.letters().await.len(), 3);
    world.park("another", b"{", at(1)).await;
    assert_eq!(world.letters().await.len(), 4, "each consumer has its own");
}

pub(super) async fn what_is_no_event_cannot_be_replayed<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.park(CONSUMER, b"{", at(1)).await;
    let letter = world.letters().await.remove(0);
    assert_eq!((letter.subject, letter.reason.as_str()), (None, "not a CloudEvent"));
    let refused = world.resolve(letter.id, Resolve::Replay).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(world.letters().await, std::slice::from_ref(&letter), "it still waits");
    assert_eq!(world.resolve(letter.id, Resolve::Discard).await, Ok(true));
}
