//! `simulate`: the gateway's simulator by itself until Ctrl-C.

use super::up::{explained, log, until_the_end};
use crate::cli::{SimulateArgs, Simulated, SystemArgs};
use crate::compose;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::welcome;
use std::process::ExitCode;
use std::time::Instant;

pub(super) async fn run(args: SimulateArgs) -> anyhow::Result<ExitCode> {
    let Simulated::Midtrans = args.what;
    let started = Instant::now();
    let system = SystemArgs { data_dir: args.data_dir, config: args.config };
    let flags = [
        ("--listen", "server.listen", args.listen.map(|at| at.to_string())),
        ("--server-key", "midtrans.server_key", args.server_key),
        ("--notification-url", "simulator.notification_url", args.notification_url),
        ("--speed", "simulator.speed", args.speed.map(|speed| speed.to_string())),
    ];
    let loaded = Config::load_with(&system, flags)?;
    let config = &loaded.value;
    let _telemetry = log(&loaded)?;
    let data = match config.data.dir.is_empty() {
        true => None,
        false => Some(DataDir::lock(&config.data_dir())?),
    };
    let system = compose::start_simulator(config, data).await;
    let system = system.map_err(|error| explained(error, &loaded))?;
    system.listen_to_signals()?;
    welcome::simulator(&system, config, started.elapsed());
    Ok(until_the_end(&system).await)
}
