//! `migrate`: schemas up to date, nothing started.

use super::up::{explained, log};
use crate::cli::MigrateArgs;
use crate::compose::{self, Part};
use crate::config::Config;
use crate::data_dir::DataDir;
use std::process::ExitCode;

pub(super) async fn run(args: &MigrateArgs) -> anyhow::Result<ExitCode> {
    let loaded = Config::load(&args.system, None)?;
    let config = &loaded.value;
    let _telemetry = log(&loaded)?;
    let parts = match args.service {
        Some(part) => vec![part],
        None => Part::ALL.to_vec(),
    };
    let files = parts.iter().any(|part| part.database_url(config).is_empty());
    let data = if files { Some(DataDir::lock(&config.data_dir())?) } else { None };
    let done = compose::migrate(config, &parts, data.as_ref()).await;
    done.map_err(|error| explained(error, &loaded))?;
    for part in parts {
        let place = match (&data, part.database_url(config).is_empty()) {
            (Some(data), true) => data.database(part.name()).display().to_string(),
            _ => part.database_key().to_owned(),
        };
        eprintln!("✔ the {} database is up to date ({place})", part.name());
    }
    Ok(ExitCode::SUCCESS)
}
