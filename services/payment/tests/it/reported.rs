//! A transaction that an operator or a report names: a hint, and by itself it moves nothing.

use crate::gateway::{AMOUNT, callback, seen, signed, stranger};
use crate::house::{House, NOW, SECOND};
use axum::body::Body;
use axum::http::Request;
use payment::models::{GatewayStatus, PaymentStatus};
use serde_json::{Value, json};

impl House {
    async fn sync_path(&self) -> String {
        format!("/v1/payments/{}/sync", self.payment().await.id)
    }

    /// Somebody names a transaction of our payment.
    async fn told_of(&self, transaction: &str, status: &str) {
        let body = json!({ "transaction_id": transaction, "transaction_status": status });
        assert_eq!(self.send(&self.sync_path().await, None, body).await.0, 202);
    }

    /// Verdict and count of each callback of the payment, newest first; all of them reported.
    async fn told_list(&self) -> Vec<(String, u64)> {
        let id = self.payment().await.id;
        let (status, list) = self.get(&format!("/v1/payments/{id}/callbacks")).await;
        assert_eq!(status, 200, "{list}");
        let row = |row: &Value| {
            assert_eq!((&row["receipt"], &row["amount"]), (&json!("reported"), &Value::Null));
            (row["verdict"].as_str().unwrap().to_owned(), row["times"].as_u64().unwrap())
        };
        list["data"].as_array().unwrap().iter().map(row).collect()
    }
}

/// The customer began `tx-1` and then `tx-2`; no callback came, and a look told the second alone.
async fn second_known(first: GatewayStatus, second: GatewayStatus) -> House {
    let house = House::ready().await;
    house.gateway_knows("tx-1", first).await;
    house.gateway_knows("tx-2", second).await;
    assert_eq!(house.send(&house.sync_path().await, None, Value::Null).await.0, 202);
    assert_eq!(house.work(NOW).await, 1);
    let [known] = &house.payment().await.attempts[0].transactions[..] else { panic!() };
    assert_eq!((known.id.as_str(), known.status), ("tx-2", second));
    house
}

#[tokio::test]
async fn money_of_an_earlier_try_is_learnt_once_its_id_is_named() {
    let house = second_known(GatewayStatus::Settlement, GatewayStatus::Pending).await;
    house.told_of("tx-1", "settlement").await;
    assert_eq!(house.told_list().await, [("unconfirmed".to_owned(), 1)]);
    assert_eq!(house.status().await, PaymentStatus::Pending, "by itself it moves nothing");
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    assert_eq!(house.told_list().await, [("confirmed".to_owned(), 1)]);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}

#[tokio::test]
async fn a_second_payment_that_is_named_goes_back() {
    let house = second_known(GatewayStatus::Settlement, GatewayStatus::Settlement).await;
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.told_of("tx-1", "settlement").await;
    assert_eq!(house.work(SECOND).await, 1);
    assert_eq!(house.work(NOW).await, 1, "the refund");
    let key = format!("refund {}-2-second", house.attempt().await);
    assert_eq!(house.gateway.acts(), [key]);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn with_what_is_named_all_else_is_asked_about_too() {
    let house = second_known(GatewayStatus::Pending, GatewayStatus::Pending).await;
    house.gateway_knows("tx-2", GatewayStatus::Settlement).await;
    house.told_of("tx-1", "pending").await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.told_list().await, [("confirmed".to_owned(), 1)]);
    assert_eq!(house.status().await, PaymentStatus::Paid, "the other one has settled");
    house.check().await;
}

#[tokio::test]
async fn a_status_that_is_not_so_counts_for_nothing() {
    let house = second_known(GatewayStatus::Pending, GatewayStatus::Pending).await;
    house.told_of("tx-1", "settlement").await;
    assert_eq!(house.work(SECOND).await, 1);
    assert_eq!(house.told_list().await, [("contradicted".to_owned(), 1)]);
    assert_eq!(house.status().await, PaymentStatus::Pending);
    assert_eq!(house.payment().await.attempts[0].transactions.len(), 2, "but that there is one");
    house.check().await;
}

/// An operator's slip is nothing that an operator has to look into.
#[tokio::test]
async fn what_is_anothers_or_nobodys_has_no_effect() {
    let other = stranger().to_string();
    for (id, asked) in [("tx-9", "tx-9"), (other.as_str(), other.as_str()), ("tx-0", "tx-0")] {
        let house = second_known(GatewayStatus::Settlement, GatewayStatus::Pending).await;
        house.gateway.knows(seen(stranger(), "tx-9", GatewayStatus::Settlement));
        let before = house.payment().await;
        house.told_of(id, "settlement").await;
        assert_eq!(house.work(SECOND).await, 1);
        assert!(house.gateway.asked().iter().any(|id| id == asked));
        assert_eq!(house.told_list().await, [("contradicted".to_owned(), 1)], "{id}");
        let after = house.payment().await;
        assert_eq!(after.attempts[0].transactions, before.attempts[0].transactions);
        assert_eq!((after.items(), after.refunds), (vec![], vec![]), "{id}");
        let facts = ["payment_opened", "page_ready", "gateway_told", "callback_contradicted"];
        assert_eq!(house.facts().await, facts);
        let jobs = house.jobs().await;
        assert_eq!(jobs, [("gateway.check_status".to_owned(), 59.0)], "it is not asked again soon");
        house.check().await;
    }
}

/// The gateway itself puts that transaction and our attempt together: a report does not hide it.
#[tokio::test]
async fn a_callback_about_anothers_transaction_is_still_for_a_person() {
    let house = House::ready().await;
    house.gateway.knows(seen(stranger(), "tx-9", GatewayStatus::Settlement));
    house.told_of("tx-9", "settlement").await;
    let attempt = house.attempt().await.to_string();
    let signed = signed(callback(&attempt, "tx-9", "settlement", AMOUNT));
    assert_eq!(house.post(&signed).await, 200);
    assert_eq!(house.work(SECOND).await, 1);
    let [item] = &house.payment().await.items()[..] else { panic!() };
    assert!(item.detail.contains("another order_id"), "{}", item.detail);
    house.check().await;
}

#[tokio::test]
async fn the_same_words_again_are_counted_and_asked_about_anew() {
    let house = House::ready().await;
    for times in 1..=2 {
        house.told_of("tx-1", "settlement").await;
        assert_eq!(house.told_list().await, [("unconfirmed".to_owned(), times)]);
        assert_eq!(house.work(SECOND).await, 1);
        assert_eq!(house.told_list().await, [("contradicted".to_owned(), times)]);
    }
    house.clock.advance(SECOND);
    house.told_of("tx-1", "pending").await;
    let list = house.told_list().await;
    assert_eq!(list, [("unconfirmed".to_owned(), 1), ("contradicted".to_owned(), 2)]);
    house.check().await;
}

#[tokio::test]
async fn what_was_not_asked_about_yet_is_not_called_contradicted() {
    let house = House::ready().await;
    for n in 0..8 {
        house.gateway_knows(&format!("tx-{n}"), GatewayStatus::Expire).await;
        house.told_of(&format!("tx-{n}"), "expire").await;
    }
    let of = async |verdict: &str| house.verdicts().await.iter().filter(|v| **v == verdict).count();
    assert_eq!(house.work(SECOND).await, 1);
    // Five by their ids, and the latest as the attempt's.
    assert_eq!(of("unconfirmed").await + of("confirmed").await, 8);
    assert!(of("unconfirmed").await > 0);
    assert_eq!(house.send(&house.sync_path().await, None, json!({})).await.0, 202);
    assert_eq!(house.work(SECOND).await, 1);
    assert_eq!(of("confirmed").await, 8);
    house.check().await;
}

#[tokio::test]
async fn a_body_is_a_transaction_with_its_status_or_nothing() {
    let house = House::ready().await;
    let path = house.sync_path().await;
    let id = |id: &str| json!({ "transaction_id": id, "transaction_status": "settlement" });
    let status = |word: Value| json!({ "transaction_id": "tx-1", "transaction_status": word });
    let cases = [
        (json!({ "transaction_id": "tx-1" }), "/transaction_status"),
        (json!({ "transaction_status": "settlement" }), "/transaction_id"),
        (id(""), "/transaction_id"),
        (id("tx 1"), "/transaction_id"),
        (id("tx\u{e9}"), "/transaction_id"),
        (id("tx\u{0}"), "/transaction_id"),
        (id(&"x".repeat(65)), "/transaction_id"),
        (status(json!("settled")), "/transaction_status"),
        (status(json!("SETTLEMENT")), "/transaction_status"),
        (status(json!("")), "/transaction_status"),
        (status(json!(7)), "/transaction_status"),
        (json!({ "transaction_id": "tx-1", "status": "settlement" }), "/status"),
        (json!([]), ""),
    ];
    for (body, field) in cases {
        let (code, problem) = house.send(&path, None, body.clone()).await;
        assert_eq!(
            (code, &problem["errors"][0]["pointer"]),
            (422, &json!(field)),
            "{body} {problem}"
        );
    }
    let raw = async |kind: &str, body: &str| {
        let request = Request::post(&path).header("content-type", kind);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        house.ask(request).await.status().as_u16()
    };
    let good = id("tx-1").to_string();
    assert_eq!(raw("text/plain", &good).await, 415);
    assert_eq!(raw("application/json", "{").await, 400);
    assert_eq!((house.jobs().await.len(), house.callbacks().await), (1, vec![]));
    assert_eq!(house.work(NOW).await, 0, "and nobody was asked");
    for (kind, body) in [("text/plain", ""), ("application/json", " \n"), ("x", "null")] {
        assert_eq!(raw(kind, body).await, 202, "{body:?}");
    }
    let nothing = json!({ "transaction_id": null, "transaction_status": null });
    assert_eq!(house.send(&path, None, nothing).await.0, 202);
    assert_eq!(house.callbacks().await, []);
    let nobody = "/v1/payments/0192f0c1-2b3c-7d4e-8f50-617283940aff/sync";
    assert_eq!(house.send(nobody, None, id("tx-1")).await.0, 404);
}
