//! Doubts are kept by transaction: one does not hide another, and the same again is no news.

use super::super::payment::tests::{attempt, payment, seen};
use super::*;
use crate::models::PaymentStatus;
use kernel::Money;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn lies(id: &str, amount: i64) -> Observation {
    Observation { amount: Some(Money::rupiah(amount)), ..seen(id, GatewayStatus::Settlement) }
}

fn doubts(payment: &Payment, seen: &Observation) -> Payment {
    payment.hears(attempt(), seen, T0).pop().expect("it is news").0
}

fn why(payment: &Payment) -> &str {
    &payment.attempts[0].distrusted.as_ref().unwrap().why
}

#[test]
fn each_transaction_has_its_own_doubt_and_two_do_not_take_turns() {
    let one = doubts(&payment(), &lies("a", 1));
    let two = doubts(&one, &lies("b", 1));
    assert_eq!(why(&two), "a: it is about Rp1, not Rp185.000\nb: it is about Rp1, not Rp185.000");
    for id in ["a", "b"] {
        assert_eq!(two.hears(attempt(), &lies(id, 1), T0), [], "no news of {id}");
    }
    let other = doubts(&two, &lies("a", 2));
    assert!(why(&other).starts_with("a: it is about Rp2,"), "{}", why(&other));
    assert_eq!(why(&other).lines().count(), 2);
}

#[test]
fn what_was_dealt_with_for_one_transaction_is_open_for_the_next() {
    let one = doubts(&payment(), &lies("a", 1));
    let item = one.items().remove(0);
    let written =
        crate::models::Resolution { item: item.name, note: "n".into(), by: "b".into(), at: T0 };
    let resolved = one.resolve(written).unwrap().0;
    assert_eq!(resolved.open_items(), 0);
    assert_eq!(doubts(&resolved, &lies("b", 1)).open_items(), 1);
}

#[test]
fn doubts_of_one_attempt_are_bounded() {
    let all = (0..50).fold(payment(), |p, n| {
        let news = p.hears(attempt(), &lies(&format!("t{n}"), 1), T0).pop();
        news.map_or(p, |(p, _)| p)
    });
    assert_eq!(why(&all).lines().count(), LINES_MAX);
}

#[test]
fn of_an_answer_that_is_not_believed_no_refund_is_taken() {
    let listed = crate::models::RefundSeen {
        key: "elsewhere".into(),
        amount: Money::rupiah(1),
        confirmed: true,
    };
    let foreign = Observation {
        foreign_merchant: true,
        refunds: vec![listed],
        ..seen("a", GatewayStatus::PartialRefund)
    };
    let after = doubts(&payment(), &foreign);
    assert_eq!((after.refunds.len(), after.transactions().count()), (0, 0));
    assert_eq!(after.hears(attempt(), &foreign, T0), [], "told once");
}

#[test]
fn only_charged_transactions_are_missed_when_the_gateway_knows_them_no_more() {
    let pending = doubts(&payment(), &seen("a", GatewayStatus::Pending));
    assert_eq!(pending.vanished(attempt(), "a", T0), None);
    let paid = doubts(&pending, &seen("a", GatewayStatus::Settlement));
    let (missed, _) = paid.vanished(attempt(), "a", T0).unwrap();
    assert_eq!((missed.status(), missed.open_items()), (PaymentStatus::Paid, 1));
    assert_eq!(missed.vanished(attempt(), "a", T0), None, "told once");
    assert_eq!(paid.vanished(attempt(), "b", T0), None, "nobody knows it");
}

#[test]
fn a_refund_that_is_asked_for_in_vain_is_shown_once_and_stays_asked_for() {
    let paid = doubts(&payment(), &seen("a", GatewayStatus::Settlement));
    let wish = crate::models::RefundWish { key: "r1".into(), amount: None, reason: None };
    let asked = paid.refund(&wish, T0).unwrap().unwrap().0;
    let shown = asked.asked_in_vain(attempt(), "r1", T0).unwrap().0;
    assert_eq!((shown.open_items(), &shown.refunds), (1, &asked.refunds));
    assert_eq!(shown.asked_in_vain(attempt(), "r1", T0), None, "told once");
    let taken = asked.refund_moved("r1", RefundState::Taken, T0).unwrap().0;
    assert_eq!(taken.asked_in_vain(attempt(), "r1", T0), None);
}
