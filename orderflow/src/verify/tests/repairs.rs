//! What is told as a repair is one: time only where somebody is at it, a command only where it helps.

use super::super::invariants::Advice;
use super::*;

/// The repairs of one invariant.
fn repairs(parts: Parts, code: &str) -> Vec<String> {
    let judged = judge(&dossier(parts));
    let of = INVARIANTS.iter().zip(judged).filter(|(invariant, _)| invariant.code == code);
    of.flat_map(|(_, judged)| judged.violations)
        .map(|violation| violation.repair.to_string())
        .collect()
}

fn letter(origin: &str, body: &Value) -> Value {
    json!({ "id": "L", "origin": origin, "order_id": ORDER, "reason": "it cannot be read",
            "attempts": 6, "body": body, "parked_at": at(5), "resolution": null })
}

/// Code, order, plant, and a part of its one repair.
type Case = (&'static str, fn() -> Parts, fn(&mut Parts), &'static str);

const CASES: &[Case] = &[
    // A job is at it.
    (
        "I04",
        waiting,
        |p| {
            p.payment["due_at"] = json!(at(-7200));
            push(&mut p.payment_story["jobs"], job("gateway.end_attempt", ATTEMPT));
        },
        "what holds it up: orderflow why",
    ),
    (
        "I04",
        waiting,
        |p| {
            p.order["status"] = json!("pending");
            push(&mut p.payment_story["jobs"], job("gateway.create_page", ATTEMPT));
        },
        "what holds it up: orderflow why",
    ),
    // Nobody is.
    (
        "I04",
        waiting,
        |p| {
            p.payment["due_at"] = json!(at(-7200));
            push(&mut p.payment_story["jobs"], job("gateway.check_status", ATTEMPT));
        },
        "orderflow reconcile",
    ),
    ("I04", waiting, |p| p.order["status"] = json!("pending"), "/cancel"),
    ("I04", called_off, long_ago, "orderflow reconcile"),
    (
        "I04",
        called_off,
        |p| {
            long_ago(p);
            push(&mut p.payment_story["jobs"], job("gateway.end_attempt", ATTEMPT));
        },
        "what holds it up: orderflow why",
    ),
    (
        "I12",
        whole,
        |p| push(&mut p.payment["refunds"], refund("k", 1_000, "asked")),
        "orderflow reconcile",
    ),
    (
        "I12",
        whole,
        |p| {
            p.order["refund_if_paid"] = json!(true);
            p.payment["call_off_at"] = json!(at(1));
            long_ago(p);
        },
        "orderflow reconcile",
    ),
    // Payment and gateway agree: asking tells nothing that the order would hear of.
    ("I08", whole, |p| p.order["status"] = json!("expired"), "no command repairs"),
    (
        "I08",
        whole,
        |p| {
            p.order["status"] = json!("expired");
            pop(&mut p.order_story["inbox"]);
            p.order["payment"]["sequence"] = json!(2);
        },
        "it is sent again by itself",
    ),
    ("I08", waiting, |p| p.gateway = whole().gateway, "orderflow reconcile"),
    // It follows its payment, which does not stand as its own transactions do.
    (
        "I08",
        whole,
        |p| {
            let mut back = transaction("T", "refund");
            back["refunded"] = json!(100_000);
            p.payment["attempts"][0]["transactions"][0] = back;
            p.gateway[0]["transaction_status"] = json!("refund");
            p.gateway[0]["refunded"] = json!(100_000);
        },
        "orderflow reconcile",
    ),
    // It does not, and payment and gateway agree on it.
    (
        "I08",
        whole,
        |p| {
            let mut back = transaction("T", "refund");
            back["refunded"] = json!(100_000);
            p.payment["attempts"][0]["transactions"][0] = back;
            p.payment["status"] = json!("refunded");
            p.gateway[0]["transaction_status"] = json!("refund");
            p.gateway[0]["refunded"] = json!(100_000);
        },
        "no command repairs",
    ),
    ("I11", waiting, |p| p.page = Some("expired"), "it ends by itself at its deadline"),
    // What the books say, no command sets right.
    ("I10", whole, |p| p.payment["journal"] = json!([]), "no command repairs"),
    (
        "I21",
        whole,
        |p| {
            unsent(p);
            push(&mut p.notification_story["jobs"], job("notification.send", "M2"));
        },
        "POST /v1/notifications/M3/resend",
    ),
    // What was not heard is sent again; what was heard is not.
    (
        "I04",
        called_off,
        |p| {
            p.payment["call_off_at"] = Value::Null;
            long_ago(p);
            pop(&mut p.payment_story["inbox"]);
        },
        "it is sent again by itself",
    ),
    (
        "I12",
        whole,
        |p| {
            p.order["refund_if_paid"] = json!(true);
            p.payment["call_off_at"] = json!(at(1));
            long_ago(p);
            push(&mut p.order_story["outbox"], told(WISH, "order.cancel.requested", 4));
        },
        "it is sent again by itself",
    ),
    (
        "I20",
        twice,
        |p| {
            pop(&mut p.notification["messages"]);
            pop(&mut p.notification_story["inbox"]);
        },
        "it is sent again by itself",
    ),
    (
        "I07",
        whole,
        |p| {
            p.payment = Value::Null;
            pop(&mut p.payment_story["inbox"]);
        },
        "it is sent again by itself",
    ),
    ("I07", whole, |p| p.payment = Value::Null, "no command repairs"),
    (
        "I16",
        whole,
        |p| {
            p.order["payment"]["sequence"] = json!(2);
            pop(&mut p.order_story["inbox"]);
        },
        "it is sent again by itself",
    ),
    ("I16", whole, |p| p.order["payment"]["sequence"] = json!(2), "no command repairs"),
    (
        "I20",
        whole,
        |p| {
            pop(&mut p.notification["messages"]);
            pop(&mut p.notification_story["inbox"]);
        },
        "it is sent again by itself",
    ),
    ("I20", whole, |p| pop(&mut p.notification["messages"]), "no command repairs"),
    // Letters: an event that is set aside, a job, and what is neither.
    (
        "I18",
        whole,
        |p| {
            p.order_story["inbox"][1]["state"] = json!("parked");
            let event = letter("order.payment-events", &json!({ "id": PAID }));
            p.order_story["dead_letters"] = json!([event]);
        },
        "orderflow dead-letters replay order L",
    ),
    (
        "I18",
        whole,
        |p| {
            let body = json!(format!("gateway.check_status of {ATTEMPT}"));
            p.payment_story["dead_letters"] = json!([letter("gateway.check_status", &body)]);
        },
        "orderflow dead-letters replay payment L",
    ),
    (
        "I18",
        whole,
        |p| {
            let another = letter("order.payment-events", &json!({ "id": PAID }));
            p.order_story["dead_letters"] = json!([another]);
        },
        "orderflow dead-letters discard order L",
    ),
];

/// The second message was never sent.
fn unsent(parts: &mut Parts) {
    pop(&mut parts.notification_story["timeline"]);
    parts.notification["messages"][1]["status"] = json!("queued");
}

#[test]
fn a_repair_is_what_helps() {
    for (number, (code, start, plant, words)) in CASES.iter().enumerate() {
        let mut parts = start();
        plant(&mut parts);
        let repairs = repairs(parts, code);
        let [repair] = repairs.as_slice() else { panic!("case {number} of {code}: {repairs:?}") };
        assert!(repair.contains(words), "case {number} of {code}: {repair}");
    }
}

#[test]
fn a_command_names_its_system_and_stands_on_a_line_of_its_own() {
    let mut parts = whole();
    parts.order["status"] = json!("expired");
    let mut judged = judge(&dossier(parts));
    judged.iter_mut().for_each(|judged| judged.address(" --url http://h:1"));
    let mut all = judged.iter().flat_map(|judged| &judged.violations);
    assert!(all.clone().count() > 1);
    let command = format!("\n          orderflow why {ORDER} --url http://h:1");
    assert!(all.all(|found| found.repair.lines().ends_with(&command)), "{judged:?}");
    let mut words = Advice::words("cancel all but one of them");
    words.address(" --url http://h:1");
    assert_eq!(words.to_string(), "cancel all but one of them");
}
