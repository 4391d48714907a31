//! What a run came to, for people and for programs. Compares and shows; finds nothing out.

use super::fate::{COURSES, Course, Fate};
use super::tally::Tally;
use crate::output::out;
use crate::process;
use order::models::OrderStatus;
use serde_json::{Value, json};

/// Orders that are shown of each fate, if they came to another end.
const EXAMPLES: usize = 3;

/// An order that the run is done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// Its number in the run.
    pub(super) n: u32,
    /// What was to become of it.
    pub(super) fate: Fate,
    /// The order, if one was created.
    pub(super) id: Option<String>,
    /// Why it did not go to its end.
    pub(super) trouble: Option<String>,
}

/// All orders of a run.
pub(super) struct Report<'a> {
    /// How another command is told which system it was; empty, or with a blank in front.
    pub(super) flag: &'a str,
    /// How many orders there were to be.
    pub(super) asked: u32,
    pub(super) ended: &'a [Ended],
    pub(super) tally: &'a Tally,
}

/// The orders of one fate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) orders: usize,
    pub(super) right: usize,
    wrong: Vec<&'a Ended>,
}

impl Report<'_> {
    /// Every order is where it must be, every customer was told so, nobody anything twice, and the
    /// gateway's books balance.
    pub(super) fn is_right(&self) -> bool {
        let asked = usize::try_from(self.asked).unwrap_or(usize::MAX);
        self.right() == asked
            && self.tally.told == asked
            && self.tally.told_twice == 0
            && self.tally.ledger.as_ref().is_none_or(|ledger| ledger.balanced)
    }

    /// How many came to their right end.
    pub(super) fn right(&self) -> usize {
        self.ended.iter().filter(|ended| self.is_where_it_must_be(ended)).count()
    }

    fn found(&self, ended: &Ended) -> Option<OrderStatus> {
        ended.id.as_ref().and_then(|id| self.tally.statuses.get(id)).copied()
    }

    fn is_where_it_must_be(&self, ended: &Ended) -> bool {
        ended.trouble.is_none() && self.found(ended) == Some(ended.fate.course().end)
    }

    pub(super) fn row(&self, course: &Course) -> Row<'_> {
        let mut row = Row::default();
        for ended in self.ended.iter().filter(|ended| ended.fate == course.fate) {
            row.orders += 1;
            match self.is_where_it_must_be(ended) {
                true => row.right += 1,
                false => row.wrong.push(ended),
            }
        }
        row
    }

    /// An object for each order, on standard output.
    pub(super) fn lines(&self) {
        for ended in self.ended {
            out!("{}", self.line(ended));
        }
    }

    fn line(&self, ended: &Ended) -> Value {
        let course = ended.fate.course();
        json!({
            "order_id": ended.id,
            "number": ended.n,
            "fate": course.name,
            "expected": course.end.as_str(),
            "found": self.found(ended).map(OrderStatus::as_str),
            "right": self.is_where_it_must_be(ended),
            "trouble": ended.trouble,
        })
    }

    /// Examples of the orders that came to another end, on standard error.
    pub(super) fn examples(&self) {
        for course in &COURSES {
            for ended in self.row(course).wrong.iter().take(EXAMPLES) {
                eprintln!("  {}", self.wrong(ended, course));
            }
        }
        let missing = usize::try_from(self.asked).unwrap_or(0).saturating_sub(self.ended.len());
        if missing > 0 {
            eprintln!("  ✖ {missing} orders were not brought to their end");
        }
    }

    fn wrong(&self, ended: &Ended, course: &Course) -> String {
        let found = self.found(ended).map_or("unknown", OrderStatus::as_str);
        let why = ended.trouble.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        match &ended.id {
            Some(id) => format!(
                "✖ {}: {found} instead of {}{why}\n    {} why {id}{}",
                course.name,
                course.end,
                process::invocation(),
                self.flag
            ),
            None => format!("✖ {}: number {} was not created{why}", course.name, ended.n),
        }
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
