//! Money that goes back or is not here any more: once, whole, and told as what it is.

use super::money_tests::{causes, hears, paid_by, wish};
use super::tests::{attempt, payment, seen};
use super::*;
use crate::models::{Ending, GatewayStatus, PaymentStatus, RefundCause, RefundState};
use std::time::Duration;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

/// A transaction gave so much back elsewhere: a dashboard did it, by a key of its own.
pub(super) fn elsewhere(id: &str, amount: i64) -> Observation {
    let all = amount == 185_000;
    let status = if all { GatewayStatus::Refund } else { GatewayStatus::PartialRefund };
    Observation {
        refunds: vec![RefundSeen {
            key: "dashboard".into(),
            amount: Money::rupiah(amount),
            confirmed: true,
        }],
        refunded: Some(Money::rupiah(amount)),
        method: Some("gopay".into()),
        ..seen(id, status)
    }
}

pub(super) fn told(payment: &Payment, seen: &Observation) -> Payment {
    payment.hears(attempt(), seen, T0).pop().map_or_else(|| payment.clone(), |(after, _)| after)
}

#[test]
fn what_went_back_elsewhere_does_not_go_back_again() {
    let due = |payment: &Payment| -> Vec<(i64, RefundState)> {
        let ours = payment.refunds.iter().filter(|r| r.cause == RefundCause::Asked);
        ours.map(|r| (r.amount.as_rupiah(), r.state.clone())).collect()
    };
    let paid = paid_by("gopay");
    let whole = paid.refund(&wish("r1", None), T0).unwrap().unwrap().0;
    let cut = told(&whole, &elsewhere("a", 60_000));
    assert_eq!(due(&cut), [(125_000, RefundState::Asked)]);
    assert_eq!(told(&cut, &elsewhere("a", 60_000)), cut, "once");
    assert_eq!(due(&told(&whole, &elsewhere("a", 185_000))), [(185_000, RefundState::Moot)]);
    // The newest gives way first.
    let two = paid.refund(&wish("r1", Some(100_000)), T0).unwrap().unwrap().0;
    let two = two.refund(&wish("r2", Some(85_000)), T0).unwrap().unwrap().0;
    let cut = told(&two, &elsewhere("a", 100_000));
    assert_eq!(due(&cut), [(85_000, RefundState::Asked), (85_000, RefundState::Moot)]);
    // By hand it would go twice as well.
    let by_hand = whole.refund_moved("r1", RefundState::Manual("no".into()), T0).unwrap().0;
    let cut = told(&by_hand, &elsewhere("a", 185_000));
    assert_eq!((due(&cut), cut.open_items()), (vec![(185_000, RefundState::Moot)], 0));
}

#[test]
fn what_a_person_transferred_and_the_gateway_gave_back_too_is_shown() {
    let whole = paid_by("gopay").refund(&wish("r1", None), T0).unwrap().unwrap().0;
    let by_hand = whole.refund_moved("r1", RefundState::Manual("no".into()), T0).unwrap().0;
    let done =
        Resolution { item: "refund_manual.r1".into(), note: "n".into(), by: "b".into(), at: T0 };
    let done = by_hand.resolve(done).unwrap().0;
    assert_eq!(done.open_items(), 0);
    let mut listed = elsewhere("a", 185_000);
    listed.refunds[0].key = "r1".into();
    let later = T0 + Duration::from_secs(10);
    let twice = done.hears(attempt(), &listed, later).pop().unwrap().0;
    assert_eq!(twice.refunds[0].state, RefundState::ByHand, "what a person did is not forgotten");
    let item = twice.items().into_iter().find(|item| item.resolution.is_none()).unwrap();
    assert_eq!(item.name, "refund_manual.r1.twice.185000");
    assert!(item.detail.starts_with("Rp185.000 in all went back twice"), "{}", item.detail);
}

#[test]
fn a_payment_that_was_taken_back_stays_so_while_another_try_waits() {
    use GatewayStatus::{Chargeback, Deny, Expire, Pending, Refund, Settlement};
    for (end, status) in [
        (Deny, PaymentStatus::Reversed),
        (Refund, PaymentStatus::Refunded),
        (Chargeback, PaymentStatus::ChargedBack),
    ] {
        let both = hears(&payment(), &[("a", (Settlement, None)), ("b", (Pending, None))]);
        let back = hears(&both, &[("a", (end, None))]);
        assert_eq!(back.status(), status, "not pending");
        assert_eq!(hears(&back, &[("b", (Expire, None))]).status(), status, "nor expired");
    }
}

#[test]
fn a_second_payment_beside_a_part_that_went_back_is_no_news_of_the_order() {
    let part = told(&paid_by("gopay"), &elsewhere("a", 60_000));
    assert_eq!(part.status(), PaymentStatus::PartiallyRefunded);
    let moves = part.hears(attempt(), &seen("b", GatewayStatus::Settlement), T0);
    assert!(moves.iter().all(|(_, fact)| fact.change().is_none()), "{moves:?}");
    assert_eq!(causes(&moves.last().unwrap().0)[1], ("b", RefundCause::Second));
}

#[test]
fn what_is_left_of_a_part_goes_back_as_well() {
    // Called off with its money to go back, and a part had gone already.
    let part = told(&paid_by("gopay"), &elsewhere("a", 60_000));
    let called = part.called_off(true, T0).unwrap().0;
    let owed = called.owed(T0).pop().unwrap().0;
    let last = owed.refunds.last().unwrap();
    assert_eq!((last.cause, last.amount), (RefundCause::CalledOff, Money::rupiah(125_000)));
    // Another payment turns out to be the earlier one: the part is the second.
    let earlier = Observation {
        paid_at: Some(T0 - Duration::from_secs(60)),
        ..seen("b", GatewayStatus::Settlement)
    };
    let both = told(&part, &earlier);
    let last = both.refunds.last().unwrap();
    assert_eq!((last.transaction.as_str(), last.cause), ("a", RefundCause::Second));
    assert_eq!(last.amount, Money::rupiah(125_000));
}

#[test]
fn a_try_after_a_failure_is_in_time_however_we_hear_of_it() {
    use GatewayStatus::{Expire, Failure, Pending, Settlement};
    for end in [Failure, Expire] {
        for words in
            [&[("b", (Settlement, None))][..], &[("b", (Pending, None)), ("b", (Settlement, None))]]
        {
            let failed = hears(&payment(), &[("a", (end, None))]);
            let paid = hears(&failed, words);
            assert_eq!((paid.status(), causes(&paid)), (PaymentStatus::Paid, vec![]), "{end}");
        }
    }
}

#[test]
fn a_failed_payment_can_be_called_off_and_ends_at_its_deadline() {
    let failed = hears(&payment(), &[("a", (GatewayStatus::Failure, None))]);
    assert!(failed.status().is_open());
    for (why, end) in
        [(Ending::CalledOff, PaymentStatus::Cancelled), (Ending::Overdue, PaymentStatus::Expired)]
    {
        assert_eq!(failed.closed(attempt(), why, T0).unwrap().0.status(), end);
    }
}

fn resolved_by_hand(payment: &Payment) -> Payment {
    let item = payment.items().into_iter().find(|item| item.resolution.is_none()).unwrap();
    let done = Resolution { item: item.name, note: "n".into(), by: "b".into(), at: T0 };
    payment.resolve(done).unwrap().0
}

#[test]
fn a_second_payment_that_went_back_does_not_pay_the_order_when_the_first_is_gone() {
    use GatewayStatus::{Chargeback, Deny, Refund, Settlement};
    for (end, status) in [
        (Refund, PaymentStatus::Refunded),
        (Chargeback, PaymentStatus::ChargedBack),
        (Deny, PaymentStatus::Reversed),
    ] {
        let both = hears(&payment(), &[("a", (Settlement, None)), ("b", (Settlement, None))]);
        let by_hand = both.refund_moved(&both.refunds[0].key, RefundState::Manual("no".into()), T0);
        let gone = hears(&by_hand.unwrap().0, &[("a", (end, None))]);
        assert_eq!(gone.status(), status);
        assert_eq!(resolved_by_hand(&gone).status(), status, "by hand");
        let gone = hears(&both, &[("a", (end, None))]);
        let taken = gone.refund_moved(&both.refunds[0].key, RefundState::Taken, T0).unwrap().0;
        assert_eq!(taken.status(), status, "through the gateway");
        let done = Observation { refunded: None, ..seen("b", Refund) };
        let done = taken.hears(attempt(), &done, T0 + Duration::from_secs(60)).pop().unwrap().0;
        assert_eq!(done.status(), status, "as the gateway tells in the end");
    }
}

#[test]
fn a_held_second_payment_is_late_once_the_first_has_gone() {
    use GatewayStatus::{Capture, Refund, Settlement};
    let held = (Capture, Some(crate::models::Fraud::Challenge));
    let approved = (Capture, Some(crate::models::Fraud::Accept));
    let gone = hears(&payment(), &[("a", (Settlement, None)), ("b", held), ("a", (Refund, None))]);
    let moves = {
        let seen = Observation { fraud: approved.1, ..seen("b", Capture) };
        gone.hears(attempt(), &seen, T0 + Duration::from_secs(60))
    };
    let changes = moves.iter().filter(|(_, fact)| fact.change().is_some()).count();
    let after = &moves.last().unwrap().0;
    assert_eq!((changes, after.status()), (1, PaymentStatus::Paid));
    assert_eq!(causes(after), [("b", RefundCause::Late)]);
    assert_eq!(after.goes_back().map(|back| back.cause), Some(RefundCause::Late));
}

#[test]
fn what_a_bank_took_is_not_transferred_by_hand_too() {
    use GatewayStatus::{Cancel, Capture, Chargeback, Deny, Settlement};
    for (first, end) in [(Settlement, Chargeback), (Settlement, Deny), (Capture, Cancel)] {
        let paid = hears(&payment(), &[("a", (first, None))]);
        let asked = paid.refund(&wish("r1", Some(5_000)), T0).unwrap().unwrap().0;
        let manual = asked.refund_moved("r1", RefundState::Manual("no".into()), T0).unwrap().0;
        let taken = hears(&manual, &[("a", (end, None))]);
        assert_eq!(taken.refunds[0].state, RefundState::Moot, "{end}");
        let done = hears(&resolved_by_hand(&manual), &[("a", (end, None))]);
        let items = done.items();
        let twice = items.iter().find(|item| item.name == "refund_manual.r1.twice.5000");
        assert!(twice.is_some_and(|item| item.resolution.is_none()), "{end}: {items:?}");
    }
    // What is asked for may be what voided it: its job learns that.
    let captured = hears(&payment(), &[("a", (Capture, None))]);
    let asked = captured.refund(&wish("r1", None), T0).unwrap().unwrap().0;
    let voided = hears(&asked, &[("a", (Cancel, None))]);
    assert_eq!(voided.refunds[0].state, RefundState::Asked);
}

#[test]
fn a_try_beside_a_charge_that_was_voided_is_in_time_however_we_hear_of_it() {
    use GatewayStatus::{Cancel, Capture, Pending, Settlement};
    for words in
        [&[("b", (Settlement, None))][..], &[("b", (Pending, None)), ("b", (Settlement, None))]]
    {
        let voided = hears(&payment(), &[("a", (Capture, None)), ("a", (Cancel, None))]);
        assert_eq!(causes(&hears(&voided, words)), []);
    }
}

#[test]
fn late_money_of_which_a_part_went_back_goes_on_as_late() {
    let ended = payment().closed(attempt(), Ending::Overdue, T0).unwrap().0;
    let part = told(&ended, &elsewhere("a", 60_000));
    assert_eq!(part.status(), PaymentStatus::PartiallyRefunded);
    let back = part.goes_back().unwrap();
    assert_eq!((back.cause, back.amount), (RefundCause::Late, Money::rupiah(125_000)));
}
