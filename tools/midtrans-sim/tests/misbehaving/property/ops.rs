//! What can happen, over few orders so that things meet.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Once paid, an order id is used up: a few more than meet at once.
pub(crate) const ORDERS: [&str; 10] =
    ["ORD-0", "ORD-1", "ORD-2", "ORD-3", "ORD-4", "ORD-5", "ORD-6", "ORD-7", "ORD-8", "ORD-9"];

/// What a charge or a page is paid with, as a page calls it.
pub(crate) const METHODS: [&str; 14] = [
    "qris",
    "gopay",
    "shopeepay",
    "dana",
    "ovo",
    "bca_va",
    "bni_va",
    "permata_va",
    "echannel",
    "alfamart",
    "indomaret",
    "kredivo",
    "akulaku",
    "credit_card",
];

/// Cards that are accepted, denied by the bank, denied by fraud detection, slow, challenged.
pub(crate) const CARDS: [&str; 8] = [
    "4811111111111114",
    "4811111111111114",
    "4811111111111114",
    "4811111111111114",
    "4911111111111113",
    "4611111111111116",
    "4024007176265022",
    "4111111111111111",
];

/// The switches of a life and of a notification, with the field that gives each a bite.
pub(crate) const SWITCHES: [&str; 25] = [
    r#"{"fault": "reverse", "ms": 0}"#,
    r#"{"fault": "reverse", "ms": 60000}"#,
    r#"{"fault": "settle_late", "ms": 1000}"#,
    r#"{"fault": "settle_twice", "ms": 0}"#,
    r#"{"fault": "settle_twice", "ms": 60000, "every": 2}"#,
    r#"{"fault": "challenge"}"#,
    r#"{"fault": "deny", "probability": 0.5}"#,
    r#"{"fault": "refund_refused", "every": 2}"#,
    r#"{"fault": "never_expire"}"#,
    r#"{"fault": "chargeback", "ms": 30000}"#,
    r#"{"fault": "drop", "every": 2}"#,
    r#"{"fault": "delay"}"#,
    r#"{"fault": "duplicate", "code": 2}"#,
    r#"{"fault": "reorder"}"#,
    r#"{"fault": "bad_signature"}"#,
    r#"{"fault": "no_signature"}"#,
    r#"{"fault": "tampered_status", "to": "settlement"}"#,
    r#"{"fault": "uppercase_status"}"#,
    r#"{"fault": "lower_amount"}"#,
    r#"{"fault": "numeric_amount"}"#,
    r#"{"fault": "other_merchant"}"#,
    r#"{"fault": "unknown_order"}"#,
    r#"{"fault": "unknown_fields"}"#,
    r#"{"fault": "no_fraud_status"}"#,
    r#"{"fault": "garbage"}"#,
];

/// A transaction, by its order or as the n-th from the newest.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    Order(usize),
    Nth(usize),
    Nobody,
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Snap { order: usize, amount: i64 },
    CancelPage { nth: usize },
    Pay { nth: usize, method: Option<&'static str>, outcome: &'static str },
    Charge { order: usize, amount: i64, method: &'static str },
    Card { order: usize, amount: i64, number: &'static str, three_ds: bool, authorize: bool },
    Core { target: Target, action: &'static str },
    Capture { target: Target, amount: Option<i64> },
    Refund { target: Target, direct: bool, key: Option<&'static str>, amount: Option<i64> },
    Admin { target: Target, action: &'static str },
    Chargeback { target: Target, amount: i64 },
    WrongKey { target: Target },
    Fees { enabled: bool },
    Switches(Vec<&'static str>),
    Jump { seconds: u64 },
    Step,
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        2 => (0..ORDERS.len()).prop_map(Target::Order),
        10 => select(vec![0, 0, 0, 0, 1, 1, 3, 7]).prop_map(Target::Nth),
        1 => Just(Target::Nobody),
    ]
}

/// Of a page or a charge.
fn price() -> impl Strategy<Value = i64> {
    select(vec![1, 10_000, 10_000, 10_000, 10_000])
}

/// Of what goes back, or is captured.
fn part() -> impl Strategy<Value = i64> {
    select(vec![1, 1, 5_000, 5_000, 5_000, 10_000, 125_000])
}

pub(crate) fn any() -> impl Strategy<Value = Op> {
    let order = || 0..ORDERS.len();
    let calls = ["status", "status/b2b", "cancel", "cancel", "expire", "approve", "deny"];
    let admin = [
        "settle",
        "settle",
        "settle",
        "settle",
        "settle_late",
        "deny",
        "deny",
        "expire",
        "cancel",
        "challenge",
        "accept",
        "reject",
        "reverse",
        "reverse",
        "capture",
        "fail",
        "chargeback",
        "chargeback",
    ];
    let born = prop_oneof![
        (order(), price()).prop_map(|(order, amount)| Op::Snap { order, amount }),
        (0..6_usize, option::of(select(&METHODS[..])), select(vec!["settle", "deny", "pending"]))
            .prop_map(|(nth, method, outcome)| Op::Pay { nth, method, outcome }),
        (order(), price(), select(&METHODS[..13])).prop_map(|(order, amount, method)| Op::Charge {
            order,
            amount,
            method
        }),
        (order(), price(), select(&CARDS[..]), any_bool(), any_bool()).prop_map(
            |(order, amount, number, three_ds, authorize)| Op::Card {
                order,
                amount,
                number,
                three_ds,
                authorize
            }
        ),
    ];
    let moved = prop_oneof![
        3 => (target(), select(calls.to_vec()))
            .prop_map(|(target, action)| Op::Core { target, action }),
        4 => (target(), select(admin.to_vec()))
            .prop_map(|(target, action)| Op::Admin { target, action }),
        1 => (target(), option::of(part()))
            .prop_map(|(target, amount)| Op::Capture { target, amount }),
        1 => (target(), part()).prop_map(|(target, amount)| Op::Chargeback { target, amount }),
        6 => (target(), any_bool(), option::of(select(vec!["k1", "k2"])), option::weighted(0.8, part()))
            .prop_map(|(target, direct, key, amount)| Op::Refund { target, direct, key, amount }),
    ];
    let rest = prop_oneof![
        1 => (0..6_usize).prop_map(|nth| Op::CancelPage { nth }),
        1 => target().prop_map(|target| Op::WrongKey { target }),
        1 => any_bool().prop_map(|enabled| Op::Fees { enabled }),
        4 => prop::collection::vec(select(&SWITCHES[..]), 0..3).prop_map(Op::Switches),
        5 => select(vec![1, 30, 61, 300, 900, 2_460, 21_600, 86_400, 172_800, 864_000])
            .prop_map(|seconds| Op::Jump { seconds }),
        6 => Just(Op::Step),
    ];
    prop_oneof![3 => born, 6 => moved, 3 => rest]
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}
