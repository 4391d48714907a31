//! The command line. Words and defaults; what a command does is in `commands`.

use clap::{Args, Parser, Subcommand};
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
    /// Create orders that pay themselves and watch them; starts the system if none answers.
    Demo(DemoArgs),
    /// Explain one order: what happened, when, why, in every service.
    Why(WhyArgs),
    /// Bring the databases of the data folder up to date, without starting anything.
    Migrate(SystemArgs),
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
    /// Start over: delete the data of earlier runs first.
    #[arg(long)]
    pub fresh: bool,
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
    /// The system to ask.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: url::Url,
    /// The whole story as JSON.
    #[arg(long)]
    pub json: bool,
}
