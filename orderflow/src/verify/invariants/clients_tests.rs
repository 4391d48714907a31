//! Clients' logs against orders: what each invariant of theirs finds, and what it must not find.

use super::*;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const ORDER: &str = "0198c0de-0000-7000-8000-000000000001";
const OTHER: &str = "0198c0de-0000-7000-8000-000000000002";
const EMAIL: &str = "budi@example.com";

/// What a client notes when an order was taken.
fn acked() -> Value {
    json!({ "at": "2026-03-01T10:00:00Z", "run": "R", "key": "k1", "reference": "A-1",
            "body_sha256": "00", "amount": 185_000, "currency": "IDR", "lines_digest": "l",
            "email": EMAIL, "attempt": 1, "outcome": "acked", "status": 201, "order_id": ORDER })
}

/// And before it asks.
fn sent() -> Value {
    let line = with(with(acked(), "outcome", json!("sent")), "status", Value::Null);
    with(line, "order_id", Value::Null)
}

/// The order that came of it.
fn order() -> Value {
    placed(ORDER, "k1")
}

fn placed(id: &str, key: &str) -> Value {
    let email = fingerprint(id.parse().unwrap(), EMAIL);
    json!({ "order_id": id, "account": "default", "reference": "A-1", "status": "paid", "version": 3,
            "total_amount": 185_000, "currency": "IDR", "lines_digest": "l",
            "email_fingerprint": email, "metadata": { "demo_run": "R", "demo_key": key },
            "payment": null, "payment_due_at": null, "cancel_requested_at": null,
            "refund_if_paid": null, "created_at": "2026-03-01T10:00:00Z",
            "updated_at": "2026-03-01T10:00:00Z" })
}

fn with(mut value: Value, name: &str, new: Value) -> Value {
    value[name] = new;
    value
}

struct Log {
    folder: TempDir,
}

impl Log {
    fn of(lines: &[Value]) -> Self {
        let log = Self { folder: tempfile::tempdir().unwrap() };
        log.holds(lines);
        log
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("clients.jsonl")
    }

    fn holds(&self, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.path(), text).unwrap();
    }
}

fn dossier(order: Value) -> Dossier {
    let order: OrderDossier = serde_json::from_value(order).unwrap();
    Dossier { order_id: order.order_id.clone(), order: Some(order), ..Dossier::default() }
}

/// What is wrong, as code and order.
fn wrong(lines: &[Value], orders: &[Value]) -> Vec<(&'static str, Option<String>)> {
    let log = Log::of(lines);
    let mut clients = Clients::read(&log.path()).unwrap();
    orders.iter().for_each(|order| clients.meets(&dossier(order.clone())));
    of(clients)
}

fn of(clients: Clients) -> Vec<(&'static str, Option<String>)> {
    let lines = clients.lines().unwrap();
    let each = |line: Line| {
        let code = line.code;
        line.judged.violations.into_iter().map(move |violation| (code, violation.order_id))
    };
    lines.into_iter().flat_map(each).collect()
}

fn about(code: &'static str, order: &str) -> Vec<(&'static str, Option<String>)> {
    vec![(code, Some(order.to_owned()))]
}

#[test]
fn an_order_that_is_as_it_was_asked_for_is_right_and_counted() {
    let log = Log::of(&[sent(), acked()]);
    let mut clients = Clients::read(&log.path()).unwrap();
    clients.meets(&dossier(order()));
    let lines = clients.lines().unwrap();
    let checked: Vec<_> = lines.iter().map(|line| (line.code, line.judged.checked)).collect();
    assert_eq!(checked, [("I01", 1), ("I02", 1), ("I03", 1)]);
    assert!(lines.iter().all(|line| line.judged.violations.is_empty()), "{lines:?}");
}

#[test]
fn an_acknowledged_order_is_there_as_it_was_sent() {
    assert_eq!(wrong(&[sent(), acked()], &[]), about("I01", ORDER));
    for (name, other) in [
        ("amount", json!(185_001)),
        ("lines_digest", json!("m")),
        ("email", json!("tuti@example.com")),
        ("reference", json!("A-2")),
    ] {
        let line = with(acked(), name, other);
        assert_eq!(wrong(&[sent(), line], &[order()]), about("I01", ORDER), "{name}");
    }
}

#[test]
fn an_acknowledged_order_is_known_by_its_id() {
    let bare = with(order(), "metadata", json!({}));
    assert_eq!(wrong(&[sent(), acked()], std::slice::from_ref(&bare)), []);
    let line = with(acked(), "amount", json!(185_001));
    assert_eq!(wrong(&[sent(), line], &[bare]), about("I01", ORDER));
    let of_another_key = [sent(), with(sent(), "key", json!("k2")), acked()];
    assert_eq!(wrong(&of_another_key, &[placed(ORDER, "k2")]), about("I01", ORDER));
    let two_keys = [sent(), acked(), with(acked(), "key", json!("k2"))];
    assert_eq!(wrong(&two_keys, &[order()]), about("I01", ORDER));
}

#[test]
fn what_was_not_acknowledged_may_be_there_or_not() {
    for outcome in ["sent", "refused", "unknown"] {
        let line = with(sent(), "outcome", json!(outcome));
        assert_eq!(wrong(std::slice::from_ref(&line), &[]), [], "{outcome}");
        assert_eq!(wrong(&[line], &[order()]), [], "{outcome}");
    }
}

#[test]
fn one_key_brings_one_order() {
    let twice = [sent(), acked(), acked()];
    assert_eq!(wrong(&twice, &[order()]), [], "acknowledged twice is not two orders");
    let another = with(acked(), "order_id", json!(OTHER));
    let both = [placed(ORDER, "k1"), placed(OTHER, "k1")];
    assert_eq!(wrong(&[sent(), acked(), another.clone()], &both), [("I02", None)]);
    assert_eq!(wrong(&[sent(), acked()], &both), [("I02", None)], "the other was never told");
    let mut lost = about("I01", OTHER);
    lost.push(("I02", None));
    assert_eq!(wrong(&[sent(), acked(), another], &[order()]), lost);
}

#[test]
fn an_order_of_the_run_was_asked_for() {
    assert_eq!(wrong(&[sent()], &[order(), placed(OTHER, "k2")]), about("I03", OTHER));
    let keyless = with(placed(OTHER, "k2"), "metadata", json!({ "demo_run": "R" }));
    assert_eq!(wrong(&[sent()], &[keyless]), about("I03", OTHER));
    let of_another_run = with(order(), "metadata", json!({ "demo_run": "S", "demo_key": "k9" }));
    assert_eq!(wrong(&[sent()], &[of_another_run]), []);
    assert_eq!(wrong(&[sent()], &[with(order(), "metadata", json!({}))]), []);
}

/// Its line was not there yet when the log was read first.
#[test]
fn an_order_that_a_client_at_work_asks_for_meanwhile_is_no_strangers() {
    let log = Log::of(&[sent()]);
    let mut clients = Clients::read(&log.path()).unwrap();
    clients.meets(&dossier(placed(OTHER, "k2")));
    log.holds(&[sent(), with(sent(), "key", json!("k2"))]);
    assert_eq!(of(clients), []);
}

#[test]
fn a_torn_last_line_is_passed_over_and_a_broken_one_is_named() {
    let log = Log::of(&[sent(), acked()]);
    let whole = fs::read_to_string(log.path()).unwrap();
    fs::write(log.path(), format!("{whole}{{\"at\":\"2026-03")).unwrap();
    let mut clients = Clients::read(&log.path()).unwrap();
    clients.meets(&dossier(order()));
    assert_eq!(of(clients), []);
    fs::write(log.path(), format!("{whole}{{\"at\":\"2026-03\n{whole}")).unwrap();
    let error = Clients::read(&log.path()).unwrap_err().to_string();
    assert!(error.ends_with("clients.jsonl, line 3"), "{error}");
    let error = Clients::read(&log.folder.path().join("none")).unwrap_err().to_string();
    assert!(error.contains("none cannot be read"), "{error}");
}
