//! The simulator as a whole: its parts put together, and the worker that lets time pass.

use crate::clock::{Anchor, SimClock};
use crate::config::{SimConfig, SimError};
use crate::courier;
use crate::db::{Db, DbError, Store};
use crate::faults::{Switch, Switches};
use crate::gateway::{Gateway, Merchant, Refusal, SWITCHES, Turn};
use crate::http;
use crate::model::DueDelivery;
use kernel::{Clock, Ids, Timestamp};
use midtrans::ServerKey;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The most notifications in flight.
const IN_FLIGHT: usize = 256;
/// The longest sleep of the worker, in case a wake-up is missed.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// The wait after a fault of the store.
const AFTER_FAULT: Duration = Duration::from_secs(1);
/// How long notifications in flight may take when the simulator stops. What is cut is sent again
/// after the next start.
const FAREWELL: Duration = Duration::from_secs(3);
const CLOCK: &str = "clock";

/// A simulated Midtrans. Clones are the same simulator.
#[derive(Clone)]
pub struct Sim(pub(crate) Arc<Shared>);

/// What every handler needs.
pub(crate) struct Shared {
    pub(crate) gateway: Gateway,
    pub(crate) clock: SimClock,
    /// Idempotency keys whose first request is still at work.
    pub(crate) at_work: Mutex<HashSet<String>>,
    store: Store,
    http: reqwest::Client,
    wake: Notify,
}

/// What one [`Sim::step`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tick {
    /// Transactions that expired or paid themselves.
    pub moved: usize,
    /// Notifications that were tried.
    pub attempted: usize,
}

impl Sim {
    /// Opens the store and continues where it stood. The process must have installed its rustls
    /// provider.
    pub async fn open(
        config: SimConfig,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, SimError> {
        let key = ServerKey::try_new(config.server_key)?;
        let public_url =
            address("public_url", &config.public_url)?.trim_end_matches('/').to_owned();
        if let Some(url) = &config.notification_url {
            address("notification_url", url)?;
        }
        let data = config.data;
        let opened = tokio::task::spawn_blocking(move || Store::open(data.as_deref())).await;
        let store = opened.map_err(|_| DbError::Closed)??;
        let anchor: Option<Anchor> = store.call(|db| db.setting(CLOCK)).await?;
        let kept: Vec<(u64, Switch)> =
            store.call(|db| db.setting(SWITCHES)).await?.unwrap_or_default();
        let merchant = Merchant {
            id: config.merchant_id,
            key,
            dashboard_url: config.notification_url,
            public_url,
        };
        let gateway = Gateway {
            merchant,
            ids,
            retry_jitter: config.retry_jitter,
            switches: Mutex::new(Switches::from_stored(kept)),
        };
        let shared = Shared {
            gateway,
            clock: SimClock::try_new(clock, anchor, config.speed)?,
            at_work: Mutex::default(),
            store,
            http: courier::client().map_err(SimError::Http)?,
            wake: Notify::new(),
        };
        let sim = Self(Arc::new(shared));
        sim.keep_clock().await?;
        Ok(sim)
    }

    /// Everything that is served: `/snap`, `/v2` and `/_sim`. Paths outside these are left to
    /// whoever mounts it.
    pub fn router(&self) -> axum::Router {
        http::router(self)
    }

    /// Lets time pass until cancelled: expires, pays and notifies what is due. Run it once.
    pub async fn run(&self, cancel: CancellationToken) {
        let mut flights = Flights::default();
        loop {
            let wait = match self.launch(&mut flights).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the simulator's worker has to wait");
                    AFTER_FAULT
                }
            };
            tokio::select! {
                () = cancel.cancelled() => break,
                () = flights.landed() => {}
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        let _ = tokio::time::timeout(FAREWELL, flights.tasks.join_all()).await;
    }

    /// One round of [`Sim::run`], to its end: for tests with a clock that stands still.
    pub async fn step(&self) -> Result<Tick, SimError> {
        let turn = self.turn(vec![], IN_FLIGHT).await?;
        let attempted = turn.deliveries.len();
        let mut flights = Flights::default();
        flights.launch(self, turn.deliveries);
        flights.tasks.join_all().await;
        Ok(Tick { moved: turn.moved, attempted })
    }

    /// Sets simulated time running at another speed, or jumps, and remembers it.
    pub(crate) async fn keep_clock(&self) -> Result<(), DbError> {
        let anchor = self.0.clock.anchor();
        self.0.store.call(move |db| db.set(CLOCK, &anchor)).await?;
        self.0.wake.notify_one();
        Ok(())
    }

    /// Runs a command on the store at the simulated time of its turn, then wakes the worker.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Gateway, &Db<'_>, Timestamp) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let done = self.read(work).await;
        self.0.wake.notify_one();
        done
    }

    /// The same without waking the worker.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Gateway, &Db<'_>, Timestamp) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let shared = self.0.clone();
        self.0.store.call(move |db| work(&shared.gateway, db, shared.clock.now())).await
    }

    async fn turn(&self, in_flight: Vec<i64>, free: usize) -> Result<Turn, SimError> {
        let turn = self.read(move |gateway, db, now| gateway.turn(db, &in_flight, free, now)).await;
        turn.map_err(|refusal| match refusal {
            Refusal::Db(error) => SimError::Db(error),
            other => SimError::Inside(other.to_string()),
        })
    }

    async fn launch(&self, flights: &mut Flights) -> Result<Duration, SimError> {
        let in_flight: Vec<i64> = flights.of_task.values().copied().collect();
        let free = IN_FLIGHT.saturating_sub(in_flight.len());
        let turn = self.turn(in_flight, free).await?;
        flights.launch(self, turn.deliveries);
        let wait = turn.next.map_or(LONGEST_SLEEP, |next| self.0.clock.real_wait(next));
        Ok(wait.min(LONGEST_SLEEP))
    }

    async fn deliver(self, due: DueDelivery) {
        let DueDelivery { id: delivery, url, body, due_at } = due;
        let answer = courier::carry(&self.0.http, &url, body).await;
        tracing::debug!(delivery, url, ?answer, "notification");
        let launched = (delivery, due_at);
        let booked = self.read(move |gateway, db, now| gateway.book(db, launched, answer, now));
        if let Err(error) = booked.await {
            // It stays due and is sent again: at least once, as Midtrans does.
            tracing::error!(%error, delivery, "the attempt is not booked");
            tokio::time::sleep(AFTER_FAULT).await;
        }
    }
}

/// The notifications in flight, so that none is launched twice.
#[derive(Default)]
struct Flights {
    tasks: JoinSet<()>,
    of_task: HashMap<tokio::task::Id, i64>,
}

impl Flights {
    fn launch(&mut self, sim: &Sim, due: Vec<DueDelivery>) {
        for delivery in due {
            let id = delivery.id;
            let task = self.tasks.spawn(sim.clone().deliver(delivery));
            self.of_task.insert(task.id(), id);
        }
    }

    /// Waits until at least one has ended; for ever if none is in flight.
    async fn landed(&mut self) {
        let Some(first) = self.tasks.join_next_with_id().await else {
            return std::future::pending().await;
        };
        let mut ended = Some(first);
        while let Some(end) = ended {
            let task = end.map_or_else(|error| error.id(), |(id, ())| id);
            self.of_task.remove(&task);
            ended = self.tasks.try_join_next_with_id();
        }
    }
}

fn address<'a>(name: &'static str, text: &'a str) -> Result<&'a str, SimError> {
    let url = Url::parse(text).map_err(|_| SimError::Url(name))?;
    if matches!(url.scheme(), "http" | "https") { Ok(text) } else { Err(SimError::Url(name)) }
}
