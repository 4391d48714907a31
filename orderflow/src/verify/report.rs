//! What `verify` found, for people and for programs. Judges nothing.

use super::invariants::{Finding, Judged};
use crate::output::{counted, out};
use serde::Serialize;

/// Findings of one kind and invariant that are told one by one; `--json` tells all.
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
    /// How a command names the system: empty, or with a blank in front.
    #[serde(skip)]
    pub(crate) flag: String,
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

    /// How many things will be right by themselves.
    fn waiting(&self) -> usize {
        self.lines.iter().map(|line| line.judged.waiting.len()).sum()
    }

    /// For a terminal: a line an invariant, and below it what is wrong.
    pub(crate) fn print(&self) {
        for line in &self.lines {
            line.print();
        }
        let gateway = match self.gateway_compared {
            true => "the simulated gateway's books compared".to_owned(),
            false => format!(
                "the gateway's own books not seen: compare them with\n    orderflow reconcile \
                 --report FILE.csv{}",
                self.flag
            ),
        };
        eprintln!("  {} looked at, {gateway}", counted(self.orders, "order"));
        if self.young > 0 {
            eprintln!("  {} of them: open, younger than two minutes and not judged", self.young);
        }
        if self.waiting() > 0 {
            eprintln!("  {}: no violation, it is right by itself soon", waits(self.waiting()));
        }
        match self.violations() {
            0 => eprintln!("✔ all of it holds"),
            many => eprintln!("✖ {}", counted(many, "violation")),
        }
    }
}

impl Line {
    fn print(&self) {
        let Judged { checked, of_them, waiting, violations } = &self.judged;
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
        if !waiting.is_empty() {
            words.push(waits(waiting.len()));
        }
        words.extend(of_them.iter().map(|(kind, count)| format!("{count} {kind}")));
        out!("{mark} {}  {}: {}", self.code, self.says, words.join(", "));
        tell(violations);
        tell(waiting);
    }
}

fn tell(findings: &[Finding]) {
    for finding in findings.iter().take(TOLD_MAX) {
        out!("      {}", finding.words());
        out!("{}", finding.repair.lines());
    }
    if findings.len() > TOLD_MAX {
        out!("      … and {} more; --json tells all", findings.len() - TOLD_MAX);
    }
}

fn waits(count: usize) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!("{count} {verb} for the next look at the gateway")
}
