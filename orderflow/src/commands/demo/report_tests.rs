//! What makes a run right, and how wrong ends are shown.

use super::*;
use crate::commands::demo::tally::Ledger;

fn ended(n: u32) -> Ended {
    Ended { n, fate: Fate::of(n), id: Some(format!("order-{n}")), trouble: None }
}

/// The first twelve numbers of a run, each at its right end.
fn all_right() -> (Vec<Ended>, Tally) {
    let ended: Vec<Ended> = (0..12).map(ended).collect();
    let end = |n: u32| Fate::of(n).course().end;
    let statuses = (0..12).map(|n| (format!("order-{n}"), end(n))).collect();
    let ledger = Some(Ledger { net_amount: 1, balanced: true });
    (ended, Tally { statuses, told: 12, told_twice: 0, ledger })
}

fn report<'a>(ended: &'a [Ended], tally: &'a Tally) -> Report<'a> {
    Report { flag: " --url http://127.0.0.1:9000", asked: 12, ended, tally }
}

#[test]
fn a_run_is_right_only_if_everything_is() {
    let (orders, tally) = all_right();
    assert!(report(&orders, &tally).is_right());
    assert!(!report(&orders[1..], &tally).is_right(), "one is missing");
    type Spoil = fn(&mut Vec<Ended>, &mut Tally);
    let spoils: [(&str, Spoil); 5] = [
        ("one gave up", |ended, _| ended[3].trouble = Some("nothing moves any more".to_owned())),
        ("one ended elsewhere", |_, tally| {
            tally.statuses.insert("order-0".to_owned(), OrderStatus::Expired);
        }),
        ("one was not told", |_, tally| tally.told = 11),
        ("one was told twice", |_, tally| tally.told_twice = 1),
        ("the books are wrong", |_, tally| {
            tally.ledger = Some(Ledger { net_amount: 1, balanced: false });
        }),
    ];
    for (what, spoil) in spoils {
        let (mut orders, mut tally) = all_right();
        spoil(&mut orders, &mut tally);
        assert!(!report(&orders, &tally).is_right(), "{what}");
    }
}

#[test]
fn a_wrong_end_is_counted_under_its_fate_and_shown_with_the_way_to_its_story() {
    let (orders, mut tally) = all_right();
    let expired = (0..12).find(|n| Fate::of(*n) == Fate::Expired).unwrap();
    tally.statuses.insert(format!("order-{expired}"), OrderStatus::Paid);
    let report = report(&orders, &tally);
    let course = Fate::Expired.course();
    let row = report.row(course);
    assert_eq!((row.orders, row.right, row.wrong.len()), (1, 0, 1));
    let shown = report.wrong(row.wrong[0], course);
    assert!(shown.contains("paid instead of expired"), "{shown}");
    assert!(
        shown.ends_with(&format!("why order-{expired} --url http://127.0.0.1:9000")),
        "{shown}"
    );
    assert_eq!(report.row(Fate::Paid.course()).right, 1);
}

#[test]
fn a_line_for_programs_says_what_was_expected_and_found() {
    let (orders, tally) = all_right();
    let line = report(&orders, &tally).line(&orders[0]);
    let wanted = json!({
        "order_id": "order-0", "number": 0, "fate": "paid", "expected": "paid", "found": "paid",
        "right": true, "trouble": null,
    });
    assert_eq!(line, wanted);
}
