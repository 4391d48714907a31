//! `orderflow verify` on real databases: what is whole is right; what somebody breaks in one of them,
//! or the gateway alone knows, is found, told with its order, and a repair that is a command repairs.

mod clients;
mod plants;
mod young;

use crate::Stack;
use crate::database::{HOUR, change, id};
use crate::letters::{give_up, mend, run};
use orderflow::compose::Part;
use orderflow::config::SIMULATOR_KEY;
use plants::At::{self, Cancelled, Paid, PartlyRefunded, Waiting};
use plants::{PLANTS, Plant};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Ended, order, text, unique, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What is right.
const WHOLE: i32 = 0;
/// Something is wrong.
const VIOLATED: i32 = 3;

/// Those without a database: clients' logs are in `clients`, queues in `verifying_queues`.
const ELSEWHERE: [&str; 4] = ["I01", "I02", "I03", "I17"];

async fn verify(stack: &Stack, more: &[&str]) -> Ended {
    run(stack, &[&["verify", "--json"], more].concat()).await
}

/// A run that ends so; with what it says.
async fn told(stack: &Stack, code: i32, more: &[&str]) -> Value {
    let ended = verify(stack, more).await;
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// What is violated: code, order, what, repair.
fn violations(told: &Value) -> Vec<[String; 4]> {
    let lines = told["lines"].as_array().unwrap().iter();
    let each = |line: &Value| {
        let code = text(line, "/code");
        let violations = line["violations"].as_array().unwrap().clone();
        violations.into_iter().map(move |violation| {
            let order = violation["order_id"].as_str().unwrap_or_default().to_owned();
            [code.clone(), order, text(&violation, "/what"), text(&violation, "/repair")]
        })
    };
    lines.flat_map(each).collect()
}

/// Which orders violate what.
fn codes(told: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for [code, order, _, _] in violations(told) {
        found.entry(order).or_default().insert(code);
    }
    found
}

/// A new order that has come so far, and its customer was told.
async fn brought(stack: &Stack, at: At) -> String {
    let id = stack.create_id(&order()).await;
    stack.page(&id).await;
    stack.order_becomes(&id, "awaiting_payment").await;
    match at {
        Waiting => age(stack, &id).await,
        Cancelled => {
            stack.ask(&format!("/v1/orders/{id}/cancel"), &json!({})).await.expect(202);
            stack.order_becomes(&id, "cancelled").await;
        }
        Paid | PartlyRefunded => {
            stack.pay(&id, "gopay", "settle").await;
            stack.order_becomes(&id, "paid").await;
        }
    }
    if at == PartlyRefunded {
        let payment = text(&stack.payment_of(&id).await, "/id");
        let part = json!({ "amount": 60_000 });
        stack.ask(&format!("/v1/payments/{payment}/refunds"), &part).await.expect(202);
        stack.order_becomes(&id, "partially_refunded").await;
    }
    id
}

/// Orders that wait are not judged in their first two minutes, and the gateway is asked about them
/// after one: it is an hour later with them, and their next look an hour later than it would be.
async fn age(stack: &Stack, order: &str) {
    let order = id(order);
    let older = format!("UPDATE orders SET created_at = created_at - {HOUR} WHERE id = {order}");
    assert_eq!(change(stack, Part::Order, &older).await, 1);
    let later = format!("UPDATE jobs SET run_at = run_at + {HOUR} WHERE subject = {order}");
    assert!(change(stack, Part::Payment, &later).await >= 1);
}

async fn planted(stack: &Stack, plant: &Plant) -> String {
    let order = brought(stack, plant.at).await;
    settled(stack, &order).await;
    let sql = plant
        .sql
        .replace("{payment}", "(SELECT id FROM payments WHERE order_id = {order})")
        .replace("{order}", &id(&order))
        .replace("{new}", &id(&unique().to_string()))
        .replace("{hour}", HOUR);
    assert!(change(stack, plant.part, &sql).await >= 1, "{sql}");
    order
}

/// Nothing of it is on its way any more, so that a plant is not written over.
async fn settled(stack: &Stack, order: &str) {
    let moves = stack.payment_moves(order).await.len();
    stack.told(order, moves).await;
    for service in testkit::SERVICES {
        until(&format!("all of order {order} was sent"), async || {
            let story = stack.story(service, order).await;
            let unsent = |event: &Value| event["published_at"].is_null();
            let any = story["outbox"].as_array().unwrap().iter().any(unsent);
            if any { Err(story) } else { Ok(()) }
        })
        .await;
    }
}

/// Somebody else's, by the same key.
pub(crate) async fn strangers_charge(stack: &Stack) -> String {
    let order = format!("TOKO-{}", unique().simple());
    let body = json!({ "payment_type": "qris",
        "transaction_details": { "order_id": order, "gross_amount": 5_000 } });
    let http = reqwest::Client::builder().tls_backend_rustls().no_proxy().build().unwrap();
    let url = format!("{}/v2/charge", stack.base("/v2/charge"));
    let charge = http.post(url).basic_auth(SIMULATOR_KEY, Some("")).json(&body);
    let answer: Value = charge.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["transaction_status"], "pending", "{answer}");
    order
}

#[test]
fn every_invariant_has_a_plant_somewhere() {
    let here: BTreeSet<&str> = PLANTS.iter().map(|plant| plant.codes[0]).chain(ELSEWHERE).collect();
    let all: BTreeSet<String> = (1..=22).map(|number| format!("I{number:02}")).collect();
    assert_eq!(here, all.iter().map(String::as_str).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_planted_in_the_databases_is_found_and_nothing_else() {
    let stack = crate::start().await;
    let mut whole = Vec::new();
    for at in [Waiting, Paid, PartlyRefunded, Cancelled] {
        whole.push(brought(&stack, at).await);
    }
    let before = told(&stack, WHOLE, &[]).await;
    assert_eq!((&before["orders"], &before["young"]), (&json!(4), &json!(0)), "{before}");
    assert_eq!(before["gateway_compared"], true);
    let lines = before["lines"].as_array().unwrap();
    let named: Vec<String> = lines.iter().map(|line| text(line, "/code")).collect();
    assert_eq!(named, (1..=22).map(|number| format!("I{number:02}")).collect::<Vec<_>>());
    let undecided = lines.iter().filter_map(|line| line["undecided"].as_str());
    let log = "needs --client-log";
    let no_queue = "no broker is configured, so there is no queue";
    assert_eq!(undecided.collect::<Vec<_>>(), [log, log, log, no_queue]);
    let mut all = Vec::new();
    for plant in PLANTS {
        all.push(planted(&stack, plant).await);
    }
    let stranger = strangers_charge(&stack).await;
    let after = told(&stack, VIOLATED, &[]).await;
    assert_eq!((&after["orders"], &after["young"]), (&json!(4 + PLANTS.len()), &json!(0)));
    let found = codes(&after);
    for (plant, order) in PLANTS.iter().zip(&all) {
        let wanted = plant.codes.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(found.get(order), Some(&wanted), "{}", plant.sql);
    }
    for (order, codes) in &found {
        assert!(order.is_empty() || all.contains(order), "order {order} is whole: {codes:?}");
    }
    for [code, order, what, repair] in violations(&after) {
        assert!(!what.is_empty() && !repair.is_empty(), "{code} {order}: {what:?} → {repair:?}");
        assert!(!order.is_empty() || what.contains(&stranger), "{code}: {what}");
    }
    assert_eq!(found[""], BTreeSet::from(["I07".to_owned()]));
    // The same for people.
    let said = run(&stack, &["verify"]).await;
    assert_eq!(said.code, Some(VIOLATED), "{said:?}");
    for plant in PLANTS {
        assert!(said.stdout.contains(&format!("✖ {}  ", plant.codes[0])), "{}", said.stdout);
    }
    assert!(all.iter().all(|order| said.stdout.contains(order)), "{}", said.stdout);
    stack.finish_quickly().await;
}

/// Nobody is to ask the gateway about an order.
async fn forget_looks(stack: &Stack, order: &str) {
    let kind = "kind = 'gateway.check_status'";
    let forget = format!("DELETE FROM jobs WHERE subject = {} AND {kind}", id(order));
    assert!(change(stack, Part::Payment, &forget).await >= 1);
}

/// Where all is behind one address, repairs are printed with it: nobody listens at the usual one.
async fn names_its_system(stack: &Stack, repairs: impl Iterator<Item = &String>) {
    let at = stack.base("/v1/payments");
    if stack.base("/v1/orders") != at {
        return;
    }
    let told = testkit::run(crate::binary(), &["verify", "--url", &at], &[]).await;
    for repair in repairs {
        let line = format!("{repair} --url {at}\n");
        assert!(told.stdout.contains(&line), "{line} is not in {}", told.stdout);
    }
}

/// Runs a repair as it is printed.
async fn repaired(stack: &Stack, repair: &str) {
    let mut words = repair.split(' ');
    assert_eq!(words.next(), Some("orderflow"), "{repair}");
    let ended = run(stack, &words.collect::<Vec<_>>()).await;
    assert_eq!(ended.code, Some(0), "{repair}: {}{}", ended.stdout, ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_gateway_alone_knows_is_found_and_the_printed_repairs_repair() {
    let stack = crate::start().await;
    let reversed = {
        let id = stack.create_id(&order()).await;
        let paid = stack.pay(&id, "permata_va", "settle").await;
        stack.order_becomes(&id, "paid").await;
        (id, text(&paid, "/transaction_id"))
    };
    let forgotten = brought(&stack, PartlyRefunded).await;
    let [lost, given_up, overdue] = [(); 3].map(|()| brought(&stack, Waiting));
    let [lost, given_up, overdue] = &[lost.await, given_up.await, overdue.await];
    let whole = brought(&stack, Paid).await;
    told(&stack, WHOLE, &[]).await;

    // From now on the gateway tells nothing by itself.
    stack.set("faults", json!([{ "fault": "drop" }])).await;
    stack.pay(lost, "qris", "settle").await;
    stack.act(&reversed.1, "reverse").await;
    // Of one the gateway will be asked soon: that is no violation. Then of none.
    forget_looks(&stack, lost).await;
    let found = told(&stack, VIOLATED, &[]).await;
    assert_eq!(codes(&found).keys().collect::<Vec<_>>(), [lost], "{found}");
    let waiting: Vec<&Value> = found["lines"].as_array().unwrap().iter().collect();
    let waiting: Vec<&Value> =
        waiting.iter().flat_map(|line| line["waiting"].as_array().unwrap()).collect();
    let [waits] = waiting.as_slice() else { panic!("{found}") };
    assert_eq!(waits["order_id"], json!(reversed.0));
    let now = format!("to have it asked now: orderflow reconcile {}", reversed.0);
    assert_eq!(waits["repair"], json!(now));
    forget_looks(&stack, &reversed.0).await;
    let asked = format!(
        "UPDATE refunds SET state = 'asked'
         WHERE payment_id = (SELECT id FROM payments WHERE order_id = {})",
        id(&forgotten)
    );
    assert_eq!(change(&stack, Part::Payment, &asked).await, 1);
    let overdue_id = id(overdue);
    for sql in [
        format!("UPDATE payments SET due_at = created_at - {HOUR} WHERE order_id = {overdue_id}"),
        format!("DELETE FROM jobs WHERE subject = {overdue_id} AND kind = 'gateway.end_attempt'"),
    ] {
        assert_eq!(change(&stack, Part::Payment, &sql).await, 1, "{sql}");
    }
    let (letter, attempt) = give_up(&stack, given_up).await;
    let found = told(&stack, VIOLATED, &[]).await;
    let repairs: BTreeMap<[String; 2], String> =
        violations(&found).into_iter().map(|[code, order, _, how]| ([code, order], how)).collect();
    let by_reconcile = |code: &str, id: &str| {
        ([code.to_owned(), id.to_owned()], format!("orderflow reconcile {id}"))
    };
    let expected = BTreeMap::from([
        by_reconcile("I04", overdue),
        by_reconcile("I08", lost),
        by_reconcile("I08", &reversed.0),
        by_reconcile("I12", &forgotten),
        (
            ["I18".to_owned(), given_up.clone()],
            format!("orderflow dead-letters replay payment {letter}"),
        ),
    ]);
    assert_eq!(repairs, expected);
    names_its_system(&stack, expected.values()).await;

    mend(&stack, given_up, &attempt).await;
    for repair in expected.values() {
        repaired(&stack, repair).await;
    }
    stack.order_becomes(overdue, "expired").await;
    stack.order_becomes(lost, "paid").await;
    stack.order_becomes(&reversed.0, "payment_reversed").await;
    assert_eq!(stack.order(&whole).await["status"], "paid");
    told(&stack, WHOLE, &[]).await;
    stack.finish().await;
}

/// Nobody, and others who listen: nothing is told of a system that is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_there_or_no_orderflow_is_told_so() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>";
    let absent = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let cases = [
        (nobody, "nobody answers at", "orderflow up"),
        (stranger(ok).await, "is not OrderFlow", "--url"),
        (stranger(absent).await, "is not OrderFlow", "--url"),
    ];
    for (address, problem, fix) in cases {
        let at = format!("http://{address}");
        let commands: [&[&str]; 7] = [
            &["verify"],
            &["verify", "--json"],
            &["why", "T1"],
            &["reconcile", "T1"],
            &["reconcile", "--open"],
            &["dead-letters", "list"],
            &["dead-letters", "replay", "order", "0192f0c1-2b3c-7d4e-8f50-617283940a1b"],
        ];
        for command in commands {
            let args = [command, &["--url", at.as_str()]].concat();
            let ended = testkit::run(crate::binary(), &args, &[]).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
            for word in [problem, fix, at.as_str()] {
                assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
            }
        }
    }
}

/// Answers everything so.
async fn stranger(answer: &'static str) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}
