//! `orderflow verify --client-log`: what clients noted against the orders that there are.

use super::{VIOLATED, WHOLE, codes, told, verify};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use testkit::{TOTAL, changed, order, text, unique};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clients_log_is_held_against_the_orders_that_there_are() {
    let stack = crate::start().await;
    let mut ids = Vec::new();
    for n in 0..4 {
        let body = changed(order(), "/metadata", json!({ "demo_run": "R", "demo_key": key(n) }));
        let body = changed(body, "/reference", json!(format!("R-{n}")));
        ids.push(stack.create_id(&body).await);
    }
    let folder = tempfile::tempdir().unwrap();
    let acked = |n: usize| noted(n, Some(&ids[n]));
    let good: Vec<Value> = (0..4).flat_map(|n| [noted(n, None), acked(n)]).collect();
    let path = log(folder.path(), &good, "");
    let whole = told(&stack, WHOLE, &["--client-log", path.to_str().unwrap()]).await;
    for (at, (code, checked)) in [("I01", 4), ("I02", 4), ("I03", 4)].into_iter().enumerate() {
        let line = &whole["lines"][at];
        assert_eq!((&line["code"], &line["checked"]), (&json!(code), &json!(checked)), "{whole}");
    }

    let (nobody, second) = (unique().to_string(), unique().to_string());
    let bad = [
        changed(acked(0), "/amount", json!(TOTAL - 1)),
        acked(1),
        noted(1, Some(&second)),
        acked(2),
        noted(7, Some(&nobody)),
    ];
    // Its writer was killed.
    let path = log(folder.path(), &bad, r#"{"at":"2026-03"#);
    let found = codes(&told(&stack, VIOLATED, &["--client-log", path.to_str().unwrap()]).await);
    let code = |code: &str| BTreeSet::from([code.to_owned()]);
    let expected = BTreeMap::from([
        (ids[0].clone(), code("I01")),
        (nobody, code("I01")),
        (second, code("I01")),
        (String::new(), code("I02")),
        (ids[3].clone(), code("I03")),
    ]);
    assert_eq!(found, expected);

    let path = log(folder.path(), &[acked(0), json!({ "at": 7 }), acked(1)], "");
    let broken = verify(&stack, &["--client-log", path.to_str().unwrap()]).await;
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(1), ""), "{broken:?}");
    assert!(broken.stderr.contains("clients.jsonl, line 2"), "{}", broken.stderr);
    stack.finish().await;
}

fn key(n: usize) -> String {
    format!("demo-R-{n}")
}

/// A line of a client's log: taken as this order, or about to be asked for.
fn noted(n: usize, taken: Option<&str>) -> Value {
    let seen = |line: &Value| {
        let number = |name: &str| line[name].as_i64().unwrap();
        let (sku, name) = (text(line, "/sku"), text(line, "/name"));
        (sku, name, number("quantity"), number("unit_price"))
    };
    let lines: Vec<_> = order()["lines"].as_array().unwrap().iter().map(seen).collect();
    let lines: Vec<_> = lines
        .iter()
        .map(|(sku, name, quantity, unit_price)| order::audit::LineSeen {
            sku,
            name,
            quantity: u32::try_from(*quantity).unwrap(),
            unit_price: *unit_price,
        })
        .collect();
    let line = json!({ "at": "2026-03-01T10:00:00Z", "run": "R", "key": key(n),
        "reference": format!("R-{n}"), "body_sha256": "00", "amount": TOTAL, "currency": "IDR",
        "lines_digest": order::audit::lines_digest(&lines), "email": "budi@example.com",
        "attempt": 1, "outcome": "sent" });
    match taken {
        None => line,
        Some(id) => {
            let line = changed(line, "/outcome", json!("acked"));
            changed(changed(line, "/status", json!(201)), "/order_id", json!(id))
        }
    }
}

fn log(folder: &Path, lines: &[Value], torn: &str) -> PathBuf {
    let path = folder.join("clients.jsonl");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, text + torn).unwrap();
    path
}
