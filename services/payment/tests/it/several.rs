//! The end of what is not simple: several transactions of an attempt, failures, answers that are not
//! believed.

use crate::endings::{OVERDUE, called_off, sync, work_all};
use crate::gateway::{Create, seen};
use crate::house::{House, MINUTE, NOW};
use kernel::Money;
use payment::models::{GatewayStatus, Observation, PaymentStatus, RefundCause};
use payment::usecase::ports::GatewayError;

#[tokio::test]
async fn every_transaction_that_waits_is_ended_not_only_the_latest() {
    for (overdue, end, acts) in [
        (false, PaymentStatus::Cancelled, ["cancel tx-1"]),
        (true, PaymentStatus::Expired, ["expire tx-1"]),
    ] {
        let house = House::ready().await;
        house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
        house.hears_the_truth("tx-2", GatewayStatus::Deny).await;
        if !overdue {
            called_off(&house, false).await;
        }
        work_all(&house, if overdue { OVERDUE } else { NOW }).await;
        assert_eq!(house.gateway.acts(), acts);
        assert_eq!(house.status().await, end);
    }
}

#[tokio::test]
async fn a_payment_that_failed_can_be_called_off_and_ends_at_its_deadline() {
    for (refused, overdue) in [(false, false), (false, true), (true, false), (true, true)] {
        let house = House::opened().await;
        if refused {
            house.gateway.creating([Create::Fails(GatewayError::Refused("no".into()))]);
        }
        house.work(NOW).await;
        if !refused {
            house.hears_the_truth("tx-1", GatewayStatus::Failure).await;
        }
        assert_eq!(house.status().await, PaymentStatus::Failed);
        if !overdue {
            called_off(&house, false).await;
        }
        work_all(&house, if overdue { OVERDUE } else { NOW }).await;
        let end = if overdue { PaymentStatus::Expired } else { PaymentStatus::Cancelled };
        assert_eq!(house.status().await, end, "{refused} {overdue}");
    }
}

#[tokio::test]
async fn a_settlement_that_is_not_believed_is_not_told_as_no_payment() {
    let house = House::ready().await;
    house.gateway.knows(Observation {
        amount: Some(Money::rupiah(1)),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::Settlement)
    });
    house.clock.advance(OVERDUE);
    for _ in 0..20 {
        house.work(NOW).await;
    }
    assert_eq!(house.status().await, PaymentStatus::Pending);
    assert_eq!(house.payment().await.open_items(), 1, "a person looks");
    assert_eq!(house.statuses_told().await, ["pending"]);
}

#[tokio::test]
async fn an_end_that_is_not_believed_is_an_end_all_the_same() {
    let house = House::ready().await;
    house.gateway.knows(Observation {
        amount: Some(Money::rupiah(1)),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::Pending)
    });
    called_off(&house, false).await;
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
    assert_eq!(house.payment().await.open_items(), 1, "a person looks");
}

#[tokio::test]
async fn one_transaction_that_cannot_be_ended_keeps_no_other() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.hears_the_truth("tx-2", GatewayStatus::Pending).await;
    called_off(&house, false).await;
    house.gateway.ending_fails([GatewayError::Refused("never".into())]);
    house.work(NOW).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-2", "cancel tx-1"]);
    let stands = house.payment().await;
    let first = stands.transactions().find(|t| t.id == "tx-1").unwrap();
    assert_eq!(first.status, GatewayStatus::Cancel);
    assert_eq!(stands.status(), PaymentStatus::Pending, "the other can still be paid");
    work_all(&house, MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn a_try_that_waits_beside_money_that_was_taken_back_ends_at_the_deadline() {
    let house = House::paid_with("tx-1").await;
    house.hears_the_truth("tx-2", GatewayStatus::Pending).await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    assert_eq!(house.status().await, PaymentStatus::Reversed);
    work_all(&house, OVERDUE).await;
    assert_eq!(house.gateway.acts(), ["expire tx-2"]);
    assert_eq!(house.status().await, PaymentStatus::Reversed);
}

#[tokio::test]
async fn what_waits_beside_a_payment_is_asked_about_until_it_does_not() {
    let house = House::paid_with("tx-1").await;
    house.hears_the_truth("tx-2", GatewayStatus::Pending).await;
    for _ in 0..24 * 5 {
        house.work(60 * MINUTE).await;
    }
    house.gateway_knows("tx-2", GatewayStatus::Settlement).await;
    house.work(60 * MINUTE).await;
    work_all(&house, 60 * MINUTE).await;
    let refunds = house.payment().await.refunds;
    let second: Vec<_> = refunds.iter().map(|r| (&*r.transaction, r.cause)).collect();
    assert_eq!(second, [("tx-2", RefundCause::Second)]);
}

#[tokio::test]
async fn a_paid_transaction_that_the_gateway_forgot_is_shown_and_stays_paid() {
    let house = House::paid_with("tx-1").await;
    house.gateway.forgets();
    let after = sync(&house).await;
    work_all(&house, after).await;
    assert_eq!(house.status().await, PaymentStatus::Paid);
    let items = house.payment().await.items();
    assert_eq!(items.iter().map(|i| i.kind.as_str()).collect::<Vec<_>>(), ["distrusted"]);
    assert_eq!(house.facts().await.last().unwrap(), "gateway_not_believed");
}
