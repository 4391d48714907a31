//! `cargo xtask test`: every check in order, and one closing line that says how it went.
//!
//! Runs cargo and nothing else; what a test needs, the test starts itself.

use crate::tidy;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Instant;

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
    let mut count = Count::default();
    if lint == Lint::Yes {
        let check = |args: &[&str]| Ok(cargo(root, args).status()?.success());
        let fmt = step("format", || check(&["fmt", "--all", "--", "--check"]))?;
        let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        let clippy = step("clippy", || check(&clippy))?;
        let tidy = step("tidy", || Ok(tidy::report(root)? == ExitCode::SUCCESS))?;
        count.failed += [fmt, clippy, tidy].into_iter().filter(|passed| !passed).count() as u64;
    }
    step("tests", || {
        let (tests, status) = tests(root)?;
        count.passed += tests.passed;
        count.failed += tests.failed;
        if !status.success() && tests.failed == 0 {
            count.failed += 1;
        }
        Ok(status.success())
    })?;
    writeln!(std::io::stdout(), "{} passed, {} failed", count.passed, count.failed)?;
    Ok(if count.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

fn tests(root: &Path) -> Result<(Count, ExitStatus)> {
    let mut command = cargo(root, &["test", "--workspace", "--no-fail-fast"]);
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
