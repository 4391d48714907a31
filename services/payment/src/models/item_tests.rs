//! The names of items: the same cause is the same item, and another one is not born resolved.

use super::super::payment::tests::{attempt, payment, seen};
use super::*;
use crate::models::{Distrust, Observation};
use kernel::Money;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn told(payment: &Payment, seen: &Observation, when: i64) -> Payment {
    payment.observe(attempt(), seen, at(when)).unwrap().0
}

fn resolved(payment: &Payment, item: &str, when: i64) -> Payment {
    let text = |text: &str| text.to_owned();
    let written =
        Resolution { item: text(item), note: text("done"), by: text("ani"), at: at(when) };
    payment.resolve(written).unwrap().0
}

/// As it was written when names were of kind and subject alone.
fn once_resolved(payment: &Payment, item: &str, when: i64) -> Payment {
    let text = |text: &str| text.to_owned();
    let written =
        Resolution { item: text(item), note: text("done"), by: text("ani"), at: at(when) };
    Payment { resolved: vec![written], ..payment.clone() }
}

/// The open items.
fn open(payment: &Payment) -> Vec<Item> {
    payment.items().into_iter().filter(|item| item.resolution.is_none()).collect()
}

fn only(payment: &Payment) -> Item {
    let [item] = open(payment).try_into().unwrap();
    item
}

#[test]
fn a_whole_chargeback_after_a_part_that_was_dealt_with_is_another_item() {
    let paid = told(&payment(), &seen("t-1", GatewayStatus::Settlement), 10);
    let part = told(&paid, &seen("t-1", GatewayStatus::PartialChargeback), 20);
    assert_eq!(only(&part).name, "charged_back.t-1.partial_chargeback");
    let dealt_with = resolved(&part, "charged_back.t-1.partial_chargeback", 30);
    assert_eq!(open(&dealt_with), []);
    let whole = told(&dealt_with, &seen("t-1", GatewayStatus::Chargeback), 40);
    let item = only(&whole);
    assert_eq!((item.name.as_str(), item.since), ("charged_back.t-1.chargeback", at(40)));
    assert_eq!(item.about, "t-1");
    assert_eq!(open(&resolved(&whole, &item.name, 50)), []);
}

fn lies(amount: i64) -> Observation {
    Observation { amount: Some(Money::rupiah(amount)), ..seen("t-1", GatewayStatus::Settlement) }
}

#[test]
fn another_odd_answer_is_another_item_and_the_same_again_is_not() {
    let first = told(&payment(), &lies(1), 10);
    let name = only(&first).name;
    assert!(name.starts_with(&format!("distrusted.{}.", attempt())), "{name}");
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    assert!(name.len() < 64 && name.chars().all(fits), "{name} goes into an address");
    let dealt_with = resolved(&first, &name, 20);
    let second = told(&dealt_with, &lies(2), 30);
    let other = only(&second);
    assert_ne!(other.name, name);
    assert!(other.detail.contains("Rp2"), "{}", other.detail);
    let first_again = told(&resolved(&second, &other.name, 40), &lies(1), 50);
    assert_eq!(open(&first_again), [], "this one was dealt with");
    assert_eq!(first_again.items()[0].name, name);
}

#[test]
fn an_odd_answer_is_as_old_as_it_is_and_not_as_the_payment_s_last_move() {
    let odd = told(&payment(), &lies(1), 10);
    let moved = told(&odd, &seen("t-1", GatewayStatus::Pending), 99);
    assert_eq!(moved.updated_at, at(99));
    assert_eq!(only(&moved).since, at(10));
    assert_eq!(moved.attempts[0].distrusted.as_ref().unwrap().since, at(10));
}

#[test]
fn what_was_written_under_an_older_name_is_about_what_was_there_then() {
    let paid = told(&payment(), &seen("t-1", GatewayStatus::Settlement), 10);
    let part = told(&paid, &seen("t-1", GatewayStatus::PartialChargeback), 20);
    let written = once_resolved(&part, "charged_back.t-1", 30);
    assert_eq!(open(&written), []);
    let whole = told(&written, &seen("t-1", GatewayStatus::Chargeback), 40);
    assert_eq!(only(&whole).name, "charged_back.t-1.chargeback");
    assert_eq!(open(&once_resolved(&whole, "charged_back.t-1", 40)), []);

    // Of an odd answer from before nobody kept the time: it reads the beginning of its attempt.
    let name = format!("distrusted.{}", attempt());
    let mut odd = told(&payment(), &lies(1), 10);
    let why = odd.attempts[0].distrusted.take().unwrap().why;
    odd.attempts[0].distrusted = Some(Distrust { why, since: odd.attempts[0].created_at });
    let written = once_resolved(&odd, &name, 5);
    assert_eq!(open(&written), []);
    assert_eq!(open(&told(&written, &lies(2), 50)).len(), 1);
}

/// Written down: names are in addresses and in the database.
#[test]
fn a_reason_s_digest_is_the_same_in_every_build() {
    assert_eq!(
        (short(""), short("a"), short("foobar")),
        ("811c9dc5".into(), "e40c292c".into(), "bf9cf968".into())
    );
}
