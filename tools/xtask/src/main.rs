//! The project's own commands: `cargo xtask test`, `cargo xtask stack` and `cargo xtask tidy`.
//!
//! For those who work on the project; nothing here ships. Words go to stderr, results to stdout.

mod stack;
mod test;
mod tidy;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--no-lint]             find or install what tests need, start servers of our own, format
                               check, clippy, tidy and every test; ends with `N passed, N failed`
  stack [--dir DIR] [--json]   keep PostgreSQL and RabbitMQ running for `up --config` and `serve`;
                               their data stays in DIR, else in target/stack
  tidy                         check the rules of the house: crates, rooms, doors, sizes
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["test"] => test::run(&root()?, test::Lint::Yes),
        ["test", "--no-lint"] => test::run(&root()?, test::Lint::No),
        ["stack", ..] => stack::run(&root()?, &stack::Options::parse(&args[1..])?),
        ["tidy"] => tidy::report(&root()?),
        ["help" | "--help" | "-h"] => {
            eprint!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprint!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

/// The workspace: two folders above this crate, wherever the command was typed.
pub(crate) fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match here.ancestors().nth(2) {
        Some(root) if root.join("Cargo.toml").is_file() => Ok(root.to_owned()),
        _ => bail!("the workspace is not where it was when xtask was built: {}", here.display()),
    }
}
