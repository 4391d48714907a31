//! What every service has running behind it: consumer, relays, manifests, job runner, drain, purge,
//! clock.

use super::manifests::{announcer, resender, with_bookkeeper};
use super::part::Part;
use anyhow::Context;
use axum::Router;
use engine::jobs::{Runner, Work};
use kernel::{Clock, Ids, SteadyClock};
use messaging::{Broker, Consumer, Drain, Relay};
use payment::usecase::NoteExchanges;
use runtime::lifecycle::Lifecycle;
use std::sync::Arc;
use std::time::Duration;
use storage::{DatabaseTime, Operations, Ports};
use tokio_util::sync::CancellationToken;

/// How often the database's time is sampled.
const SAMPLE: Duration = Duration::from_secs(10);
/// How often old rows are looked for.
const PURGE: Duration = Duration::from_secs(600);
/// Between two portions, while there are old rows: others write too.
const PURGE_ON: Duration = Duration::from_millis(200);

/// What all services of a process stand on.
pub(super) struct Shared {
    pub(super) broker: Arc<dyn Broker>,
    /// The broker keeps dead letters of its own, to be drained.
    pub(super) drains: bool,
    pub(super) ids: Arc<dyn Ids>,
    /// Where customers reach the pay page, without a slash at the end.
    pub(super) public_url: String,
    /// Where the simulated gateway answers, without a slash at the end.
    pub(super) simulator_url: String,
    /// Jobs under way at once, per service.
    pub(super) width: usize,
}

/// A built service and its database.
pub(super) struct Room {
    pub(super) part: Part,
    pub(super) ports: Ports,
    pub(super) clock: Arc<SteadyClock>,
    pub(super) routes: Router,
    pub(super) consumer: Arc<Consumer>,
    pub(super) works: Vec<Arc<dyn Work>>,
    /// What stores the evidence of the work.
    pub(super) notes: Option<Arc<NoteExchanges>>,
}

impl Room {
    /// Starts what runs; gives back the routes, the operations' among them.
    pub(super) async fn start(self, life: &Lifecycle, shared: &Shared) -> anyhow::Result<Router> {
        let Self { part, ports, clock: steady, routes, consumer, works, notes } = self;
        let name = |task: &str| format!("{} {task}", part.name());
        let clock: Arc<dyn Clock> = steady.clone();
        let relay = Arc::new(Relay::new(
            ports.outbox.clone(),
            shared.broker.clone(),
            clock.clone(),
            shared.ids.clone(),
            ports.pulse.events.clone(),
        ));
        if shared.drains {
            let drain = Drain {
                consumer: consumer.name,
                queue: part.dead_queue(),
                broker: shared.broker.clone(),
                inbox: ports.inbox.clone(),
                clock: clock.clone(),
            };
            life.spawn(name("drain"), drain.run(life.workers()));
        }
        let consumer = with_bookkeeper(part, &consumer, &ports, shared).await;
        let consumer = Arc::new(consumer.context("the database tells nothing of its consumer")?);
        life.spawn(name("consumer"), consumer.run(life.workers()));
        life.spawn(name("relay"), relay.run(life.workers()));
        if !part.publishes().is_empty() {
            let resender = resender(&ports, shared, clock.clone());
            life.spawn(name("resender"), resender.run(life.workers()));
            let announcer = announcer(part, &ports, shared, clock.clone());
            life.spawn(name("manifests"), announcer.run(life.workers()));
        }
        if !works.is_empty() {
            let wake = ports.pulse.jobs.clone();
            let runner = Runner::new(ports.jobs.clone(), clock.clone(), works, wake, shared.width);
            let rested = CancellationToken::new();
            if let Some(notes) = notes {
                life.spawn(name("exchanges"), note(notes, rested.clone(), life.workers()));
            }
            life.spawn(name("jobs"), work(runner, life.stopping(), rested, life.workers()));
        }
        let old = purge(ports.operations.clone(), clock.clone(), life.workers());
        life.spawn(name("purge"), old);
        life.spawn(name("clock"), keep_time(steady, ports.time, life.workers()));
        Ok(routes.merge(ops::routes(part.name(), ports.operations, ports.dead_letters, clock)))
    }
}

/// No job is begun once a stop begins: what is under way still needs the gateway, which may be our
/// own simulator behind our own HTTP server.
async fn work(
    runner: Runner,
    stopping: CancellationToken,
    rested: CancellationToken,
    stop: CancellationToken,
) {
    Arc::new(runner).run(stopping).await;
    rested.cancel();
    stop.cancelled().await;
}

/// To the last call: until nothing is under way any more.
async fn note(notes: Arc<NoteExchanges>, rested: CancellationToken, stop: CancellationToken) {
    let over = async move {
        rested.cancelled().await;
        stop.cancelled().await;
    };
    notes.run(over).await;
}

async fn purge(operations: Arc<dyn Operations>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut pause = PURGE;
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        pause = match operations.purge(clock.now()).await {
            Ok(0) => PURGE,
            Ok(rows) => {
                tracing::info!(rows, "old rows were deleted");
                PURGE_ON
            }
            Err(error) => {
                tracing::warn!(%error, "old rows could not be deleted");
                PURGE
            }
        };
    }
}

/// Samples the database's time, so that a jump of this machine's clock is found and followed.
async fn keep_time(clock: Arc<SteadyClock>, time: Arc<dyn DatabaseTime>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(SAMPLE)).await.is_some() {
        match time.sample_time().await {
            Ok(sampled) => clock.resample(sampled),
            Err(error) => tracing::warn!(%error, "the database tells no time"),
        }
    }
}
