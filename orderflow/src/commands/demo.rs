//! `demo`: orders that pay themselves, watched live.

mod crowd;
mod one;
mod shop;

use super::up;
use crate::cli::DemoArgs;
use crate::client::{Addresses, Client, Presence};
use crate::compose::{Part, System};
use crate::config::Config;
use anyhow::bail;
use runtime::config::Loaded;
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
    let loaded = Config::load(&args.system, None)?;
    let addresses = match &args.url {
        Some(url) => Addresses::one(url.clone()),
        None => Addresses::configured(&loaded.value)?,
    };
    let named = args.url.is_some() || !addresses.is_one();
    let url = addresses.part(Part::Payment).clone();
    let client = Client::new(addresses)?;
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
        Presence::Nobody if named => bail!(
            "nobody answers at {url}\n  start the system there with \"orderflow up\", or leave out --url"
        ),
        Presence::Nobody => start(&loaded).await,
    }
}

async fn start(loaded: &Loaded<Config>) -> anyhow::Result<Stage> {
    let config = &loaded.value;
    // Its own log would bury what the demo shows; warnings still come through.
    let telemetry = telemetry::init(config.log.format.parse()?, "warn")?;
    let data = up::data(config, &Part::ALL)?;
    let place = data.as_ref().map_or_else(String::new, |d| format!(" ({})", d.path().display()));
    eprintln!("  No system answers, so one is started here{place}.");
    let system = up::start(loaded, &Part::ALL, data).await?;
    eprintln!("  {}/ is up.\n", system.public_url);
    let client = Client::new(Addresses::one(Url::parse(&system.public_url)?))?;
    let pid = Some(std::process::id());
    Ok(Stage { client, own: Some(system), pid, _telemetry: Some(telemetry) })
}
