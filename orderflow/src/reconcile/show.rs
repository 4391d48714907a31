//! What was compared, what was found, what became of it: as a table and lines, or as JSON.

use super::compare::Looked;
use super::difference::Kind;
use super::period::Covered;
use super::repair::{Outcome, Settled};
use crate::output::{counted, out};
use kernel::Money;
use serde::Serialize;

/// A comparison and its outcome.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    /// What was read: a file's name, or the simulator.
    pub(crate) report: String,
    /// The columns that the file lacks, and that were not compared.
    pub(crate) not_compared: Vec<String>,
    /// Rows outside the days that were asked for.
    pub(crate) left_out: usize,
    /// The time in which what we hold as paid had to be there; none if the report tells no time.
    pub(crate) covered: Option<Covered>,
    /// Why there is none.
    pub(crate) not_covered: Option<String>,
    #[serde(flatten)]
    pub(crate) looked: Looked,
    pub(crate) kinds: Vec<Count>,
    pub(crate) differences: Vec<Settled>,
}

/// One kind in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    kind: Kind,
    meaning: &'static str,
    found: usize,
    repaired: usize,
    passed: usize,
    left: usize,
    /// Of those that were found, whole rupiah.
    money: i64,
    /// Of those that are left.
    money_left: i64,
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Both ways, and no difference is left.
    Whole,
    /// What is there is right here; what we hold was not looked for there.
    Half,
    /// A person or another run is needed.
    Left,
}

impl Compared {
    pub(crate) fn verdict(&self) -> Verdict {
        let left = self.differences.iter().any(|settled| settled.outcome == Outcome::Left);
        match (left, &self.covered) {
            (true, _) => Verdict::Left,
            (false, None) => Verdict::Half,
            (false, Some(_)) => Verdict::Whole,
        }
    }
}

/// The kinds that occur.
pub(crate) fn count(settled: &[Settled]) -> Vec<Count> {
    let of = |kind: Kind| {
        let all = || settled.iter().filter(move |s| s.difference.kind == kind);
        let those = |outcome| all().filter(move |s| s.outcome == outcome);
        let sum = |money: i64, s: &Settled| money.saturating_add(s.difference.money);
        Count {
            kind,
            meaning: kind.sentence(),
            found: all().count(),
            repaired: those(Outcome::Repaired).count(),
            passed: those(Outcome::Passed).count(),
            left: those(Outcome::Left).count(),
            money: all().fold(0, sum),
            money_left: those(Outcome::Left).fold(0, sum),
        }
    };
    Kind::ALL.into_iter().map(of).filter(|count| count.found > 0).collect()
}

/// Prints it.
pub(crate) fn show(compared: &Compared) {
    let Looked { rows, transactions, at_the_edge } = compared.looked;
    let there = counted(rows, "transaction");
    out!("{}: {there} there, {transactions} here", compared.report);
    if compared.left_out > 0 {
        out!("  left out, of other days: {}", counted(compared.left_out, "row"));
    }
    if let Some(covered) = compared.covered {
        out!("  what we hold as paid was looked for there: {}", covered.words());
    }
    if let Some(why) = &compared.not_covered {
        out!("  what we hold was not looked for there: {why}");
    }
    if at_the_edge > 0 {
        out!(
            "  {at_the_edge} of ours were paid in that time and begun before: see an earlier report"
        );
    }
    if !compared.not_compared.is_empty() {
        out!("  not compared, for want of a column: {}", compared.not_compared.join(", "));
    }
    if compared.differences.is_empty() {
        out!(
            "{}",
            match compared.verdict() {
                Verdict::Whole => "✔ equal",
                _ => "– equal as far as it was compared: one way only",
            }
        );
        return;
    }
    out!();
    let title = ["found", "repaired", "passed", "left"];
    out!("{:<20}{:>8}{:>10}{:>8}{:>6}  money", "kind", title[0], title[1], title[2], title[3]);
    for count in &compared.kinds {
        out!(
            "{:<20}{:>8}{:>10}{:>8}{:>6}  {}, {} left: {}",
            count.kind.as_str(),
            count.found,
            count.repaired,
            count.passed,
            count.left,
            Money::rupiah(count.money),
            Money::rupiah(count.money_left),
            count.meaning
        );
    }
    out!();
    for settled in &compared.differences {
        let outcome = match settled.outcome {
            Outcome::Repaired => "✔ repaired",
            Outcome::Passed => "· passed",
            Outcome::Left => "✖ left",
        };
        out!("{outcome:<10}  {}  → {}", settled.difference.words(), settled.advice);
    }
}

#[cfg(test)]
#[path = "show_tests.rs"]
mod tests;
