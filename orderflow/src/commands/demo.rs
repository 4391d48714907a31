//! `demo`: orders that pay themselves, watched live.

mod crowd;
mod one;
mod shop;

use super::up;
use crate::cli::{DemoArgs, UpArgs};
use crate::client::{Client, Presence};
use crate::compose::System;
use crate::config::Config;
use crate::data_dir::DataDir;
use anyhow::bail;
use runtime::telemetry;
use std::io::IsTerminal;
use std::process::ExitCode;
use url::Url;

/// What the demo runs against.
struct Stage {
    client: Client,
    /// The system, if the demo started it.
    own: Option<System>,
    /// Its process, for CPU figures.
    pid: Option<u32>,
    /// Writes the log of a system started here until the end.
    _telemetry: Option<telemetry::Guard>,
}

pub(super) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let stage = stage(&args).await?;
    let complete = if args.count == 1 && !args.json {
        one::run(&stage.client).await?
    } else {
        crowd::run(&stage.client, &args, stage.pid).await?
    };
    let Some(system) = stage.own else { return Ok(exit(complete)) };
    // Somebody is looking: leave the pages up for them.
    if std::io::stdout().is_terminal() && args.count == 1 {
        eprintln!("\n  The system stays up so that you can look around: {}/", system.public_url);
        eprintln!("  Ctrl-C stops it; the data stays.");
        system.listen_to_signals()?;
    } else {
        system.stop();
    }
    let outcome = system.wait().await;
    Ok(if complete { outcome.exit_code() } else { ExitCode::FAILURE })
}

fn exit(complete: bool) -> ExitCode {
    if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Finds the running system, or starts one.
async fn stage(args: &DemoArgs) -> anyhow::Result<Stage> {
    let config = Config::load(&UpArgs { system: args.system.clone(), ..UpArgs::default() })?;
    let url = match &args.url {
        Some(url) => url.clone(),
        None => Url::parse(&format!("http://{}", config.server.listen))?,
    };
    let client = Client::new(url.clone())?;
    match client.presence().await {
        Presence::Us { simulator: true } => {
            Ok(Stage { client, own: None, pid: None, _telemetry: None })
        }
        Presence::Us { simulator: false } => bail!(
            "{url} runs against the real Midtrans, where a demo cannot pay\n  \
             use a system whose midtrans.environment is \"simulator\""
        ),
        Presence::Stranger => bail!(
            "{url} answers, but is not OrderFlow\n  \
             name the right address with --url, or set server.listen to a free one"
        ),
        Presence::Nobody if args.url.is_some() => bail!(
            "nobody answers at {url}\n  start the system there with \"orderflow up\", or leave out --url"
        ),
        Presence::Nobody => start(&config).await,
    }
}

async fn start(config: &Config) -> anyhow::Result<Stage> {
    // Its own log would bury what the demo shows; warnings still come through.
    let telemetry = telemetry::init(config.log.format.parse()?, "warn")?;
    let data = DataDir::lock(&config.data_dir())?;
    eprintln!("  No system answers, so one is started here ({}).", data.path().display());
    let system = up::start(config, data).await?;
    eprintln!("  {}/ is up.\n", system.public_url);
    let client = Client::new(Url::parse(&system.public_url)?)?;
    let pid = Some(std::process::id());
    Ok(Stage { client, own: Some(system), pid, _telemetry: Some(telemetry) })
}
