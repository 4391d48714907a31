//! `cargo xtask stack`: PostgreSQL and RabbitMQ of our own, ready for `up --config` and `serve`.
//!
//! Databases, users and the files that name them; runs until it is told to stop, and keeps its
//! data for the next time. The programs of OrderFlow itself are for the person at the keyboard.

mod access;
mod files;
mod pair;

pub(crate) use pair::Pair;

use access::Access;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use servers::{Program, Programs, Run};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// The virtual host of the events.
const VIRTUAL_HOST: &str = "orderflow";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    dir: Option<PathBuf>,
    output: Output,
}

/// For whom the addresses are printed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Output {
    #[default]
    Words,
    Json,
}

impl Options {
    /// `[--dir DIR] [--json]`, in any order.
    pub(crate) fn parse(args: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match *arg {
                "--json" => options.output = Output::Json,
                "--dir" => options.dir = Some(args.next().context("--dir needs a folder")?.into()),
                other => bail!("unknown argument {other}: cargo xtask stack [--dir DIR] [--json]"),
            }
        }
        Ok(options)
    }
}

/// Starts everything, prints where it is, waits for Ctrl-C or SIGTERM, stops everything.
pub(crate) fn run(root: &Path, options: &Options) -> Result<ExitCode> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let started = Instant::now();
    let wanted = [Program::Postgres, Program::RabbitMq];
    let programs = Programs::find_or_install(&wanted, |line| eprintln!("{line}"))?;
    let dir = options.dir.clone().unwrap_or_else(|| usual_dir(root));
    let run = Run::at(&dir)
        .context("no stack was started; a second one needs a folder of its own, --dir DIR")?;
    eprintln!("what RabbitMQ must know: cargo run -p orderflow -- topology export");
    let definitions = printed(root, &["export"])?;
    let rights = printed(root, &["users", "--json"])?;
    let mut pair = Pair::start(&programs, &run, Some(&definitions))?;
    let access = Access::grant(&pair, run.dir(), &rights)?;
    let files = files::write(run.dir(), &access)?;
    eprintln!("ready after {:.1} s", started.elapsed().as_secs_f64());
    match options.output {
        Output::Words => eprint!("{}", words(root, &pair, &access, &files)),
        Output::Json => {
            let files: serde_json::Map<_, _> = files
                .iter()
                .map(|(name, path)| ((*name).to_owned(), path.display().to_string().into()))
                .collect();
            let value = json!({
                "dir": run.dir(),
                "postgres_url": pair.postgres.url(),
                "amqp_url": pair.rabbitmq.amqp_url(),
                "management_url": pair.rabbitmq.management_url(),
                "databases": access.databases(),
                "config": files,
            });
            let mut out = std::io::stdout();
            writeln!(out, "{value}")?;
            out.flush()?;
        }
    }
    signals.forever().next();
    eprintln!("\nstopping; the data stays in {}", run.dir().display());
    pair.stop()?;
    Ok(ExitCode::SUCCESS)
}

/// With the other things that are made here; where servers cannot get there, since the project lies
/// in root's home, in the place for what outlives a restart of the machine.
fn usual_dir(root: &Path) -> PathBuf {
    let dir = root.join("target/stack");
    if servers::barrier(&dir).is_none() { dir } else { "/var/tmp/orderflow-stack".into() }
}

/// What `orderflow topology …` says of the virtual host: the program knows what it needs.
fn printed(root: &Path, what: &[&str]) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "orderflow", "--", "topology"]).args(what);
    command.args(["--vhost", VIRTUAL_HOST]).current_dir(root).env_remove("ORDERFLOW_CONFIG");
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`orderflow topology {}` failed", what.join(" "));
    String::from_utf8(output.stdout).context("it is not text")
}

fn words(root: &Path, pair: &Pair, access: &Access, files: &[(&'static str, PathBuf)]) -> String {
    // Short where the reader stands in the project anyway.
    let path = |wanted: &str| {
        let found = files.iter().find(|(name, _)| *name == wanted);
        let path = found.map(|(_, path)| path.as_path()).unwrap_or_else(|| Path::new(wanted));
        path.strip_prefix(root).unwrap_or(path).display().to_string()
    };
    let (user, password) = pair.rabbitmq.administrator();
    let databases: String =
        access.databases().iter().map(|url| format!("    psql {url}\n")).collect();
    let exports = pair.variables().map(|(name, value)| format!("    export {name}={value}\n"));
    let exports = exports.concat();
    let cargo = "cargo run -p orderflow --";
    format!(
        "
RabbitMQ's pages: http://127.0.0.1:{management}/  user {user}, password {password}
The databases:
{databases}
Everything in one process, with pages at http://127.0.0.1:8080/:
    {cargo} up --config {up}
Or a process each, in four terminals:
    {cargo} simulate midtrans --config {midtrans}
    {cargo} serve order --config {order}
    {cargo} serve payment --config {payment}
    {cargo} serve notification --config {notification}
Then orders (mails are at http://127.0.0.1:8083/mailbox):
    {cargo} demo --count 100 --config {order}
    {cargo} why ORDER --config {order}
Tests by hand on these servers:
{exports}
Ctrl-C stops both servers.
",
        management = pair.rabbitmq.management_port(),
        up = path("up"),
        midtrans = path("midtrans"),
        order = path("order"),
        payment = path("payment"),
        notification = path("notification"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_in_any_order_and_strange_ones_refused() {
        let all = Options { dir: Some("x".into()), output: Output::Json };
        assert_eq!(Options::parse(&["--json", "--dir", "x"]).unwrap(), all);
        assert_eq!(Options::parse(&["--dir", "x", "--json"]).unwrap(), all);
        assert_eq!(Options::parse(&[]).unwrap(), Options::default());
        assert!(Options::parse(&["--dir"]).is_err());
        assert!(Options::parse(&["up"]).is_err());
    }
}
