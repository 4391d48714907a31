//! What goes back in unusual ways: after a void that did not hold, in parts, twice, or not at all.

use super::back_tests::{elsewhere, told};
use super::money_tests::{causes, hears, paid_by, wish};
use super::tests::{attempt, payment, seen};
use super::*;
use crate::models::{Ending, GatewayStatus, PaymentStatus, RefundCause, RefundState};
use std::time::Duration;

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn by_hand(payment: &Payment, key: &str, amount: Option<i64>, at: Timestamp) -> Payment {
    let asked = payment.refund(&wish(key, amount), T0).unwrap().unwrap().0;
    let manual = asked.refund_moved(key, RefundState::Manual("no".into()), T0).unwrap().0;
    let item = format!("refund_manual.{key}");
    manual.resolve(Resolution { item, note: "n".into(), by: "b".into(), at }).unwrap().0
}

fn open_items(payment: &Payment) -> Vec<String> {
    let open = payment.items().into_iter().filter(|item| item.resolution.is_none());
    open.map(|item| item.name).collect()
}

#[test]
fn a_voided_charge_that_settles_after_all_goes_back_once_more() {
    use GatewayStatus::{Cancel, Capture, Settlement};
    let captured = hears(&payment(), &[("a", (Capture, None))]);
    let asked = captured.refund(&wish("r1", None), T0).unwrap().unwrap().0;
    let voided = asked.refund_moved("r1", RefundState::Confirmed, T0).unwrap().0;
    let settles = ("a", (Settlement, None));
    for way in [&[("a", (Cancel, None)), settles][..], &[settles]] {
        let here = hears(&voided, way);
        let due: Vec<_> = here.refunds.iter().map(|r| (r.key.as_str(), &r.state)).collect();
        assert_eq!(due, [("r1", &RefundState::Asked)], "{way:?}");
        let given = here.refund_moved("r1", RefundState::Taken, T0).unwrap().0;
        assert_eq!(hears(&given, &[settles]), given, "once, {way:?}");
    }
    // What the gateway lists of it has gone back.
    let mut listed = elsewhere("a", 185_000);
    (listed.refunds[0].key, listed.status) = ("r1".into(), Ok(Settlement));
    let moves = voided.hears(attempt(), &listed, T0);
    assert_eq!(moves.len(), 1, "{moves:?}");
    assert_eq!(moves[0].0.refunds[0].state, RefundState::Confirmed);
}

#[test]
fn what_was_paid_in_time_is_not_late_because_we_heard_of_it_late() {
    use GatewayStatus::{Expire, Settlement};
    let ran_out = hears(&payment(), &[("a", (Expire, None))]);
    let due = ran_out.due_at;
    let paid = |paid_at: Timestamp| {
        let seen = Observation { paid_at: Some(paid_at), ..seen("b", Settlement) };
        ran_out.hears(attempt(), &seen, due + Duration::from_secs(1200)).pop().unwrap().0
    };
    assert_eq!(causes(&paid(due - Duration::from_secs(1))), []);
    assert_eq!(causes(&paid(due)), [("b", RefundCause::Late)]);
}

#[test]
fn what_a_bank_takes_after_a_part_went_back_is_believed() {
    use GatewayStatus::{Chargeback, PartialChargeback};
    for end in [Chargeback, PartialChargeback] {
        let part = told(&paid_by("gopay"), &elsewhere("a", 60_000));
        let taken = hears(&part, &[("a", (end, None))]);
        assert_eq!(taken.status(), PaymentStatus::ChargedBack, "{end}");
        assert_eq!(open_items(&taken), [format!("charged_back.a.{end}")]);
    }
}

#[test]
fn each_part_that_goes_back_is_told_with_the_sum_so_far() {
    let one = told(&paid_by("gopay"), &elsewhere("a", 60_000));
    let mut more = elsewhere("a", 100_000);
    more.refunds.extend(elsewhere("a", 60_000).refunds);
    (more.refunds[0].key, more.refunds[0].amount) = ("other".into(), Money::rupiah(40_000));
    let moves = one.hears(attempt(), &more, T0);
    let changes: Vec<_> = moves.iter().filter_map(|(_, fact)| fact.change()).collect();
    let part = PaymentStatus::PartiallyRefunded;
    assert_eq!(changes, [StatusChange { from: part, to: part }]);
    let after = &moves.last().unwrap().0;
    assert_eq!(after.returned(), Money::rupiah(100_000));
    assert_eq!(after.hears(attempt(), &more, T0), [], "once");
    more.fraud = Some(crate::models::Fraud::Accept);
    let moves = after.hears(attempt(), &more, T0);
    assert_eq!(moves.iter().filter_map(|(_, fact)| fact.change()).count(), 0, "no other part");
}

#[test]
fn the_sum_of_a_part_that_was_told_is_no_other_part() {
    let silent = Observation { refunded: None, ..elsewhere("a", 60_000) };
    let one = told(&paid_by("gopay"), &silent);
    assert_eq!(one.status(), PaymentStatus::PartiallyRefunded);
    let moves = one.hears(attempt(), &elsewhere("a", 60_000), T0);
    assert_eq!((moves.len(), moves[0].1.change()), (1, None));
}

#[test]
fn what_was_asked_for_is_done_if_the_whole_went_back_without_a_list() {
    let silent = Observation { refunds: vec![], ..elsewhere("a", 185_000) };
    let asked = paid_by("gopay").refund(&wish("r1", None), T0).unwrap().unwrap().0;
    assert_eq!(told(&asked, &silent).refunds[0].state, RefundState::Taken);
    // Of two parts only as much as there was.
    let one = paid_by("gopay").refund(&wish("r1", Some(100_000)), T0).unwrap().unwrap().0;
    let one = one.refund_moved("r1", RefundState::Taken, T0).unwrap().0;
    let two = one.refund(&wish("r2", Some(60_000)), T0).unwrap().unwrap().0;
    let states = |payment: &Payment| -> Vec<RefundState> {
        payment.refunds.iter().map(|r| r.state.clone()).collect()
    };
    assert_eq!(states(&told(&two, &silent)), [RefundState::Taken, RefundState::Taken]);
    let mut listed = elsewhere("a", 185_000);
    listed.refunds[0].amount = Money::rupiah(85_000);
    let moot = [RefundState::Taken, RefundState::Moot, RefundState::Confirmed];
    assert_eq!(states(&told(&two, &listed)), moot);
}

#[test]
fn of_two_refunds_by_hand_the_newest_went_twice_first() {
    let one = by_hand(&paid_by("gopay"), "r1", Some(100_000), T0);
    let both = by_hand(&one, "r2", Some(85_000), T0);
    let part = told(&both, &elsewhere("a", 60_000));
    assert_eq!(open_items(&part), ["refund_manual.r2.twice.60000"]);
    // Claimed: what goes twice after that is another matter.
    let item = "refund_manual.r2.twice.60000".to_owned();
    let claimed = Resolution { item, note: "n".into(), by: "b".into(), at: T0 };
    let claimed = part.resolve(claimed).unwrap().0;
    assert_eq!(open_items(&claimed), [""; 0]);
    let whole = told(&claimed, &elsewhere("a", 185_000));
    let left = ["refund_manual.r1.twice.100000", "refund_manual.r2.twice.85000"];
    assert_eq!(open_items(&whole), left);
}

/// Even if the clock of whoever resolved it was ahead.
#[test]
fn that_a_refund_was_made_by_hand_is_no_note_about_what_went_twice() {
    let done = by_hand(&paid_by("gopay"), "r1", None, T0 + Duration::from_secs(60));
    assert_eq!(told(&done, &elsewhere("a", 185_000)).open_items(), 1);
}

#[test]
fn a_try_that_the_gateway_forgot_is_over_with_its_time_and_its_money_comes_late() {
    use GatewayStatus::{Pending, Settlement};
    for (why, status) in
        [(Ending::Overdue, PaymentStatus::Expired), (Ending::CalledOff, PaymentStatus::Cancelled)]
    {
        let waits = hears(&payment(), &[("a", (Pending, None))]);
        let over = waits.forgotten(attempt(), "a", (why, T0)).unwrap().0;
        assert_eq!(over.status(), status);
        assert_eq!(over.forgotten(attempt(), "a", (why, T0)), None, "once");
        assert_eq!(causes(&hears(&over, &[("a", (Settlement, None))])), [("a", RefundCause::Late)]);
        let paid = hears(&waits, &[("a", (Settlement, None))]);
        assert_eq!(paid.forgotten(attempt(), "a", (why, T0)), None, "what was paid is not over");
    }
}
