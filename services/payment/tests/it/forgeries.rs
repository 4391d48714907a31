//! Callbacks without our signature: refused, kept as evidence within bounds, and never a hint.

use crate::gateway::{AMOUNT, callback, signed, stranger, unsigned};
use crate::house::{DAY, House, MINUTE, NOW, SECOND};
use payment::models::{GatewayStatus, PaymentStatus};
use serde_json::Value;

/// Stored at once after a silence; then five a second.
const BURST: usize = 50;

async fn forged(house: &House, number: usize) {
    let attempt = house.attempt().await.to_string();
    for n in 0..number {
        let mut body = unsigned(&attempt, "settlement");
        body["transaction_id"] = format!("forged-{n}").into();
        assert_eq!(house.post(&body).await, 401);
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_the_signature_it_is_refused_and_recorded() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    let attempt = house.attempt().await.to_string();
    let good = signed(callback(&attempt, "tx-1", "settlement", AMOUNT));
    let cases: [(&str, Value); 7] = [
        ("signature_key", "".into()),
        ("signature_key", "00".into()),
        ("signature_key", Value::Null),
        ("gross_amount", "1.00".into()),
        ("order_id", stranger().to_string().into()),
        ("status_code", "201".into()),
        ("order_id", "payment_notif_test_G000000001_5e1".into()),
    ];
    for (field, value) in &cases {
        let mut forged = good.clone();
        forged[field] = value.clone();
        assert_eq!(house.post(&forged).await, 401, "{field}");
    }
    let mut unsigned = good.clone();
    unsigned.as_object_mut().unwrap().remove("signature_key");
    assert_eq!(house.post(&unsigned).await, 401);

    assert_eq!(house.verdicts().await, ["forged"; 8]);
    assert_eq!(house.work(NOW).await, 0, "nobody is asked because of them");
    assert_eq!(house.status().await, PaymentStatus::Pending);
    assert_eq!(house.facts().await, ["payment_opened", "page_ready"]);
    house.check().await;
}

#[tokio::test]
async fn a_flood_is_refused_whole_and_recorded_in_part() {
    let house = House::ready().await;
    forged(&house, 3 * BURST).await;
    assert_eq!(house.callbacks().await.len(), BURST);
    house.clock.advance(SECOND);
    forged(&house, BURST).await;
    let recorded: u32 = house.callbacks().await.iter().map(|c| c.times).sum();
    assert_eq!(recorded, 55, "five more a second");
}

#[tokio::test]
async fn a_flood_hides_no_hint_from_the_check() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    house.callback("tx-1", "settlement").await;
    house.clock.advance(SECOND);
    forged(&house, BURST).await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.gateway.asked(), ["tx-1"], "by what the true one names");
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn a_forged_body_is_kept_in_part() {
    let house = House::ready().await;
    let attempt = house.attempt().await.to_string();
    let mut long = unsigned(&attempt, "settlement");
    long["transaction_id"] = "☕".repeat(9_000).into();
    long["transaction_status"] = "x".repeat(9_000).into();
    assert_eq!(house.post(&long).await, 401);
    let [stored] = &house.callbacks().await[..] else { panic!() };
    assert!(stored.body.len() <= 4096 && stored.body.len() > 4090);
    assert_eq!((stored.transaction_id.chars().count(), stored.status.len()), (21, 64));
    assert!(stored.body.starts_with('{'));
}

#[tokio::test]
async fn forged_ones_are_forgotten_after_a_week_and_true_ones_are_not() {
    let house = House::ready().await;
    forged(&house, 3).await;
    house.callback("tx-1", "settlement").await;
    house.clock.advance(6 * DAY);
    forged(&house, 1).await;
    assert_eq!(house.callbacks().await.len(), 4, "the same bodies, none old enough");
    house.clock.advance(DAY + MINUTE);
    assert_eq!(house.callback("tx-1", "pending").await, 200, "any callback tidies up");
    let mut left: Vec<_> = house.callbacks().await.iter().map(|c| c.receipt.as_str()).collect();
    left.sort_unstable();
    assert_eq!(left, ["hint", "hint"]);
}

#[tokio::test]
async fn a_store_that_fails_changes_no_refusal() {
    let house = House::ready().await;
    let attempt = house.attempt().await.to_string();
    house.execute("ALTER TABLE callbacks RENAME TO elsewhere".into()).await;
    assert_eq!(house.post(&unsigned(&attempt, "settlement")).await, 401);
    house.lose_database().await;
    assert_eq!(house.post(&unsigned(&attempt, "settlement")).await, 401);
}
