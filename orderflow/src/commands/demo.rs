//! `demo`: invented customers order and pay, watched live.

mod audit;
mod autopay;
mod crowd;
mod fate;
mod interrupt;
mod lists;
mod meter;
mod mix;
mod one;
mod patient;
mod report;
mod shop;
mod tally;

use super::up;
use crate::cli::{DemoArgs, Mix, SystemArgs};
use crate::client::{Addresses, Client, Presence};
use crate::compose::{Part, System};
use crate::config::Config;
use crate::process;
use anyhow::bail;
use runtime::config::Loaded;
use runtime::telemetry;
use shop::Shop;
use std::io::IsTerminal;
use std::path::PathBuf;
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
    let client = stage.client.clone();
    let shop = Shop::open(stage.client, args.client_log.as_deref())?;
    let done = match args.mix {
        Some(Mix::Realistic) => mix::run(&shop, &args, stage.pid).await,
        None if args.count == 1 && !args.json => one::run(&shop).await,
        None => crowd::run(&shop, &args, stage.pid).await,
    };
    // Also of a run that failed the log tells all that was asked.
    let closed = shop.close().await;
    let complete = match done.and_then(|done| closed.map(|own| (done, own))) {
        Ok((done, own)) if args.mix.is_some() => {
            audit::verified(&client, &args, &own).await.map(|holds| holds && done)
        }
        other => other.map(|(done, _)| done),
    };
    let Some(system) = stage.own else { return Ok(exit(complete?)) };
    // Somebody is looking: leave the pages up for them.
    let one = args.count == 1 && args.mix.is_none() && complete.is_ok();
    let stays = one && std::io::stdout().is_terminal();
    if stays {
        eprintln!("\n  The system stays up so that you can look around: {}/", system.public_url);
        eprintln!("  Ctrl-C stops it; the data stays.");
        system.listen_to_signals()?;
    } else {
        system.stop();
    }
    let outcome = system.wait().await;
    if !stays {
        eprintln!("\n  The system is stopped; its data stays. To look around: {}", up_again(&args));
    }
    Ok(if complete? { outcome.exit_code() } else { ExitCode::FAILURE })
}

/// What starts the system again that was started here.
fn up_again(args: &DemoArgs) -> String {
    let flag = |name: &str, path: &Option<PathBuf>| {
        path.as_ref().map(|path| format!(" --{name} {}", path.display())).unwrap_or_default()
    };
    let (data, config) = (flag("data-dir", &args.data_dir), flag("config", &args.target.config));
    format!("{} up{data}{config}", process::invocation())
}

fn exit(complete: bool) -> ExitCode {
    if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Finds the running system, or starts one.
async fn stage(args: &DemoArgs) -> anyhow::Result<Stage> {
    let settings = SystemArgs { data_dir: args.data_dir.clone(), ..args.target.settings() };
    let loaded = Config::load(&settings, None)?;
    let addresses = match &args.target.url {
        Some(url) => Addresses::one(url.clone()),
        None => Addresses::configured(&loaded.value)?,
    };
    let other = match (&args.target.url, addresses.is_one()) {
        (Some(_), _) => Some("leave out --url"),
        (None, false) => Some("leave [services] out of the settings"),
        (None, true) => None,
    };
    let url = addresses.part(Part::Payment).clone();
    let client = Client::new(addresses)?.with_config(args.target.config.as_deref());
    match client.presence().await? {
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
        Presence::Nobody => match other {
            None => start(&loaded).await,
            Some(other) => bail!(
                "nobody answers at {url}\n  start the system there with \"orderflow up\", or {other} and \
                 the demo starts one"
            ),
        },
    }
}

async fn start(loaded: &Loaded<Config>) -> anyhow::Result<Stage> {
    let config = &loaded.value;
    // Its own log would bury what the demo shows; warnings still come through.
    let telemetry = telemetry::init(config.log.format.parse()?, "warn")?;
    let data = up::data(config, &Part::ALL)?;
    let place =
        data.as_ref().map_or_else(String::new, |d| format!(", its data in {}", d.path().display()));
    eprintln!("  No system answers, so one is started here{place}.");
    let system = up::start(loaded, &Part::ALL, data).await?;
    eprintln!("  {}/ is up.\n", system.public_url);
    let client = Client::new(Addresses::one(Url::parse(&system.public_url)?))?;
    let pid = Some(std::process::id());
    Ok(Stage { client, own: Some(system), pid, _telemetry: Some(telemetry) })
}
