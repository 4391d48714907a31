//! What is counted.

use super::*;
use crate::reconcile::difference::{Difference, Remedy};

fn settled(kind: Kind, outcome: Outcome, money: i64) -> Settled {
    let difference = Difference {
        kind,
        remedy: Remedy::Sync,
        order_id: None,
        payment_id: None,
        attempt: "a".to_owned(),
        transaction_id: None,
        line: None,
        there: String::new(),
        here: String::new(),
        money,
        excuse: None,
        reported: None,
    };
    Settled { difference, outcome, advice: String::new() }
}

#[test]
fn every_kind_is_counted_and_its_money_summed_without_overflow() {
    let all = [
        settled(Kind::Status, Outcome::Repaired, 5),
        settled(Kind::Status, Outcome::Left, 7),
        settled(Kind::NotOurs, Outcome::Passed, i64::MAX),
        settled(Kind::NotOurs, Outcome::Passed, i64::MAX),
    ];
    let counts = count(&all);
    assert_eq!(counts.iter().map(|c| c.kind).collect::<Vec<_>>(), [Kind::NotOurs, Kind::Status]);
    let [theirs, status] = &counts[..] else { unreachable!() };
    assert_eq!((theirs.found, theirs.passed, theirs.money), (2, 2, i64::MAX));
    assert_eq!((status.found, status.repaired, status.left), (2, 1, 1));
    assert_eq!((status.money, status.money_left), (12, 7));
}
