//! Payments without an end are asked about without a hint: callbacks may all be lost.

use crate::house::{House, MINUTE, NOW, SECOND};
use payment::models::{GatewayStatus, PaymentStatus};
use std::time::Duration;

/// Ages in minutes at which an open payment is asked about.
const AGES: [u32; 9] = [1, 3, 8, 18, 38, 78, 138, 198, 258];

#[tokio::test]
async fn an_open_payment_is_asked_about_by_its_age_and_at_last_hourly() {
    let house = House::ready().await;
    let mut age = Duration::ZERO;
    for minutes in AGES {
        let next = minutes * MINUTE;
        assert_eq!(house.work(next - age - SECOND).await, 0, "before {minutes} min");
        assert_eq!(house.work(SECOND).await, 1, "at {minutes} min");
        age = next;
    }
    assert_eq!(house.gateway.asked().len(), AGES.len());
    house.check().await;
}

#[tokio::test]
async fn a_payment_whose_callbacks_were_all_lost_is_found_paid() {
    let house = House::ready().await;
    assert_eq!(house.work(MINUTE).await, 1);
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.work(2 * MINUTE).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    let asked = house.gateway.asked().len();
    let mut looks = 0;
    for _ in 0..24 * 10 {
        looks += house.work(60 * MINUTE).await;
    }
    // The first hour holds the look after six minutes; 1, 6, 24 and 72 hours are counted from it.
    assert_eq!(looks, 4 + 1, "looks, and the job at the deadline, which finds nothing to end");
    assert_eq!(house.gateway.asked().len(), asked + 4);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}

/// What a paid payment goes through at the gateway.
const COURSE: [GatewayStatus; 4] = [
    GatewayStatus::Pending,
    GatewayStatus::Settlement,
    GatewayStatus::PartialRefund,
    GatewayStatus::Refund,
];

#[tokio::test]
async fn with_every_second_callback_lost_each_payment_is_found_paid_by_the_schedule() {
    for lost in 0..2 {
        let house = House::ready().await;
        let mut minutes = 0;
        for (n, status) in COURSE.into_iter().take(2).enumerate() {
            house.gateway_knows("tx-1", status).await;
            if n % 2 == lost {
                continue;
            }
            assert_eq!(house.callback("tx-1", status.as_str()).await, 200);
            house.work(NOW).await;
        }
        while house.status().await != PaymentStatus::Paid {
            house.work(MINUTE).await;
            minutes += 1;
            assert!(minutes <= 3, "the schedule finds it at the next poll");
        }
        assert_eq!(house.statuses_told().await, ["pending", "paid"]);
        // What follows is told by callbacks only: the first of two is lost.
        for (n, status) in COURSE.into_iter().enumerate().skip(2) {
            house.gateway_knows("tx-1", status).await;
            if n % 2 == 1 {
                house.callback("tx-1", status.as_str()).await;
                house.work(NOW).await;
            }
        }
        assert_eq!(house.status().await, PaymentStatus::Refunded);
        house.check().await;
    }
}

#[tokio::test]
async fn a_second_try_whose_callback_was_lost_is_found_behind_a_denied_one() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    house.gateway_knows("tx-2", GatewayStatus::Settlement).await;
    assert_eq!(house.work(MINUTE).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn a_first_try_that_settles_behind_a_second_is_found() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.hears_the_truth("tx-2", GatewayStatus::Pending).await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.work(MINUTE).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn a_hint_brings_the_poll_forward_and_another_poll_follows() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    assert_eq!(house.work(30 * SECOND).await, 0);
    house.callback("tx-1", "pending").await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.jobs().await, [("gateway.check_status".to_owned(), 30.0)]);
    house.check().await;
}
