//! Sequences whose like once failed, or that random ones meet too seldom.

use super::ops::{Op, SWITCHES, Target};
use super::run;

const SETTLE: Op = Op::Admin { target: Target::Order(0), action: "settle" };

fn charge(method: &'static str) -> Op {
    Op::Charge { order: 0, amount: 10_000, method }
}

fn card(three_ds: bool, authorize: bool) -> Op {
    Op::Card { order: 0, amount: 10_000, number: "4811111111111114", three_ds, authorize }
}

fn switches(faults: &[&str]) -> Op {
    let named =
        |switch: &&&str| faults.iter().any(|fault| switch.contains(&format!("\"{fault}\"")));
    Op::Switches(SWITCHES.iter().filter(named).copied().collect())
}

fn core(action: &'static str) -> Op {
    Op::Core { target: Target::Order(0), action }
}

fn refund(key: &'static str, amount: i64) -> Op {
    let target = Target::Order(0);
    Op::Refund { target, direct: false, key: Some(key), amount: Some(amount) }
}

fn wait(seconds: u64) -> [Op; 2] {
    [Op::Jump { seconds }, Op::Step]
}

/// The lock of the switches was held while it was asked for again: the store never answered.
#[test]
fn any_switch_and_a_notification() {
    for switch in SWITCHES {
        run(&[Op::Switches(vec![switch]), charge("qris"), SETTLE, Op::Step]).unwrap();
    }
}

/// The number of a refused refund was given again to the next.
#[test]
fn a_refund_is_refused_between_two() {
    let refused = switches(&["refund_refused"]);
    let ops = [charge("gopay"), SETTLE, refused, refund("k1", 5_000), refund("k2", 5_000)];
    run(&[&ops[..], &[refund("k2", 5_000), core("status")]].concat()).unwrap();
}

#[test]
fn a_void_that_settles_late_is_paid_once() {
    let ops = [switches(&["settle_late"]), card(false, false), core("cancel")];
    run(&[&ops[..], &wait(61), &[refund("k1", 10_000)]].concat()).unwrap();
}

#[test]
fn a_reserved_card_is_captured_in_part_with_a_fee_and_voided() {
    let part = Op::Capture { target: Target::Nth(0), amount: Some(5_000) };
    let ops = [Op::Fees { enabled: true }, card(false, true), part, core("cancel")];
    run(&ops).unwrap();
}

#[test]
fn twice_and_reversed_and_late_at_once() {
    let all = switches(&["settle_twice", "reverse", "settle_late", "chargeback"]);
    for method in ["permata_va", "indomaret", "qris"] {
        let ops = [all.clone(), charge(method), SETTLE];
        run(&[&ops[..], &wait(1), &wait(61), &wait(86_400), &wait(86_400)].concat()).unwrap();
    }
}

#[test]
fn a_refund_comes_too_late() {
    let ops = [charge("ovo"), SETTLE];
    run(&[&ops[..], &wait(864_000), &[refund("k1", 10_000)]].concat()).unwrap();
}
