//! What the gateway was asked about a payment, and what came of it, as evidence.

use crate::gateway::{AMOUNT, Create, callback, signed, unavailable, unsigned};
use crate::house::{DAY, House, MINUTE, NOW, ORDER, event_of};
use kernel::{Clock, Uuid};
use payment::models::{Exchange, ExchangeOutcome, GatewayStatus, Operation};
use serde_json::{Value, json};
use std::time::Duration;

impl House {
    /// What is told of the payment's exchanges once all that waits is stored.
    async fn exchanges(&self) -> Vec<Value> {
        self.service.notes.run_once().await.unwrap();
        self.exchanges_stored().await
    }

    async fn exchanges_stored(&self) -> Vec<Value> {
        let path = format!("/v1/payments/{}/exchanges", self.payment().await.id);
        let (status, list) = self.get(&path).await;
        assert_eq!(status, 200, "{list}");
        list["data"].as_array().unwrap().clone()
    }

    /// Without times: operation, whether it is about the attempt or what else, outcome, detail.
    async fn exchanges_told(&self) -> Vec<(String, String, String, Option<String>)> {
        let attempt = self.attempt().await.to_string();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let row = |row: Value| {
            let about = text(&row["about"]).replace(&attempt, "attempt");
            let detail = row["detail"].as_str().map(str::to_owned);
            (text(&row["operation"]), about, text(&row["outcome"]), detail)
        };
        self.exchanges().await.into_iter().map(row).collect()
    }
}

fn row(
    operation: &str,
    about: &str,
    outcome: &str,
    detail: Option<&str>,
) -> (String, String, String, Option<String>) {
    (operation.into(), about.into(), outcome.into(), detail.map(str::to_owned))
}

#[tokio::test]
async fn a_paid_payment_tells_how_it_came_to_be_paid() {
    let house = House::ready().await;
    house.clock.advance(MINUTE);
    house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.exchanges_stored().await, Vec::<Value>::new(), "stored later, in one go");
    let told = house.exchanges().await;
    let attempt = house.attempt().await.to_string();
    assert!(told.iter().all(|row| row["took_ms"].is_u64()), "{told:?}");
    let whole = |at: &str, operation: &str, about: &str, detail: Value| {
        json!({ "at": at, "operation": operation, "about": about, "took_ms": 0,
                "outcome": "done", "detail": detail })
    };
    let told: Vec<Value> = told
        .into_iter()
        .map(|mut row| {
            row["took_ms"] = 0.into();
            row
        })
        .collect();
    let expected = [
        whole("2026-11-22T05:04:00Z", "create_page", &attempt, Value::Null),
        whole("2026-11-22T05:05:00Z", "status", "tx-1", "settlement".into()),
    ];
    assert_eq!(told, expected);
    assert_eq!(house.service.notes.run_once().await, Ok(0), "stored once");
}

#[tokio::test]
async fn what_failed_is_told_like_what_went_well() {
    let house = House::opened().await;
    house.gateway.creating([Create::Fails(unavailable("midtrans cannot be reached"))]);
    house.work(NOW).await;
    house.work(MINUTE).await;
    let expected = [
        row("create_page", "attempt", "unavailable", Some("midtrans cannot be reached")),
        row("create_page", "attempt", "done", None),
    ];
    assert_eq!(house.exchanges_told().await, expected);
}

#[tokio::test]
async fn a_closed_page_is_told_without_its_token() {
    let house = House::ready().await;
    let wish = json!({ "order_id": ORDER.to_string(), "refund_if_paid": false });
    let event = event_of(2, ORDER, "order.cancel.requested.v1", &wish);
    assert_eq!(house.service.consumer.handler.handle(&[event]).await, [Ok(())]);
    house.work(NOW).await;
    let expected = [
        row("create_page", "attempt", "done", None),
        row("status", "attempt", "nothing", None),
        row("close_page", "attempt", "done", None),
    ];
    assert_eq!(house.exchanges_told().await, expected);
    assert_eq!(house.count("exchanges WHERE about || detail LIKE '%token%'").await, 0);
}

#[tokio::test]
async fn a_transaction_that_only_a_callback_named_is_told() {
    let house = House::ready().await;
    house.callback("tx-9", "settlement").await;
    house.work(NOW).await;
    let told = house.exchanges_told().await;
    assert!(told.contains(&row("status", "tx-9", "nothing", None)), "{told:?}");
    assert!(told.contains(&row("status", "attempt", "nothing", None)), "{told:?}");
}

#[tokio::test]
async fn nobody_s_callback_shows_the_exchanges_of_another_payment() {
    let house = House::ready().await;
    let theirs = Exchange {
        id: Uuid::from_u128(1),
        about: "tx-theirs".into(),
        operation: Operation::Status,
        at: house.clock.now(),
        took: Duration::ZERO,
        outcome: ExchangeOutcome::Done,
        detail: None,
    };
    let now = house.clock.now();
    house.payments.record_exchanges(vec![theirs], now - DAY, now).await.unwrap();
    let mut forged = unsigned(&house.attempt().await.to_string(), "settlement");
    forged["transaction_id"] = "tx-theirs".into();
    assert_eq!(house.post(&forged).await, 401);
    assert_eq!(house.exchanges_told().await, [row("create_page", "attempt", "done", None)]);
    let attempt = house.attempt().await.to_string();
    let signed = signed(callback(&attempt, "tx-theirs", "settlement", AMOUNT));
    assert_eq!(house.post(&signed).await, 200);
    assert_eq!(house.exchanges_told().await.len(), 2, "the gateway's own word leads to it");
}

#[tokio::test]
async fn exchanges_are_kept_for_a_month() {
    let house = House::ready().await;
    assert_eq!(house.exchanges_told().await, [row("create_page", "attempt", "done", None)]);
    house.clock.advance(30 * DAY);
    house.callback("tx-1", "settlement").await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    house.work(NOW).await;
    let told = house.exchanges_told().await;
    assert!(told.len() > 1, "not a moment longer than a month: {told:?}");
    assert_eq!(told[0], row("create_page", "attempt", "done", None));
    house.clock.advance(MINUTE);
    assert_eq!(house.callback("tx-1", "refund").await, 200);
    house.work(NOW).await;
    let told = house.exchanges_told().await;
    assert!(told.iter().all(|(operation, ..)| operation == "status"), "{told:?}");
}

#[tokio::test]
async fn a_stop_stores_what_waits() {
    let house = House::paid_with("tx-1").await;
    house.service.notes.clone().run(std::future::ready(())).await;
    assert_eq!(house.exchanges_stored().await.len(), 2);
}

#[tokio::test]
async fn more_than_a_batch_is_stored_in_order() {
    let house = House::paid_with("tx-1").await;
    let path = format!("/v1/payments/{}/exchanges", house.payment().await.id);
    house.service.notes.run_once().await.unwrap();
    for n in 0..300_u16 {
        house.clock.advance(Duration::from_secs(1));
        house.gateway.asking_fails([unavailable(&format!("try {n}"))]);
        assert_eq!(house.callback("tx-1", "refund").await, 200);
        house.work(NOW).await;
    }
    let stored = house.service.notes.run_once().await.unwrap();
    assert!(stored > 256, "{stored}");
    let (_, list) = house.get(&path).await;
    let told = list["data"].as_array().unwrap();
    assert_eq!(told.len(), 200, "the newest");
    assert!(told.is_sorted_by_key(|row| row["at"].as_str().unwrap().to_owned()));
    assert_eq!(told[199]["at"], house.clock.now().to_string());
}

#[tokio::test]
async fn what_can_never_be_stored_is_not_in_the_way() {
    let house = House::ready().await;
    house.execute("ALTER TABLE exchanges RENAME TO elsewhere".into()).await;
    assert_eq!(house.service.notes.run_once().await, Ok(0));
    house.execute("ALTER TABLE elsewhere RENAME TO exchanges".into()).await;
    house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.exchanges_told().await, [row("status", "tx-1", "done", Some("settlement"))]);
}

#[tokio::test]
async fn without_a_database_they_wait() {
    let house = House::ready().await;
    house.lose_database().await;
    assert!(house.service.notes.run_once().await.is_err());
    assert!(house.service.notes.run_once().await.is_err(), "it still has them");
}
