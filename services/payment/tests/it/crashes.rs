//! Whoever dies between any two steps leaves something that is finished later, exactly once.

use crate::house::{House, LEASE_OVER, NOW, cut, order_created};
use payment::models::{GatewayStatus, PaymentStatus};

/// Steps at which there is certainly something to cut.
const STEPS_MIN: usize = 3;
/// More steps than any of this has.
const STEPS_MAX: usize = 200;

#[tokio::test]
async fn a_worker_that_dies_anywhere_while_a_page_is_opened() {
    for steps in 0..STEPS_MAX {
        let house = House::opened().await;
        let ended = cut(steps, house.runner.run_once()).await.is_some();
        house.settle().await;
        house.work(LEASE_OVER).await;
        assert_eq!(house.statuses_told().await, ["pending"], "cut after {steps}");
        let attempt = house.attempt().await;
        assert!(house.gateway.created().iter().all(|id| *id == attempt), "the same id");
        house.check().await;
        if ended {
            assert!(steps >= STEPS_MIN, "{steps}");
            return;
        }
    }
    panic!("it does not end");
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_while_the_gateway_is_asked() {
    for steps in 0..STEPS_MAX {
        let house = House::ready().await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        house.callback("tx-1", "settlement").await;
        let ended = cut(steps, house.runner.run_once()).await.is_some();
        house.settle().await;
        house.work(LEASE_OVER).await;
        assert_eq!(house.status().await, PaymentStatus::Paid, "cut after {steps}");
        assert_eq!(house.statuses_told().await, ["pending", "paid"]);
        house.check().await;
        if ended {
            assert!(steps >= STEPS_MIN, "{steps}");
            return;
        }
    }
    panic!("it does not end");
}

#[tokio::test]
async fn a_gateway_that_hangs_up_anywhere_leaves_a_callback_with_its_job_or_nothing() {
    for steps in 0..STEPS_MAX {
        let house = House::ready().await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        let ended = cut(steps, house.callback("tx-1", "settlement")).await;
        house.settle().await;
        let stored = house.callbacks().await.len();
        assert_eq!(house.work(NOW).await, stored, "cut after {steps}");
        let paid = house.status().await == PaymentStatus::Paid;
        assert_eq!(paid, stored == 1);
        house.check().await;
        if let Some(answer) = ended {
            assert_eq!((answer, stored), (200, 1));
            return;
        }
    }
    panic!("it does not end");
}

#[tokio::test]
async fn a_consumer_that_dies_anywhere_leaves_a_whole_payment_or_nothing() {
    for steps in 0..STEPS_MAX {
        let house = House::new();
        let event = [order_created(1)];
        let ended = cut(steps, house.told(&event)).await.is_some();
        house.settle().await;
        let rows = ["payments", "attempts", "timeline", "jobs", "inbox"];
        let mut counts = Vec::new();
        for table in rows {
            counts.push(house.count(table).await);
        }
        let whole = house.find().await.is_some();
        assert_eq!(counts, [u64::from(whole); 5], "cut after {steps}");
        assert_eq!(house.told(&event).await, [Ok(())], "it is delivered again");
        assert_eq!(house.count("payments").await, 1);
        house.check().await;
        if ended {
            assert!(whole);
            return;
        }
    }
    panic!("it does not end");
}
