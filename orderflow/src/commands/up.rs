//! `up`: the whole system until Ctrl-C.

use crate::cli::UpArgs;
use crate::compose::{self, Part, System};
use crate::config::{BadSetting, Config};
use crate::data_dir::DataDir;
use crate::welcome;
use runtime::config::Loaded;
use runtime::http::BindError;
use runtime::lifecycle::Outcome;
use runtime::telemetry;
use std::process::ExitCode;
use std::time::Instant;

pub(super) async fn run(args: UpArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let loaded = Config::load(&args.system, args.listen)?;
    let config = &loaded.value;
    let _telemetry = log(&loaded)?;
    if args.fresh {
        only_files(&loaded)?;
    }
    let data = data(config, &Part::ALL)?;
    if let Some(data) = data.as_ref().filter(|_| args.fresh) {
        data.start_over()?;
    }
    let system = start(&loaded, &Part::ALL, data).await?;
    system.listen_to_signals()?;
    welcome::banner(&system, config, started.elapsed());
    Ok(until_the_end(&system).await)
}

/// Starts the log as configured.
pub(super) fn log(loaded: &Loaded<Config>) -> anyhow::Result<telemetry::Guard> {
    let section = &loaded.value.log;
    let format = section.format.parse().map_err(|bad: telemetry::ParseFormatError| {
        let bad = BadSetting::new("log.format", bad.to_string(), "choose one of these");
        BadSetting::locate(bad.into(), loaded)
    })?;
    Ok(telemetry::init(format, &section.filter)?)
}

/// Starting over deletes files; what a server holds is its own.
fn only_files(loaded: &Loaded<Config>) -> anyhow::Result<()> {
    let on_a_server = |part: &Part| !part.database_url(&loaded.value).is_empty();
    let Some(part) = Part::ALL.into_iter().find(on_a_server) else { return Ok(()) };
    let problem = "--fresh deletes SQLite files, and this is a server's database";
    let fix = "drop and create that database yourself, or leave --fresh out";
    let bad = BadSetting::new(part.database_key(), problem, fix);
    Err(BadSetting::locate(bad.into(), loaded))
}

/// The data folder, locked, if these parts keep files.
pub(super) fn data(config: &Config, parts: &[Part]) -> anyhow::Result<Option<DataDir>> {
    if !compose::keeps_files(config, parts) {
        return Ok(None);
    }
    Ok(Some(DataDir::lock(&config.data_dir())?))
}

/// Starts a process; whatever cannot be used is told with the way out.
pub(super) async fn start(
    loaded: &Loaded<Config>,
    parts: &[Part],
    data: Option<DataDir>,
) -> anyhow::Result<System> {
    let started = compose::start(&loaded.value, parts, data).await;
    let system = started.map_err(|error| explained(error, loaded))?;
    for trouble in &system.troubles {
        eprintln!("! {}", trouble.located(loaded));
    }
    Ok(system)
}

/// A taken port with a free one, a bad setting with its place.
pub(super) fn explained(error: anyhow::Error, loaded: &Loaded<Config>) -> anyhow::Error {
    match error.downcast_ref::<BindError>() {
        Some(bind) => {
            let hint = format!("use --listen {}, or stop what is there", bind.alternative());
            anyhow::anyhow!("{bind}\n  {hint}")
        }
        None => BadSetting::locate(error, loaded),
    }
}

/// Waits for the end and says how it was.
pub(super) async fn until_the_end(system: &System) -> ExitCode {
    let outcome = system.wait().await;
    match (&outcome, &system.data) {
        (Outcome::Clean, Some(data)) => {
            eprintln!("  Stopped. The data is in {}.", data.path().display());
        }
        (Outcome::Clean, None) => eprintln!("  Stopped."),
        (Outcome::Failed(why) | Outcome::Hard(why), _) => eprintln!("✖ stopped: {why}"),
    }
    outcome.exit_code()
}
