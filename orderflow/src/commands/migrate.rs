//! `migrate`: schemas up to date, nothing started.

use crate::cli::SystemArgs;
use crate::compose;
use crate::config::Config;
use crate::data_dir::DataDir;
use std::process::ExitCode;

pub(super) fn run(args: &SystemArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load_system(args)?;
    let data = DataDir::lock(&config.data_dir())?;
    compose::migrate(&data)?;
    eprintln!("✔ the databases in {} are up to date", data.path().display());
    Ok(ExitCode::SUCCESS)
}
