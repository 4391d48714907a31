//! The command line. Words and defaults; what a command does is in `commands`.

use crate::compose::Part;
use crate::reconcile::Mapping;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

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
    /// Look at every order in every service: nothing lost, nothing doubled, the money right.
    /// Exit status 3 if anything is wrong.
    Verify(VerifyArgs),
    /// Have the payment gateway asked, or compare its report with our books and repair what is safe.
    /// Exit status 3 if differences are left.
    Reconcile(ReconcileArgs),
    /// What the services gave up: list it, try it again, or let it be.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
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

/// Which system a command reads.
#[derive(Debug, Clone, Default, Args)]
pub struct TargetArgs {
    /// The system, all of it behind one address [default: server.listen, or each service at its
    /// address in the settings].
    #[arg(long, value_parser = base_url)]
    pub url: Option<Url>,
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE", env = "ORDERFLOW_CONFIG")]
    pub config: Option<PathBuf>,
}

impl TargetArgs {
    /// What the settings are read by.
    pub(crate) fn settings(&self) -> SystemArgs {
        SystemArgs { data_dir: None, config: self.config.clone() }
    }
}

/// An address that paths can be put behind.
fn base_url(text: &str) -> Result<Url, String> {
    let web = |text: &str| {
        let url = Url::parse(text).ok()?;
        let plain = url.query().is_none() && url.fragment().is_none();
        (matches!(url.scheme(), "http" | "https") && plain).then_some(url)
    };
    web(text).ok_or_else(|| match web(&format!("http://{text}")) {
        Some(_) => format!("it is no http:// address; did you mean http://{text}?"),
        None => "it is no http:// address: write it as http://host:port".to_owned(),
    })
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
    /// Print what each service's user may do: the commands that grant it. The users are svc_order,
    /// svc_payment, svc_notification, and svc_up for everything in one process; put your own names.
    Users(UsersArgs),
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

/// `topology users`
#[derive(Debug, Clone, Args)]
pub struct UsersArgs {
    /// Which virtual host.
    #[command(flatten)]
    pub topology: TopologyArgs,
    /// As RabbitMQ's definitions, for an import or `load_definitions`; the users have to exist.
    #[arg(long)]
    pub json: bool,
}

/// `demo`
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Which system; if none answers where none is named, one is started here.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Where the databases of a system live that is started here [default: the user's data folder,
    /// orderflow].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// How many orders.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// Orders per second [default: as fast as they are taken].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: Option<u32>,
    /// What becomes of the orders [default: all are paid].
    #[arg(long)]
    pub mix: Option<Mix>,
    /// With --mix: wait for the system's own looks, minutes apart, where callbacks were lost, instead
    /// of having the gateway asked.
    #[arg(long, requires = "mix")]
    pub no_reconcile: bool,
    /// Append a JSON line to this file for each request to create an order, and one for what came of
    /// it.
    #[arg(long, value_name = "FILE")]
    pub client_log: Option<PathBuf>,
    /// One JSON object per order on standard output.
    #[arg(long)]
    pub json: bool,
}

/// What becomes of many orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mix {
    /// Most are paid; the others come to every other end. Callbacks get lost, doubled and late.
    Realistic,
}

/// `why`
#[derive(Debug, Clone, Args)]
pub struct WhyArgs {
    /// The order's id, or the merchant's reference.
    pub order: String,
    /// Which system.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The whole story as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `verify`
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// What clients noted of the orders that they sent, as "demo --client-log" writes it.
    #[arg(long, value_name = "FILE")]
    pub client_log: Option<PathBuf>,
    /// Which system.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Everything that was found as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `reconcile`
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct ReconcileArgs {
    /// Ask about these now: orders by id or reference, payments by id.
    #[arg(value_name = "ORDER_OR_PAYMENT", group = "what")]
    pub payments: Vec<String>,
    /// Ask about every payment that has no end.
    #[arg(long, group = "what")]
    pub open: bool,
    /// Compare this report of the gateway with our books, both ways.
    #[arg(long, value_name = "FILE.csv", group = "what")]
    pub report: Option<PathBuf>,
    /// Compare all that the simulator has with our books, both ways.
    #[arg(long, group = "what")]
    pub simulator: bool,
    /// The first day that the report covers, in Jakarta [default: that of its oldest row].
    #[arg(long, value_name = "DATE")]
    pub from: Option<jiff::civil::Date>,
    /// The last day that the report covers, in Jakarta [default: up to its newest row].
    #[arg(long, value_name = "DATE")]
    pub to: Option<jiff::civil::Date>,
    /// What the report calls its columns: order_id="Order ID",gross_amount=Amount
    #[arg(long, value_name = "COLUMN=NAME", value_delimiter = ',', requires = "report")]
    pub columns: Vec<Mapping>,
    /// Compare only, and repair nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Which system.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `dead-letters`
#[derive(Debug, Clone, Subcommand)]
pub enum DeadLettersCommand {
    /// Those that wait for a person, oldest first.
    List(LettersArgs),
    /// Try some again, now: once their reason is gone.
    Replay(ResolveArgs),
    /// Give some up for good; they are kept.
    Discard(ResolveArgs),
}

/// `dead-letters list`
#[derive(Debug, Clone, Args)]
pub struct LettersArgs {
    /// Which system.
    #[command(flatten)]
    pub target: TargetArgs,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// `dead-letters replay` and `discard`
#[derive(Debug, Clone, Args)]
pub struct ResolveArgs {
    /// Whose letters.
    pub service: Part,
    /// Which letters.
    #[arg(required = true)]
    pub ids: Vec<uuid::Uuid>,
    /// Which system.
    #[command(flatten)]
    pub target: TargetArgs,
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
