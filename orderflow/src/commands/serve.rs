//! `serve`: one service until Ctrl-C.

use super::up::{data, start, until_the_end};
use crate::cli::ServeArgs;
use crate::config::Config;
use crate::welcome;
use runtime::telemetry;
use std::process::ExitCode;
use std::time::Instant;

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let loaded = Config::load(&args.system, args.listen)?;
    let config = &loaded.value;
    let _telemetry = telemetry::init(config.log.format.parse()?, &config.log.filter)?;
    let parts = [args.service];
    let system = start(&loaded, &parts, data(config, &parts)?).await?;
    system.listen_to_signals()?;
    welcome::notice(&system, args.service.name(), started.elapsed());
    Ok(until_the_end(&system).await)
}
