//! The command line. Words and defaults; what a command does is in `commands`.

use crate::compose::Part;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// An order back end that never loses an order or a rupiah.
#[derive(Debug, Parser)]
#[command(name = "orderflow", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process: the services, the Midtrans simulator, nothing installed.
    Up(UpArgs),
    /// Run one service by itself, on its own database and RabbitMQ.
    Serve(ServeArgs),
    /// Run a simulator of something outside, by itself.
    Simulate(SimulateArgs),
    /// Create orders that pay themselves and watch them; starts the system if none answers.
    Demo(DemoArgs),
    /// Explain one order: what happened, when, why, in every service.
    Why(WhyArgs),
    /// Bring the databases up to date, without starting anything.
    Migrate(MigrateArgs),
    /// What RabbitMQ must know: exchange, queues, bindings, policies.
    #[command(subcommand)]
    Topology(TopologyCommand),
}

/// What every command that opens the system takes.
#[derive(Debug, Clone, Default, Args)]
pub struct SystemArgs {
    /// Where the databases live [default: the user's data folder, orderflow].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE", env = "ORDERFLOW_CONFIG")]
    pub config: Option<PathBuf>,
}

/// `up`
#[derive(Debug, Clone, Default, Args)]
pub struct UpArgs {
    /// Folder and settings.
    #[command(flatten)]
    pub system: SystemArgs,
    /// Where to listen [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Start over: delete the SQLite files of earlier runs first.
    #[arg(long)]
    pub fresh: bool,
}

/// `serve`
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Which service.
    pub service: Part,
    /// Settings; a folder only if its database is a file.
    #[command(flatten)]
    pub system: SystemArgs,
    /// Where to listen [default: server.listen, else 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

/// `simulate`
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// What.
    pub what: Simulated,
    /// Keep what it knows in this folder [default: in memory].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE", env = "ORDERFLOW_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where to listen [default: server.listen, else 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// The key that callers show; any text without white space [default: midtrans.server_key].
    #[arg(long, value_name = "KEY")]
    pub server_key: Option<String>,
    /// Where notifications go, as the dashboard's setting [default: simulator.notification_url].
    #[arg(long, value_name = "URL")]
    pub notification_url: Option<String>,
    /// How fast its clock runs: 60 makes a minute of a second [default: simulator.speed].
    #[arg(long, value_name = "TIMES")]
    pub speed: Option<f64>,
}

/// What can be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Simulated {
    /// The payment gateway.
    Midtrans,
}

/// `migrate`
#[derive(Debug, Clone, Default, Args)]
pub struct MigrateArgs {
    /// Only this service's database.
    pub service: Option<Part>,
    /// Folder and settings.
    #[command(flatten)]
    pub system: SystemArgs,
}

/// `topology`
#[derive(Debug, Clone, Subcommand)]
pub enum TopologyCommand {
    /// Print the definitions, for `load_definitions` or an import.
    Export(TopologyArgs),
    /// Compare RabbitMQ with them; exit status 3 if anything differs. Needs broker.management_url,
    /// of a user tagged administrator.
    Diff(TopologyArgs),
    /// Create or mend what differs, the virtual host too. Needs broker.management_url, of a user
    /// tagged administrator.
    Apply(TopologyArgs),
    /// Draw who publishes what and who reads it, as Mermaid text.
    Diagram,
}

/// `topology …`
#[derive(Debug, Clone, Default, Args)]
pub struct TopologyArgs {
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE", env = "ORDERFLOW_CONFIG")]
    pub config: Option<PathBuf>,
    /// The virtual host [default: the one of broker.url, else orderflow].
    #[arg(long, value_name = "NAME")]
    pub vhost: Option<String>,
}

/// `demo`
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// The system to use [default: the one on 127.0.0.1:8080, else one started here].
    #[arg(long)]
    pub url: Option<url::Url>,
    /// How many orders.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// Orders per second [default: as fast as they are taken].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: Option<u32>,
    /// One JSON object per order on standard output.
    #[arg(long)]
    pub json: bool,
    /// Folder and settings of a system started here.
    #[command(flatten)]
    pub system: SystemArgs,
}

/// `why`
#[derive(Debug, Clone, Args)]
pub struct WhyArgs {
    /// The order's id, or the merchant's reference.
    pub order: String,
    /// The system to ask, all of it behind one address [default: server.listen, or each service at
    /// its address in the settings].
    #[arg(long)]
    pub url: Option<url::Url>,
    /// Folder and settings.
    #[command(flatten)]
    pub system: SystemArgs,
    /// The whole story as JSON.
    #[arg(long)]
    pub json: bool,
}
