//! Who counts as told and as right, and what counts as progress.

use super::*;
use order::models::OrderStatus;
use std::collections::HashMap;

fn ended(fate: Fate, id: &str) -> Ended {
    Ended { n: 0, fate, id: Some(id.to_owned()), trouble: None }
}

fn got(messages: &[(&str, u32)]) -> HashMap<String, u32> {
    messages.iter().map(|(template, times)| ((*template).to_owned(), *times)).collect()
}

#[test]
fn who_was_told_the_end_counts_and_who_was_told_it_twice_is_found() {
    let ended = [
        ended(Fate::Paid, "a"),
        ended(Fate::DeniedFirst, "b"),
        ended(Fate::Expired, "c"),
        ended(Fate::Paid, "d"),
    ];
    let sent = |paid: u32, pending: u32| -> Sent {
        [
            ("a", got(&[("pending", pending), ("paid", paid)])),
            ("b", got(&[("pending", 2), ("paid", 1)])),
            ("c", got(&[("pending", 1)])),
        ]
        .map(|(id, got)| (id.to_owned(), got))
        .into()
    };
    assert_eq!(count(&ended, &sent(1, 1)), (2, 0), "the third was not told that it expired");
    assert_eq!(count(&ended, &sent(2, 1)), (2, 1));
    assert_eq!(count(&ended, &sent(1, 2)), (2, 1), "who pays at once is told once how to");
}

#[test]
fn an_order_is_right_at_the_end_of_its_own_fate() {
    let ended = [ended(Fate::Paid, "a"), ended(Fate::Expired, "b"), ended(Fate::Paid, "c")];
    let statuses: Statuses =
        [("a".to_owned(), OrderStatus::Paid), ("b".to_owned(), OrderStatus::Paid)].into();
    assert_eq!(right(&ended, &statuses), 1);
}

#[test]
fn only_less_than_ever_owed_or_more_than_ever_done_is_progress() {
    let start = Instant::now();
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let mut progress = Progress::new(start);
    assert!(progress.owes([50, 40, 10], at(1)));
    assert!(progress.owes([60, 20, 10], at(10)), "90 in all");
    for second in 11..70 {
        // Others' orders come and go.
        let others = [60, 20, 11 + second % 7];
        assert!(!progress.owes(others, at(second)) && !progress.is_over(at(second)));
    }
    assert!(progress.is_over(at(71)));
    assert!(progress.has_done(5, at(71)), "its own orders come forward");
    assert!(!progress.is_over(at(131)) && !progress.has_done(5, at(131)));
    assert!(progress.is_over(at(132)));
    assert!(progress.owes([0, 0, 89], at(132)) && !progress.is_over(at(132)));
}

#[test]
fn the_runs_own_orders_are_looked_at_when_the_backlog_stays() {
    let start = Instant::now();
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let mut progress = Progress::new(start);
    assert!(progress.owes([9, 9, 9], at(5)));
    assert!(!progress.wants_a_closer_look(at(19)) && progress.wants_a_closer_look(at(20)));
    assert!(progress.has_done(1, at(20)));
    assert!(!progress.wants_a_closer_look(at(34)) && progress.wants_a_closer_look(at(35)));
}
