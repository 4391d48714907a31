//! Only what the gateway answers when asked moves a payment, and every move is told once.

use crate::gateway::{busy_for, seen, unavailable};
use crate::house::{House, MINUTE, NOW, SECOND};
use kernel::{EventId, Money, Uuid};
use payment::models::{Fraud, GatewayStatus, Observation, PaymentStatus};
use payment::usecase::ports::GatewayError;

#[tokio::test]
async fn a_settlement_is_paid_and_told_with_its_method() {
    let house = House::paid_with("tx-1").await;
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    let data = &house.events().await[1]["data"];
    assert_eq!((&data["payment_method"], &data["total_amount"]), (&"qris".into(), &185_000.into()));
    assert_eq!(house.verdicts().await, ["confirmed"]);
    assert_eq!(house.work(5 * MINUTE).await, 0, "what has ended is left alone for a while");
    house.check().await;
}

#[tokio::test]
async fn a_settlement_that_is_taken_back_is_told() {
    let house = House::paid_with("tx-1").await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    assert_eq!(house.status().await, PaymentStatus::Reversed);
    assert_eq!(house.statuses_told().await, ["pending", "paid", "reversed"]);
    house.check().await;
}

#[tokio::test]
async fn a_denied_try_leaves_the_payment_open_for_another() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    assert_eq!(house.status().await, PaymentStatus::Denied);
    house.hears_the_truth("tx-2", GatewayStatus::Settlement).await;
    assert_eq!(house.status().await, PaymentStatus::Paid);
    assert_eq!(house.statuses_told().await, ["pending", "denied", "paid"]);
    assert_eq!(house.payment().await.attempts[0].transactions.len(), 2);
    house.check().await;
}

#[tokio::test]
async fn money_that_comes_after_the_end_counts() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.hears_the_truth("tx-1", GatewayStatus::Expire).await;
    assert_eq!(house.work(5 * MINUTE).await, 0);
    house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.statuses_told().await, ["pending", "expired", "paid"]);
    assert_eq!(house.work(NOW).await, 1, "what came too late goes back");
    assert_eq!(house.statuses_told().await, ["pending", "expired", "paid", "refunded"]);
    house.check().await;
}

#[tokio::test]
async fn a_stale_answer_moves_nothing_back_and_is_recorded() {
    let house = House::paid_with("tx-1").await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    house.callback("tx-1", "pending").await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    let last = house.story().await.timeline.pop().unwrap();
    assert_eq!(last.what, "gateway_not_believed");
    assert!(last.detail.contains("settlement cannot become pending"), "{}", last.detail);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}

#[tokio::test]
async fn an_answer_that_is_not_about_us_moves_nothing() {
    let house = House::ready().await;
    let good = seen(house.attempt().await, "tx-1", GatewayStatus::Settlement);
    let cases = [
        Observation { amount: Some(Money::rupiah(184_999)), ..good.clone() },
        Observation { amount: None, ..good.clone() },
        Observation { currency: Some("USD".into()), ..good.clone() },
        Observation { foreign_merchant: true, ..good.clone() },
        Observation { status: Err("settled_v2".into()), ..good.clone() },
    ];
    for case in cases {
        house.gateway.knows(case.clone());
        house.callback("tx-1", "settlement").await;
        for pause in [0, 2, 10, 30] {
            house.work(pause * SECOND).await;
        }
        assert_eq!(house.status().await, PaymentStatus::Pending, "{case:?}");
    }
    assert_eq!(house.statuses_told().await, ["pending"]);
    house.gateway.knows(good);
    house.callback("tx-1", "settlement").await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn a_challenge_is_not_paid_until_it_is_accepted() {
    let house = House::ready().await;
    let capture = seen(house.attempt().await, "tx-1", GatewayStatus::Capture);
    house.gateway.knows(Observation { fraud: Some(Fraud::Challenge), ..capture.clone() });
    house.callback("tx-1", "capture").await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Challenged);
    house.gateway.knows(Observation { fraud: Some(Fraud::Accept), ..capture });
    assert_eq!(house.work(MINUTE).await, 1);
    assert_eq!(house.statuses_told().await, ["pending", "challenged", "paid"]);
    house.check().await;
}

#[tokio::test]
async fn no_transaction_yet_is_no_end() {
    let house = House::ready().await;
    assert_eq!(house.work(MINUTE).await, 1);
    let attempt = house.attempt().await.to_string();
    assert_eq!(house.gateway.asked(), [attempt]);
    assert_eq!(house.facts().await, ["payment_opened", "page_ready"]);
    assert_eq!(house.jobs().await, [("gateway.check_status".to_owned(), 120.0)]);
    house.check().await;
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_is_asked_again() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    house.callback("tx-1", "settlement").await;
    let rotated = GatewayError::Unauthorized("401".into());
    // Each time the hint's transaction is asked about, then the attempt.
    let late = || unavailable("timed out");
    house.gateway.asking_fails([busy_for(21), late(), rotated.clone(), rotated, late(), late()]);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.jobs().await, [("gateway.check_status".to_owned(), 21.0)]);
    assert_eq!(house.work(20 * SECOND).await, 0);
    for pause in [SECOND, 2 * MINUTE] {
        assert_eq!(house.work(pause).await, 1);
        assert_eq!(house.status().await, PaymentStatus::Pending);
    }
    assert_eq!(house.work(6 * MINUTE).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn a_move_and_its_event_are_one() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    house.callback("tx-1", "settlement").await;
    let stop = "BEGIN SELECT RAISE(ABORT, 'no'); END";
    house.execute(format!("CREATE TRIGGER no BEFORE INSERT ON outbox {stop}")).await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Pending);
    assert_eq!(house.facts().await, ["payment_opened", "page_ready"]);
    house.execute("DROP TRIGGER no".into()).await;
    assert_eq!(house.work(MINUTE).await, 1);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}

#[tokio::test]
async fn what_is_told_names_the_order_event_as_its_cause() {
    let house = House::paid_with("tx-1").await;
    let order_event = EventId(Uuid::from_u128(1));
    for event in house.events().await {
        assert_eq!(event["correlationid"], "req-1");
        assert_eq!(event["causationid"], order_event.to_string());
        assert_eq!(event["source"], "/orderflow/payment");
    }
    for row in house.story().await.timeline {
        assert_eq!((row.correlation.as_str(), row.causation), ("req-1", Some(order_event)));
    }
    let sequences: Vec<_> = house.events().await.iter().map(|e| e["sequence"].clone()).collect();
    assert_eq!(sequences, [2, 3]);
    house.check().await;
}
