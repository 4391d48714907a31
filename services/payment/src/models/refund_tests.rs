//! What each method can give back, row by row and at the edge of its window.

use super::super::payment::tests::{attempt, payment, seen};
use super::*;
use crate::models::{GatewayStatus, Observation, Payment, RefundWish};
use std::collections::BTreeSet;
use std::time::Duration;

const ALL: i64 = 185_000;
const DAY: Duration = Duration::from_secs(86_400);
/// When the gateway says that it settled. We heard of it later: the window is the gateway's.
const SETTLED: Timestamp = Timestamp::constant(1_800_000_000, 0);
const HEARD: Duration = Duration::from_secs(3 * 3600);

const NEVER: &str = "this method cannot be refunded through the gateway";
const WHOLE_ONLY: &str = "this method can only be refunded whole";
const OVER: &str = "the time in which it can be refunded is over";

/// What a row of the table is, in the words of midtrans.md 2.6.
#[derive(Debug, Clone, Copy)]
enum Goes {
    Never,
    Whole(u32),
    Parts(u32),
}

/// The table of midtrans.md 2.6, written a second time on purpose. The days of Akulaku are not in it
/// (L: as Kredivo), nor that ShopeePay gives parts for sure (L), nor the longer days of some of GoPay's
/// options; six months of a card are 180 days.
const PUBLISHED: &[(&str, Goes)] = &[
    ("bank_transfer", Goes::Never),
    ("permata", Goes::Never),
    ("echannel", Goes::Never),
    ("cstore", Goes::Never),
    ("credit_card", Goes::Parts(180)),
    ("gopay", Goes::Parts(45)),
    ("qris", Goes::Parts(45)),
    ("dana", Goes::Parts(45)),
    ("shopeepay", Goes::Parts(365)),
    ("ovo", Goes::Whole(7)),
    ("kredivo", Goes::Parts(14)),
    ("akulaku", Goes::Parts(14)),
];

/// Settled by a method, of which so much has gone back since.
fn paid_by(method: Option<&str>, refunded: i64) -> Payment {
    let method = method.map(str::to_owned);
    let told = |status, refunded| Observation {
        method: method.clone(),
        paid_at: Some(SETTLED),
        refunded: Some(Money::rupiah(refunded)),
        ..seen("tx-1", status)
    };
    let hears = |payment: &Payment, told: &Observation| {
        payment.observe(attempt(), told, SETTLED + HEARD).expect("it is news").0
    };
    let paid = hears(&payment(), &told(GatewayStatus::Settlement, 0));
    match refunded {
        0 => paid,
        part => hears(&paid, &told(GatewayStatus::PartialRefund, part)),
    }
}

/// What becomes of a wish so long after the settlement; without an amount, for all that is left.
fn wished(payment: &Payment, amount: Option<i64>, age: Duration) -> RefundState {
    let wish = RefundWish { key: "k".into(), amount: amount.map(Money::rupiah), reason: None };
    let (after, _) = payment.refund(&wish, SETTLED + age).unwrap().expect("it is new");
    let [refund] = <[Refund; 1]>::try_from(after.refunds).unwrap();
    refund.state
}

fn by_hand(why: &str) -> RefundState {
    RefundState::Manual(why.to_owned())
}

/// Each wish at each moment, for a method that is so in the table.
fn follows(method: Option<&str>, goes: Goes) {
    let (days, part) = match goes {
        Goes::Never => (30, by_hand(NEVER)),
        Goes::Whole(days) => (days, by_hand(WHOLE_ONLY)),
        Goes::Parts(days) => (days, RefundState::Asked),
    };
    let (whole, over) = match goes {
        Goes::Never => (by_hand(NEVER), by_hand(NEVER)),
        Goes::Whole(_) | Goes::Parts(_) => (RefundState::Asked, by_hand(OVER)),
    };
    // A part of what is only given back whole is never possible: the window is not the reason.
    let part_over = if part == by_hand(WHOLE_ONLY) { part.clone() } else { over.clone() };
    let window = DAY * days;
    let in_time = [HEARD, window / 2, window - Duration::from_nanos(1)];
    let moments = in_time.map(|age| (age, &whole, &part));
    let too_late = [window, window * 2].map(|age| (age, &over, &part_over));
    let paid = paid_by(method, 0);
    for (age, whole, part) in moments.into_iter().chain(too_late) {
        for all in [None, Some(ALL)] {
            assert_eq!(wished(&paid, all, age), *whole, "{method:?}, {all:?} after {age:?}");
        }
        for some in [1, ALL - 1] {
            assert_eq!(wished(&paid, Some(some), age), *part, "{method:?}, {some} after {age:?}");
        }
        let begun = paid_by(method, 60_000);
        assert_eq!(wished(&begun, None, age), *part, "{method:?}, the rest after {age:?}");
    }
}

#[test]
fn every_method_goes_back_as_published_and_not_a_moment_longer() {
    for (method, goes) in PUBLISHED {
        follows(Some(method), *goes);
    }
}

#[test]
fn the_table_has_the_published_rows_once_and_no_other() {
    let rows: BTreeSet<&str> = CAPABILITIES.iter().map(|(name, _)| *name).collect();
    let published: BTreeSet<&str> = PUBLISHED.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows, published);
    assert_eq!(rows.len(), CAPABILITIES.len(), "of two rows only the first would count");
}

#[test]
fn a_method_that_nobody_listed_is_tried_for_half_a_year() {
    for method in [None, Some("a_wallet_of_tomorrow"), Some("GOPAY"), Some("")] {
        follows(method, Goes::Parts(180));
    }
}

/// The amount alone does not make it whole.
#[test]
fn what_is_only_given_back_whole_is_not_once_a_part_has_gone() {
    let begun = paid_by(Some("ovo"), 60_000);
    let transaction = begun.transactions().next().unwrap();
    let objects = Capability::of(Some("ovo")).objects(transaction, transaction.gross, SETTLED);
    assert_eq!(objects, Some(WHOLE_ONLY));
}
