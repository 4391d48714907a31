//! `serve`: one service until Ctrl-C.

use super::up::{data, log, start, until_the_end};
use crate::cli::ServeArgs;
use crate::config::{BadSetting, Config};
use crate::welcome;
use std::process::ExitCode;
use std::time::Instant;

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let loaded = Config::load(&args.system, args.listen)?;
    let config = &loaded.value;
    let _telemetry = log(&loaded)?;
    let parts = [args.service];
    let key = args.service.database_key();
    if args.service.database_url(config).is_empty() && config.data.dir.is_empty() {
        let fix = "set it to a PostgreSQL URL; for a SQLite file name a folder with --data-dir";
        let bad = BadSetting::new(key, "it is not set", fix);
        return Err(BadSetting::locate(bad.into(), &loaded));
    }
    let system = start(&loaded, &parts, data(config, &parts)?).await?;
    system.listen_to_signals()?;
    welcome::notice(&system, args.service.name(), started.elapsed());
    Ok(until_the_end(&system).await)
}
