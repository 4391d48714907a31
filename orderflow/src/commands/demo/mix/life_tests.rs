//! What is done in which state, and where each life ends.

use super::*;
use crate::commands::demo::fate::COURSES;

/// The first number of a run that has a fate.
fn first(fate: Fate) -> u32 {
    (0..12).find(|n| Fate::of(*n) == fate).unwrap()
}

/// Leads an order through states, and gives the acts with the state in which each was done.
fn lived(fate: Fate, states: &[OrderStatus]) -> Vec<(Option<OrderStatus>, Act)> {
    let mut life = Life::of(first(fate));
    let mut seen = Seen::default();
    let mut acts = Vec::new();
    let mut states = states.iter();
    for _ in 0..50 {
        match life.next(&seen) {
            Next::Do(act) => acts.push((seen.status, act)),
            Next::Pause => {}
            Next::Watch => {
                let status = states.next().unwrap_or_else(|| panic!("{fate:?} waits: {seen:?}"));
                seen.status = Some(*status);
                seen.payment = (*status != OrderStatus::Pending).then(|| "p".to_owned());
            }
            Next::Look if !seen.known => seen.known = true,
            Next::Look => seen.second_back = true,
            Next::Ended => {
                assert_eq!(states.next(), None, "{fate:?} ended early");
                return acts;
            }
        }
    }
    panic!("{fate:?} does not end");
}

use OrderStatus::{AwaitingPayment, Pending};
const WAITS: &[OrderStatus] = &[Pending, AwaitingPayment];

fn after(states: &[OrderStatus]) -> Vec<OrderStatus> {
    [WAITS, states].concat()
}

#[test]
fn nobody_pays_before_there_is_a_page_and_a_paid_order_has_ended() {
    let mut life = Life::of(first(Fate::Paid));
    let mut seen = Seen::default();
    assert_eq!(life.next(&seen), Next::Watch);
    seen.status = Some(Pending);
    assert_eq!(life.next(&seen), Next::Watch);
    (seen.status, seen.payment) = (Some(AwaitingPayment), Some("p".to_owned()));
    assert_eq!(life.next(&seen), Next::Do(Act::Choose(Outcome::Settle)));
    assert_eq!(life.next(&seen), Next::Watch, "what was done is not done again");
    seen.status = Some(OrderStatus::Paid);
    assert_eq!(life.next(&seen), Next::Ended);
}

#[test]
fn a_transfer_is_paid_a_while_after_it_was_chosen() {
    let is_transfer = |n: &u32| Fate::of(*n) == Fate::Paid && method(*n) == "bca_va";
    let mut life = Life::of((0..1000).find(is_transfer).unwrap());
    let seen =
        Seen { status: Some(AwaitingPayment), payment: Some("p".to_owned()), ..Seen::default() };
    assert_eq!(life.next(&seen), Next::Do(Act::Choose(Outcome::Pending)));
    assert_eq!(life.next(&seen), Next::Pause);
    assert_eq!(life.next(&seen), Next::Do(Act::Bank(Action::Settle)));
    assert_eq!(life.next(&seen), Next::Watch);
}

#[test]
fn money_goes_back_only_after_it_was_seen() {
    use OrderStatus::{Cancelled, Paid, PartiallyRefunded, PaymentReversed, Refunded};
    let pays = (Some(AwaitingPayment), Act::Choose(Outcome::Settle));
    let cases = [
        (Fate::Refunded, Refunded, Act::Refund),
        (Fate::Voided, Cancelled, Act::Refund),
        (Fate::HalfRefunded, PartiallyRefunded, Act::RefundHalf),
        (Fate::Reversed, PaymentReversed, Act::Bank(Action::Reverse)),
    ];
    for (fate, end, back) in cases {
        assert_eq!(lived(fate, &after(&[Paid, end])), [pays, (Some(Paid), back)], "{fate:?}");
    }
}

#[test]
fn an_order_that_is_called_off_at_once_waits_for_nothing() {
    let acts = lived(Fate::CancelledAtOnce, &[Pending, OrderStatus::Cancelled]);
    assert_eq!(acts, [(None, Act::Cancel)]);
    assert_eq!(
        Life::of(first(Fate::CancelledAtOnce)).next(&Seen::default()),
        Next::Do(Act::Cancel)
    );
}

#[test]
fn late_money_comes_after_the_end_and_the_second_after_the_first() {
    use OrderStatus::{Expired, Paid, Refunded};
    let waiting = Some(AwaitingPayment);
    let chooses = (waiting, Act::Choose(Outcome::Pending));
    let expires = (waiting, Act::Bank(Action::Expire));
    let late = lived(Fate::PaidLate, &after(&[Expired, Refunded]));
    assert_eq!(late, [chooses, expires, (Some(Expired), Act::Bank(Action::SettleLate))]);
    let twice = lived(Fate::PaidTwice, &after(&[Paid]));
    let (arms, settles) = ((waiting, Act::ArmTwin), (waiting, Act::Bank(Action::Settle)));
    let wanted = [chooses, arms, settles, (Some(Paid), Act::SettleTwin)];
    assert_eq!(twice, wanted);
}

#[test]
fn every_life_ends_where_its_course_says() {
    for course in &COURSES {
        let mut life = Life { left: &[], ..Life::of(first(course.fate)) };
        for status in OrderStatus::ALL {
            let seen = Seen { status: Some(status), ..Seen::default() };
            let wanted = if status == course.end { Next::Ended } else { Next::Watch };
            assert_eq!(life.next(&seen), wanted, "{:?} at {status}", course.fate);
        }
    }
}

#[test]
fn what_was_done_shows_in_the_transaction() {
    assert!(Outcome::Settle.shows_in("capture") && !Outcome::Settle.shows_in("pending"));
    assert!(Outcome::Deny.shows_in("deny") && !Outcome::Deny.shows_in("settlement"));
    assert!(Action::SettleLate.shows_in("refund"), "late money may have gone back meanwhile");
    assert!(!Action::Reverse.shows_in("settlement") && !Action::Expire.shows_in("pending"));
}
