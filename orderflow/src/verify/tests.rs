//! A whole order has no violation; each plant brings the violation of its invariant.

use super::dossier::{Dossier, Stories};
use super::gateway::{Account, Page};
use super::invariants::INVARIANTS;
use super::judge;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ORDER: &str = "019ca90e-1b80-7000-8000-000000000001";
const PAYMENT: &str = "019ca90e-1b80-7000-8000-000000000002";
const ATTEMPT: &str = "019ca90e-1b80-7000-8000-000000000003";
const CREATED: &str = "019ca90e-1b80-7000-8000-00000000000a";
const PENDING: &str = "019ca90e-1b80-7000-8000-00000000000b";
const PAID: &str = "019ca90e-1b80-7000-8000-00000000000c";
const TWICE: &str = "019ca90e-1b80-7000-8000-00000000000d";
const WISH: &str = "019ca90e-1b80-7000-8000-00000000000f";

/// The parts of a dossier as JSON, so that a plant is one line.
struct Parts {
    order: Value,
    payment: Value,
    notification: Value,
    order_story: Value,
    payment_story: Value,
    notification_story: Value,
    gateway: Value,
    page: Option<&'static str>,
    closes_at: String,
}

/// When the dossiers are read.
fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// An hour before that, and so many seconds.
fn at(seconds: i64) -> String {
    (now() - SignedDuration::from_hours(1) + SignedDuration::from_secs(seconds)).to_string()
}

fn fact(aggregate: &str, version: u32, what: &str, detail: &Value) -> Value {
    json!({ "aggregate": aggregate, "version": version, "at": at(version.into()), "what": what,
            "detail": detail, "correlation": "c", "causation": null, "traceparent": null,
            "actor": "test" })
}

fn told(id: &str, routing_key: &str, sequence: u32) -> Value {
    json!({ "id": id, "routing_key": routing_key, "sequence": sequence, "recorded_at": at(1),
            "published_at": at(2), "attempts": 0, "last_error": null, "digest": format!("d{id}") })
}

fn heard(consumer: &str, id: &str) -> Value {
    json!({ "consumer": consumer, "event_id": id, "state": "handled", "recorded_at": at(3),
            "attempts": 0, "next_at": null, "reason": null, "source": null, "routing_key": null,
            "digest": format!("d{id}") })
}

fn story(service: &str, timeline: &[Value], outbox: &[Value], inbox: &[Value]) -> Value {
    json!({ "service": service, "order_id": ORDER, "timeline": timeline, "outbox": outbox,
            "inbox": inbox, "jobs": [], "dead_letters": [] })
}

fn message(id: &str, sequence: u32, template: &str) -> Value {
    json!({ "id": id, "source": "/orderflow/payment", "payment_id": PAYMENT, "sequence": sequence,
            "channel": "email", "template": template, "status": "sent", "email_fingerprint": "f",
            "attempts": 1, "resends": 0, "sent_at": at(9) })
}

fn line(account: &str, amount: i64) -> Value {
    json!({ "transaction_id": "T", "kind": "payment", "version": 3, "before": 0,
            "account": account, "amount": amount })
}

fn refund(key: &str, amount: i64, state: &str) -> Value {
    json!({ "key": key, "transaction_id": "T", "amount": amount, "cause": "asked", "state": state,
            "asked_at": at(3) })
}

fn job(kind: &str, target: &str) -> Value {
    json!({ "id": "J", "kind": kind, "target": target, "run_at": at(9), "leased_until": null,
            "attempts": 3, "last_error": "the gateway is away" })
}

fn transaction(id: &str, status: &str) -> Value {
    json!({ "id": id, "status": status, "fraud": "accept", "method": "qris", "gross": 100_000,
            "refunded": 0, "credited": status == "settlement", "paid_at": at(3) })
}

/// An order that was paid and told.
fn whole() -> Parts {
    let moved = |from: &str, to: &str| json!({ "status": { "from": from, "to": to } });
    let stepped = |from: &str, to: &str| json!({ "from": from, "to": to });
    let changed = "order_status_changed";
    Parts {
        order: json!({ "order_id": ORDER, "account": "default", "reference": "R", "status": "paid",
            "version": 3, "total_amount": 100_000, "currency": "IDR", "lines_digest": "l",
            "email_fingerprint": "f", "metadata": {}, "payment": { "payment_id": PAYMENT,
            "status": "paid", "method": "qris", "sequence": 3 }, "payment_due_at": at(7200),
            "cancel_requested_at": null, "refund_if_paid": null, "created_at": at(0),
            "updated_at": at(3) }),
        payment: json!({ "order_id": ORDER, "payment_id": PAYMENT, "account": "default",
            "status": "paid", "version": 3, "amount": 100_000, "currency": "IDR",
            "method": "qris", "due_at": at(7200), "call_off_at": null, "created_at": at(0),
            "updated_at": at(3), "attempts": [{ "id": ATTEMPT, "page_token": "tok",
            "closed": null, "refused": false, "transactions": [transaction("T", "settlement")] }],
            "refunds": [], "open_items": [],
            "journal": [line("gateway", 100_000), line("sales", -100_000)] }),
        notification: json!({ "order_id": ORDER, "email_fingerprint": "f",
            "messages": [message("M2", 2, "pending"), message("M3", 3, "paid")] }),
        order_story: story(
            "order",
            &[
                fact(ORDER, 1, "order_placed", &json!({ "to": "pending" })),
                fact(ORDER, 2, changed, &stepped("pending", "awaiting_payment")),
                fact(ORDER, 3, changed, &stepped("awaiting_payment", "paid")),
            ],
            &[told(CREATED, "order.created", 1)],
            &[heard("order.payment-events", PENDING), heard("order.payment-events", PAID)],
        ),
        payment_story: story(
            "payment",
            &[
                fact(PAYMENT, 1, "payment_opened", &json!({})),
                fact(PAYMENT, 2, "page_ready", &moved("opening", "pending")),
                fact(PAYMENT, 3, "gateway_told", &moved("pending", "paid")),
            ],
            &[told(PENDING, "payment.status.updated", 2), told(PAID, "payment.status.updated", 3)],
            &[heard("payment.order-events", CREATED)],
        ),
        notification_story: story(
            "notification",
            &[
                fact(ORDER, 1, "contact_noted", &json!({})),
                fact("M2", 1, "message_queued", &json!({})),
                fact("M2", 2, "message_sent", &json!({})),
                fact("M3", 1, "message_queued", &json!({})),
                fact("M3", 2, "message_sent", &json!({})),
            ],
            &[],
            &[CREATED, PENDING, PAID].map(|id| heard("notification.events", id)),
        ),
        gateway: json!([{ "seq": 1, "transaction_id": "T", "order_id": ATTEMPT,
            "transaction_status": "settlement", "fraud_status": "accept",
            "gross_amount": 100_000, "refunded": 0, "charged_back": 0, "refunds": [],
            "created_at": at(2), "settled_at": at(3) }]),
        page: None,
        closes_at: at(7200),
    }
}

/// A waiting order: nobody has begun to pay.
fn waiting() -> Parts {
    let mut parts = whole();
    parts.order["status"] = json!("awaiting_payment");
    parts.order["version"] = json!(2);
    parts.order["payment"]["status"] = json!("pending");
    parts.order["payment"]["sequence"] = json!(2);
    parts.payment["status"] = json!("pending");
    parts.payment["version"] = json!(2);
    parts.payment["attempts"][0]["transactions"] = json!([]);
    parts.payment["journal"] = json!([]);
    pop(&mut parts.notification["messages"]);
    pop(&mut parts.order_story["timeline"]);
    pop(&mut parts.order_story["inbox"]);
    pop(&mut parts.payment_story["timeline"]);
    pop(&mut parts.payment_story["outbox"]);
    pop(&mut parts.notification_story["timeline"]);
    pop(&mut parts.notification_story["timeline"]);
    pop(&mut parts.notification_story["inbox"]);
    parts.gateway = json!([]);
    parts.page = Some("open");
    parts
}

/// The same order, paid a second time: that money goes back, and is told although nothing moves.
fn twice() -> Parts {
    let mut parts = whole();
    let mut second = transaction("T2", "refund");
    (second["refunded"], second["credited"]) = (json!(100_000), json!(true));
    push(&mut parts.payment["attempts"][0]["transactions"], second);
    let back = json!({ "key": "k", "transaction_id": "T2", "amount": 100_000,
        "cause": "second_payment", "state": "taken", "asked_at": at(3) });
    push(&mut parts.payment["refunds"], back);
    let asked = json!({ "refund": "k", "amount": 100_000, "cause": "second_payment",
        "state": "asked", "reason": null, "status": null });
    push(&mut parts.payment_story["timeline"], fact(PAYMENT, 4, "gateway_told", &json!({})));
    push(&mut parts.payment_story["timeline"], fact(PAYMENT, 5, "refund_asked", &asked));
    push(&mut parts.payment_story["timeline"], fact(PAYMENT, 6, "refund_moved", &json!({})));
    parts.payment["version"] = json!(6);
    push(&mut parts.payment_story["outbox"], told(TWICE, "refund.requested", 5));
    push(&mut parts.notification["messages"], message("M5", 5, "paid_twice"));
    push(&mut parts.notification_story["inbox"], heard("notification.events", TWICE));
    for (version, what) in [(1, "message_queued"), (2, "message_sent")] {
        push(&mut parts.notification_story["timeline"], fact("M5", version, what, &json!({})));
    }
    let mut theirs = parts.gateway[0].clone();
    (theirs["seq"], theirs["transaction_id"]) = (json!(2), json!("T2"));
    (theirs["transaction_status"], theirs["refunded"]) = (json!("refund"), json!(100_000));
    theirs["refunds"] = json!([{ "key": "k", "amount": 100_000 }]);
    push(&mut parts.gateway, theirs);
    parts
}

/// A waiting order that somebody has just asked to call off, and whose payment has heard.
fn called_off() -> Parts {
    let mut parts = waiting();
    let (wished, heard_at) = (at(3595), at(3596));
    parts.order["cancel_requested_at"] = json!(wished);
    parts.order["refund_if_paid"] = json!(true);
    parts.order["version"] = json!(3);
    parts.payment["call_off_at"] = json!(heard_at);
    parts.payment["version"] = json!(3);
    let asked = json!({ "refund_if_paid": true });
    push(&mut parts.order_story["timeline"], fact(ORDER, 3, "order_cancel_requested", &asked));
    push(&mut parts.order_story["outbox"], told(WISH, "order.cancel.requested", 3));
    let asked = json!({ "refund_if_paid": true, "status": null });
    push(&mut parts.payment_story["timeline"], fact(PAYMENT, 3, "call_off_asked", &asked));
    push(&mut parts.payment_story["inbox"], heard("payment.order-events", WISH));
    parts
}

/// The wish came ten minutes ago and more.
fn long_ago(parts: &mut Parts) {
    parts.order["cancel_requested_at"] = json!(at(0));
    if !parts.payment["call_off_at"].is_null() {
        parts.payment["call_off_at"] = json!(at(1));
    }
}

fn pop(list: &mut Value) {
    list.as_array_mut().unwrap().pop();
}

fn push(list: &mut Value, row: Value) {
    list.as_array_mut().unwrap().push(row);
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// `null` is a part that is not there.
fn dossier(parts: Parts) -> Dossier {
    Dossier {
        order_id: ORDER.to_owned(),
        order: read(parts.order),
        payment: read(parts.payment),
        notification: read(parts.notification),
        stories: Stories {
            order: read(parts.order_story),
            payment: read(parts.payment_story),
            notification: read(parts.notification_story),
        },
        gateway: Some(Account {
            transactions: read(parts.gateway),
            page: parts.page.map(|state| Page {
                state: state.to_owned(),
                closes_at: Some(parts.closes_at.parse().unwrap()),
            }),
        }),
        now: now(),
    }
}

/// The codes of what is violated.
fn violated(parts: Parts) -> Vec<&'static str> {
    let judged = judge(&dossier(parts));
    let wrong = INVARIANTS.iter().zip(judged).filter(|(_, judged)| !judged.violations.is_empty());
    wrong.map(|(invariant, _)| invariant.code).collect()
}

#[test]
fn whole_orders_violate_nothing() {
    assert_eq!(violated(whole()), Vec::<&str>::new());
    assert_eq!(violated(waiting()), Vec::<&str>::new());
    assert_eq!(violated(twice()), Vec::<&str>::new());
    assert_eq!(violated(called_off()), Vec::<&str>::new());
}

#[test]
fn every_invariant_looks_at_something_of_a_whole_order() {
    for parts in [whole, waiting] {
        let judged = judge(&dossier(parts()));
        for (invariant, judged) in INVARIANTS.iter().zip(judged) {
            let silent = match invariant.code {
                "I11" => parts().page.is_none(),
                // Nothing went back, nothing was given up, no money came.
                "I10" => parts().page.is_some(),
                "I12" | "I18" => true,
                _ => false,
            };
            assert_eq!(judged.checked == 0, silent, "{}", invariant.code);
        }
    }
}

#[test]
fn a_message_is_sent_as_often_as_somebody_waited_for_it() {
    let message = |facts: &[&str], status: &str, resends: u32| {
        let mut parts = whole();
        parts.notification["messages"][1]["status"] = json!(status);
        parts.notification["messages"][1]["resends"] = json!(resends);
        let timeline = parts.notification_story["timeline"].as_array_mut().unwrap();
        timeline.retain(|fact| fact["aggregate"] != "M3");
        for (version, what) in (1..).zip(facts) {
            timeline.push(fact("M3", version, what, &json!({})));
        }
        violated(parts)
    };
    let (queued, resent) = ("message_queued", "message_resent");
    let (sent, failed, deferred) = ("message_sent", "message_failed", "message_deferred");
    for (facts, status, resends) in [
        (&[queued, sent, resent, sent][..], "sent", 1),
        (&[queued, deferred, resent, deferred, sent], "sent", 1),
        (&[queued, failed, resent, sent], "sent", 1),
        (&[queued, resent, resent, sent], "sent", 2),
        (&[queued, deferred, failed], "failed", 0),
    ] {
        assert_eq!(message(facts, status, resends), Vec::<&str>::new(), "{facts:?}");
    }
    for (facts, status, resends) in [
        (&[queued, sent, sent][..], "sent", 0),
        (&[queued, sent, resent, sent, sent], "sent", 1),
        (&[queued, failed, sent], "sent", 0),
        (&[queued, sent, resent], "queued", 1),
        (&[queued, sent, resent], "sent", 1),
        (&[queued, failed], "sent", 0),
        (&[queued, sent], "failed", 0),
        (&[queued, sent], "sent", 1),
        (&[queued, sent, resent, sent], "sent", 0),
        (&[], "sent", 0),
    ] {
        assert_eq!(message(facts, status, resends), ["I21"], "{facts:?} {status} {resends}");
    }
}

/// Paid with a fee of 5,000 on top, and the order's 100,000 given back by a person.
fn by_hand() -> Parts {
    let mut parts = whole();
    parts.payment["attempts"][0]["transactions"][0]["gross"] = json!(105_000);
    parts.gateway[0]["gross_amount"] = json!(105_000);
    parts.payment["journal"] =
        json!([line("gateway", 105_000), line("sales", -100_000), line("fees", -5_000)]);
    parts.payment["refunds"] = json!([refund("k", 100_000, "by_hand")]);
    parts.payment["status"] = json!("refunded");
    parts
}

#[test]
fn a_fee_stays_when_the_orders_total_is_given_back_by_hand() {
    let mut parts = by_hand();
    parts.order["status"] = json!("refunded");
    let found = violated(parts);
    assert!(["I08", "I09", "I10"].iter().all(|code| !found.contains(code)), "{found:?}");
}

#[test]
fn a_clock_may_step_back_a_little() {
    for seconds in [1, 0] {
        let mut parts = whole();
        parts.payment_story["timeline"][2]["at"] = json!(at(seconds));
        assert_eq!(violated(parts), Vec::<&str>::new(), "{seconds}");
    }
}

/// The order was reversed, and then somebody tells that it was cancelled: its table does not lead there.
fn ignoring() -> Parts {
    let mut parts = whole();
    let ignored = |status: &str, told: &str| {
        json!({ "status": status, "payment": { "id": PAYMENT, "status": told, "method": "qris",
            "sequence": 4 } })
    };
    let late = format!("{}7", &PAID[..35]);
    let moved = json!({ "status": { "from": "paid", "to": "cancelled" } });
    push(&mut parts.payment_story["timeline"], fact(PAYMENT, 4, "gateway_told", &moved));
    push(&mut parts.payment_story["outbox"], told(&late, "payment.status.updated", 4));
    parts.payment["version"] = json!(4);
    let fact = fact(ORDER, 4, "payment_ignored", &ignored("payment_reversed", "cancelled"));
    push(&mut parts.order_story["timeline"], fact);
    push(&mut parts.order_story["inbox"], heard("order.payment-events", &late));
    parts.order["version"] = json!(4);
    parts
}

#[test]
fn what_the_order_could_not_follow_is_known_to_it() {
    assert!(!violated(ignoring()).contains(&"I16"));
    let mut followed = ignoring();
    followed.order_story["timeline"][3]["detail"]["status"] = json!("paid");
    assert!(violated(followed).contains(&"I16"), "from paid it could have been followed");
    let mut another = ignoring();
    another.order_story["timeline"][3]["detail"]["payment"]["sequence"] = json!(3);
    assert!(violated(another).contains(&"I16"), "another fact was ignored");
}

/// Set aside on its first day and tried again on its fifth: rows are written late, ids are not.
#[test]
fn an_event_is_as_old_as_its_id_says() {
    let mut parts = whole();
    for story in [&mut parts.order_story, &mut parts.payment_story, &mut parts.notification_story] {
        story["outbox"] = json!([]);
        for row in story["inbox"].as_array_mut().unwrap() {
            row["recorded_at"] = json!(at(5 * 86_400));
        }
    }
    let gone = dossier(parts);
    let codes = |days: i64| {
        let later = now() + SignedDuration::from_hours(24 * days);
        let judged = judge(&Dossier { now: later, ..gone.clone() });
        let wrong = INVARIANTS.iter().zip(judged).filter(|(_, j)| !j.violations.is_empty());
        wrong.map(|(invariant, _)| invariant.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(12), ["I13", "I15"], "its producer has it no more");
    assert_eq!(codes(14), [""; 0], "and need not");
}

#[test]
fn a_message_that_is_tried_again_waits_and_violates_nothing() {
    let mut parts = whole();
    pop(&mut parts.notification_story["timeline"]);
    parts.notification["messages"][1]["status"] = json!("queued");
    let job = json!({ "id": "J", "kind": "notification.send", "target": "M3", "run_at": at(9),
        "leased_until": null, "attempts": 3, "last_error": "421" });
    push(&mut parts.notification_story["jobs"], job);
    let judged = judge(&dossier(parts));
    let at = INVARIANTS.iter().position(|invariant| invariant.code == "I21").unwrap();
    assert_eq!(judged[at].violations, []);
    assert_eq!(judged[at].of_them["wait for another try"], 1);
}

#[test]
fn what_is_older_than_events_are_kept_is_not_missed() {
    let mut parts = whole();
    let old = (now() - SignedDuration::from_hours(24 * 20)).to_string();
    for story in [&mut parts.order_story, &mut parts.payment_story, &mut parts.notification_story] {
        for fact in story["timeline"].as_array_mut().unwrap() {
            fact["at"] = json!(old);
        }
        story["outbox"] = json!([]);
        for row in story["inbox"].as_array_mut().unwrap() {
            row["recorded_at"] = json!(old);
            // An id that tells no time is as old as its row.
            row["event_id"] = json!("0b0e4a52-3c0f-4a6c-9d3f-0a1b2c3d4e5f");
        }
    }
    assert_eq!(violated(parts), Vec::<&str>::new());
}

mod looks;
mod plants;
mod repairs;
mod waiting;
