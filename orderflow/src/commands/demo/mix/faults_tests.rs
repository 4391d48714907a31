//! Whose switches are whose, and what is put back.

use super::*;
use crate::client::Addresses;

fn drop_with(seed: u64) -> Value {
    json!({ "fault": "drop", "seed": seed })
}

fn listed(switches: &[Value]) -> Value {
    let counted = |(id, switch): (usize, &Value)| {
        let mut switch = switch.clone();
        (switch["id"], switch["seen"], switch["hit"]) = (json!(id), json!(9), json!(4));
        switch
    };
    switches.iter().enumerate().map(counted).collect()
}

#[test]
fn a_mark_is_of_a_run_and_of_the_demo() {
    let ours = seed("A1B2C3");
    assert_ne!(ours, seed("A1B2C4"));
    assert!(ours < 1 << 53, "other readers of JSON would round it");
    assert!(is_marked(&drop_with(ours)) && is_marked(&drop_with(seed("A1B2C4"))));
    for other in [json!({ "fault": "drop" }), drop_with(7), drop_with(MARK), drop_with(u64::MAX)] {
        assert!(!is_marked(&other), "{other}");
    }
}

fn found(others: &[Value], left_behind: &[Value]) -> Faults {
    let autopay = Autopay::was(json!({ "enabled": true, "method": "gopay" }));
    let (others, left_behind) = (others.to_vec(), left_behind.to_vec());
    Faults { seed: seed("A1B2C3"), others, left_behind, autopay }
}

#[test]
fn others_switches_are_put_back_with_what_they_have_set_since_and_no_runs() {
    let deny = json!({ "fault": "deny", "probability": 0.5 });
    let (killed, newer) = (drop_with(seed("000000")), json!({ "fault": "deny", "times": 1 }));
    let ours = drop_with(seed("A1B2C3"));
    let now = listed(&[ours, newer.clone(), drop_with(7), killed.clone()]);
    let faults = found(&[deny.clone(), drop_with(7)], &[killed]);
    assert_eq!(faults.with_newer(&now).unwrap(), [deny, drop_with(7), newer]);
}

#[test]
fn by_hand_it_is_put_back_with_two_commands_for_a_shell() {
    // An error: another test was faster.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::new(Addresses::one("http://127.0.0.1:8080".parse().unwrap())).unwrap();
    let faults = found(&[json!({ "fault": "deny", "order_id": "it's" })], &[]);
    let put = "curl -X PUT -H 'content-type: application/json' -d";
    let wanted = [
        format!(
            r#"{put} '[{{"fault":"deny","order_id":"it\u0027s"}}]' 'http://127.0.0.1:8080/_sim/faults'"#
        ),
        format!(
            r#"{put} '{{"enabled":true,"method":"gopay"}}' 'http://127.0.0.1:8080/_sim/autopay'"#
        ),
    ];
    assert_eq!(faults.by_hand(&client), wanted);
}

#[test]
fn what_was_struck_is_read_from_the_switches() {
    let ours = [
        json!({ "fault": "drop", "seen": 700, "hit": 140 }),
        json!({ "fault": "duplicate", "seen": 700, "hit": 69 }),
        json!({ "fault": "settle_twice", "seen": 1, "hit": 1 }),
    ];
    let wanted = Struck { seen: 700, dropped: 140, duplicated: 69, reordered: 0 };
    assert_eq!(count(&ours), wanted);
}
