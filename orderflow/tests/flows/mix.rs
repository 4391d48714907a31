//! `orderflow demo --mix realistic` against a running system: every fate comes to its end although
//! callbacks are lost, doubled and overtaken, and what was asked is on record.

use crate::Stack;
use crate::database::{change, id};
use crate::verifying::strangers_charge;
use orderflow::compose::Part;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;
use testkit::{Ended, order, run, text, until};

const COUNT: usize = 60;
/// What a run that was killed marked its switches with: "demo", and 20 bits of its own.
const OF_A_KILLED_RUN: u64 = (0x6465_6d6f << 20) + 7;
/// Of 60, one customer clicks twice.
const CLICKED_TWICE: usize = 1;

/// Runs the demo as a process against the parts of a system, each at its address.
async fn demo(stack: &Stack, count: usize, more: &[&str]) -> Ended {
    let places = stack.addresses.variables();
    let settings: Vec<(&str, &str)> =
        places.iter().map(|(setting, base)| (setting.as_str(), base.as_str())).collect();
    let count = count.to_string();
    let args = ["demo", "--mix", "realistic", "--count", &count, "--json"];
    run(crate::binary(), &[&args, more].concat(), &settings).await
}

/// The simulator's switches, without what they have counted.
async fn switches(stack: &Stack) -> Vec<Value> {
    let Value::Array(mut listed) = stack.read("/_sim/faults").await else { panic!("no list") };
    for switch in &mut listed {
        let switch = switch.as_object_mut().unwrap();
        switch.retain(|field, _| !["id", "seen", "hit"].contains(&field.as_str()));
    }
    listed
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One request and one outcome for each attempt; every order was acknowledged with one id, and a double
/// click with the same.
fn is_on_record(log: &Path, orders: &[Value]) {
    let noted = lines(&std::fs::read_to_string(log).unwrap());
    let of = |outcome: &str| noted.iter().filter(|l| l["outcome"] == outcome).collect::<Vec<_>>();
    let (sent, acked) = (of("sent"), of("acked"));
    assert_eq!((sent.len(), acked.len()), (COUNT + CLICKED_TWICE, COUNT + CLICKED_TWICE));
    let mut ids: HashMap<String, BTreeSet<String>> = HashMap::new();
    for line in &acked {
        assert_eq!(line["status"], 201);
        ids.entry(text(line, "/key")).or_default().insert(text(line, "/order_id"));
    }
    assert_eq!(ids.len(), COUNT);
    assert!(ids.values().all(|ids| ids.len() == 1), "{ids:?}");
    let acked: BTreeSet<String> = ids.into_values().flatten().collect();
    assert_eq!(acked, orders.iter().map(|order| text(order, "/order_id")).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fate_comes_to_its_end_and_the_simulator_is_left_as_it_was() {
    let stack = crate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("clients.jsonl");
    let others = json!({ "fault": "deny", "order_id": "somebody-elses" });
    let set = json!([others, { "fault": "drop", "probability": 0.9, "seed": OF_A_KILLED_RUN }]);
    let headers = [("content-type", "application/json")];
    stack.send(Method::PUT, "/_sim/faults", &headers, set.to_string()).await.expect(200);
    let before = stack.read("/_sim/autopay").await;
    let ended = demo(&stack, COUNT, &["--client-log", log.to_str().unwrap()]).await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let orders = lines(&ended.stdout);
    assert_eq!(orders.len(), COUNT);
    for order in &orders {
        let status = text(&stack.order(&text(order, "/order_id")).await, "/status");
        assert_eq!(order["expected"], status, "{order}");
        assert_eq!((&order["found"], &order["right"]), (&order["expected"], &true.into()));
    }
    let ends: BTreeSet<String> = orders.iter().map(|order| text(order, "/found")).collect();
    let wanted =
        ["cancelled", "expired", "paid", "partially_refunded", "payment_reversed", "refunded"];
    assert_eq!(ends, wanted.map(str::to_owned).into());
    let fates: BTreeSet<String> = orders.iter().map(|order| text(order, "/fate")).collect();
    assert_eq!(fates.len(), 12, "{fates:?}");
    assert!(ended.stderr.contains("0 told something twice"), "{}", ended.stderr);
    is_on_record(&log, &orders);
    let ledger = stack.ledger().await;
    assert_eq!((&ledger["balanced"], &ledger["orders_settled_twice"]), (&true.into(), &1.into()));
    assert_eq!(stack.read("/_sim/autopay").await, before);
    assert_eq!(switches(&stack).await, [others], "a killed run's are gone, others' are back");
    stack.finish().await;
}

/// Between two hours of the looks that the system owes itself.
const AN_HOUR: Duration = Duration::from_millis(700);
/// The share of callbacks that nobody hears, beside those that the mix itself loses.
const UNHEARD: f64 = 0.8;
/// The mix itself would wait for ten minutes. Far longer than it takes.
const IN_TIME: Duration = Duration::from_secs(90);

/// The looks at the gateway that are planned for later minutes, hours and days are due now, again and
/// again: they are all that finds what no callback told.
async fn time_flies(stack: &Stack) {
    let due = "UPDATE jobs SET run_at = since
               WHERE kind = 'gateway.check_status' AND leased_until IS NULL";
    loop {
        tokio::time::sleep(AN_HOUR).await;
        change(stack, Part::Payment, due).await;
    }
}

/// Once the mix has set its switches, most callbacks are lost.
async fn fall_silent(stack: &Stack) {
    until("the mix has set its switches", async || {
        let now = switches(stack).await;
        if now.is_empty() { Err("none are set") } else { Ok(()) }
    })
    .await;
    let lost = json!({ "fault": "drop", "probability": UNHEARD, "seed": 7 });
    stack.post("/_sim/faults", &lost).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_hardly_a_callback_and_nobody_who_asks_the_system_looks_for_itself() {
    let stack = crate::start().await;
    let count = 40;
    let ended = tokio::select! {
        (ended, ()) = async {
            tokio::join!(demo(&stack, count, &["--no-reconcile"]), fall_silent(&stack))
        } => ended,
        () = time_flies(&stack) => unreachable!("it goes on for ever"),
        () = tokio::time::sleep(IN_TIME) => panic!("some order is not found"),
    };
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let orders = lines(&ended.stdout);
    assert_eq!(orders.len(), count);
    assert!(orders.iter().all(|order| order["right"] == true), "{}", ended.stdout);
    let fates: BTreeSet<String> = orders.iter().map(|order| text(order, "/fate")).collect();
    assert_eq!(fates.len(), 12, "{fates:?}");
    assert!(!ended.stderr.contains("reconciled"), "nobody asked: {}", ended.stderr);
    let sent = stack.deliveries(None).await;
    let lost = sent.iter().filter(|delivery| delivery["state"] == "dropped").count();
    assert!(2 * lost > sent.len(), "{lost} of {} were lost", sent.len());
    stack.set("faults", json!([])).await;
    stack.finish().await;
}

/// One order, as the first command of the README.
async fn demo_of_one(stack: &Stack) -> Ended {
    let places = stack.addresses.variables();
    let settings: Vec<(&str, &str)> =
        places.iter().map(|(setting, base)| (setting.as_str(), base.as_str())).collect();
    run(crate::binary(), &["demo"], &settings).await
}

async fn autopay(stack: &Stack, more: Value) {
    let mut set = json!({ "enabled": true, "method": "gopay" });
    set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let headers = [("content-type", "application/json")];
    stack.send(Method::PUT, "/_sim/autopay", &headers, set.to_string()).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_pay_themselves_stop_no_demo_and_a_killed_ones_are_turned_off() {
    const PAID_ITSELF: &str = "the page has paid itself";
    let stack = crate::start().await;
    autopay(&stack, json!({})).await;
    let theirs = stack.read("/_sim/autopay").await;
    let ended = demo_of_one(&stack).await;
    assert!(ended.code == Some(0) && ended.stdout.contains(PAID_ITSELF), "{ended:?}");
    assert_eq!(stack.read("/_sim/autopay").await, theirs, "somebody's setting stays");

    let killed = json!({ "set_by": "orderflow demo" });
    autopay(&stack, killed.clone()).await;
    let ended = demo_of_one(&stack).await;
    assert!(ended.code == Some(0) && !ended.stdout.contains(PAID_ITSELF), "{ended:?}");
    let is_off = async |ended: &Ended| {
        assert!(ended.stderr.contains("for another demo, which was killed"), "{ended:?}");
        let now = stack.read("/_sim/autopay").await;
        assert_eq!((&now["enabled"], now.get("set_by")), (&json!(false), None), "{now}");
    };
    is_off(&ended).await;
    for more in [&["--count", "2"][..], &["--mix", "realistic", "--count", "1"]] {
        autopay(&stack, killed.clone()).await;
        let places = stack.addresses.variables();
        let settings: Vec<(&str, &str)> =
            places.iter().map(|(setting, base)| (setting.as_str(), base.as_str())).collect();
        let ended = run(crate::binary(), &[&["demo"], more].concat(), &settings).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        is_off(&ended).await;
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_violate_is_said_apart_and_fails_no_run() {
    let stack = crate::start().await;
    let broken = stack.create_id(&order()).await;
    stack.pay(&broken, "gopay", "settle").await;
    stack.order_becomes(&broken, "paid").await;
    let moves = stack.payment_moves(&broken).await.len();
    stack.told(&broken, moves).await;
    let plant = "UPDATE payments SET version = version + 1 WHERE order_id =";
    assert_eq!(change(&stack, Part::Payment, &format!("{plant} {}", id(&broken))).await, 1);
    let ended = demo(&stack, 1, &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(lines(&ended.stdout).len(), 1, "{}", ended.stdout);
    for word in ["! 1 violation by orders that are not of this run", "I05", &broken] {
        assert!(ended.stderr.contains(word), "{word:?} is not in {}", ended.stderr);
    }
    // What is of no order may be the run's.
    let stranger = strangers_charge(&stack).await;
    let ended = demo(&stack, 1, &[]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for word in ["✖ 1 violation by this run", &stranger, "! 1 violation by orders", &broken] {
        assert!(ended.stderr.contains(word), "{word:?} is not in {}", ended.stderr);
    }
    stack.finish_quickly().await;
}
