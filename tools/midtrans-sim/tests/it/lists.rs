//! `/_sim`: what there is, in rows: how lists are paged, pages by their token, and the report.

use crate::by_hand::{answer, charge_of};
use crate::world::World;
use reqwest::Method;
use serde_json::{Value, json};

impl World {
    /// A whole list, read in parts, by the number that its rows show.
    async fn paged(&self, path: &str, number: &str, limit: usize) -> Vec<Value> {
        let mut all = vec![];
        let mut before = String::new();
        loop {
            let rows = self.get(&format!("{path}?limit={limit}{before}")).await;
            let rows = rows.as_array().unwrap().clone();
            let Some(last) = rows.last() else { return all };
            assert!(rows.len() <= limit);
            before = format!("&before={}", last[number].as_i64().unwrap());
            all.extend(rows);
        }
    }

    /// The report, and its lines taken apart.
    async fn report(&self) -> (String, Vec<Vec<String>>) {
        let told = answer(self.http.get(format!("{}/_sim/report.csv", self.base))).await;
        assert_eq!((told.http, told.kind.split(';').next()), (200, Some("text/csv")));
        let text = String::from_utf8(told.bytes).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let lines = reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect());
        let lines = lines.collect();
        (text, lines)
    }
}

#[tokio::test]
async fn each_list_is_paged_by_a_number_that_its_rows_show() {
    let world = World::open().await;
    for order in ["ORD-1", "ORD-2", "ORD-3"] {
        world.pay(order, "bca_va", "settle").await;
    }
    let lists = [
        ("/_sim/transactions", "seq", 3),
        ("/_sim/deliveries", "id", 6),
        ("/_sim/ledger/postings", "seq", 3),
    ];
    for (path, number, count) in lists {
        let whole = world.get(path).await;
        assert_eq!(whole.as_array().unwrap().len(), count, "{path}");
        for limit in [1, 2, 1000] {
            assert_eq!(json!(world.paged(path, number, limit).await), whole, "{path} {limit}");
        }
        for bad in ["0", "1001", "-1", "x"] {
            let told = answer(world.http.get(format!("{}{path}?limit={bad}", world.base))).await;
            assert_eq!(told.seen(), "400 error", "{path} {bad}");
        }
    }
    let told = answer(world.http.get(format!("{}/_sim/transactions?limit=1001", world.base))).await;
    assert_eq!(told.body["error"], "`limit` is 1 to 1000");
}

#[tokio::test]
async fn a_transaction_tells_its_refunds_and_which_are_confirmed() {
    let world = World::open().await;
    world.paid("ORD-1", "gopay", Value::Null).await;
    let refunds = async || {
        let listed = world.get("/_sim/transactions?order_id=ORD-1").await[0].clone();
        assert_eq!(world.get("/_sim/transactions/ORD-1").await, listed, "one way or the other");
        (listed["refunded"].as_i64().unwrap(), listed["refunds"].clone())
    };
    assert_eq!(refunds().await, (0, json!([])));
    let refund = async |key: &str, amount: i64| {
        let asked = json!({"refund_key": key, "amount": amount});
        assert_eq!(world.core("/v2/ORD-1/refund", asked).await["status_code"], "200");
    };
    refund("first", 25_000).await;
    world.wait(40).await;
    refund("second", 1_000).await;
    let expected = json!([
        {"key": "first", "amount": 25_000, "confirmed": true},
        {"key": "second", "amount": 1_000, "confirmed": false},
    ]);
    assert_eq!(refunds().await, (26_000, expected));
}

#[tokio::test]
async fn a_page_is_told_by_its_token() {
    let world = World::open().await;
    let old = world.create("ORD-1").await.token;
    let token = world.create("ORD-1").await.token;
    let told = world.get(&format!("/_sim/pages/{token}")).await;
    let expected = json!({
        "token": token,
        "order_id": "ORD-1",
        "state": "open",
        "gross_amount": 125_000,
        "created_at": "2026-03-01T03:00:00Z",
        "closes_at": "2026-03-02T03:00:00Z",
    });
    assert_eq!(told, expected);
    assert_eq!(world.get(&format!("/_sim/pages/{old}")).await["state"], "revoked");
    let cancel = world.call(Method::POST, &format!("/snap/v1/transactions/{token}/cancel"));
    assert_eq!(answer(cancel).await.http, 200);
    assert_eq!(world.get(&format!("/_sim/pages/{token}")).await["state"], "canceled");
    let left = world.create("ORD-2").await.token;
    let state = async || world.get(&format!("/_sim/pages/{left}")).await["state"].clone();
    world.wait(24 * 60 - 1).await;
    assert_eq!(state().await, "open");
    world.wait(1).await;
    assert_eq!(state().await, "expired", "it takes nobody any more");
    let nobody = answer(world.http.get(format!("{}/_sim/pages/nobody", world.base))).await;
    assert_eq!((nobody.http, nobody.body), (404, json!({"error": "no such page"})));
}

#[tokio::test]
async fn the_report_has_a_line_for_each_transaction() {
    let world = World::open().await;
    let header = "order_id,transaction_id,payment_type,transaction_status,gross_amount,\
                  refund_amount,currency,transaction_time,settlement_time\n";
    assert_eq!(world.report().await.0, header);
    world.paid("ORD-1", "gopay", Value::Null).await;
    world.core("/v2/ORD-1/refund", json!({"amount": 25_000})).await;
    world.wait(1).await;
    world.pay("ORD-2", "bca_va", "pending").await;
    let (_, lines) = world.report().await;
    let id = async |order: &str| {
        let told = world.get(&format!("/_sim/transactions/{order}")).await;
        told["transaction_id"].as_str().unwrap().to_owned()
    };
    let (first, second) = (id("ORD-1").await, id("ORD-2").await);
    let settled = "2026-03-01 10:00:00";
    let expected = [
        [
            "ORD-1",
            &first,
            "gopay",
            "partial_refund",
            "125000.00",
            "25000.00",
            "IDR",
            settled,
            settled,
        ],
        [
            "ORD-2",
            &second,
            "bank_transfer",
            "pending",
            "125000.00",
            "0.00",
            "IDR",
            "2026-03-01 10:01:00",
            "",
        ],
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn an_odd_order_id_stays_one_field_of_the_report() {
    let world = World::open().await;
    world.put("/_sim/leniency", json!({"order_ids": true})).await;
    let odd = "a,b \"c\"\r\nd;e\t=1";
    let details = json!({"order_id": odd, "gross_amount": 125_000});
    let asked = world.call(Method::POST, "/snap/v1/transactions");
    let page = answer(asked.json(&json!({"transaction_details": details}))).await.body;
    let pay = format!("/_sim/pages/{}/pay", page["token"].as_str().unwrap());
    assert_eq!(world.post(&pay, json!({"method": "qris"})).await.0, 200);
    let (text, lines) = world.report().await;
    assert!(text.contains("\n\"a,b \"\"c\"\"\r\nd;e\t=1\","), "{text}");
    assert_eq!((lines.len(), lines[0].len(), lines[0][0].as_str()), (1, 9, odd));
}

#[tokio::test]
async fn a_report_of_many_parts_has_each_transaction_once() {
    let world = World::open().await;
    // More than two parts of 500.
    let orders: Vec<_> = (0..1001).map(|number| format!("ORD-{number}")).collect();
    for order in &orders {
        world.charge(charge_of(order, "qris", Value::Null)).await;
    }
    let (_, lines) = world.report().await;
    let told: Vec<_> = lines.iter().map(|line| line[0].clone()).collect();
    assert_eq!(told, orders, "oldest first");
}
