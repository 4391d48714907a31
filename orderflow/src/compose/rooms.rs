//! What every service has running behind it: consumer, relay, job runner, purge.

use axum::Router;
use engine::jobs::{Runner, Work};
use kernel::{Clock, Ids, SteadyClock};
use messaging::{Broker, Consumer, Relay};
use runtime::lifecycle::Lifecycle;
use std::sync::Arc;
use std::time::Duration;
use storage::Operations;
use storage::sqlite::Sqlite;
use tokio_util::sync::CancellationToken;

/// How often the database's time is sampled.
const SAMPLE: Duration = Duration::from_secs(10);
/// How often old rows are looked for.
const PURGE: Duration = Duration::from_secs(600);

/// What all services stand on.
pub(super) struct Shared {
    pub(super) broker: Arc<dyn Broker>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    /// Jobs under way at once, per service.
    pub(super) width: usize,
}

/// What a service's tasks are called in logs.
pub(super) struct Names {
    service: &'static str,
    consumer: &'static str,
    relay: &'static str,
    jobs: &'static str,
    purge: &'static str,
}

pub(super) const ORDER: Names = Names {
    service: "order",
    consumer: "order consumer",
    relay: "order relay",
    jobs: "order jobs",
    purge: "order purge",
};
pub(super) const PAYMENT: Names = Names {
    service: "payment",
    consumer: "payment consumer",
    relay: "payment relay",
    jobs: "payment jobs",
    purge: "payment purge",
};
pub(super) const NOTIFICATION: Names = Names {
    service: "notification",
    consumer: "notification consumer",
    relay: "notification relay",
    jobs: "notification jobs",
    purge: "notification purge",
};

/// A built service and its database.
pub(super) struct Room {
    pub(super) names: Names,
    pub(super) database: Sqlite,
    pub(super) routes: Router,
    pub(super) consumer: Arc<Consumer>,
    pub(super) works: Vec<Arc<dyn Work>>,
}

impl Room {
    /// Starts what runs; gives back the routes, the operations' among them.
    pub(super) fn start(self, life: &Lifecycle, shared: &Shared) -> Router {
        let Self { names, database, routes, consumer, works } = self;
        let pulse = database.pulse();
        let relay = Arc::new(Relay::new(
            Arc::new(database.outbox()),
            shared.broker.clone(),
            shared.clock.clone(),
            shared.ids.clone(),
            pulse.events.clone(),
        ));
        life.spawn(names.consumer, consumer.run(life.workers()));
        life.spawn(names.relay, relay.run(life.workers()));
        if !works.is_empty() {
            let (jobs, clock) = (Arc::new(database.clone()), shared.clock.clone());
            let runner = Runner::new(jobs, clock, works, pulse.jobs.clone(), shared.width);
            life.spawn(names.jobs, work(runner, life.stopping(), life.workers()));
        }
        let purge = purge(database.clone(), shared.clock.clone(), life.workers());
        life.spawn(names.purge, purge);
        let database = Arc::new(database);
        let operations =
            ops::routes(names.service, database.clone(), database, shared.clock.clone());
        routes.merge(operations)
    }
}

/// No job is begun once a stop begins: what is under way still needs the gateway, which may be our
/// own simulator behind our own HTTP server.
async fn work(runner: Runner, stopping: CancellationToken, stop: CancellationToken) {
    Arc::new(runner).run(stopping).await;
    stop.cancelled().await;
}

async fn purge(database: Sqlite, clock: Arc<dyn Clock>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(PURGE)).await.is_some() {
        match database.purge(clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old rows were deleted"),
            Err(error) => tracing::warn!(%error, "old rows could not be deleted"),
        }
    }
}

/// Samples the database's time, so that a jump of this machine's clock is found and followed.
pub(super) async fn keep_time(clock: Arc<SteadyClock>, database: Sqlite, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(SAMPLE)).await.is_some() {
        match database.sample_time().await {
            Ok(sampled) => clock.resample(sampled),
            Err(error) => tracing::warn!(%error, "the database tells no time"),
        }
    }
}
