//! What can be reviewed of a held payment, and how long a review is one.

use super::super::payment::tests::{attempt, payment, seen};
use super::*;
use crate::models::{Fraud, GatewayStatus, ItemKind, Observation, Resolution, ResolveRefused};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// The payment after the gateway told this of transaction `t-1`.
fn told(payment: &Payment, (status, fraud): (GatewayStatus, Option<Fraud>), when: i64) -> Payment {
    let seen = Observation { fraud, ..seen("t-1", status) };
    payment.observe(attempt(), &seen, at(when)).unwrap().0
}

fn held() -> Payment {
    told(&payment(), (GatewayStatus::Capture, Some(Fraud::Challenge)), 10)
}

fn wish(choice: Choice) -> ReviewWish {
    let text = |text: &str| text.to_owned();
    ReviewWish { item: text("challenge.t-1"), choice, note: text("known"), by: text("ani") }
}

fn waiting(payment: &Payment) -> Vec<(&str, Choice)> {
    payment.to_review().map(|(_, r)| (r.transaction.as_str(), r.choice)).collect()
}

#[test]
fn a_review_moves_nothing_and_is_on_its_way_until_the_gateway_says_otherwise() {
    for (choice, word) in [(Choice::Approve, "approved"), (Choice::Deny, "denied")] {
        let held = held();
        assert_eq!((held.status(), held.open_items()), (PaymentStatus::Challenged, 1));
        assert_eq!(waiting(&held), []);
        let (after, fact) = held.review(&wish(choice), at(20)).unwrap().unwrap();
        assert_eq!(fact, PaymentFact::Reviewed { transaction: "t-1".into(), choice });
        assert_eq!((after.status(), fact.change()), (PaymentStatus::Challenged, None));
        let item = after.items().remove(0);
        assert_eq!((item.kind, item.review), (ItemKind::Challenge, Some(choice)));
        assert!(item.detail.starts_with(word) && item.detail.contains("being asked"), "{item:?}");
        assert_eq!(after.open_items(), 1, "it is open until the gateway has spoken");
        assert_eq!(waiting(&after), [("t-1", choice)]);
        for end in [
            (GatewayStatus::Capture, Some(Fraud::Accept)),
            (GatewayStatus::Deny, Some(Fraud::Deny)),
            (GatewayStatus::Cancel, Some(Fraud::Challenge)),
        ] {
            let over = told(&after, end, 30);
            assert_eq!((waiting(&over), over.open_items()), (vec![], 0), "{end:?}");
            let late = over.review(&wish(choice), at(40));
            assert_eq!(late, Err(ReviewRefused::NotHeld(over.status())), "{end:?}");
        }
    }
}

#[test]
fn the_same_review_again_is_no_news_and_the_other_takes_its_place() {
    let (after, _) = held().review(&wish(Choice::Approve), at(20)).unwrap().unwrap();
    let again = ReviewWish { note: "again".into(), by: "budi".into(), ..wish(Choice::Approve) };
    assert_eq!(after.review(&again, at(21)), Ok(None));
    let (denied, fact) = after.review(&wish(Choice::Deny), at(21)).unwrap().unwrap();
    assert_eq!(fact, PaymentFact::Reviewed { transaction: "t-1".into(), choice: Choice::Deny });
    assert_eq!((waiting(&denied), denied.reviews.len()), (vec![("t-1", Choice::Deny)], 1));
}

#[test]
fn a_definite_no_is_shown_until_another_review_takes_its_place() {
    let (after, _) = held().review(&wish(Choice::Approve), at(20)).unwrap().unwrap();
    let asked = after.reviews[0].clone();
    let (declined, fact) = after.review_declined(&asked, "not enabled", at(21)).unwrap();
    assert!(matches!(fact, PaymentFact::ReviewDeclined { .. }) && fact.change().is_none());
    let item = declined.items().remove(0);
    assert!(item.detail.contains("not enabled"), "{}", item.detail);
    assert_eq!((item.review, declined.open_items()), (Some(Choice::Approve), 1));
    assert_eq!(waiting(&declined), [("t-1", Choice::Approve)], "it is asked on");
    assert_eq!(declined.review_declined(&asked, "not enabled", at(22)), None, "told once");
    let (denied, _) = declined.review(&wish(Choice::Deny), at(23)).unwrap().unwrap();
    assert_eq!(denied.reviews[0].declined, None);
    assert_eq!(denied.review_declined(&asked, "not enabled", at(24)), None, "that was the other");
}

#[test]
fn what_is_held_again_is_reviewed_again() {
    let (after, _) = held().review(&wish(Choice::Approve), at(20)).unwrap().unwrap();
    let accepted = told(&after, (GatewayStatus::Capture, Some(Fraud::Accept)), 30);
    let again = told(&accepted, (GatewayStatus::Capture, Some(Fraud::Challenge)), 40);
    assert_eq!(waiting(&again), [], "the earlier review was of the earlier hold");
    let (denied, _) = again.review(&wish(Choice::Deny), at(50)).unwrap().unwrap();
    assert_eq!(waiting(&denied), [("t-1", Choice::Deny)]);
    assert_eq!(denied.reviews.len(), 1, "of each transaction the last one is kept");
    // By a clock that is behind the one that saw it held.
    let (behind, _) = again.review(&wish(Choice::Deny), at(39)).unwrap().unwrap();
    assert_eq!(waiting(&behind), [("t-1", Choice::Deny)]);
}

#[test]
fn only_what_is_held_can_be_reviewed() {
    let named = |item: &str| ReviewWish { item: item.into(), ..wish(Choice::Approve) };
    let refused = |payment: &Payment, item: &str| payment.review(&named(item), at(20)).unwrap_err();
    assert_eq!(refused(&payment(), "challenge.t-1"), ReviewRefused::NoItem);
    assert_eq!(refused(&held(), "challenge.t-2"), ReviewRefused::NoItem);
    assert_eq!(refused(&held(), "reversed.t-1"), ReviewRefused::NoItem);
    assert_eq!(refused(&held(), "nonsense"), ReviewRefused::NoItem);
    let settled = told(&payment(), (GatewayStatus::Settlement, None), 10);
    let paid = ReviewRefused::NotHeld(PaymentStatus::Paid);
    assert_eq!(refused(&settled, "challenge.t-1"), paid);
    let reversed = told(&settled, (GatewayStatus::Deny, None), 11);
    assert_eq!(refused(&reversed, "reversed.t-1"), ReviewRefused::OtherKind);
}

#[test]
fn a_held_payment_is_reviewed_and_not_written_off() {
    let done = |item: &str| Resolution {
        item: item.into(),
        note: "looked at".into(),
        by: "ani".into(),
        at: at(20),
    };
    let refused = held().resolve(done("challenge.t-1")).unwrap_err();
    assert_eq!(refused, ResolveRefused::Unreviewed);
    // Settled and objected to: the gateway decides nothing of it any more.
    let odd = told(&payment(), (GatewayStatus::Settlement, Some(Fraud::Challenge)), 10);
    assert_eq!((odd.status(), odd.open_items()), (PaymentStatus::Challenged, 1));
    let over = odd.review(&wish(Choice::Approve), at(20)).unwrap_err();
    assert_eq!(over, ReviewRefused::NotHeld(PaymentStatus::Challenged));
    assert_eq!(odd.resolve(done("challenge.t-1")).unwrap().0.open_items(), 0);
}

#[test]
fn a_note_of_an_older_version_deals_with_no_hold_and_with_nothing_that_came_after() {
    let done = |second| Resolution {
        item: "challenge.t-1".into(),
        note: "looked at".into(),
        by: "ani".into(),
        at: at(second),
    };
    let noted = Payment { resolved: vec![done(20)], ..held() };
    assert_eq!((noted.status(), noted.open_items()), (PaymentStatus::Challenged, 1));
    assert!(noted.review(&wish(Choice::Approve), at(30)).is_ok());
    let settled = told(&noted, (GatewayStatus::Settlement, Some(Fraud::Challenge)), 40);
    assert_eq!(settled.open_items(), 1, "that it settled for all that is another matter");
    // By a clock that is behind the one that saw it settle.
    let (dealt_with, _) = settled.resolve(done(39)).unwrap();
    assert_eq!((dealt_with.open_items(), dealt_with.resolved.len()), (0, 1));
}
