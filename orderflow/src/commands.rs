//! One module a command; here only the choice and what they share.

mod dead_letters;
mod demo;
mod migrate;
mod reconcile;
mod serve;
mod simulate;
mod topology;
mod up;
mod verify;
mod why;

use crate::cli::{Cli, Command};
use std::process::ExitCode;

/// Runs the command to its end.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Up(args) => up::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::DeadLetters(command) => dead_letters::run(command).await,
        Command::Reconcile(args) => reconcile::run(args).await,
        Command::Why(args) => why::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Migrate(args) => migrate::run(&args).await,
        Command::Topology(command) => topology::run(command).await,
    }
}
