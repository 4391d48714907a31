//! `demo`: invented customers order and pay, watched live.

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
use crate::cli::{DemoArgs, Mix};
use crate::client::{Addresses, Client, Presence};
use crate::compose::{Part, System};
use crate::config::Config;
use crate::process;
use crate::verify::{self, Evidence};
use anyhow::bail;
use runtime::config::Loaded;
use runtime::telemetry;
use shop::Shop;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// Of each invariant.
const VIOLATIONS_SHOWN: usize = 5;

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
    let complete = match done.and_then(|done| closed.map(|()| done)) {
        Ok(done) if args.mix.is_some() => verified(&client, &args).await.map(|holds| holds && done),
        other => other,
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

/// Whether the services agree among themselves and with the gateway, over all orders that there are.
async fn verified(client: &Client, args: &DemoArgs) -> anyhow::Result<bool> {
    let evidence = Evidence { client_log: args.client_log.clone(), ..Evidence::default() };
    let report = verify::run(client, &evidence).await?;
    if report.violations() == 0 {
        eprintln!(
            "✔ every invariant holds over all {} orders of the system; {} verify tells each",
            report.orders,
            process::invocation()
        );
    } else {
        say_violated(&report);
    }
    Ok(report.violations() == 0)
}

/// Standard output is for the orders.
fn say_violated(report: &verify::Report) {
    let violated = match report.violations() {
        1 => "1 violation".to_owned(),
        many => format!("{many} violations"),
    };
    eprintln!("✖ {violated} among all {} orders of the system", report.orders);
    for line in &report.lines {
        let violations = &line.judged.violations;
        if violations.is_empty() {
            continue;
        }
        eprintln!("  {}  {}: {} violated", line.code, line.says, violations.len());
        for violation in violations.iter().take(VIOLATIONS_SHOWN) {
            eprintln!("      {}", violation.words());
            eprintln!("        → {}", violation.repair);
        }
        if violations.len() > VIOLATIONS_SHOWN {
            let more = violations.len() - VIOLATIONS_SHOWN;
            eprintln!("      … and {more} more: {} verify", process::invocation());
        }
    }
}

/// What starts the system again that was started here.
fn up_again(args: &DemoArgs) -> String {
    let flag = |name: &str, path: &Option<PathBuf>| {
        path.as_ref().map(|path| format!(" --{name} {}", path.display())).unwrap_or_default()
    };
    let (data, config) = (
        flag("data-dir", &args.target.system.data_dir),
        flag("config", &args.target.system.config),
    );
    format!("{} up{data}{config}", process::invocation())
}

fn exit(complete: bool) -> ExitCode {
    if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Finds the running system, or starts one.
async fn stage(args: &DemoArgs) -> anyhow::Result<Stage> {
    let loaded = Config::load(&args.target.system, None)?;
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
    let client = Client::new(addresses)?;
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
