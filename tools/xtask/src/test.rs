//! `cargo xtask test`: every check in order, and one closing line that says how it went.
//!
//! Finds or installs the programs that tests need and starts a PostgreSQL and a RabbitMQ of our own
//! while the first checks run; the rest is cargo. Servers end with this process, however it ends.

use crate::stack::Pair;
use crate::tidy;
use anyhow::{Context, Result, anyhow, bail};
use servers::{AMQP_URL, POSTGRES_URL, Program, Programs, RABBITMQ_URL, Run};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// Where tests find servers.
const VARIABLES: [&str; 3] = [POSTGRES_URL, AMQP_URL, RABBITMQ_URL];

/// Whether the checks that run no test are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lint {
    Yes,
    No,
}

/// Tests passed and failed. A step that fails without naming a test counts as one failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// Runs all steps, the later ones also when an earlier one fails.
pub(crate) fn run(root: &Path, lint: Lint) -> Result<ExitCode> {
    let mut starting = None;
    let mut passed = vec![step("programs", || Ok(told(prepare(), &mut starting)))?];
    if lint == Lint::Yes {
        let check = |args: &[&str]| Ok(cargo(root, args).status()?.success());
        passed.push(step("format", || check(&["fmt", "--all", "--", "--check"]))?);
        let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        passed.push(step("clippy", || check(&clippy))?);
        passed.push(step("tidy", || Ok(tidy::report(root)? == ExitCode::SUCCESS))?);
    }
    let mut pair = None;
    if let Some(starting) = starting {
        let started = || starting.join().map_err(|_| anyhow!("their thread panicked")).flatten();
        passed.push(step("servers", || Ok(told(started().map(Some), &mut pair)))?);
    }
    let failed = passed.into_iter().filter(|passed| !passed).count() as u64;
    let mut count = Count { passed: 0, failed };
    step("tests", || {
        let (tests, status) = tests(root, pair.as_ref())?;
        count.passed += tests.passed;
        count.failed += tests.failed;
        if !status.success() && tests.failed == 0 {
            count.failed += 1;
        }
        Ok(status.success())
    })?;
    drop(pair);
    writeln!(std::io::stdout(), "{} passed, {} failed", count.passed, count.failed)?;
    Ok(if count.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Keeps the result, or says what went wrong: the later steps are worth running all the same.
fn told<T>(result: Result<T>, kept: &mut T) -> bool {
    match result {
        Ok(result) => *kept = result,
        Err(error) => {
            eprintln!("{error:#}");
            return false;
        }
    }
    true
}

/// Finds or installs the programs of the tests, and begins to start servers. `None`: some are given.
fn prepare() -> Result<Option<JoinHandle<Result<Pair>>>> {
    let given =
        given(|variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty()))?;
    let wanted = if given { &[Program::Python, Program::Node][..] } else { &Program::ALL };
    let programs = Programs::find_or_install(wanted, |line| eprintln!("{line}"))?;
    programs.describe().iter().for_each(|line| eprintln!("{line}"));
    if given {
        eprintln!("servers: those of {}", VARIABLES.join(", "));
        return Ok(None);
    }
    Ok(Some(thread::spawn(move || {
        let started = Instant::now();
        let pair = Pair::start(&programs, &Run::temporary()?, None)?;
        let (postgres, rabbitmq) = (pair.postgres.port(), pair.rabbitmq.port());
        let took = started.elapsed().as_secs_f64();
        eprintln!(
            "servers of our own on 127.0.0.1: PostgreSQL {postgres}, RabbitMQ {rabbitmq} ({took:.1} s)"
        );
        Ok(pair)
    })))
}

/// Whether servers are given. Some of them would be a mistake.
fn given(is_set: impl Fn(&str) -> bool) -> Result<bool> {
    match VARIABLES.iter().filter(|variable| is_set(variable)).count() {
        0 => Ok(false),
        count if count == VARIABLES.len() => Ok(true),
        _ => bail!("{}: set all of them, or none", VARIABLES.join(", ")),
    }
}

fn step(name: &str, work: impl FnOnce() -> Result<bool>) -> Result<bool> {
    eprintln!("== {name}");
    let started = Instant::now();
    let passed = work().with_context(|| format!("{name} could not be run"))?;
    let verdict = if passed { "ok" } else { "FAILED" };
    eprintln!("== {name}: {verdict} ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(passed)
}

/// Cargo with the same settings for every step, so that one build serves them all.
fn cargo(root: &Path, args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(root).stdin(Stdio::null());
    // Backtraces name functions without it; the files it makes are most of a build's size.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_TEST_DEBUG", "0");
    command
}

fn tests(root: &Path, pair: Option<&Pair>) -> Result<(Count, ExitStatus)> {
    // Tests that start our programs find them beside themselves.
    let bins = cargo(root, &["build", "--workspace", "--bins"]).status()?;
    if !bins.success() {
        return Ok((Count::default(), bins));
    }
    let mut command = cargo(root, &["test", "--workspace", "--no-fail-fast"]);
    command.envs(pair.map(Pair::variables).into_iter().flatten());
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("the output of cargo is not piped")?;
    let mut count = Count::default();
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        count.add(&String::from_utf8_lossy(&line));
        // Whatever cargo leaves unfinished, the closing line must stand alone.
        if !line.ends_with(b"\n") {
            line.push(b'\n');
        }
        std::io::stdout().write_all(&line)?;
        line.clear();
    }
    Ok((count, child.wait()?))
}

impl Count {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else { return };
        let words: Vec<&str> = result.split([' ', ';']).collect();
        let before = |word| {
            let at = words.iter().position(|found| *found == word)?;
            words.get(at.checked_sub(1)?)?.parse::<u64>().ok()
        };
        self.passed += before("passed").unwrap_or(0);
        self.failed += before("failed").unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_given_all_or_none() {
        assert!(given(|_| true).unwrap());
        assert!(!given(|_| false).unwrap());
        let error = given(|variable| variable == AMQP_URL).unwrap_err().to_string();
        assert!(VARIABLES.iter().all(|variable| error.contains(variable)), "{error}");
    }

    #[test]
    fn only_result_lines_are_summed() {
        let mut count = Count::default();
        for line in [
            "running 3 tests\n",
            "test a ... ok\n",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
            "said: test result: ok. 99 passed; 99 failed;\n",
        ] {
            count.add(line);
        }
        assert_eq!(count, Count { passed: 15, failed: 2 });
    }
}
