//! How payments end: called off, overdue, paid meanwhile, late. The gateway has the last word.

use crate::gateway::unavailable;
use crate::house::{DAY, House, MINUTE, NOW, ORDER, event_of};
use messaging::Event;
use payment::models::{GatewayStatus, PaymentStatus, RefundCause, RefundState};
use payment::usecase::ports::PaymentJob;
use serde_json::json;
use std::time::Duration;

const OVERDUE: Duration = Duration::from_secs(24 * 3600 + 16 * 60);

fn cancel(n: u128, refund_if_paid: bool) -> Event {
    let data = json!({ "order_id": ORDER.to_string(), "refund_if_paid": refund_if_paid });
    event_of(n, ORDER, "order.cancel.requested.v1", &data)
}

async fn called_off(house: &House, refund_if_paid: bool) {
    assert_eq!(house.told(&[cancel(2, refund_if_paid)]).await, [Ok(())]);
}

/// Works until nothing is due.
async fn work_all(house: &House, after: Duration) {
    house.clock.advance(after);
    for _ in 0..20 {
        if house.work(NOW).await == 0 {
            return;
        }
    }
    panic!("it never rests: {:?}", house.all_jobs().await);
}

#[tokio::test]
async fn a_page_that_nobody_used_is_closed_when_called_off() {
    let house = House::ready().await;
    called_off(&house, false).await;
    assert_eq!(house.status().await, PaymentStatus::Pending, "a wish ends nothing");
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts(), ["close token-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
    assert_eq!(house.statuses_told().await, ["pending", "cancelled"]);
    called_off(&house, false).await;
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts().len(), 1, "the same event again does nothing");
}

#[tokio::test]
async fn a_transaction_that_waits_is_cancelled_and_the_gateway_is_asked_what_became_of_it() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    called_off(&house, false).await;
    work_all(&house, NOW).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
    assert_eq!(house.statuses_told().await, ["pending", "cancelled"]);
}

#[tokio::test]
async fn paid_meanwhile_stays_paid_or_goes_back_as_the_caller_asked() {
    for (wanted, end) in [(false, PaymentStatus::Paid), (true, PaymentStatus::Refunded)] {
        let house = House::ready().await;
        house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        called_off(&house, wanted).await;
        work_all(&house, NOW).await;
        work_all(&house, MINUTE).await;
        assert_eq!(house.status().await, end, "{wanted}");
        let refunds = house.payment().await.refunds;
        assert_eq!(refunds.len(), usize::from(wanted));
        assert!(refunds.iter().all(|r| r.cause == RefundCause::CalledOff));
    }
}

#[tokio::test]
async fn a_wish_that_comes_after_the_money_gives_it_back_once() {
    let house = House::paid_with("tx-1").await;
    called_off(&house, true).await;
    assert_eq!(house.told(&[cancel(3, true)]).await, [Ok(())]);
    work_all(&house, NOW).await;
    work_all(&house, MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Refunded);
    assert_eq!(house.gateway.acts().len(), 1, "{:?}", house.gateway.acts());
    assert_eq!(house.payment().await.refunds[0].cause, RefundCause::CalledOff);
}

#[tokio::test]
async fn a_wish_before_its_order_waits() {
    let house = House::new();
    let answers = house.told(&[cancel(2, false)]).await;
    assert!(answers[0].as_ref().is_err_and(|failure| failure.reason.contains("not known")));
    house.open().await;
    called_off(&house, false).await;
    work_all(&house, NOW).await;
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn nothing_expires_by_our_clock_alone() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.gateway.ending_fails([unavailable("down"), unavailable("down")]);
    work_all(&house, OVERDUE).await;
    assert_eq!(house.status().await, PaymentStatus::Pending, "the gateway has not said so");
    work_all(&house, MINUTE).await;
    work_all(&house, 5 * MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Expired);
    assert!(house.gateway.acts().iter().all(|act| act == "expire tx-1"));
}

#[tokio::test]
async fn a_reserved_amount_is_let_go_at_the_deadline() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Authorize).await;
    work_all(&house, OVERDUE).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn a_page_that_dies_in_silence_expires_the_payment_after_its_deadline() {
    let house = House::ready().await;
    work_all(&house, DAY).await;
    assert_eq!(house.status().await, PaymentStatus::Pending, "not before the grace is over");
    work_all(&house, 16 * MINUTE).await;
    assert_eq!(house.gateway.acts(), ["close token-1"]);
    assert_eq!(house.status().await, PaymentStatus::Expired);
    assert_eq!(house.statuses_told().await, ["pending", "expired"]);
}

#[tokio::test]
async fn a_denied_customer_may_try_again_until_the_deadline_and_then_it_is_over() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    assert_eq!(house.status().await, PaymentStatus::Denied);
    house.hears_the_truth("tx-2", GatewayStatus::Pending).await;
    assert_eq!(house.status().await, PaymentStatus::Pending);
    house.gateway_knows("tx-2", GatewayStatus::Deny).await;
    work_all(&house, OVERDUE).await;
    assert_eq!(house.status().await, PaymentStatus::Expired);
}

#[tokio::test]
async fn money_that_arrives_after_the_end_goes_back() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    work_all(&house, OVERDUE).await;
    assert_eq!(house.status().await, PaymentStatus::Expired);
    // No callback: the looks after the end find it.
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    work_all(&house, 7 * MINUTE).await;
    work_all(&house, MINUTE).await;
    let refunds = house.payment().await.refunds;
    assert_eq!((refunds.len(), refunds[0].cause), (1, RefundCause::Late));
    assert_eq!(refunds[0].state, RefundState::Taken);
    assert_eq!(house.status().await, PaymentStatus::Refunded);
}

#[tokio::test]
async fn a_second_payment_goes_back_and_the_order_stays_paid() {
    let house = House::paid_with("tx-1").await;
    house.hears_the_truth("tx-2", GatewayStatus::Settlement).await;
    work_all(&house, NOW).await;
    let payment = house.payment().await;
    assert_eq!(payment.refunds.len(), 1);
    let refund = &payment.refunds[0];
    assert_eq!((refund.cause, refund.transaction.as_str()), (RefundCause::Second, "tx-2"));
    assert_eq!(payment.status(), PaymentStatus::Paid);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
}

#[tokio::test]
async fn a_reversal_is_found_without_a_callback() {
    let house = House::paid_with("tx-1").await;
    house.gateway_knows("tx-1", GatewayStatus::Deny).await;
    work_all(&house, 7 * MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Reversed);
    let items = house.payment().await.items();
    assert_eq!(items.iter().map(|i| i.kind.as_str()).collect::<Vec<_>>(), ["reversed"]);
    let jobs = house.all_jobs().await;
    assert!(jobs.iter().any(|(kind, _)| kind == PaymentJob::CHECK_STATUS), "{jobs:?}");
}
