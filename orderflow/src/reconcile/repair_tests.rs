//! What becomes of differences once the gateway was asked.

use super::*;
use crate::reconcile::difference::Kind;
use payment::models::GatewayStatus;

fn found(kind: Kind) -> Difference {
    Difference {
        kind,
        remedy: kind.remedy(),
        order_id: Some("o".to_owned()),
        payment_id: Some("p".to_owned()),
        attempt: "a".to_owned(),
        transaction_id: Some("t".to_owned()),
        line: None,
        there: "x".to_owned(),
        here: "y".to_owned(),
        money: 5,
        excuse: None,
        reported: None,
    }
}

#[test]
fn what_is_gone_is_repaired_and_what_came_to_light_is_told() {
    let before = vec![found(Kind::UnknownTransaction), found(Kind::MissingThere)];
    // Now that it is known, its amount can be seen to differ.
    let after = vec![found(Kind::Amount), Difference { money: 7, ..found(Kind::MissingThere) }];
    let settled = settle(before, after);
    let told: Vec<_> = settled.iter().map(|s| (s.difference.kind, s.outcome)).collect();
    assert_eq!(
        told,
        [
            (Kind::UnknownTransaction, Outcome::Repaired),
            (Kind::Amount, Outcome::Left),
            (Kind::MissingThere, Outcome::Left),
        ]
    );
    assert_eq!(settled[2].difference.money, 7, "as it is now");
    assert!(settled[2].advice.starts_with("a person"), "{}", settled[2].advice);
}

#[test]
fn an_excuse_counts_only_once_the_gateway_was_asked() {
    for excuse in [Excuse::Older, Excuse::Idle] {
        let excused = Difference { excuse: Some(excuse), ..found(Kind::Status) };
        let settled = settle(vec![excused.clone()], vec![excused.clone()]);
        assert_eq!(settled[0].outcome, Outcome::Passed);
        let left = Settled::not_asked(excused, "the gateway is away", " --url http://h:1");
        assert_eq!(left.outcome, Outcome::Left);
        assert_eq!(left.advice, "the gateway is away: orderflow reconcile o --url http://h:1");
    }
}

#[test]
fn what_is_anothers_is_passed_and_what_is_a_persons_is_left() {
    let theirs = Settled::left(found(Kind::NotOurs));
    assert_eq!(theirs.outcome, Outcome::Passed);
    let lost = Difference { remedy: Remedy::Operator, ..found(Kind::NotOurs) };
    assert_eq!(Settled::not_asked(lost, "not done: --dry-run", "").outcome, Outcome::Left);
    for kind in Kind::ALL.into_iter().filter(|kind| kind.remedy() == Remedy::Operator) {
        let left = Settled::left(found(kind));
        assert_eq!(left.outcome, Outcome::Left);
        assert!(left.advice.starts_with("a person"), "{}", left.advice);
    }
}

#[test]
fn the_transactions_that_are_not_known_are_named_up_to_a_bound() {
    let told = |n: usize| Reported::try_new(format!("t{n}"), GatewayStatus::Settlement).ok();
    let with = |n| Difference { reported: told(n), ..found(Kind::UnknownTransaction) };
    let all = [found(Kind::Status), with(1), found(Kind::MissingThere), with(2)];
    assert_eq!(named(&all), [told(1).unwrap(), told(2).unwrap()]);
    assert_eq!(named(&[found(Kind::Status)]), []);
    let many: Vec<Difference> = (0..50).map(with).collect();
    assert_eq!(named(&many).len(), NAMED_MAX);
}

#[test]
fn of_now_nothing_is_excused_by_its_age() {
    let with = |excuse| Difference { excuse, ..found(Kind::Status) };
    let told = now(vec![with(Some(Excuse::Older)), with(Some(Excuse::Idle)), with(None)]);
    let excuses: Vec<_> = told.iter().map(|difference| difference.excuse).collect();
    assert_eq!(excuses, [None, Some(Excuse::Idle), None]);
}
