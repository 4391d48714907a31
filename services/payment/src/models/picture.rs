//! The tables of states, drawn: Mermaid and Markdown, the same text every time. `docs/states.md`
//! holds what is drawn here.

use super::moves::{EDGES, EndsBy, LEAPS, WAITS, WaitsFor};
use super::{GatewayStatus, LATE_MONEY, PaymentStatus, REVIEW, TAKEN_AFTER_A_PART, TRANSITIONS};
use std::fmt::Display;

/// A payment's moves in their turn, each with what brings it. An arrow to the end: it may stay there
/// for ever.
pub fn payment_diagram() -> String {
    let mut lines =
        vec!["stateDiagram-v2".to_owned(), format!("    [*] --> {}", PaymentStatus::Opening)];
    for (from, all) in EDGES {
        lines.extend(all.iter().map(|(to, why)| format!("    {from} --> {to} : {why}")));
        if waits_for(*from) == WaitsFor::Nobody {
            lines.push(format!("    {from} --> [*]"));
        }
    }
    text(lines)
}

/// A payment's moves out of their turn, a row a status.
pub fn leaps_table() -> String {
    let mut lines = vec!["| from | also to |".to_owned(), "|---|---|".to_owned()];
    lines.extend(LEAPS.iter().map(|(from, all)| format!("| `{from}` | {} |", words(all))));
    text(lines)
}

/// What each status waits for, a row a status.
pub fn waits_table() -> String {
    let mut lines =
        vec!["| status | moved on by | ended by |".to_owned(), "|---|---|---|".to_owned()];
    for (status, waits, end) in WAITS {
        let waits = match waits {
            WaitsFor::Customer => "the customer",
            WaitsFor::Gateway => "the gateway",
            WaitsFor::Operator => "a person: it is an operator item",
            WaitsFor::Nobody => "nobody: it may stay",
        };
        let end = match end {
            EndsBy::Deadline => "the deadline",
            EndsBy::Gateway => "the gateway, when it would settle",
            EndsBy::Nothing => "–",
        };
        lines.push(format!("| `{status}` | {waits} | {end} |"));
    }
    text(lines)
}

/// A gateway transaction's moves: the published ones, dotted those that the table leaves out, thick the
/// review.
pub fn transaction_diagram() -> String {
    let mut lines = vec!["flowchart LR".to_owned()];
    // A name alone may be a word of Mermaid's.
    lines.extend(GatewayStatus::ALL.map(|status| format!("    s_{status}([{status}])")));
    let arrow = |from: GatewayStatus, arrow: &str, to| format!("    s_{from} {arrow} s_{to}");
    for (from, all) in TRANSITIONS {
        lines.extend(all.iter().map(|to| arrow(*from, "-->", *to)));
    }
    lines.extend(LATE_MONEY.iter().map(|(from, to)| arrow(*from, "-. late money .->", *to)));
    let taken = TAKEN_AFTER_A_PART.iter();
    lines.extend(taken.map(|(from, to)| arrow(*from, "-. after a part .->", *to)));
    lines.extend(REVIEW.iter().map(|(from, to)| arrow(*from, "== review ==>", *to)));
    text(lines)
}

fn waits_for(status: PaymentStatus) -> WaitsFor {
    let row = WAITS.iter().find(|(of, _, _)| *of == status);
    row.map_or(WaitsFor::Nobody, |(_, waits, _)| *waits)
}

fn words(all: &[impl Display]) -> String {
    all.iter().map(|status| format!("`{status}`")).collect::<Vec<_>>().join(", ")
}

fn text(mut lines: Vec<String>) -> String {
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(drawn: &str) -> usize {
        drawn.lines().filter(|line| line.contains("->") || line.contains("==>")).count()
    }

    #[test]
    fn every_move_is_drawn_once() {
        let edges: usize = EDGES.iter().map(|(_, to)| to.len()).sum();
        let stay = WAITS.iter().filter(|(_, waits, _)| *waits == WaitsFor::Nobody).count();
        let drawn = payment_diagram();
        assert_eq!(arrows(&drawn), 1 + edges + stay);
        assert!(drawn.contains("    challenged --> paid : approved\n"), "{drawn}");
        assert!(!drawn.contains("challenged --> [*]"), "somebody has to decide: {drawn}");
        let published: usize = TRANSITIONS.iter().map(|(_, to)| to.len()).sum();
        let drawn = transaction_diagram();
        let more = LATE_MONEY.len() + TAKEN_AFTER_A_PART.len() + REVIEW.len();
        assert_eq!(arrows(&drawn), published + more);
        assert!(drawn.contains("s_expire -. late money .-> s_settlement\n"), "{drawn}");
        assert!(drawn.contains("s_capture == review ==> s_deny\n"), "{drawn}");
    }

    #[test]
    fn every_status_has_a_line_in_both_lists() {
        for drawn in [leaps_table(), waits_table()] {
            let begins = |status| drawn.lines().any(|l| l.starts_with(&format!("| `{status}` |")));
            assert!(PaymentStatus::ALL.into_iter().all(begins), "{drawn}");
        }
    }
}
