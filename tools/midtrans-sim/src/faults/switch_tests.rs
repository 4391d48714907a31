//! What a switch may say, and which matches are its hits.

use super::*;
use crate::rules::method::Method;
use serde_json::{Value, json};

fn read(value: &Value) -> Result<Switch, String> {
    let switch: Switch = serde_json::from_value(value.clone()).map_err(|e| e.to_string())?;
    switch.check().map_err(|error| error.to_string())?;
    Ok(switch)
}

/// The numbers of the matches that hit, out of the first `count`.
fn hits(value: &Value, count: u64) -> Vec<u64> {
    let switch = read(value).unwrap();
    let mut hits = Vec::new();
    for number in 1..=count {
        if switch.hits_at(number, hits.len() as u64) {
            hits.push(number);
        }
    }
    hits
}

#[test]
fn a_fault_alone_is_a_switch() {
    for fault in Fault::ALL {
        let value = json!({ "fault": fault.as_str() });
        let switch = read(&value).unwrap();
        assert_eq!(serde_json::to_value(&switch).unwrap(), value);
    }
}

#[test]
fn what_is_written_is_read_back() {
    let cases = [
        json!({
            "fault": "http_error", "order_id": "o", "transaction_id": "t", "payment_type": "qris",
            "status": "settlement", "call": "status_b2b", "probability": 0.2,
            "seed": u64::MAX, "every": 2, "skip": 0, "times": 3, "code": 503, "after": true,
        }),
        json!({ "fault": "tampered_status", "to": "expire", "status": "settlement" }),
        json!({ "fault": "lower_amount", "amount": 0 }),
        json!({ "fault": "delay", "ms": 0 }),
    ];
    for value in cases {
        assert_eq!(serde_json::to_value(read(&value).unwrap()).unwrap(), value);
    }
}

#[test]
fn json_that_is_no_switch_is_refused() {
    let faults = "no such fault: it is one of drop, delay, duplicate, reorder, bad_signature, \
         no_signature, tampered_status, lower_amount, other_merchant, other_currency, \
         unknown_order, unknown_fields, uppercase_status, no_fraud_status, numeric_amount, \
         garbage, hang, http_error, refuse, html, truncated, huge, redirect, contradiction, cut, \
         stale, reverse, settle_late, settle_twice, challenge, deny, refund_refused, \
         never_expire, chargeback";
    let calls = "no such call: it is one of snap, snap_cancel, charge, status, status_b2b, \
         cancel, expire, approve, deny, capture, refund, refund_direct";
    let cases = [
        (json!({}), "missing field `fault`"),
        (json!({ "fault": "Drop" }), faults),
        (json!({ "fault": "hang", "call": "refunds" }), calls),
        (json!({ "fault": "hang", "call": 1 }), "invalid type: integer `1`, expected a string"),
        (json!({ "fault": "delay", "ms": -1 }), "invalid value: integer `-1`, expected u64"),
        (
            json!({ "fault": "refuse", "code": 65536 }),
            "invalid value: integer `65536`, expected u16",
        ),
        (
            json!({ "fault": "drop", "id": 7 }),
            "unknown field `id`, expected one of `fault`, `order_id`, `transaction_id`, \
             `payment_type`, `status`, `call`, `probability`, `seed`, `every`, `skip`, `times`, \
             `ms`, `code`, `after`, `to`, `amount`",
        ),
    ];
    for (value, text) in cases {
        assert_eq!(read(&value).unwrap_err(), text, "{value}");
    }
}

#[test]
fn a_field_without_effect_is_refused() {
    let cases = [
        (
            json!({ "fault": "drop", "call": "status" }),
            "`call` does nothing with drop: it goes with hang, http_error, refuse, html, \
             truncated, huge, redirect, contradiction, cut, stale",
        ),
        (
            json!({ "fault": "deny", "call": "deny" }),
            "`call` does nothing with deny: it goes with hang, http_error, refuse, html, \
             truncated, huge, redirect, contradiction, cut, stale",
        ),
        (
            json!({ "fault": "drop", "ms": 1 }),
            "`ms` does nothing with drop: it goes with delay, reorder, hang, stale, reverse, \
             settle_late, settle_twice, never_expire, chargeback",
        ),
        (
            json!({ "fault": "redirect", "code": 307 }),
            "`code` does nothing with redirect: it goes with duplicate, http_error, refuse, html",
        ),
        (
            json!({ "fault": "refuse", "after": true }),
            "`after` does nothing with refuse: it goes with hang, http_error, cut",
        ),
        (
            json!({ "fault": "drop", "to": "settlement" }),
            "`to` does nothing with drop: it goes with tampered_status",
        ),
        (
            json!({ "fault": "tampered_status", "amount": 1 }),
            "`amount` does nothing with tampered_status: it goes with lower_amount",
        ),
    ];
    for (value, text) in cases {
        assert_eq!(read(&value).unwrap_err(), text, "{value}");
    }
}

#[test]
fn a_scope_that_never_matches_is_refused() {
    let cases = [
        (json!({ "fault": "drop", "order_id": "" }), "`order_id` is 1 to 128 bytes, or left out"),
        (
            json!({ "fault": "drop", "transaction_id": "x".repeat(129) }),
            "`transaction_id` is 1 to 128 bytes, or left out",
        ),
        (
            json!({ "fault": "drop", "status": "settled" }),
            "`status` is one of pending, capture, authorize, settlement, deny, expire, cancel, \
             failure, refund, partial_refund, chargeback, partial_chargeback",
        ),
        (json!({ "fault": "stale", "call": "cancel" }), "`call` of stale is status or status_b2b"),
        (
            json!({ "fault": "reverse", "payment_type": "qris" }),
            "`payment_type` of reverse is one of bank_transfer, echannel, cstore",
        ),
        (
            json!({ "fault": "challenge", "payment_type": "gopay" }),
            "`payment_type` of challenge is one of credit_card",
        ),
        (
            json!({ "fault": "chargeback", "payment_type": "gopay" }),
            "`payment_type` of chargeback is one of credit_card",
        ),
    ];
    for (value, text) in cases {
        assert_eq!(read(&value).unwrap_err(), text, "{value}");
    }
    let unknown = read(&json!({ "fault": "drop", "payment_type": "bca_va" })).unwrap_err();
    assert!(unknown.starts_with("`payment_type` of drop is one of bank_transfer, echannel, qris,"));
    assert_eq!(unknown.matches("bank_transfer").count(), 1, "each is named once");
    for method in Method::ALL {
        read(&json!({ "fault": "drop", "payment_type": method.payment_type() })).unwrap();
    }
}

#[test]
fn a_state_in_which_the_fault_never_is_decided_is_refused() {
    let states = |fault: Fault| -> Vec<&str> {
        let can = |status: &Status| {
            read(&json!({ "fault": fault.as_str(), "status": status.as_str() })).is_ok()
        };
        Status::ALL.into_iter().filter(can).map(Status::as_str).collect()
    };
    for fault in Fault::ALL.into_iter().filter(|fault| fault.place() == Place::Life) {
        let expected = match fault {
            Fault::SettleLate => vec!["expire", "cancel"],
            Fault::Challenge | Fault::Deny | Fault::NeverExpire => vec!["pending"],
            Fault::RefundRefused => vec!["settlement", "partial_refund"],
            _ => vec!["settlement"],
        };
        assert_eq!(states(fault), expected, "{fault:?}");
    }
    assert_eq!(states(Fault::Drop).len(), 12);
    let told = read(&json!({ "fault": "settle_late", "status": "pending" })).unwrap_err();
    assert_eq!(told, "`status` of settle_late is expire or cancel");
}

#[test]
fn what_a_call_makes_cannot_narrow_it() {
    let early = |call: &str, field: &str, value: &str| {
        read(&json!({ "fault": "hang", "call": call, field: value })).is_err()
    };
    for call in Call::ALL.map(Call::as_str) {
        let makes_one = matches!(call, "snap" | "snap_cancel" | "charge");
        assert_eq!(early(call, "status", "pending"), makes_one, "{call}");
        assert_eq!(early(call, "transaction_id", "t"), makes_one, "{call}");
        assert_eq!(early(call, "payment_type", "qris"), makes_one && call != "charge", "{call}");
        assert!(!early(call, "order_id", "o"), "{call}");
    }
    let told = read(&json!({ "fault": "cut", "call": "snap", "payment_type": "qris" }));
    let expected = "`payment_type` does nothing with call snap: before it, there is no transaction";
    assert_eq!(told.unwrap_err(), expected);
}

#[test]
fn a_value_beyond_its_bounds_is_refused() {
    let month = 30 * 24 * 3600 * 1000_u64;
    let refusals = "`code` of refuse is a code with which Midtrans refuses: one of 202, 400, 401, \
         402, 403, 404, 405, 406, 408, 410, 411, 412, 413, 414, 415, 418, 429, 500, 501, 502, 503, \
         504, 505, 900; 777 is not"
        .to_owned();
    let statuses = "`to` of tampered_status is one of pending, capture, authorize, settlement, deny, \
         expire, cancel, failure, refund, partial_refund, chargeback, partial_chargeback";
    let cases = [
        (json!({ "fault": "drop", "probability": 1.01 }), "`probability` is a number from 0 to 1"),
        (json!({ "fault": "drop", "probability": -0.1 }), "`probability` is a number from 0 to 1"),
        (json!({ "fault": "drop", "every": 0 }), "`every` is 1 or more: every n-th match is a hit"),
        (
            json!({ "fault": "drop", "times": 0 }),
            "`times` is 1 or more: a switch that is to stop is removed",
        ),
        (json!({ "fault": "delay", "ms": month + 1 }), "`ms` of delay is at most 2592000000"),
        (json!({ "fault": "hang", "ms": 600_001 }), "`ms` of hang is at most 600000"),
        (json!({ "fault": "duplicate", "code": 0 }), "`code` of duplicate is 1 to 10; 0 is not"),
        (json!({ "fault": "duplicate", "code": 11 }), "`code` of duplicate is 1 to 10; 11 is not"),
        (
            json!({ "fault": "http_error", "code": 199 }),
            "`code` of http_error is 200 to 599; 199 is not",
        ),
        (json!({ "fault": "html", "code": 600 }), "`code` of html is 200 to 599; 600 is not"),
        (json!({ "fault": "refuse", "code": 777 }), refusals.as_str()),
        (
            json!({ "fault": "lower_amount", "amount": -1 }),
            "`amount` of lower_amount is 0 or more, in whole rupiah",
        ),
        (json!({ "fault": "tampered_status", "to": "paid" }), statuses),
        (json!({ "fault": "tampered_status", "to": "" }), statuses),
        (
            json!({ "fault": "tampered_status", "to": "deny", "status": "deny" }),
            "a notification of deny that claims deny is no lie: let `to` or `status` be another one",
        ),
        (
            json!({ "fault": "tampered_status", "status": "settlement" }),
            "a notification of settlement that claims settlement is no lie: let `to` or `status` be \
             another one",
        ),
    ];
    for (value, text) in cases {
        assert_eq!(read(&value).unwrap_err(), text, "{value}");
    }
    for value in [
        json!({ "fault": "drop", "probability": 0 }),
        json!({ "fault": "drop", "probability": 1 }),
        json!({ "fault": "drop", "order_id": "x".repeat(128) }),
        json!({ "fault": "reverse", "ms": month }),
        json!({ "fault": "hang", "ms": 600_000 }),
        json!({ "fault": "duplicate", "code": 10 }),
        json!({ "fault": "refuse", "code": 900 }),
        json!({ "fault": "stale", "call": "status_b2b" }),
    ] {
        read(&value).unwrap();
    }
}

#[test]
fn without_a_pace_every_match_is_a_hit() {
    assert_eq!(hits(&json!({ "fault": "drop" }), 4), [1, 2, 3, 4]);
    assert_eq!(hits(&json!({ "fault": "drop", "probability": 1, "seed": 9 }), 3), [1, 2, 3]);
    assert!(hits(&json!({ "fault": "drop", "probability": 0 }), 100).is_empty());
}

#[test]
fn every_skip_and_times_combine() {
    let cases = [
        (json!({ "fault": "drop", "every": 3 }), vec![3, 6, 9, 12, 15, 18]),
        (json!({ "fault": "drop", "skip": 17 }), vec![18, 19, 20]),
        (json!({ "fault": "drop", "times": 2 }), vec![1, 2]),
        (json!({ "fault": "drop", "every": 3, "skip": 4 }), vec![7, 10, 13, 16, 19]),
        (json!({ "fault": "drop", "every": 3, "skip": 4, "times": 2 }), vec![7, 10]),
        (json!({ "fault": "drop", "skip": u64::MAX }), vec![]),
    ];
    for (value, expected) in cases {
        assert_eq!(hits(&value, 20), expected, "{value}");
    }
}

#[test]
fn a_chance_thins_out_what_the_pace_lets_through() {
    let chance = hits(&json!({ "fault": "drop", "probability": 0.5, "seed": 7 }), 1000);
    let both = hits(
        &json!({ "fault": "drop", "probability": 0.5, "seed": 7, "every": 2, "skip": 1 }),
        1000,
    );
    let expected: Vec<_> = chance.iter().copied().filter(|n| *n > 1 && n % 2 == 1).collect();
    assert_eq!(both, expected);
    let three = hits(&json!({ "fault": "drop", "probability": 0.5, "seed": 7, "times": 3 }), 1000);
    assert_eq!(three, chance[..3]);
}

#[test]
fn a_sequence_is_that_of_its_seed_and_fault() {
    let of = |fault: &str, seed: u64| {
        hits(&json!({ "fault": fault, "probability": 0.2, "seed": seed }), 40)
    };
    assert_eq!(of("drop", 7), GOLDEN, "a sequence is the same in every version");
    assert_eq!(of("drop", 7), of("drop", 7));
    assert_ne!(of("drop", 7), of("drop", 8));
    assert_ne!(of("drop", 7), of("delay", 7));
    assert_eq!(of("drop", 0), hits(&json!({ "fault": "drop", "probability": 0.2 }), 40));
}

/// The first hits of `drop` with seed 7 at one in five.
const GOLDEN: [u64; 8] = [9, 13, 15, 18, 26, 31, 33, 40];

#[test]
fn hits_are_as_frequent_as_the_chance_says() {
    for (chance, low, high) in [(0.2, 1900, 2100), (0.01, 70, 130), (0.9, 8900, 9100)] {
        for seed in [0, 1, 7] {
            let value = json!({ "fault": "drop", "probability": chance, "seed": seed });
            let count = hits(&value, 10_000).len();
            assert!((low..=high).contains(&count), "{count} hits at {chance}, seed {seed}");
        }
    }
}
