//! Jobs: leased, fenced, given back, buried.

use super::{Database, Draft, KIND, StorageHarness, Table, World, at, id};
use engine::jobs::{LEASE, Ticket};
use engine::{Guard, Outcome};
use kernel::Cause;
use std::time::Duration;
use storage::Resolve;

const INSTANT: Duration = Duration::from_micros(1);

async fn with_job<H: StorageHarness>(harness: &H) -> World<H::Database> {
    let world = World::fresh(harness).await;
    world.done([Draft::create(1).order(at(10))]).await;
    world
}

fn closing(ticket: &Ticket) -> Draft {
    Draft::nothing(1).guard(Guard::Job(ticket.clone()))
}

pub(super) async fn a_job_is_due_at_its_time_and_says_what_was_ordered<H: StorageHarness>(
    harness: &H,
) {
    let world = with_job(harness).await;
    assert!(world.tickets(at(10) - INSTANT).await.is_empty());
    let ticket = world.ticket(at(10)).await;
    assert_eq!((ticket.kind.as_str(), ticket.target, ticket.subject), (KIND, id(1), id(1)));
    assert_eq!((ticket.attempts, ticket.hints, ticket.since), (1, 0, at(0)));
    assert_eq!(ticket.cause, Cause::begin("request-1", "contracts"));
}

pub(super) async fn a_claimed_job_is_leased<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    world.ticket(at(10)).await;
    for now in [at(10), at(10) + LEASE - INSTANT] {
        assert!(world.tickets(now).await.is_empty());
    }
    assert_eq!(world.story(1).await.jobs[0].leased_until, Some(at(10) + LEASE));
}

pub(super) async fn a_lease_that_ran_out_is_taken_over_with_a_higher_fence<H: StorageHarness>(
    harness: &H,
) {
    let world = with_job(harness).await;
    let first = world.ticket(at(10)).await;
    let second = world.ticket(at(10) + LEASE).await;
    assert_eq!((second.id, second.attempts), (first.id, 2));
    assert!(second.fence > first.fence);
}

pub(super) async fn jobs_are_claimed_oldest_due_first<H: StorageHarness>(harness: &H) {
    let world = World::fresh(harness).await;
    let times = [(1, 30), (2, 10), (3, 20)];
    world.done(times.map(|(n, seconds)| Draft::create(n).order(at(seconds)))).await;
    for oldest in [2, 3, 1] {
        let tickets = world.database.jobs().claim(at(60), 1).await.unwrap();
        assert_eq!(tickets.iter().map(|t| t.target).collect::<Vec<_>>(), [id(oldest)]);
    }
}

pub(super) async fn a_settled_job_is_gone<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    let ticket = world.ticket(at(10)).await;
    world.done([Draft::set(1, 1, 9).guard(Guard::Job(ticket.clone()))]).await;
    assert_eq!(world.count(Table::Jobs).await, 0);
    // Its worker is late with a second result.
    assert_eq!(world.commit(closing(&ticket)).await, Outcome::Fenced);
}

pub(super) async fn an_old_fence_settles_nothing<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    let old = world.ticket(at(10)).await;
    let new = world.ticket(at(10) + LEASE).await;
    let before = world.snapshot(1).await;
    let late = Draft::set(1, 1, 9).guard(Guard::Job(old)).tell(5).order_of("other", 1, at(0));
    assert_eq!(world.commit(late).await, Outcome::Fenced);
    assert_eq!(world.snapshot(1).await, before);
    world.done([closing(&new)]).await;
}

pub(super) async fn an_old_fence_gives_nothing_back<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    let old = world.ticket(at(10)).await;
    let new = world.ticket(at(10) + LEASE).await;
    let (before, jobs) = (world.snapshot(1).await, world.database.jobs());
    jobs.retry(&old, at(50), at(51), "late").await.unwrap();
    jobs.bury(&old, at(50), "late").await.unwrap();
    assert_eq!(world.snapshot(1).await, before);
    world.done([closing(&new)]).await;
}

pub(super) async fn a_job_given_back_is_due_at_its_time<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    let ticket = world.ticket(at(10)).await;
    world.database.jobs().retry(&ticket, at(11), at(100), "gateway is down").await.unwrap();
    let open = world.story(1).await.jobs.remove(0);
    assert_eq!((open.run_at, open.leased_until), (at(100), None));
    assert_eq!(open.last_error.as_deref(), Some("gateway is down"));
    assert!(world.tickets(at(100) - INSTANT).await.is_empty());
    let again = world.ticket(at(100)).await;
    assert_eq!((again.attempts, again.since), (2, at(0)));
}

pub(super) async fn a_buried_job_is_a_dead_letter<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    let ticket = world.ticket(at(10)).await;
    world.database.jobs().bury(&ticket, at(11), "refused for good").await.unwrap();
    assert_eq!(world.count(Table::Jobs).await, 0);
    let letter = world.letters().await.remove(0);
    assert_eq!((letter.origin.as_str(), letter.subject), (KIND, Some(id(1))));
    assert_eq!((letter.reason.as_str(), letter.attempts), ("refused for good", 1));
    assert_eq!(letter.parked_at, at(11));
}

pub(super) async fn a_replayed_job_is_due_again<H: StorageHarness>(harness: &H) {
    let world = with_job(harness).await;
    let ticket = world.ticket(at(10)).await;
    world.database.jobs().bury(&ticket, at(11), "refused for good").await.unwrap();
    let letter = world.letters().await.remove(0).id;
    let replay = world.database.dead_letters().resolve(letter, Resolve::Replay, at(50)).await;
    assert_eq!(replay, Ok(true));
    let again = world.ticket(at(50)).await;
    assert_eq!((again.kind.as_str(), again.target, again.subject), (KIND, id(1), id(1)));
    assert_eq!(again.attempts, 1, "a schedule of its own");
    assert_eq!(world.commit(closing(&ticket)).await, Outcome::Fenced, "the old run is over");
    world.done([closing(&again)]).await;
}

pub(super) async fn a_job_replayed_twice_is_fenced_from_its_first_replay<H: StorageHarness>(
    harness: &H,
) {
    let world = with_job(harness).await;
    let (jobs, letters) = (world.database.jobs(), world.database.dead_letters());
    jobs.bury(&world.ticket(at(10)).await, at(11), "dead").await.unwrap();
    let letter = world.letters().await.remove(0).id;
    assert_eq!(letters.resolve(letter, Resolve::Replay, at(50)).await, Ok(true));
    let late = world.ticket(at(50)).await;
    jobs.bury(&world.ticket(at(50) + LEASE).await, at(90), "dead again").await.unwrap();
    assert_eq!(letters.resolve(letter, Resolve::Replay, at(100)).await, Ok(true));
    let current = world.ticket(at(100)).await;
    assert_eq!(world.commit(closing(&late)).await, Outcome::Fenced);
    world.done([closing(&current)]).await;
}
