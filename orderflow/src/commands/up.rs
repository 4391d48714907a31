//! `up`: the whole system until Ctrl-C.

use crate::cli::UpArgs;
use crate::compose::{self, System};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::welcome;
use runtime::http::BindError;
use runtime::lifecycle::Outcome;
use runtime::telemetry;
use std::process::ExitCode;
use std::time::Instant;

pub(super) async fn run(args: UpArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let config = Config::load(&args)?;
    let _telemetry = telemetry::init(config.log.format.parse()?, &config.log.filter)?;
    let data = DataDir::lock(&config.data_dir())?;
    if args.fresh {
        data.start_over()?;
    }
    let system = start(&config, data).await?;
    system.listen_to_signals()?;
    welcome::banner(&system, &config, started.elapsed());
    let outcome = system.wait().await;
    match &outcome {
        Outcome::Clean => eprintln!("  Stopped. The data is in {}.", system.data.path().display()),
        Outcome::Failed(why) | Outcome::Hard(why) => eprintln!("✖ stopped: {why}"),
    }
    Ok(outcome.exit_code())
}

/// Starts the system; a taken port is told with the way out.
pub(super) async fn start(config: &Config, data: DataDir) -> anyhow::Result<System> {
    compose::start(config, data).await.map_err(|error| match error.downcast_ref::<BindError>() {
        Some(bind) => {
            let hint = format!("use --listen {}, or stop what is there", bind.alternative());
            anyhow::anyhow!("{bind}\n  {hint}")
        }
        None => error,
    })
}
