//! The composition root: the only code that knows every adapter.
//!
//! Opens databases, broker and gateway, builds each service on them, and starts what runs. The
//! services never see each other, only the broker port.

mod rooms;

use crate::config::{ChannelKind, Config, Environment, SIMULATOR_KEY, SIMULATOR_MERCHANT};
use crate::data_dir::DataDir;
use crate::welcome;
use anyhow::{Context, bail};
use axum::Router;
use kernel::{Clock, Ids, SteadyClock, TimeOrderedIds};
use messaging::in_process::InProcessBroker;
use messaging::{Broker, Queue};
use midtrans::{ClientConfig, ServerKey, hosts};
use midtrans_sim::{Sim, SimConfig};
use notification::channel::{MailboxChannel, SmtpChannel};
use notification::repository::sqlite::{SqliteContacts, SqliteMessages};
use notification::usecase::ports::Channel;
use order::repository::sqlite::SqliteOrders;
use payment::gateway::{MidtransConfig, MidtransGateway};
use payment::repository::sqlite::SqlitePayments;
use payment::usecase::ports::PaymentGateway;
use rooms::{Room, Shared};
use runtime::health::Health;
use runtime::http::Server;
use runtime::lifecycle::{Lifecycle, Outcome, StopPlan};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use storage::sqlite::Sqlite;
use url::Url;

/// Between the beginning of a stop and the end of accepting: jobs under way make their last calls
/// to the simulator, which this very process serves.
const LAST_CALLS: Duration = Duration::from_millis(300);

/// A running system.
pub struct System {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where customers reach it, without a slash at the end.
    pub public_url: String,
    /// Its data.
    pub data: DataDir,
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

/// The databases of the three services.
struct Databases {
    order: Sqlite,
    payment: Sqlite,
    notification: Sqlite,
}

/// Opens the databases and brings their schemas up to date.
pub fn migrate(data: &DataDir) -> anyhow::Result<()> {
    Databases::open(data).map(|_| ())
}

impl Databases {
    fn open(data: &DataDir) -> anyhow::Result<Self> {
        let path = |name| data.database(name);
        Ok(Self {
            order: open(&path("order"), order::repository::sqlite::migrations())?,
            payment: open(&path("payment"), payment::repository::sqlite::migrations())?,
            notification: open(
                &path("notification"),
                notification::repository::sqlite::migrations(),
            )?,
        })
    }
}

fn open(path: &Path, migrations: storage::sqlite::Migrations) -> anyhow::Result<Sqlite> {
    Sqlite::open(path, migrations).with_context(|| {
        format!(
            "{} cannot be opened: try --fresh to start over, or another --data-dir",
            path.display()
        )
    })
}

/// Starts the whole system, embedded: SQLite files, the in-process broker, the simulator.
pub async fn start(config: &Config, data: DataDir) -> anyhow::Result<System> {
    let mut http = config.http.clone();
    http.priority.extend(["/webhooks", "/snap", "/v2"].map(str::to_owned));
    let server = Server::bind(config.server.listen, http).await?;
    let address = server.address();
    let public_url = public_url(config, address);
    let databases = Databases::open(&data)?;
    let sampled = databases.order.sample_time().await.context("the databases tell no time")?;
    let steady = Arc::new(SteadyClock::new(sampled));
    let broker = Arc::new(InProcessBroker::new());
    for queue in QUEUES {
        broker.declare(queue);
    }
    let shared = Shared {
        broker: broker as Arc<dyn Broker>,
        clock: steady.clone() as Arc<dyn Clock>,
        ids: Arc::new(TimeOrderedIds) as Arc<dyn Ids>,
        width: config.midtrans.width.max(1),
    };
    let life = Lifecycle::new(StopPlan { notice: LAST_CALLS, ..StopPlan::default() });
    let sim = simulator(config, &data, address, &public_url, &shared).await?;
    let services = [
        order_room(config, databases.order.clone(), &public_url, &shared),
        payment_room(config, databases.payment.clone(), address, &public_url, &shared)?,
        notification_room(config, databases.notification.clone(), &public_url, &shared)?,
    ];
    let mut routes = welcome::routes(config, &public_url)
        .merge(runtime::problem::routes(&[]))
        .merge(health(&databases, &life).routes());
    for service in services {
        routes = routes.merge(service.start(&life, &shared));
    }
    if let Some(sim) = &sim {
        routes = routes.merge(sim.router());
        let (sim, stop) = (sim.clone(), life.workers());
        life.spawn("simulator", async move { sim.run(stop).await });
    }
    life.spawn("clock", rooms::keep_time(steady, databases.order.clone(), life.workers()));
    serve(&life, server, routes, shared.ids.clone());
    Ok(System { address, public_url, data, life })
}

/// Every queue of the system; declared before anything is published.
const QUEUES: [Queue; 3] =
    [order::broker::QUEUE, payment::broker::QUEUE, notification::broker::QUEUE];

fn serve(life: &Lifecycle, server: Server, routes: Router, ids: Arc<dyn Ids>) {
    let intake = life.intake();
    life.spawn_intake("http", server.serve(routes, ids, intake));
}

fn health(databases: &Databases, life: &Lifecycle) -> Health {
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
    let named = [
        ("order database", &databases.order),
        ("payment database", &databases.payment),
        ("notification database", &databases.notification),
    ];
    for (name, database) in named {
        let database = database.clone();
        health = health.check(
            name,
            Arc::new(move || {
                let database = database.clone();
                Box::pin(async move {
                    storage::Operations::ping(&database).await.map_err(|e| e.to_string())
                })
            }),
        );
    }
    health
}

fn order_room(config: &Config, database: Sqlite, public_url: &str, shared: &Shared) -> Room {
    let orders = SqliteOrders::new(database.clone(), database.writer(), shared.ids.clone());
    let service = order::build(
        order::Config {
            public_url: public_url.to_owned(),
            pending_events_max: config.limits.pending_events_max,
        },
        order::Ports {
            orders: Arc::new(orders),
            inbox: Arc::new(database.clone()),
            broker: shared.broker.clone(),
            clock: shared.clock.clone(),
            ids: shared.ids.clone(),
        },
    );
    Room {
        names: rooms::ORDER,
        database,
        routes: service.routes,
        consumer: service.consumer,
        works: Vec::new(),
    }
}

fn payment_room(
    config: &Config,
    database: Sqlite,
    address: SocketAddr,
    public_url: &str,
    shared: &Shared,
) -> anyhow::Result<Room> {
    let payments = SqlitePayments::new(database.clone(), database.writer(), shared.ids.clone());
    let service = payment::build(
        payment::Config { public_url: public_url.to_owned() },
        payment::Ports {
            payments: Arc::new(payments),
            inbox: Arc::new(database.clone()),
            gateway: gateway(config, address, public_url)?,
            broker: shared.broker.clone(),
            clock: shared.clock.clone(),
            ids: shared.ids.clone(),
        },
    );
    Ok(Room {
        names: rooms::PAYMENT,
        database,
        routes: service.routes,
        consumer: service.consumer,
        works: service.works,
    })
}

fn notification_room(
    config: &Config,
    database: Sqlite,
    public_url: &str,
    shared: &Shared,
) -> anyhow::Result<Room> {
    let writer = database.writer();
    let contacts = SqliteContacts::new(database.clone(), writer.clone(), shared.ids.clone());
    let messages = SqliteMessages::new(database.clone(), writer, shared.ids.clone());
    let service = notification::build(
        notification::Config {
            public_url: public_url.to_owned(),
            mailbox: config.notification.channel == ChannelKind::Mailbox,
        },
        notification::Ports {
            contacts: Arc::new(contacts),
            messages: Arc::new(messages),
            inbox: Arc::new(database.clone()),
            channel: channel(config)?,
            broker: shared.broker.clone(),
            clock: shared.clock.clone(),
            ids: shared.ids.clone(),
        },
    );
    Ok(Room {
        names: rooms::NOTIFICATION,
        database,
        routes: service.routes,
        consumer: service.consumer,
        works: service.works,
    })
}

fn channel(config: &Config) -> anyhow::Result<Arc<dyn Channel>> {
    Ok(match config.notification.channel {
        ChannelKind::Mailbox => Arc::new(MailboxChannel),
        ChannelKind::Smtp => {
            let section = &config.notification;
            let smtp = SmtpChannel::try_new(section.smtp_url.reveal(), &section.from);
            Arc::new(smtp.context("notification.smtp_url and notification.from")?)
        }
    })
}

fn gateway(
    config: &Config,
    address: SocketAddr,
    public_url: &str,
) -> anyhow::Result<Arc<dyn PaymentGateway>> {
    let section = &config.midtrans;
    let key = section.server_key.reveal();
    let (snap, core) = match section.environment {
        Environment::Simulator => {
            let base = format!("http://{}", reachable(address));
            (format!("{base}/snap/v1"), base)
        }
        Environment::Sandbox if key == SIMULATOR_KEY => {
            bail!("midtrans.server_key is still the simulator's: set your sandbox key")
        }
        Environment::Sandbox => (hosts::SNAP_SANDBOX.to_owned(), hosts::CORE_SANDBOX.to_owned()),
        Environment::Production if key.starts_with("SB-") => bail!(
            "midtrans.server_key is a sandbox key (SB-…) but midtrans.environment is production: \
             set the live key, or environment = \"sandbox\""
        ),
        Environment::Production => {
            (hosts::SNAP_PRODUCTION.to_owned(), hosts::CORE_PRODUCTION.to_owned())
        }
    };
    if section.environment != Environment::Simulator && section.merchant_id == SIMULATOR_MERCHANT {
        bail!(
            "midtrans.merchant_id is still the simulator's: set your own, or \"\" to not check it"
        );
    }
    let key = ServerKey::try_new(key).context("midtrans.server_key")?;
    let mut client = ClientConfig::new(Url::parse(&snap)?, Url::parse(&core)?, key);
    client.pool_size = section.width;
    if section.environment != Environment::Simulator {
        client.notification_url = Some(Url::parse(&callback_url(public_url))?);
    }
    let calls_per_second = NonZeroU32::new(section.calls_per_second)
        .context("midtrans.calls_per_second must be at least 1")?;
    let gateway = MidtransGateway::try_new(MidtransConfig {
        client,
        merchant_id: section.merchant_id.clone(),
        public_url: public_url.to_owned(),
        calls_per_second,
    })?;
    Ok(Arc::new(gateway))
}

async fn simulator(
    config: &Config,
    data: &DataDir,
    address: SocketAddr,
    public_url: &str,
    shared: &Shared,
) -> anyhow::Result<Option<Sim>> {
    if config.midtrans.environment != Environment::Simulator {
        return Ok(None);
    }
    let sim = SimConfig {
        data: Some(data.database("simulator")),
        server_key: config.midtrans.server_key.reveal().to_owned(),
        merchant_id: config.midtrans.merchant_id.clone(),
        public_url: public_url.to_owned(),
        notification_url: Some(callback_url(&format!("http://{}", reachable(address)))),
        speed: config.simulator.speed,
        retry_jitter: true,
    };
    let sim = Sim::open(sim, shared.clock.clone(), shared.ids.clone()).await;
    Ok(Some(sim.context("the simulator cannot start")?))
}

fn callback_url(base: &str) -> String {
    format!("{base}/webhooks/midtrans")
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
