//! Every setting with its default. Read by layers: defaults < file < environment < flags.

use crate::cli::SystemArgs;
use order::models::PaymentWindow;
use runtime::config::{ConfigError, Loaded, Loader, Secret};
use runtime::http::ServerConfig;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The configuration. `ORDERFLOW_SERVER__LISTEN` sets `server.listen`, and so on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and public name.
    pub server: ServerSection,
    /// Bounds of the HTTP server.
    pub http: ServerConfig,
    /// Files.
    pub data: DataSection,
    /// Databases.
    pub databases: DatabasesSection,
    /// Events.
    pub broker: BrokerSection,
    /// Where the parts answer, for commands that read across them.
    pub services: ServicesSection,
    /// The gateway.
    pub midtrans: MidtransSection,
    /// The embedded simulator of the gateway.
    pub simulator: SimulatorSection,
    /// Orders.
    pub order: OrderSection,
    /// Messages to customers.
    pub notification: NotificationSection,
    /// Bounds of the whole.
    pub limits: LimitsSection,
    /// Logs.
    pub log: LogSection,
}

/// `[server]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSection {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where customers reach us; empty: the address we listen on.
    pub public_url: String,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), public_url: String::new() }
    }
}

/// `[data]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSection {
    /// Folder of the databases; empty: the user's data folder.
    pub dir: String,
}

/// `[databases]`: a PostgreSQL URL per service; empty: a SQLite file in `data.dir`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabasesSection {
    /// The order service's, as in `postgres://user:password@host:5432/orderflow_order`.
    pub order: Secret,
    /// The payment service's.
    pub payment: Secret,
    /// The notification service's.
    pub notification: Secret,
}

/// `[broker]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokerSection {
    /// RabbitMQ, as in `amqp://user:password@host:5672/orderflow`; empty: inside this process.
    pub url: Secret,
    /// RabbitMQ's management API, as in `http://user:password@host:15672`; only for
    /// `topology` and `verify`.
    pub management_url: Secret,
}

/// `[services]`: addresses; empty: all behind the one of `--url`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServicesSection {
    /// The order service.
    pub order: String,
    /// The payment service.
    pub payment: String,
    /// The notification service.
    pub notification: String,
    /// The simulator of the gateway, if it runs by itself.
    pub simulator: String,
}

/// `[midtrans]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MidtransSection {
    /// `simulator`, `sandbox` or `production`.
    pub environment: Environment,
    /// The secret of that environment.
    pub server_key: Secret,
    /// Our merchant id; answers that name another are not believed. Empty: not checked.
    pub merchant_id: String,
    /// A simulator that runs by itself, for environment `simulator`; empty: the one inside `up`.
    pub simulator_url: String,
    /// Calls per second, at most.
    pub calls_per_second: u32,
    /// Jobs (gateway calls) under way at once.
    pub width: usize,
}

impl Default for MidtransSection {
    fn default() -> Self {
        Self {
            environment: Environment::Simulator,
            server_key: Secret::new(SIMULATOR_KEY),
            merchant_id: SIMULATOR_MERCHANT.to_owned(),
            simulator_url: String::new(),
            calls_per_second: 10_000,
            width: 256,
        }
    }
}

/// The key of the embedded simulator: known to everybody, worth nothing.
pub const SIMULATOR_KEY: &str = "SB-Mid-server-orderflow-simulator";

/// The merchant that the embedded simulator plays for.
pub const SIMULATOR_MERCHANT: &str = "G000000001";

/// Which Midtrans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// The embedded one; no money moves.
    Simulator,
    /// Midtrans' own for tests.
    Sandbox,
    /// Real money.
    Production,
}

/// `[simulator]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulatorSection {
    /// How fast its clock runs: 60 makes a minute of a second.
    pub speed: f64,
    /// Where one that runs by itself calls back, as in `http://host:8082/webhooks/midtrans`.
    pub notification_url: String,
}

impl Default for SimulatorSection {
    fn default() -> Self {
        Self { speed: 1.0, notification_url: String::new() }
    }
}

/// `[order]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderSection {
    /// Minutes in which an order can be paid whose creator does not say.
    pub payment_window_minutes: i64,
}

impl Default for OrderSection {
    fn default() -> Self {
        Self { payment_window_minutes: PaymentWindow::DEFAULT.minutes() }
    }
}

/// `[notification]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationSection {
    /// `mailbox` (a page here shows them) or `smtp`.
    pub channel: ChannelKind,
    /// `smtp://` or `smtps://` with user and password, for channel `smtp`.
    pub smtp_url: Secret,
    /// The sender.
    pub from: String,
}

impl Default for NotificationSection {
    fn default() -> Self {
        Self {
            channel: ChannelKind::Mailbox,
            smtp_url: Secret::default(),
            from: "OrderFlow <noreply@orderflow.test>".to_owned(),
        }
    }
}

/// How messages leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// They stay here and are shown at `/mailbox`.
    Mailbox,
    /// A mail server.
    Smtp,
}

/// `[limits]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsSection {
    /// Orders are refused while more events than this wait for the broker.
    pub pending_events_max: u64,
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self { pending_events_max: 1_000_000 }
    }
}

/// `[log]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSection {
    /// `auto` (pretty on a terminal, else JSON), `pretty` or `json`.
    pub format: String,
    /// As in `RUST_LOG`, which wins over this; empty: `info`, and the libraries only from `warn`.
    pub filter: String,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: "auto".to_owned(), filter: String::new() }
    }
}

/// Variables that begin like settings and are none.
const NOT_SETTINGS: &[&str] = &[
    "ORDERFLOW_CONFIG",
    // Servers of the tests.
    "ORDERFLOW_TEST_POSTGRES_URL",
    "ORDERFLOW_TEST_AMQP_URL",
    "ORDERFLOW_TEST_RABBITMQ_URL",
];

impl Config {
    /// Reads the layers; `listen` is the flag of that name.
    pub fn load(
        args: &SystemArgs,
        listen: Option<SocketAddr>,
    ) -> Result<Loaded<Self>, ConfigError> {
        Self::load_with(args, [("--listen", "server.listen", listen.map(|at| at.to_string()))])
    }

    /// Reads the layers; a flag comes with the setting that it stands for.
    pub fn load_with<const N: usize>(
        args: &SystemArgs,
        flags: [(&'static str, &'static str, Option<String>); N],
    ) -> Result<Loaded<Self>, ConfigError> {
        let mut loader = Loader::new().process_env(NOT_SETTINGS);
        if let Some(file) = &args.config {
            loader = loader.file(file);
        }
        if let Some(dir) = &args.data_dir {
            loader = loader.flag("--data-dir", "data.dir", dir.to_string_lossy());
        }
        for (flag, setting, value) in flags {
            if let Some(value) = value {
                loader = loader.flag(flag, setting, value);
            }
        }
        loader.load()
    }

    /// The folder of the databases.
    pub fn data_dir(&self) -> PathBuf {
        if !self.data.dir.is_empty() {
            return PathBuf::from(&self.data.dir);
        }
        let home = std::env::var_os("HOME").map(PathBuf::from);
        std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| home.map(|home| home.join(".local/share")))
            .map_or_else(|| PathBuf::from("orderflow-data"), |base| base.join("orderflow"))
    }
}

/// A setting that could be read and cannot be used. Its value is never in it: it may be a secret.
#[derive(Debug, thiserror::Error)]
#[error("`{key}`: {problem}\n  {fix}")]
pub struct BadSetting {
    /// Such as `databases.order`.
    pub key: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

impl BadSetting {
    /// Ready to be returned.
    pub fn new(key: &'static str, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { key, problem: problem.into(), fix: fix.into() }
    }

    /// In words, with the place where the setting was read.
    pub fn located(&self, loaded: &Loaded<Config>) -> String {
        format!("{}: {self}", loaded.source(self.key))
    }

    /// `error` with the place where the setting was read, if it is about one.
    pub fn locate(error: anyhow::Error, loaded: &Loaded<Config>) -> anyhow::Error {
        match error.downcast_ref::<Self>() {
            Some(bad) => anyhow::anyhow!("{}", bad.located(loaded)),
            None => error,
        }
    }
}
