//! `demo` and `why`: data on standard output, words on standard error.

use crate::binary::{House, binary};
use serde_json::{Value, json};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use testkit::invariants::{Expected, check};
use testkit::{Ended, RealProcess, changed, order, text, until, until_within};

/// What an interrupted command may take to end.
const ENDING: Duration = Duration::from_secs(60);

fn lines(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn all_paid(ended: &Ended, count: usize) {
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let orders = lines(ended);
    assert_eq!(orders.len(), count, "{}", ended.stdout);
    for order in orders {
        assert_eq!(text(&order, "/order_id").len(), 36);
        assert_eq!((&order["found"], &order["right"]), (&json!("paid"), &json!(true)), "{order}");
    }
}

/// A demo against a system that has begun to create orders and goes on for minutes.
async fn endless_demo(system: &RealProcess) -> Child {
    let mut demo = Command::new(binary());
    demo.args(["demo", "--count", "5000", "--rate", "20", "--url", &system.base("/")]);
    let demo = demo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    until("pages pay themselves", async || {
        let autopay = system.read("/_sim/autopay").await;
        if autopay["enabled"] == true { Ok(()) } else { Err(autopay) }
    })
    .await;
    demo.unwrap()
}

fn press_ctrl_c(process: &Child) {
    let sent = Command::new("kill").args(["-INT", &process.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// What a process ended with, if it has ended, and what it said.
fn ended(process: &mut Child) -> Result<Ended, &'static str> {
    let status = process.try_wait().unwrap().ok_or("it runs")?;
    let mut stderr = String::new();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Ok(Ended { code: status.code(), stdout: String::new(), stderr })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_alone_starts_a_system_and_prints_a_line_an_order() {
    let house = House::new();
    all_paid(&house.run(&["demo", "--json", "--count", "5"]).await, 5);
    let system = house.up().await;
    assert_eq!(system.all("/v1/orders?status=paid&").await.len(), 5);
    check(&system, Expected::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_uses_the_system_that_runs_and_leaves_it_as_it_was() {
    let house = House::new();
    let system = house.up().await;
    let before = system.read("/_sim/autopay").await;
    let ended = house.run(&["demo", "--json", "--count", "5", "--url", &system.base("/")]).await;
    all_paid(&ended, 5);
    for order in lines(&ended) {
        assert_eq!(system.order(&text(&order, "/order_id")).await["status"], "paid");
    }
    assert_eq!(system.read("/_sim/autopay").await, before);
    check(&system, Expected::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_that_is_interrupted_leaves_no_pages_that_pay_themselves() {
    let house = House::new();
    let system = house.up().await;
    let before = system.read("/_sim/autopay").await;
    let mut demo = endless_demo(&system).await;
    press_ctrl_c(&demo);
    let ended = until_within(ENDING, "the end", async || ended(&mut demo)).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("interrupted"), "{}", ended.stderr);
    assert_eq!(system.read("/_sim/autopay").await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_that_cannot_put_the_simulator_back_says_what_to_send() {
    let house = House::new();
    let system = house.up().await;
    let before = system.read("/_sim/autopay").await;
    let address = format!("'{}/_sim/autopay'", system.base("/_sim/autopay"));
    let mut demo = endless_demo(&system).await;
    system.kill();
    // Once ends the orders, once more the waiting for the simulator.
    let ended = until_within(ENDING, "the end", async || {
        press_ctrl_c(&demo);
        ended(&mut demo)
    })
    .await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let sends = ended.stderr.lines().find(|line| line.contains("curl -X PUT"));
    let sends = sends.unwrap_or_else(|| panic!("{}", ended.stderr)).trim();
    let wanted = format!("-d '{before}'");
    assert!(sends.contains(&wanted) && sends.ends_with(&address), "{sends}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_with_a_rate_counts_everybody() {
    let house = House::new();
    let system = house.up().await;
    let url = system.base("/");
    let ended = house.run(&["demo", "--count", "60", "--rate", "100", "--url", &url]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("60 orders: 60 paid, 0 not"), "{}", ended.stderr);
    check(&system, Expected::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_of_one_order_tells_its_story() {
    let house = House::new();
    let system = house.up().await;
    let ended = house.run(&["demo", "--url", &system.base("/")]).await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    for word in
        ["order accepted", "pay page ready", "message «paid» sent", "Paid, and the customer"]
    {
        assert!(ended.stdout.contains(word), "{word:?} is not in {}", ended.stdout);
    }
    check(&system, Expected::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_says_when_nobody_or_a_stranger_answers() {
    let house = House::new();
    let system = house.up().await;
    let gone = system.base("/");
    system.interrupt().await;
    let ended = house.run(&["demo", "--url", &gone]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("nobody answers at"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_tells_everything_by_id_and_by_reference() {
    let house = House::new();
    let system = house.up().await;
    let reference = "INV/2026 & 7";
    let id = system.create_id(&changed(order(), "/reference", json!(reference))).await;
    system.told(&id, 1).await;
    system.pay(&id, "qris", "settle").await;
    system.told(&id, 2).await;
    check(&system, Expected::default()).await;
    let payment = text(&system.payment_of(&id).await, "/id");
    until("the gateway's answer is noted", async || {
        let noted = system.read(&format!("/v1/payments/{payment}/exchanges")).await;
        let data = noted["data"].as_array().unwrap();
        let found = data.iter().any(|exchange| exchange["detail"] == "settlement");
        if found { Ok(()) } else { Err(noted) }
    })
    .await;
    let url = system.base("/");
    let by_id = house.run(&["why", &id, "--url", &url]).await;
    assert_eq!(by_id.code, Some(0), "{}", by_id.stderr);
    for word in [
        id.as_str(),
        "Rp185.000",
        "order accepted",
        "pay page ready",
        "paid by qris",
        "⇄ create page",
        "done: settlement",
        "message «paid» sent",
    ] {
        assert!(by_id.stdout.contains(word), "{word:?} is not in {}", by_id.stdout);
    }
    assert!(!by_id.stdout.contains("budi@example.com"), "{}", by_id.stdout);
    let by_reference = house.run(&["why", reference, "--url", &url]).await;
    assert_eq!(by_reference.code, Some(0), "{}", by_reference.stderr);
    assert_eq!(without_calls(&by_reference.stdout), without_calls(&by_id.stdout));
    let json = house.run(&["why", reference, "--json", "--url", &url]).await;
    let story: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(story["order_id"], json!(id));
    assert_eq!(story["services"].as_array().unwrap().len(), 3);
    assert_eq!(story["callbacks"].as_array().unwrap().len(), 2);
}

/// A call to the gateway is noted up to a second after it was made.
fn without_calls(told: &str) -> Vec<&str> {
    told.lines().filter(|line| !line.contains('⇄')).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_of_what_does_not_exist_fails_in_one_sentence() {
    let house = House::new();
    let system = house.up().await;
    let url = system.base("/");
    for unknown in ["0192f0c1-2b3c-7d4e-8f50-617283940a1b", "NOBODY", "", "../../etc"] {
        let ended = house.run(&["why", unknown, "--url", &url]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    let base = system.base("/");
    system.interrupt().await;
    let ended = house.run(&["why", "NOBODY", "--url", &base]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("nobody answers"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn version_and_help_go_to_standard_output() {
    for args in [&["--version"][..], &["--help"], &["up", "--help"], &["demo", "--help"]] {
        let ended = testkit::run(binary(), args, &[]).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(!ended.stdout.is_empty());
    }
    let ended = testkit::run(binary(), &["upp"], &[]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("'up'"), "{}", ended.stderr);
}
