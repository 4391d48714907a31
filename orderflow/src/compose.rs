//! The composition root: the only code that knows every adapter.
//!
//! Opens databases, broker and gateway, builds the services of this process on them, and starts
//! what runs. The services never see each other, only the broker port.

mod broker;
mod build;
mod database;
mod gateway;
mod manifests;
mod part;
mod rooms;

use crate::config::{BadSetting, Config, Environment};
use crate::data_dir::DataDir;
use crate::welcome;
use anyhow::Context;
use axum::Router;
use build::Site;
use database::{Database, Opened};
use kernel::{Clock, Ids, SteadyClock, TimeOrderedIds};
use midtrans_sim::Sim;
pub use part::{Owner, Part};
use rooms::Shared;
use runtime::health::Health;
use runtime::http::Server;
use runtime::lifecycle::{Lifecycle, Outcome, StopPlan};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Between the beginning of a stop and the end of accepting: jobs under way make their last calls
/// to the simulator, which this very process serves.
const LAST_CALLS: Duration = Duration::from_millis(300);

/// A running process.
pub struct System {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where customers reach it, without a slash at the end.
    pub public_url: String,
    /// Its files, if it has any.
    pub data: Option<DataDir>,
    /// What was not right at the start and did not prevent it.
    pub troubles: Vec<BadSetting>,
    life: Lifecycle,
}

impl System {
    /// Ctrl-C and SIGTERM stop it from now on.
    pub fn listen_to_signals(&self) -> anyhow::Result<()> {
        self.life.listen_to_signals().context("signals cannot be listened to")
    }

    /// Begins an orderly stop.
    pub fn stop(&self) {
        self.life.stop();
    }

    /// Waits for the end, however it comes.
    pub async fn wait(&self) -> Outcome {
        self.life.wait().await
    }
}

/// Whether a process that runs `parts` keeps files: SQLite databases, or its simulator's.
pub fn keeps_files(config: &Config, parts: &[Part]) -> bool {
    parts.iter().any(|part| part.database_url(config).is_empty()) || simulates(config, parts)
}

/// Whether the simulator runs in this process.
fn simulates(config: &Config, parts: &[Part]) -> bool {
    parts.len() == Part::ALL.len()
        && config.midtrans.environment == Environment::Simulator
        && config.midtrans.simulator_url.is_empty()
}

/// Opens the databases of `parts` and brings their schemas up to date.
pub async fn migrate(
    config: &Config,
    parts: &[Part],
    data: Option<&DataDir>,
) -> anyhow::Result<()> {
    for part in parts {
        Database::open(config, *part, data).await?;
    }
    Ok(())
}

/// Starts a process that runs `parts`. `data` must be there if it [`keeps_files`].
pub async fn start(
    config: &Config,
    parts: &[Part],
    data: Option<DataDir>,
) -> anyhow::Result<System> {
    let mut http = config.http.clone();
    http.priority.extend(["/webhooks", "/snap", "/v2"].map(str::to_owned));
    let server = Server::bind(config.server.listen, http).await?;
    let address = server.address();
    let public_url = public_url(config, address);
    // What the settings alone decide comes first: nothing is touched if they are wrong.
    web_address("server.public_url", &config.server.public_url)?;
    web_address("midtrans.simulator_url", &config.midtrans.simulator_url)?;
    let plan = broker::Plan::of(config, parts)?;
    let simulator_url = simulator_url(config, parts, address)?;
    let mut opened = Vec::with_capacity(parts.len());
    for part in parts {
        opened.push(Opened::open(config, *part, data.as_ref()).await?);
    }
    let clock: Arc<dyn Clock> = opened.first().context("no service to run")?.clock.clone();
    let chosen = plan.open(parts, clock.clone()).await;
    let mut troubles = chosen.troubles;
    troubles.extend(dead_links(config, parts));
    let shared = Shared {
        broker: chosen.broker,
        drains: chosen.dead_letters,
        ids: Arc::new(TimeOrderedIds) as Arc<dyn Ids>,
        simulator_url,
        public_url: public_url.clone(),
        width: config.midtrans.width.max(1),
    };
    let life = Lifecycle::new(StopPlan { notice: LAST_CALLS, ..StopPlan::default() });
    let sim = match &data {
        Some(data) if simulates(config, parts) => {
            Some(embedded_simulator(config, data, address, &shared, clock).await?)
        }
        _ => None,
    };
    let health = health(&opened, &life);
    let mut routes = welcome::routes(config, parts, &public_url)
        .merge(runtime::problem::routes(&[]))
        .merge(health.routes());
    for opened in opened {
        let site = Site { config, shared: &shared, opened };
        routes = routes.merge(site.build()?.start(&life, &shared).await?);
    }
    if let Some(sim) = sim {
        routes = routes.merge(run_simulator(&life, &sim));
    }
    serve(&life, server, routes, shared.ids.clone());
    Ok(System { address, public_url, data, troubles, life })
}

/// Starts the gateway's simulator alone. `data`: its file, else it keeps everything in memory.
pub async fn start_simulator(config: &Config, data: Option<DataDir>) -> anyhow::Result<System> {
    let server = Server::bind(config.server.listen, config.http.clone()).await?;
    let address = server.address();
    let public_url = public_url(config, address);
    let file = data.as_ref().map(|data| data.database("simulator"));
    let callbacks = &config.simulator.notification_url;
    let callbacks = (!callbacks.is_empty()).then(|| callbacks.clone());
    let ids: Arc<dyn Ids> = Arc::new(TimeOrderedIds);
    let clock = Arc::new(SteadyClock::of_this_machine());
    let sim = gateway::simulator(config, file, &public_url, callbacks, clock, ids.clone()).await?;
    let life = Lifecycle::new(StopPlan { notice: LAST_CALLS, ..StopPlan::default() });
    let routes = welcome::about(config).merge(health(&[], &life).routes());
    let routes = routes.merge(run_simulator(&life, &sim));
    serve(&life, server, routes, ids);
    Ok(System { address, public_url, data, troubles: Vec::new(), life })
}

async fn embedded_simulator(
    config: &Config,
    data: &DataDir,
    address: SocketAddr,
    shared: &Shared,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Sim> {
    let file = Some(data.database("simulator"));
    let callbacks = gateway::callback_url(&format!("http://{}", reachable(address)));
    let ids = shared.ids.clone();
    gateway::simulator(config, file, &shared.public_url, Some(callbacks), clock, ids).await
}

fn run_simulator(life: &Lifecycle, sim: &Sim) -> Router {
    let (runs, stop) = (sim.clone(), life.workers());
    life.spawn("simulator", async move { runs.run(stop).await });
    sim.router()
}

fn serve(life: &Lifecycle, server: Server, routes: Router, ids: Arc<dyn Ids>) {
    let intake = life.intake();
    life.spawn_intake("http", server.serve(routes, ids, intake));
}

/// Readiness depends on the own databases alone: without broker, gateway or mail, orders are
/// taken all the same.
fn health(databases: &[Opened], life: &Lifecycle) -> Health {
    let stopping = life.stopping();
    let mut health = Health::default().check(
        "stopping",
        Arc::new(move || {
            let stopping = stopping.is_cancelled();
            Box::pin(async move {
                if stopping { Err("the process is stopping".to_owned()) } else { Ok(()) }
            })
        }),
    );
    for Opened { part, ports, .. } in databases {
        let operations = ports.operations.clone();
        health = health.check(
            format!("{} database", part.name()),
            Arc::new(move || {
                let operations = operations.clone();
                Box::pin(async move { operations.ping().await.map_err(|e| e.to_string()) })
            }),
        );
    }
    health
}

/// Where the payment service finds a simulated gateway.
fn simulator_url(config: &Config, parts: &[Part], address: SocketAddr) -> anyhow::Result<String> {
    let configured = config.midtrans.simulator_url.trim_end_matches('/');
    if !configured.is_empty() {
        return Ok(configured.to_owned());
    }
    let needed = config.midtrans.environment == Environment::Simulator
        && parts.contains(&Part::Payment)
        && !simulates(config, parts);
    if needed {
        let problem = "the payment service runs by itself and has no simulator inside";
        let fix = "start \"orderflow simulate midtrans\" and set this to its address, or set \
                   midtrans.environment to \"sandbox\"";
        return Err(BadSetting::new("midtrans.simulator_url", problem, fix).into());
    }
    Ok(format!("http://{}", reachable(address)))
}

/// A setting that names an address of the web, or nothing.
fn web_address(key: &'static str, text: &str) -> Result<(), BadSetting> {
    let right = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if text.is_empty() || url::Url::parse(text).is_ok_and(right) {
        return Ok(());
    }
    let problem = "it is no http:// or https:// address";
    Err(BadSetting::new(key, problem, "write it as in http://127.0.0.1:8080"))
}

/// Links for customers lead to the payment service, wherever that is.
fn dead_links(config: &Config, parts: &[Part]) -> Option<BadSetting> {
    let elsewhere = !parts.contains(&Part::Payment) && config.server.public_url.is_empty();
    elsewhere.then(|| {
        let problem = "it is not set, so customers get links to this process, which has no /pay";
        let fix = "set it, the same for all services, to the address in front of them, or else to \
                   the payment service's";
        BadSetting::new("server.public_url", problem, fix)
    })
}

fn public_url(config: &Config, address: SocketAddr) -> String {
    let configured = config.server.public_url.trim_end_matches('/');
    if configured.is_empty() {
        format!("http://{}", reachable(address))
    } else {
        configured.to_owned()
    }
}

/// The address under which this process reaches itself.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip =
        if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    SocketAddr::new(ip, address.port())
}
