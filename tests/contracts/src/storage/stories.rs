//! Stories of all orders, page by page.

use super::world::CONSUMER;
use super::{
    Database, Draft, KEY, SOURCE, StorageHarness, World, at, consumed, event, event_saying,
    happened, id,
};
use kernel::{ConstantIds, Uuid};
use messaging::manifest::Findings;
use messaging::{Event, Malformed, pack, unpack};
use std::collections::BTreeMap;
use storage::Story;

/// One of everything about order `n`.
fn eventful(n: u128) -> Draft {
    let heard = consumed(CONSUMER, &event(10_000 + n, n));
    Draft::create(n).facts(2).guard(heard).tell(20_000 + n).order(at(9))
}

async fn page<D: Database>(
    world: &World<D>,
    after: Option<Uuid>,
    max: usize,
) -> Vec<(Uuid, Story)> {
    world.database.operations().stories(after, max).await.unwrap()
}

/// All of them, so many at a time, up to a page that is not full.
async fn all<D: Database>(world: &World<D>, max: usize) -> Vec<(Uuid, Story)> {
    let mut all: Vec<(Uuid, Story)> = Vec::new();
    loop {
        let last = all.last().map(|(order, _)| *order);
        let next = page(world, last, max).await;
        assert!(next.len() <= max && next.iter().all(|(order, _)| Some(*order) > last), "{last:?}");
        let full = next.len() == max;
        all.extend(next);
        if !full {
            return all;
        }
    }
}

fn orders(stories: &[(Uuid, Story)]) -> Vec<u128> {
    stories.iter().map(|(order, _)| order.as_u128()).collect()
}

pub(super) async fn pages_of_stories_have_no_gap_and_no_repeat<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    assert_eq!(page(&world, None, 5).await, []);
    world.done([7, 2, 9, 4, 5, 11].map(eventful)).await;
    // Known from another table each, so that a page is made of all of them.
    for n in [3, 8, 6] {
        world.postpone(event(n, n), 1, (n != 6).then(|| at(50))).await;
    }
    let expected = [2, 3, 4, 5, 6, 7, 8, 9, 11];
    for max in [1, 2, 3, 8, 9, 10] {
        assert_eq!(orders(&all(&world, max).await), expected, "{max} at a time");
    }
    assert_eq!(orders(&page(&world, Some(id(10)), 5).await), [11], "after one that there is not");
    assert_eq!(page(&world, Some(id(11)), 5).await, []);
    assert_eq!(page(&world, Some(Uuid::max()), 5).await, []);
}

pub(super) async fn a_page_tells_of_each_order_what_its_own_story_tells<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    let numbers = [1, 2, 3, 4];
    world.done(numbers.map(eventful)).await;
    for n in numbers {
        world.postpone(event(30_000 + n, n), 6, None).await;
    }
    let stories = page(&world, Some(id(1)), 2).await;
    assert_eq!(orders(&stories), [2, 3]);
    for (order, story) in stories {
        let n = order.as_u128();
        assert_eq!(story, world.story(n).await);
        let facts: Vec<_> = story.timeline.iter().map(|t| (t.aggregate, t.version)).collect();
        assert_eq!(facts, [(order, 1), (order, 2)]);
        assert_eq!(story.outbox.iter().map(|e| e.id.uuid()).collect::<Vec<_>>(), [id(20_000 + n)]);
        let heard: Vec<_> = story.inbox.iter().map(|e| (e.event_id.uuid(), &*e.state)).collect();
        assert_eq!(heard, [(id(10_000 + n), "handled"), (id(30_000 + n), "parked")]);
        assert_eq!(
            story.jobs.iter().map(|j| (j.target, j.run_at)).collect::<Vec<_>>(),
            [(order, at(9))]
        );
        let letters: Vec<_> = story.dead_letters.iter().map(|l| l.subject).collect();
        assert_eq!(letters, [Some(order)]);
    }
}

pub(super) async fn an_order_is_known_from_any_one_table_but_the_jobs<H: StorageHarness>(
    harness: &H,
) {
    let world = World::fresh(harness).await;
    // Nil is no order.
    world.done([Draft::create(0), Draft::create(1)]).await;
    let findings = Findings { request: Some(happened(KEY, 2, at(0))), ..Findings::default() };
    world.database.inventory().keep(CONSUMER, SOURCE, findings, at(0)).await.unwrap();
    world.done([Draft::nothing(3).guard(consumed(CONSUMER, &event(103, 3)))]).await;
    world.done([Draft::nothing(4).order(at(0))]).await;
    let ticket = world.ticket(at(0)).await;
    world.database.jobs().bury(&ticket, at(1), "refused for good").await.unwrap();
    world.done([Draft::nothing(5).order(at(9))]).await;
    let malformed =
        Malformed { body: b"{".to_vec(), routing_key: KEY.to_owned(), reason: "no event".into() };
    world.database.inbox().park(CONSUMER, vec![malformed], at(1)).await.unwrap();
    let stories = all(&world, 2).await;
    assert_eq!(orders(&stories), [1, 2, 3, 4]);
    let rows = |story: &Story| {
        [story.timeline.len(), story.outbox.len(), story.inbox.len(), story.dead_letters.len()]
    };
    let found: Vec<_> = stories.iter().map(|(_, story)| rows(story)).collect();
    assert_eq!(found, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
    assert_eq!(world.story(5).await.jobs.len(), 1, "though asked for it, it tells");
}

pub(super) async fn five_hundred_stories_are_one_page<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done((1..=600).map(eventful)).await;
    let first = page(&world, None, 500).await;
    assert_eq!(orders(&first), (1..=500).collect::<Vec<_>>());
    let rest = page(&world, Some(id(500)), 500).await;
    assert_eq!(orders(&rest), (501..=600).collect::<Vec<_>>());
    for (order, story) in first.iter().chain(&rest) {
        let rows = [story.timeline.len(), story.outbox.len(), story.inbox.len(), story.jobs.len()];
        assert_eq!(rows, [2, 1, 1, 1], "{order}");
    }
}

/// Recorded, then heard: alone, in a packed batch, and after a while in the waiting room.
pub(super) async fn an_event_has_one_digest_wherever_it_is<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).tell_on("alone", 11)]).await;
    world.done([2, 3, 4].map(|n| Draft::create(n).tell(10 + n))).await;
    for event in sent(&world).await {
        let order = event.subject.as_u128();
        if order == 4 {
            world.postpone(event.clone(), 1, Some(at(10))).await;
            let again = world.due(at(10)).await.remove(0).event;
            world.done([Draft::nothing(order).guard(consumed(CONSUMER, &again))]).await;
        } else {
            world.done([Draft::nothing(order).guard(consumed(CONSUMER, &event))]).await;
        }
    }
    let other = event_saying(12, 2, "other");
    world.done([Draft::nothing(2).guard(consumed("another", &other))]).await;
    let mut digests = BTreeMap::new();
    for (order, story) in page(&world, None, 10).await {
        let ([told], [.., heard]) = (&story.outbox[..], &story.inbox[..]) else {
            panic!("{story:?}")
        };
        assert_eq!((heard.event_id, &*heard.state), (told.id, "handled"));
        assert_eq!((heard.consumer.as_str(), heard.digest), (CONSUMER, told.digest), "{order}");
        assert_eq!(heard.source.as_deref(), Some(SOURCE));
        assert_eq!(heard.routing_key.as_deref(), Some(&*told.routing_key));
        digests.insert(told.digest, order);
    }
    assert_eq!(digests.len(), 4, "and no other event has it");
    let story = world.story(2).await;
    assert_eq!((story.inbox.len(), story.inbox[0].digest), (2, other.digest()));
    assert_ne!(story.inbox[0].digest, story.outbox[0].digest, "another body under its id");
}

/// What is claimed, as it travels and arrives.
async fn sent<D: Database>(world: &World<D>) -> Vec<Event> {
    let claim = world.claim(at(1), 10).await;
    let units = pack(claim.events(), &ConstantIds::new(at(0)));
    assert_eq!(units.len(), 2, "one event alone, three in a batch");
    let arrived = units.iter().flat_map(|(unit, _)| unpack(&unit.routing_key, &unit.body));
    arrived.map(Result::unwrap).collect()
}
