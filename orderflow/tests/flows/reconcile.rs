//! Every callback lost for ever, and all orders end right: by asking, and by comparing the gateway's
//! report with our books. What cannot be understood has no effect.

mod left;

use crate::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use testkit::{Ended, changed, order, text, unique};

/// The command as a person runs it, with the system's parts in its settings.
async fn reconcile(stack: &Stack, args: &[&str]) -> Ended {
    let settings = [
        ("ORDERFLOW_SERVICES__ORDER", stack.base("/v1/orders")),
        ("ORDERFLOW_SERVICES__PAYMENT", stack.base("/v1/payments")),
        ("ORDERFLOW_SERVICES__NOTIFICATION", stack.base("/v1/notifications")),
        ("ORDERFLOW_SERVICES__SIMULATOR", stack.base("/_sim/")),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let args = [&["reconcile"], args].concat();
    testkit::run(Path::new(env!("CARGO_BIN_EXE_orderflow")), &args, &settings).await
}

/// A run that ends so; with what it says as JSON.
async fn told(stack: &Stack, code: i32, args: &[&str]) -> Value {
    let ended = reconcile(stack, &[args, &["--json"]].concat()).await;
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// A run that is refused in one sentence.
async fn refused(stack: &Stack, args: &[&str]) -> String {
    let ended = reconcile(stack, args).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    ended.stderr
}

/// The kinds of the differences, with what became of each.
fn kinds(compared: &Value) -> Vec<(String, String)> {
    let differences = compared["differences"].as_array().unwrap().iter();
    differences.map(|d| (text(d, "/kind"), text(d, "/outcome"))).collect()
}

fn pair(kind: &str, outcome: &str) -> (String, String) {
    (kind.to_owned(), outcome.to_owned())
}

/// From now on the gateway tells nothing by itself.
async fn silent(stack: &Stack) {
    let json = [("content-type", "application/json")];
    let switches = json!([{ "fault": "drop" }]).to_string();
    stack.send(Method::PUT, "/_sim/faults", &json, switches).await.expect(200);
}

/// Paid, and nobody told us.
async fn lost(stack: &Stack) -> String {
    let id = stack.create_id(&order()).await;
    stack.pay(&id, "qris", "settle").await;
    id
}

async fn waits(stack: &Stack, id: &str) {
    assert_eq!(stack.order(id).await["status"], "awaiting_payment");
    assert_eq!(stack.payment_moves(id).await, ["pending"]);
}

/// The gateway's clock goes on.
async fn later(stack: &Stack, seconds: u32) {
    let json = [("content-type", "application/json")];
    let later = json!({ "advance_seconds": seconds }).to_string();
    stack.send(Method::PUT, "/_sim/clock", &json, later).await.expect(200);
}

/// The gateway's report as a file, with its lines changed.
async fn report(stack: &Stack, folder: &TempDir, change: impl FnOnce(&mut Vec<String>)) -> PathBuf {
    let text = stack.get("/_sim/report.csv").await.expect(200).text;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    let path = folder.path().join(format!("{}.csv", unique().simple()));
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_callback_lost_asking_brings_all_to_their_ends() {
    let stack = crate::start().await;
    silent(&stack).await;
    let paid = [lost(&stack).await, lost(&stack).await];
    let chosen = stack.create_id(&order()).await;
    stack.pay(&chosen, "bca_va", "pending").await;
    let untouched = stack.create_id(&order()).await;
    stack.page(&untouched).await;
    waits(&stack, &paid[0]).await;
    let rows = told(&stack, 0, &["--open"]).await;
    assert_eq!(rows.as_array().unwrap().len(), 4, "{rows}");
    for id in &paid {
        let row = rows.as_array().unwrap().iter().find(|row| row["order_id"] == **id).unwrap();
        assert_eq!((&row["before"], &row["after"]), (&json!("pending"), &json!("paid")));
        stack.order_becomes(id, "paid").await;
    }
    // What has an end is not asked about, and what stands as before is only counted.
    let again = reconcile(&stack, &["--open"]).await;
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""), "{}", again.stderr);
    assert!(again.stderr.contains("asked about 2 payments: 0 moved"), "{}", again.stderr);
    for id in [&chosen, &untouched] {
        assert_eq!(stack.order(id).await["status"], "awaiting_payment");
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_asked_about_by_order_reference_or_payment_and_none_if_one_is_unknown() {
    let stack = crate::start().await;
    silent(&stack).await;
    let id = lost(&stack).await;
    let named = stack.create_id(&changed(order(), "/reference", json!("INV/7 & 8"))).await;
    stack.pay(&named, "qris", "settle").await;
    let payment = text(&stack.payment_of(&id).await, "/id");
    let facts = stack.facts("payment", &id).await;
    for unknown in ["0192f0c1-2b3c-7d4e-8f50-617283940a1b", "NOBODY", "", "../../etc"] {
        let said = refused(&stack, &[&id, "INV/7 & 8", unknown]).await;
        assert!(said.contains(unknown), "{said}");
    }
    waits(&stack, &id).await;
    waits(&stack, &named).await;
    assert_eq!(stack.facts("payment", &id).await, facts);
    let ended = reconcile(&stack, &[&payment, "INV/7 & 8"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout.matches("pending → paid").count(), 2, "{}", ended.stdout);
    let ended = reconcile(&stack, &[&id, &id, &payment]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout.trim(), format!("order {id}  payment {payment}  as before: paid"));
    assert!(ended.stderr.contains("asked about 1 payment: 0 moved"), "{}", ended.stderr);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_settlement_is_found_in_the_simulators_list_and_repaired() {
    let stack = crate::start().await;
    let known = lost(&stack).await;
    stack.order_becomes(&known, "paid").await;
    silent(&stack).await;
    let id = lost(&stack).await;
    let dry = told(&stack, 3, &["--simulator", "--dry-run"]).await;
    assert_eq!(kinds(&dry), [pair("unknown_transaction", "left")]);
    assert_eq!((&dry["rows"], &dry["transactions"]), (&json!(2), &json!(1)), "{dry}");
    assert_eq!(dry["differences"][0]["order_id"], json!(id));
    let command = text(&dry, "/differences/0/advice");
    assert_eq!(command, format!("not done: --dry-run: orderflow reconcile {id}"));
    waits(&stack, &id).await;
    let done = told(&stack, 0, &["--simulator"]).await;
    assert_eq!(kinds(&done), [pair("unknown_transaction", "repaired")]);
    assert_eq!(done["kinds"][0]["money"], json!(testkit::TOTAL));
    stack.order_becomes(&id, "paid").await;
    let ended = reconcile(&stack, &["--simulator"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("2 transactions there, 2 here"), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("✔ equal\n"), "{}", ended.stdout);
    stack.finish().await;
}

/// The customer's first try ends, a second one follows on the same page; we hear of neither. A look
/// tells the second alone (midtrans.md 8, L), and then money comes for the first.
async fn first_pays_after_all(stack: &Stack, second: &str) -> (String, Value) {
    let id = stack.create_id(&order()).await;
    let first = stack.pay(&id, "gopay", "pending").await;
    let first = text(&first, "/transaction_id");
    stack.act(&first, "expire").await;
    let latest = text(&stack.pay(&id, "qris", second).await, "/transaction_id");
    told(stack, 0, &[&id]).await;
    assert_eq!(known(stack, &id).await, [latest], "a look tells the latest");
    // Of a later second, so that it is the second payment.
    later(stack, 2).await;
    stack.act(&first, "settle_late").await;
    told(stack, 0, &[&id]).await;
    assert_eq!(known(stack, &id).await.len(), 1, "however often we look");
    (id, json!(first))
}

/// The transactions of an order that we know.
async fn known(stack: &Stack, id: &str) -> Vec<String> {
    let payment = text(&stack.payment_of(id).await, "/id");
    let attempt = stack.attempts(&payment).await.remove(0);
    let transactions = attempt["transactions"].as_array().unwrap().iter();
    transactions.map(|transaction| text(transaction, "/id")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_of_an_earlier_try_is_fetched_by_its_id_from_a_list_or_a_file() {
    let stack = crate::start().await;
    let folder = tempfile::tempdir().unwrap();
    silent(&stack).await;
    // The second try waits for money, or has it: then what came for the first goes back.
    for (second, source) in [("pending", "list"), ("settle", "list"), ("settle", "file")] {
        let (id, first) = first_pays_after_all(&stack, second).await;
        let payment = text(&stack.payment_of(&id).await, "/id");
        assert_eq!(stack.callbacks(&payment).await, Vec::<Value>::new());
        let path = report(&stack, &folder, |_| {}).await;
        let args = match source {
            "list" => vec!["--simulator"],
            _ => vec!["--report", path.to_str().unwrap()],
        };
        let dry = told(&stack, 3, &[args.as_slice(), &["--dry-run"]].concat()).await;
        assert_eq!(kinds(&dry), [pair("unknown_transaction", "left")], "{dry}");
        assert_eq!(dry["differences"][0]["transaction_id"], first);
        assert_eq!(known(&stack, &id).await.len(), 1);
        let done = told(&stack, 0, &args).await;
        let mut settled = kinds(&done);
        if source == "file" {
            // What goes back may be on its way already, and then the report is older than we are.
            settled.retain(|of| *of != pair("status", "passed"));
        }
        assert_eq!(settled, [pair("unknown_transaction", "repaired")], "{done}");
        stack.order_becomes(&id, "paid").await;
        let [evidence] = &stack.callbacks(&payment).await[..] else { panic!() };
        assert_eq!(
            (&evidence["receipt"], &evidence["transaction_id"]),
            (&json!("reported"), &first)
        );
        given_back(&stack, &payment, (second == "settle").then_some(&first)).await;
        // Whether we have seen yet how the refund stands there, is a matter of moments.
        let again = kinds(&told(&stack, 0, &["--simulator"]).await);
        assert!(again.iter().all(|of| *of == pair("status", "repaired")), "{again:?}");
    }
    let ledger = stack.ledger().await;
    assert_eq!(ledger["net_amount"], json!(3 * testkit::TOTAL), "{ledger}");
    stack.finish().await;
}

/// What came twice goes back; what came once does not.
async fn given_back(stack: &Stack, payment: &str, transaction: Option<&Value>) {
    testkit::until("what came twice has gone back", async || {
        let refunds = stack.read(&format!("/v1/payments/{payment}/refunds")).await;
        let all: Vec<&Value> = refunds["data"].as_array().unwrap().iter().collect();
        let wanted = match (transaction, all.as_slice()) {
            (None, []) => true,
            (Some(first), [refund]) => {
                refund["transaction_id"] == *first
                    && refund["cause"] == "second_payment"
                    && (refund["status"] == "taken" || refund["status"] == "confirmed")
            }
            _ => false,
        };
        if wanted { Ok(()) } else { Err(refunds.to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_compared_both_ways() {
    let stack = crate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for n in 0..3 {
        if n == 2 {
            // A later second, so that the second one lies within the report's time.
            later(&stack, 60).await;
        }
        ids.push(lost(&stack).await);
        stack.order_becomes(&ids[n], "paid").await;
    }
    let path = report(&stack, &folder, |_| {}).await;
    let equal = told(&stack, 0, &["--report", path.to_str().unwrap()]).await;
    assert_eq!(kinds(&equal), []);
    assert_eq!((&equal["rows"], &equal["not_compared"]), (&json!(3), &json!([])), "{equal}");
    // One that is not there, one of another amount, one of another system.
    let path = report(&stack, &folder, |lines| {
        lines.remove(2);
        lines[2] = lines[2].replace("185000.00", "18500.00");
        lines.push(lines[1].replace(lines[1].split(',').next().unwrap(), "INV-7"));
    })
    .await;
    let compared = told(&stack, 3, &["--report", path.to_str().unwrap()]).await;
    let wanted =
        [pair("not_ours", "passed"), pair("missing_there", "left"), pair("amount", "left")];
    assert_eq!(kinds(&compared), wanted, "{compared}");
    assert_eq!(compared["differences"][1]["order_id"], json!(ids[1]));
    let amount = &compared["differences"][2];
    assert_eq!((&amount["order_id"], &amount["money"]), (&json!(ids[2]), &json!(166_500)));
    assert_eq!(amount["line"], json!(3));
    // By the dashboard's names for the columns, one other standing: it is older than we are.
    let path = report(&stack, &folder, |lines| {
        lines[0] = lines[0].replace("order_id", "Order ID").replace("gross_amount", "Amount");
        lines[1] = lines[1].replace("settlement,", "pending,");
    })
    .await;
    let args = ["--report", path.to_str().unwrap(), "--columns", "gross_amount=Amount"];
    let compared = told(&stack, 0, &args).await;
    assert_eq!(kinds(&compared), [pair("status", "passed")], "{compared}");
    stack.finish().await;
}

/// A line with another day for its times.
fn on_day(line: &str, day: &str, other: &str) -> String {
    line.replace(&format!(",{day} "), &format!(",{other} "))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_leave_rows_out_and_say_what_is_missed() {
    let stack = crate::start().await;
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let id = lost(&stack).await;
        stack.order_becomes(&id, "paid").await;
        // The second one lies within the report's time, the first one not at its end.
        later(&stack, 60).await;
    }
    let (mut day, other) = (String::new(), "2026-01-05");
    // The row of the first is of another day than our payment is.
    let path = report(&stack, &folder, |lines| {
        let at = lines[0].split(',').position(|name| name == "transaction_time").unwrap();
        day = lines[1].split(',').nth(at).unwrap().split(' ').next().unwrap().to_owned();
        lines[1] = on_day(&lines[1], &day, other);
    })
    .await;
    let report = ["--report", path.to_str().unwrap(), "--dry-run"];
    let within =
        async |code, days: &[&str]| told(&stack, code, &[&report[..], days].concat()).await;
    let counts = |told: &Value| [told["rows"].clone(), told["left_out"].clone()];
    let all = within(0, &["--from", other]).await;
    assert_eq!((kinds(&all), counts(&all)), (vec![], [json!(2), json!(0)]), "{all}");
    // Without its row, ours is missed from its own day on, and before that nothing of ours is.
    let own = within(3, &["--from", &day]).await;
    assert_eq!(kinds(&own), [pair("missing_there", "left")], "{own}");
    assert_eq!(counts(&own), [json!(1), json!(1)], "{own}");
    for days in [&["--to", other][..], &["--from", other, "--to", other]] {
        let earlier = within(0, days).await;
        assert_eq!(
            (kinds(&earlier), counts(&earlier)),
            (vec![], [json!(1), json!(1)]),
            "{earlier}"
        );
        assert_eq!(earlier["covered"]["until"], json!("2026-01-05T17:00:00Z"), "{earlier}");
    }
    stack.finish().await;
}

/// Of what was looked at one way only, nobody says that it is equal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_compared_both_ways_is_not_equal() {
    let stack = crate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let id = lost(&stack).await;
    stack.order_becomes(&id, "paid").await;
    let empty = report(&stack, &folder, |lines| lines.truncate(1)).await;
    let empty = ["--report", empty.to_str().unwrap()];
    let timeless = report(&stack, &folder, |lines| {
        lines[0] = lines[0].replace("transaction_time", "begun");
    })
    .await;
    let timeless = ["--report", timeless.to_str().unwrap()];
    let today = {
        let told = stack.get("/_sim/report.csv").await.text;
        let at = told.lines().next().unwrap().split(',').position(|c| c == "transaction_time");
        told.lines().nth(1).unwrap().split(',').nth(at.unwrap()).unwrap()[..10].to_owned()
    };
    let of_today = ["--from", today.as_str(), "--to", today.as_str()];
    let said = refused(&stack, &empty).await;
    assert!(said.contains("it has no rows") && said.contains("--from and --to"), "{said}");
    let said = refused(&stack, &[&empty[..], &of_today].concat()).await;
    assert!(said.contains("a day that is not over") && !said.contains("give both"), "{said}");
    // Of a day that is over, the flags say all.
    let before = ["--from", "2026-01-05", "--to", "2026-01-05"];
    let ended = reconcile(&stack, &[&empty[..], &before].concat()).await;
    assert!(ended.code == Some(0) && ended.stdout.ends_with("✔ equal\n"), "{ended:?}");
    for (days, why) in [(&[][..], "give both --from and --to"), (&of_today, "not over")] {
        let ended = reconcile(&stack, &[&timeless[..], days].concat()).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stdout.contains(why) && ended.stdout.contains("one way only"), "{ended:?}");
        assert!(!ended.stdout.contains('✔'), "{ended:?}");
    }
    for flag in [&["--dry-run"][..], &["--from", "2026-01-05"], &["--to", "2026-01-05"]] {
        let said = refused(&stack, &[&[id.as_str()], flag].concat()).await;
        assert!(said.contains(&format!("{} goes with --report or --simulator", flag[0])), "{said}");
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_cannot_be_understood_has_no_effect() {
    let stack = crate::start().await;
    let folder = tempfile::tempdir().unwrap();
    silent(&stack).await;
    let (id, other) = (lost(&stack).await, lost(&stack).await);
    let facts = stack.facts("payment", &id).await;
    type Change = fn(&mut Vec<String>);
    let cases: [(&str, Change); 8] = [
        ("no column \"order_id\"", |lines| drop(lines.remove(0))),
        ("no column \"gross_amount\"", |lines| {
            lines[0] = lines[0].replace("gross_amount", "gross");
        }),
        ("two columns", |lines| lines[0] = lines[0].replace("payment_type", "Order ID")),
        ("line 3, column gross_amount", |lines| {
            lines[2] = lines[2].replace("185000.00", "185000.50");
        }),
        ("line 3, column gross_amount", |lines| {
            lines[2] = lines[2].replace("185000.00", "-185000");
        }),
        ("line 3, column transaction_status", |lines| {
            lines[2] = lines[2].replace("settlement", "settled");
        }),
        ("line 4: it has 1 fields", |lines| lines.push("half".to_owned())),
        ("it is empty", |lines| lines.clear()),
    ];
    for (why, change) in cases {
        let path = report(&stack, &folder, change).await;
        let said = refused(&stack, &["--report", path.to_str().unwrap()]).await;
        assert!(said.contains(why) && said.contains(path.to_str().unwrap()), "{why}: {said}");
    }
    let path = report(&stack, &folder, |_| {}).await;
    let path = path.to_str().unwrap();
    refused(&stack, &["--report", path, "--columns", "currency=Curr"]).await;
    refused(&stack, &["--report", path, "--from", "2026-03-02", "--to", "2026-03-01"]).await;
    refused(&stack, &["--report", "/nowhere/report.csv"]).await;
    let both = reconcile(&stack, &["--report", path, "--open"]).await;
    assert_eq!(both.code, Some(2), "{}", both.stderr);
    for id in [&id, &other] {
        waits(&stack, id).await;
    }
    assert_eq!(stack.facts("payment", &id).await, facts);
    // The same file, as it came, repairs both.
    told(&stack, 0, &["--report", path]).await;
    for id in [&id, &other] {
        stack.order_becomes(id, "paid").await;
    }
    stack.finish().await;
}
