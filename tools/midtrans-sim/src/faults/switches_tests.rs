//! Who is asked, who hits, and what the counters say.

use super::*;
use serde_json::{Value, json};

const PAID: Subject = Subject {
    order_id: "ORD-1",
    transaction_id: "t-1",
    payment_type: "qris",
    status: "settlement",
    call: None,
};

fn switch(value: Value) -> Switch {
    serde_json::from_value(value).unwrap()
}

fn switches<const N: usize>(values: [Value; N]) -> Switches {
    let mut set = Switches::default();
    set.replace(values.into_iter().map(switch).collect()).unwrap();
    set
}

fn asked(call: Call) -> Subject<'static> {
    Subject { call: Some(call), ..PAID }
}

/// `(id, seen, hit)` of each.
fn counters(set: &Switches) -> Vec<(u64, u64, u64)> {
    set.list().into_iter().map(|view| (view.id, view.seen, view.hit)).collect()
}

#[test]
fn each_field_of_a_scope_narrows() {
    let cases = [
        ("order_id", "ORD-1", "ORD-2"),
        ("transaction_id", "t-1", "ORD-1"),
        ("payment_type", "qris", "gopay"),
        ("status", "settlement", "pending"),
    ];
    for (field, same, other) in cases {
        for (value, expected) in [(same, 1), (other, 0)] {
            let mut set = switches([json!({ "fault": "drop", field: value })]);
            assert_eq!(set.strike(Place::Notification, &PAID).len(), expected, "{field} {value}");
            assert_eq!(counters(&set), [(1, expected as u64, expected as u64)], "{field} {value}");
        }
    }
    let both = json!({ "fault": "drop", "order_id": "ORD-1", "status": "pending" });
    assert!(switches([both]).strike(Place::Notification, &PAID).is_empty());
}

#[test]
fn a_call_narrows_answers() {
    let mut set =
        switches([json!({ "fault": "hang", "call": "refund" }), json!({ "fault": "cut" })]);
    let struck = |set: &mut Switches, subject: Subject| {
        set.strike(Place::Answer, &subject).into_iter().map(|s| s.fault).collect::<Vec<_>>()
    };
    assert_eq!(struck(&mut set, asked(Call::Refund)), [Fault::Hang, Fault::Cut]);
    assert_eq!(struck(&mut set, asked(Call::RefundDirect)), [Fault::Cut]);
    assert_eq!(struck(&mut set, PAID), [Fault::Cut]);
}

#[test]
fn a_stale_answer_is_one_to_get_status() {
    let mut set = switches([json!({ "fault": "stale" })]);
    for call in Call::ALL {
        assert!(set.strike(Place::Answer, &asked(call)).is_empty(), "it is asked for alone");
        let hit = set.strike_only(Fault::Stale, &asked(call)).is_some();
        assert_eq!(hit, matches!(call, Call::Status | Call::StatusB2b), "{call:?}");
    }
    assert_eq!(counters(&set), [(1, 2, 2)], "what it does not answer is no match");
}

#[test]
fn a_place_asks_its_own_switches_in_order() {
    let values = ["deny", "delay", "cut", "drop", "drop"].map(|fault| json!({ "fault": fault }));
    let mut set = switches(values);
    let faults: Vec<_> =
        set.strike(Place::Notification, &PAID).into_iter().map(|strike| strike.fault).collect();
    assert_eq!(faults, [Fault::Delay, Fault::Drop, Fault::Drop]);
    assert_eq!(counters(&set), [(1, 0, 0), (2, 1, 1), (3, 0, 0), (4, 1, 1), (5, 1, 1)]);
}

#[test]
fn one_fault_asked_for_counts_for_itself() {
    let mut set = switches([
        json!({ "fault": "chargeback" }),
        json!({ "fault": "reverse", "skip": 1, "ms": 1 }),
        json!({ "fault": "reverse", "times": 1, "ms": 2 }),
        json!({ "fault": "reverse", "ms": 3 }),
    ]);
    let mut ms = || set.strike_only(Fault::Reverse, &PAID).and_then(|strike| strike.ms);
    assert_eq!(ms(), Some(2), "the first passes its first match");
    assert_eq!(ms(), Some(1));
    assert!(set.strike_only(Fault::SettleLate, &PAID).is_none());
    let expected = [(1, 0, 0), (2, 2, 1), (3, 1, 1), (4, 0, 0)];
    assert_eq!(counters(&set), expected, "behind a hit nobody is asked");
}

#[test]
fn a_match_that_is_no_hit_is_seen() {
    let mut set = switches([json!({ "fault": "drop", "every": 2, "times": 1 })]);
    let hits = [(); 5].map(|()| set.strike(Place::Notification, &PAID).len());
    assert_eq!(hits, [0, 1, 0, 0, 0]);
    assert_eq!(counters(&set), [(1, 5, 1)]);
}

#[test]
fn the_same_switches_strike_the_same_way_again() {
    let run = |seed: u64| {
        let mut set =
            switches([json!({ "fault": "drop", "probability": 0.2, "seed": seed, "skip": 3 })]);
        let hits: Vec<_> =
            (0..10_000).map(|_| set.strike(Place::Notification, &PAID).len()).collect();
        (hits, counters(&set)[0])
    };
    let (hits, (_, seen, hit)) = run(7);
    assert_eq!(run(7).0, hits);
    assert_ne!(run(8).0, hits);
    assert_eq!(seen, 10_000);
    assert!((1900..=2100).contains(&hit), "{hit}");
}

#[test]
fn a_strike_has_the_defaults() {
    let strike = |value| {
        let switch = switch(value);
        switch.check().unwrap();
        Strike::from(&switch)
    };
    let plain =
        |fault| Strike { fault, ms: None, code: None, after: false, to: None, amount: None };
    let settlement = Some("settlement".to_owned());
    let cases = [
        (json!({ "fault": "drop" }), plain(Fault::Drop)),
        (json!({ "fault": "reorder" }), Strike { ms: Some(60_000), ..plain(Fault::Reorder) }),
        (json!({ "fault": "reorder", "ms": 5 }), Strike { ms: Some(5), ..plain(Fault::Reorder) }),
        (json!({ "fault": "duplicate" }), Strike { code: Some(1), ..plain(Fault::Duplicate) }),
        (
            json!({ "fault": "http_error", "after": true }),
            Strike { code: Some(500), after: true, ..plain(Fault::HttpError) },
        ),
        (
            json!({ "fault": "refuse", "code": 900 }),
            Strike { code: Some(900), ..plain(Fault::Refuse) },
        ),
        (
            json!({ "fault": "tampered_status" }),
            Strike { to: settlement, ..plain(Fault::TamperedStatus) },
        ),
        (
            json!({ "fault": "tampered_status", "to": "deny" }),
            Strike { to: Some("deny".to_owned()), ..plain(Fault::TamperedStatus) },
        ),
        (json!({ "fault": "lower_amount" }), plain(Fault::LowerAmount)),
        (
            json!({ "fault": "lower_amount", "amount": 5 }),
            Strike { amount: Some(5), ..plain(Fault::LowerAmount) },
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(strike(value.clone()), expected, "{value}");
    }
}

#[test]
fn switches_come_and_go() {
    let mut set = Switches::default();
    assert!(set.is_empty());
    assert_eq!(set.add(switch(json!({ "fault": "drop" }))), Ok(1));
    assert_eq!(set.add(switch(json!({ "fault": "cut" }))), Ok(2));
    assert!(!set.is_empty());
    set.strike(Place::Notification, &PAID);
    assert!(set.remove(2));
    assert!(!set.remove(2));
    assert_eq!(set.add(switch(json!({ "fault": "huge" }))), Ok(3), "an id is not used again");
    assert_eq!(counters(&set), [(1, 1, 1), (3, 0, 0)]);

    set.replace(vec![switch(json!({ "fault": "drop" }))]).unwrap();
    assert_eq!(counters(&set), [(4, 0, 0)]);
    set.replace(Vec::new()).unwrap();
    assert!(set.is_empty());
}

#[test]
fn a_listed_switch_is_flat() {
    let mut set = switches([json!({ "fault": "drop", "skip": 1, "status": "settlement" })]);
    set.strike(Place::Notification, &PAID);
    let listed = serde_json::to_value(set.list()).unwrap();
    let expected = json!([{ "id": 1, "seen": 1, "hit": 0, "fault": "drop", "skip": 1, "status": "settlement" }]);
    assert_eq!(listed, expected);
}

#[test]
fn stored_switches_keep_their_ids() {
    let stored =
        vec![(9, switch(json!({ "fault": "drop" }))), (4, switch(json!({ "fault": "cut" })))];
    let mut set = Switches::from_stored(stored);
    assert_eq!(counters(&set), [(9, 0, 0), (4, 0, 0)]);
    assert_eq!(set.add(switch(json!({ "fault": "drop" }))), Ok(10));
}

#[test]
fn a_refused_switch_changes_nothing() {
    let mut set = switches([json!({ "fault": "drop" })]);
    let wrong = || switch(json!({ "fault": "drop", "every": 0 }));
    assert!(set.add(wrong()).is_err());
    assert!(set.replace(vec![switch(json!({ "fault": "cut" })), wrong()]).is_err());
    assert_eq!(counters(&set), [(1, 0, 0)]);
}

#[test]
fn there_is_room_for_a_hundred() {
    let many = |count| vec![switch(json!({ "fault": "drop" })); count];
    let mut set = Switches::default();
    set.replace(many(100)).unwrap();
    let error = set.add(switch(json!({ "fault": "drop" }))).unwrap_err();
    assert_eq!(error.to_string(), "there are at most 100 switches: remove some first");
    assert_eq!(set.replace(many(101)), Err(error));
    assert_eq!(set.list().len(), 100);
    assert!(set.remove(1));
    assert_eq!(set.add(switch(json!({ "fault": "drop" }))), Ok(101));
}
