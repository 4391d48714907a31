//! The job runner: every end of a run is settled, and only once.

use crate::fakes::TestWorld;
use crate::sqlite::world;
use async_trait::async_trait;
use contracts::storage::{Database, Draft, KIND, Table, at};
use contracts::wait::{settle, soon};
use engine::Guard;
use engine::jobs::{Finish, LEASE, Runner, Schedule, Ticket, Work};
use kernel::ManualClock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::OpenJob;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const DELAYS: Schedule =
    Schedule { delays: &[Duration::from_secs(10), Duration::from_secs(100)], endless: false };

/// How one run ends.
enum End {
    /// The effect is committed under the ticket.
    Done,
    /// As the work says.
    Says(Finish),
    /// Not at all.
    Hangs,
    /// When it is told to, and then done.
    Waits(Arc<Notify>),
}

fn again(error: &str, after: Option<u64>) -> End {
    let after = after.map(Duration::from_secs);
    End::Says(Finish::Again { error: error.to_owned(), after })
}

struct Script {
    world: TestWorld,
    schedule: Schedule,
    ends: Mutex<VecDeque<End>>,
    runs: Mutex<Vec<u32>>,
}

#[async_trait]
impl Work for Script {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    async fn run(&self, ticket: &Ticket) -> Finish {
        self.runs.lock().unwrap().push(ticket.attempts);
        let end = self.ends.lock().unwrap().pop_front().unwrap_or(End::Done);
        match end {
            End::Says(finish) => return finish,
            End::Hangs => std::future::pending().await,
            End::Waits(notify) => notify.notified().await,
            End::Done => {}
        }
        self.world.commit(Draft::nothing(1).guard(Guard::Job(ticket.clone()))).await;
        Finish::Settled
    }
}

struct Bench {
    world: TestWorld,
    clock: Arc<ManualClock>,
    work: Arc<Script>,
    runner: Arc<Runner>,
}

async fn bench(schedule: Schedule, ends: impl IntoIterator<Item = End>) -> Bench {
    let world = Arc::new(world().await);
    world.done([Draft::create(1).order(at(0))]).await;
    let clock = Arc::new(ManualClock::new(at(0)));
    let work = Arc::new(Script {
        world: world.clone(),
        schedule,
        ends: Mutex::new(ends.into_iter().collect()),
        runs: Mutex::default(),
    });
    let wake = world.database.pulse().jobs.clone();
    let jobs = world.database.jobs();
    let runner = Arc::new(Runner::new(jobs, clock.clone(), vec![work.clone()], wake, 4));
    Bench { world, clock, work, runner }
}

impl Bench {
    async fn step(&self) -> usize {
        soon(self.runner.run_once()).await.unwrap()
    }

    async fn open(&self) -> OpenJob {
        self.world.story(1).await.jobs.remove(0)
    }

    async fn is_open(&self) -> bool {
        self.world.database.count(Table::Jobs).await > 0
    }

    /// Reason and tries of the one dead letter.
    async fn letter(&self) -> (String, u32) {
        let mut letters = self.world.letters().await;
        assert_eq!(letters.len(), 1);
        let letter = letters.remove(0);
        (letter.reason, letter.attempts)
    }
}

#[tokio::test]
async fn work_that_is_done_closes_its_job() {
    let bench = bench(DELAYS, []).await;
    assert_eq!(bench.step().await, 1);
    assert!(!bench.is_open().await);
    assert_eq!(bench.step().await, 0);
}

#[tokio::test]
async fn work_that_failed_is_tried_on_its_schedule_and_then_buried() {
    let ends = ["one", "two", "three"].map(|error| again(error, None));
    let bench = bench(DELAYS, ends).await;
    for delay in DELAYS.delays {
        assert_eq!(bench.step().await, 1);
        bench.clock.advance(delay.mul_f64(0.79));
        assert_eq!(bench.step().await, 0, "too early for {delay:?}");
        bench.clock.advance(delay.mul_f64(0.42));
    }
    assert_eq!(bench.step().await, 1);
    assert_eq!(*bench.work.runs.lock().unwrap(), [1, 2, 3]);
    assert!(!bench.is_open().await);
    assert_eq!(bench.letter().await, ("three".to_owned(), 3));
}

#[tokio::test]
async fn an_endless_schedule_never_buries() {
    let ends = (0..10).map(|_| again("down", None));
    let bench = bench(Schedule { endless: true, ..DELAYS }, ends).await;
    for _ in 0..10 {
        assert_eq!(bench.step().await, 1);
        bench.clock.advance(Duration::from_secs(121));
    }
    assert_eq!(bench.open().await.attempts, 10);
    assert_eq!(bench.step().await, 1);
    assert!(!bench.is_open().await);
}

#[tokio::test]
async fn a_pause_that_is_known_better_overrides_the_schedule() {
    let bench = bench(DELAYS, [again("too many requests", Some(77))]).await;
    bench.step().await;
    let open = bench.open().await;
    assert_eq!((open.run_at, open.last_error.as_deref()), (at(77), Some("too many requests")));
}

#[tokio::test]
async fn work_that_can_never_be_done_is_buried_at_once() {
    let dead = Finish::Dead { reason: "unknown card".to_owned() };
    let bench = bench(DELAYS, [End::Says(dead)]).await;
    bench.step().await;
    assert!(!bench.is_open().await);
    assert_eq!(bench.letter().await, ("unknown card".to_owned(), 1));
}

#[tokio::test]
async fn a_job_that_nobody_knows_is_buried_and_its_neighbours_run() {
    let bench = bench(DELAYS, []).await;
    bench.world.done([Draft::nothing(1).order_of("unheard", 1, at(0))]).await;
    assert_eq!(bench.step().await, 2);
    assert!(!bench.is_open().await);
    assert!(bench.letter().await.0.contains("unheard"));
}

#[tokio::test]
async fn work_that_hangs_is_given_back_before_its_lease_ends() {
    let bench = bench(DELAYS, [End::Hangs]).await;
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    assert_eq!(bench.runner.run_once().await, Ok(1));
    assert_eq!(started.elapsed().as_secs(), 25);
    assert!(started.elapsed() < LEASE);
    tokio::time::resume();
    let open = bench.open().await;
    assert_eq!((open.leased_until, open.attempts), (None, 1));
    assert!(open.last_error.unwrap().contains("deadline"));
}

#[tokio::test]
async fn jobs_run_beside_each_other() {
    let notify = Arc::new(Notify::new());
    let bench = bench(DELAYS, [End::Waits(notify.clone()), End::Done]).await;
    bench.world.done([Draft::nothing(1).order_of(KIND, 2, at(1))]).await;
    bench.clock.advance(Duration::from_secs(1));
    let runner = bench.runner.clone();
    let running = tokio::spawn(async move { runner.run_once().await });
    let jobs = || async { bench.world.database.count(Table::Jobs).await };
    contracts::wait::until(1, jobs).await;
    notify.notify_one();
    assert_eq!(soon(running).await.unwrap(), Ok(2));
}

#[tokio::test]
async fn a_late_worker_whose_lease_was_taken_over_changes_nothing() {
    let notify = Arc::new(Notify::new());
    let bench = bench(DELAYS, [End::Waits(notify.clone())]).await;
    let runner = bench.runner.clone();
    let late = tokio::spawn(async move { runner.run_once().await });
    contracts::wait::until(1, || async { bench.work.runs.lock().unwrap().len() }).await;
    bench.clock.advance(LEASE);
    let newer = bench.world.tickets(at(30)).await;
    notify.notify_one();
    assert_eq!(soon(late).await.unwrap(), Ok(1));
    assert!(bench.is_open().await, "the newer one holds it");
    let settled = Draft::nothing(1).guard(Guard::Job(newer[0].clone()));
    bench.world.done([settled]).await;
}

#[tokio::test]
async fn a_running_runner_is_woken_and_finishes_what_it_started() {
    let notify = Arc::new(Notify::new());
    let bench = bench(DELAYS, [End::Waits(notify.clone())]).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(bench.runner.clone().run(stop.clone()));
    contracts::wait::until(1, || async { bench.work.runs.lock().unwrap().len() }).await;
    stop.cancel();
    settle().await;
    assert!(!running.is_finished(), "its work is under way");
    notify.notify_one();
    soon(running).await.unwrap();
    assert!(!bench.is_open().await);
}
