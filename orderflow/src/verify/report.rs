//! What `verify` found, for people and for programs. Judges nothing.

use super::invariants::Judged;
use crate::output::out;
use serde::Serialize;

/// Violations of one invariant that are told one by one; `--json` tells all.
const TOLD_MAX: usize = 20;

/// All that was found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Orders that were looked at.
    pub(crate) orders: u64,
    /// Of them, open ones that are too new to be judged.
    pub(crate) young: u64,
    /// Whether the gateway's own books were compared.
    pub(crate) gateway_compared: bool,
    /// Invariant by invariant.
    pub(crate) lines: Vec<Line>,
}

/// One invariant.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) code: &'static str,
    pub(crate) says: &'static str,
    /// Why it could not be decided.
    pub(crate) undecided: Option<&'static str>,
    #[serde(flatten)]
    pub(crate) judged: Judged,
}

impl Report {
    /// How many things are wrong.
    pub(crate) fn violations(&self) -> usize {
        self.lines.iter().map(|line| line.judged.violations.len()).sum()
    }

    /// For a terminal: a line an invariant, and below it what is wrong.
    pub(crate) fn print(&self) {
        for line in &self.lines {
            line.print();
        }
        let gateway = match self.gateway_compared {
            true => "the simulated gateway's books compared",
            false => "the gateway's own books not seen: compare them with orderflow reconcile",
        };
        eprintln!("  {} orders looked at, {gateway}", self.orders);
        if self.young > 0 {
            eprintln!("  {} of them are open and younger than two minutes: not judged", self.young);
        }
        match self.violations() {
            0 => eprintln!("✔ all of it holds"),
            1 => eprintln!("✖ 1 violation"),
            many => eprintln!("✖ {many} violations"),
        }
    }
}

impl Line {
    fn print(&self) {
        let Judged { checked, of_them, violations } = &self.judged;
        let mark = match (self.undecided, violations.is_empty()) {
            (Some(_), _) => '–',
            (None, true) => '✔',
            (None, false) => '✖',
        };
        let mut words = vec![match self.undecided {
            Some(why) => format!("not decided: {why}"),
            None => format!("{checked} checked"),
        }];
        if !violations.is_empty() {
            words.push(format!("{} violated", violations.len()));
        }
        words.extend(of_them.iter().map(|(kind, count)| format!("{count} {kind}")));
        out!("{mark} {}  {}: {}", self.code, self.says, words.join(", "));
        for violation in violations.iter().take(TOLD_MAX) {
            out!("      {}", violation.words());
            out!("        → {}", violation.repair);
        }
        if violations.len() > TOLD_MAX {
            out!("      … and {} more; --json tells all", violations.len() - TOLD_MAX);
        }
    }
}
