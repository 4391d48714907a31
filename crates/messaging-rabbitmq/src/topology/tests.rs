//! The definitions against a recorded file, and every damage that `diff` must see.

use super::*;

const QUEUES: [Queue; 2] = [
    Queue { name: "payment.order-events", bindings: &["order.created", "order.cancel.requested"] },
    Queue { name: "order.payment-events", bindings: &["payment.status.updated"] },
];

fn topology() -> Topology {
    Topology::new(QUEUES)
}

#[test]
fn the_definitions_are_as_recorded() {
    let golden = include_str!("../../golden/definitions.json");
    let golden: Value = serde_json::from_str(golden).unwrap();
    assert_eq!(topology().definitions("shop"), golden);
}

#[test]
fn the_picture_is_as_recorded() {
    let producers = [
        Producer { service: "order", keys: &["order.created", "order.cancel.requested"] },
        Producer { service: "payment", keys: &["payment.status.updated"] },
    ];
    let golden = include_str!("../../golden/topology.mmd");
    assert_eq!(topology().mermaid(&producers), golden);
}

#[test]
fn a_pattern_matches_its_name_alone() {
    assert_eq!(exactly("a.b-c_d+1"), r"^a\.b-c_d\+1$");
}

#[test]
fn the_order_of_the_queues_has_no_meaning() {
    let reversed = Topology::new(QUEUES.into_iter().rev());
    assert_eq!(reversed.definitions("shop"), topology().definitions("shop"));
}

#[test]
fn no_limit_is_left_to_the_broker_or_negative() {
    for policy in topology().policies() {
        let limit = policy["definition"]["delivery-limit"].as_u64().unwrap();
        assert!(limit >= u64::from(DELIVERY_LIMIT), "{policy}");
    }
}

/// The finding and the sentence after something was done to the broker's definitions.
fn damaged(damage: impl FnOnce(&mut Value)) -> Vec<(Finding, String)> {
    let mut actual = topology().definitions("shop");
    damage(&mut actual);
    let differences = topology().diff("shop", &actual);
    differences.into_iter().map(|d| (d.finding, d.to_string())).collect()
}

/// The entry of that name.
fn entry<'a>(definitions: &'a mut Value, kind: &str, name: &str) -> &'a mut Value {
    let entries = definitions[kind].as_array_mut().unwrap();
    entries.iter_mut().find(|entry| entry["name"] == name).unwrap()
}

fn remove(definitions: &mut Value, kind: &str, condition: impl Fn(&Value) -> bool) {
    let entries = definitions[kind].as_array_mut().unwrap();
    let before = entries.len();
    entries.retain(|entry| !condition(entry));
    assert_eq!(entries.len(), before - 1, "one entry is removed");
}

fn one(found: &[(Finding, String)], finding: Finding, words: &[&str]) {
    let [(kind, text)] = found else { panic!("one difference, not {found:?}") };
    assert_eq!(*kind, finding, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

#[test]
fn nothing_differs_from_itself() {
    assert_eq!(damaged(|_| ()), []);
    let alone = |definitions: &mut Value| {
        for kind in ["exchanges", "queues", "bindings", "policies"] {
            for entry in definitions[kind].as_array_mut().unwrap() {
                entry.as_object_mut().unwrap().remove("vhost");
            }
        }
    };
    assert_eq!(damaged(alone), [], "definitions of one virtual host do not name it");
}

#[test]
fn whatever_is_missing_is_named() {
    let named = |name| move |entry: &Value| entry["name"] == name;
    let apply = "`orderflow topology apply` creates it";
    for (kind, name) in [
        ("exchanges", EXCHANGE),
        ("exchanges", DEAD_LETTER_EXCHANGE),
        ("queues", "payment.order-events"),
        ("queues", "payment.order-events.dead"),
        ("policies", "payment.order-events"),
        ("policies", "order.payment-events.dead"),
    ] {
        let found = damaged(|actual| remove(actual, kind, named(name)));
        one(&found, Finding::Missing, &[&format!(" {name} is missing"), apply]);
    }
    let bound = |key| move |entry: &Value| entry["routing_key"] == key;
    let found = damaged(|actual| remove(actual, "bindings", bound("order.created")));
    let words = "binding orderflow.events -> payment.order-events by \"order.created\" is missing";
    one(&found, Finding::Missing, &[words, apply]);
    let found = damaged(|actual| remove(actual, "bindings", bound("order.payment-events")));
    one(&found, Finding::Missing, &["orderflow.dead -> order.payment-events.dead"]);
}

#[test]
fn what_cannot_be_changed_has_to_be_deleted() {
    let queue = "payment.order-events";
    let delete = "delete it, then run `orderflow topology apply`";
    for arguments in [json!({}), json!({ "x-queue-type": "classic" })] {
        let found = damaged(|actual| entry(actual, "queues", queue)["arguments"] = arguments);
        let words = "queue payment.order-events is a classic queue, not a quorum queue";
        one(&found, Finding::Fixed, &[words, delete]);
    }
    let found = damaged(|actual| {
        entry(actual, "queues", queue)["arguments"]["x-max-length"] = 5.into();
    });
    one(&found, Finding::Fixed, &["\"x-max-length\":5", delete]);
    let found = damaged(|actual| entry(actual, "exchanges", EXCHANGE)["type"] = "fanout".into());
    one(&found, Finding::Fixed, &["has type \"fanout\", not \"topic\"", delete]);
    let found = damaged(|actual| entry(actual, "queues", queue)["durable"] = false.into());
    one(&found, Finding::Fixed, &["has durable false", delete]);
}

#[test]
fn a_changed_policy_is_set_right_by_applying() {
    let name = "payment.order-events";
    let changes: [(&str, Value); 4] = [
        ("pattern", ".*".into()),
        ("apply-to", "all".into()),
        ("priority", 0.into()),
        ("definition", json!({ "delivery-limit": -1 })),
    ];
    for (field, value) in changes {
        let found = damaged(|actual| entry(actual, "policies", name)[field] = value);
        let words = format!("policy {name} has {field}");
        one(&found, Finding::Changed, &[&words, "`orderflow topology apply` sets it right"]);
    }
}

#[test]
fn a_binding_too_many_is_surplus_and_what_is_not_ours_is_ignored() {
    let binding = |source: &str, queue: &str| {
        json!({ "source": source, "destination": queue, "destination_type": "queue",
            "routing_key": "#", "arguments": {}, "vhost": "shop" })
    };
    let bind =
        |new: Value| move |actual: &mut Value| actual["bindings"].as_array_mut().unwrap().push(new);
    let found = damaged(bind(binding(EXCHANGE, "payment.order-events")));
    let words = "binding orderflow.events -> payment.order-events by \"#\" is not ours";
    one(&found, Finding::Surplus, &[words]);
    assert_eq!(damaged(bind(binding(EXCHANGE, "audit.everything"))), [], "another's queue");
    assert_eq!(
        damaged(bind(binding("amq.topic", "payment.order-events"))),
        [],
        "another's exchange"
    );
    let foreign = json!({ "name": "payment.order-events", "vhost": "other", "durable": true,
        "auto_delete": false, "arguments": {} });
    let found = damaged(|actual| actual["queues"].as_array_mut().unwrap().insert(0, foreign));
    assert_eq!(found, [], "another virtual host's");
}
