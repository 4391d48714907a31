//! Answers that are not news any more, or tell too little: what moved while the gateway was asked, what
//! it forgot, and refunds of which it never says what became of them.

use crate::endings::{OVERDUE, called_off, sync, work_all};
use crate::gateway::{seen, unavailable};
use crate::house::{DAY, House, MINUTE, NOW, SECOND};
use crate::refunds::paid_by;
use kernel::Money;
use payment::models::{
    GatewayStatus, Observation, PaymentStatus, RefundCause, RefundSeen, RefundState,
};
use payment::usecase::ports::{GatewayError, PaymentJob, RefundAnswer};
use serde_json::json;

fn listed(key: &str, amount: i64) -> RefundSeen {
    RefundSeen { key: key.into(), amount: Money::rupiah(amount), confirmed: false }
}

#[tokio::test]
async fn a_look_that_a_refund_overtook_is_no_contradiction() {
    let house = paid_by("gopay").await;
    sync(&house).await;
    let gate = house.gateway.hold_status();
    let refund = async {
        gate.reached().await;
        assert_eq!(house.ask_back("k1", json!({"amount": 100_000})).await.0, 202);
        assert_eq!(house.work(NOW).await, 1);
        assert_eq!(house.status().await, PaymentStatus::PartiallyRefunded);
        gate.open();
    };
    tokio::join!(house.work(NOW), refund);
    assert_eq!(house.payment().await.open_items(), 0, "it said settlement, of before");
    let asked = house.gateway.asked().len();
    assert_eq!(house.work(2 * SECOND).await, 1, "it is asked again, soon");
    assert!(house.gateway.asked().len() > asked);
    assert_eq!(house.payment().await.open_items(), 0);
    assert_eq!(house.statuses_told().await, ["pending", "paid", "partially_refunded"]);
    house.check().await;
}

#[tokio::test]
async fn a_refusal_that_a_look_overtook_sends_nobody_to_transfer_by_hand() {
    // The list may be ahead of the sum.
    for (status, sum) in [
        (GatewayStatus::PartialRefund, Some(Money::rupiah(100_000))),
        (GatewayStatus::Settlement, None),
    ] {
        let house = paid_by("gopay").await;
        overtaken_refusal(&house, status, sum).await;
        assert_eq!(house.refunds().await, [(100_000, RefundState::Taken)], "{status}");
        let left = house.jobs().await.into_iter().filter(|job| job.0 == PaymentJob::GIVE_BACK);
        assert_eq!(left.count(), 0, "nothing failed, so that nothing waits: {status}");
        assert_eq!(house.payment().await.open_items(), 0);
        house.check().await;
    }
}

async fn overtaken_refusal(house: &House, status: GatewayStatus, sum: Option<Money>) {
    house.ask_back("k1", json!({"amount": 100_000})).await;
    let key = house.payment().await.refunds[0].key.clone();
    house.gateway.refunding([Ok(RefundAnswer::Declined("no".into()))]);
    let gate = house.gateway.hold_status();
    let look = async {
        gate.reached().await;
        house.gateway.knows(Observation {
            method: Some("gopay".into()),
            refunded: sum,
            refunds: vec![listed(&key, 100_000)],
            ..seen(house.attempt().await, "tx-1", status)
        });
        sync(house).await;
        assert_eq!(house.work(NOW).await, 1);
        gate.open();
    };
    tokio::join!(house.work(NOW), look);
    work_all(house, 2 * SECOND).await;
}

#[tokio::test]
async fn a_refund_that_a_look_overtook_is_asked_for_again_soon() {
    let house = paid_by("gopay").await;
    house.ask_back("k1", json!({})).await;
    house.gateway.refunding([Ok(RefundAnswer::Declined("no".into()))]);
    let gate = house.gateway.hold_status();
    let look = async {
        gate.reached().await;
        house.gateway.knows(Observation {
            method: Some("gopay".into()),
            refunded: Some(Money::rupiah(60_000)),
            refunds: vec![listed("another", 60_000)],
            ..seen(house.attempt().await, "tx-1", GatewayStatus::PartialRefund)
        });
        sync(&house).await;
        house.work(NOW).await;
        gate.open();
    };
    tokio::join!(house.work(NOW), look);
    assert_eq!(house.refunds().await[0], (125_000, RefundState::Asked));
    house.work(2 * SECOND).await;
    assert_eq!(house.refunds().await[0], (125_000, RefundState::Taken));
    house.check().await;
}

#[tokio::test]
async fn a_try_that_was_paid_while_its_page_was_asked_for_is_no_contradiction() {
    let house = House::opened().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    let gate = house.gateway.hold_status();
    let paid = async {
        gate.reached().await;
        house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
        assert_eq!(house.status().await, PaymentStatus::Paid);
        gate.open();
    };
    tokio::join!(house.work(NOW), paid);
    work_all(&house, 2 * SECOND).await;
    assert_eq!(house.status().await, PaymentStatus::Paid);
    assert_eq!(house.payment().await.open_items(), 0, "it said pending, of before");
    house.check().await;
}

#[tokio::test]
async fn a_refund_of_which_nobody_can_tell_is_shown_after_a_day_and_asked_for_on() {
    for known in [true, false] {
        let house = paid_by("gopay").await;
        house.ask_back("k1", json!({"amount": 100_000})).await;
        let answer = || match known {
            true => Ok(RefundAnswer::Known),
            false => Err(unavailable("timed out")),
        };
        house.gateway.refunding((0..200).map(|_| answer()));
        for _ in 0..46 {
            house.work(30 * MINUTE).await;
        }
        assert_eq!(house.payment().await.open_items(), 0, "{known}");
        house.work(DAY).await;
        house.work(DAY).await;
        let items = house.payment().await.items();
        let kinds: Vec<_> = items.iter().map(|item| item.kind.as_str()).collect();
        assert_eq!(kinds, ["distrusted"], "{known}");
        assert!(items[0].detail.contains("refund of Rp100.000"), "{}", items[0].detail);
        assert_eq!(house.refunds().await, [(100_000, RefundState::Asked)], "never by hand");
        let news = house.facts().await.len();
        house.work(DAY).await;
        assert_eq!(house.facts().await.len(), news, "once");
    }
}

#[tokio::test]
async fn a_refund_is_not_believed_for_the_sake_of_another_one() {
    for (sum, state) in [(60_000, RefundState::Asked), (110_000, RefundState::Taken)] {
        let house = paid_by("gopay").await;
        house.ask_back("k1", json!({"amount": 50_000})).await;
        house.gateway.refunding([Ok(RefundAnswer::Known)]);
        house.gateway.knows(Observation {
            method: Some("gopay".into()),
            refunded: Some(Money::rupiah(sum)),
            refunds: vec![listed("another", 60_000)],
            ..seen(house.attempt().await, "tx-1", GatewayStatus::PartialRefund)
        });
        house.work(NOW).await;
        let refunds = house.refunds().await;
        assert_eq!(refunds[0], (50_000, state), "{sum}");
    }
}

#[tokio::test]
async fn among_many_tries_the_one_that_can_still_be_paid_is_asked_about() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    for n in 2..=6 {
        house.hears_the_truth(&format!("tx-{n}"), GatewayStatus::Deny).await;
    }
    house.hears_the_truth("tx-7", GatewayStatus::Settlement).await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    sync(&house).await;
    house.work(NOW).await;
    let causes: Vec<_> = house.payment().await.refunds.iter().map(|r| r.cause).collect();
    assert_eq!(causes, [RefundCause::Second]);
}

#[tokio::test]
async fn what_was_answered_counts_although_another_question_failed() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
    house.hears_the_truth("tx-2", GatewayStatus::Pending).await;
    house.gateway_knows("tx-2", GatewayStatus::Settlement).await;
    sync(&house).await;
    let gate = house.gateway.hold_status();
    let next = async {
        gate.reached().await;
        house.gateway.asking_fails([GatewayError::Refused("never".into())]);
        gate.open();
    };
    tokio::join!(house.work(NOW), next);
    assert_eq!(house.status().await, PaymentStatus::Paid);
}

#[tokio::test]
async fn what_the_gateway_forgot_is_over_with_its_time_and_its_page_is_closed() {
    for (overdue, end) in [(true, PaymentStatus::Expired), (false, PaymentStatus::Cancelled)] {
        let house = House::ready().await;
        house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
        house.gateway.forgets();
        if !overdue {
            called_off(&house, false).await;
        }
        work_all(&house, if overdue { OVERDUE } else { NOW }).await;
        assert_eq!(house.status().await, end);
        assert_eq!(house.gateway.acts(), ["close token-1"]);
    }
}

#[tokio::test]
async fn what_went_back_for_one_refund_is_not_counted_for_the_next() {
    let house = paid_by("gopay").await;
    for key in ["k1", "k2"] {
        house.ask_back(key, json!({"amount": 30_000})).await;
    }
    house.gateway.refunding([Ok(RefundAnswer::Taken), Ok(RefundAnswer::Known)]);
    house.gateway.knows(Observation {
        method: Some("gopay".into()),
        refunded: Some(Money::rupiah(30_000)),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::PartialRefund)
    });
    house.work(NOW).await;
    let both = [(30_000, RefundState::Taken), (30_000, RefundState::Asked)];
    assert_eq!(house.refunds().await, both);
}

/// One call after the other that times out would use up the job's own time, and nothing be kept.
#[tokio::test]
async fn a_gateway_that_is_away_is_not_asked_about_the_rest() {
    let house = paid_by("gopay").await;
    for key in ["k1", "k2", "k3"] {
        house.ask_back(key, json!({"amount": 30_000})).await;
    }
    house.gateway.refunding((0..3).map(|_| Err(unavailable("timed out"))));
    house.work(NOW).await;
    assert_eq!(house.gateway.acts().len(), 1);

    let house = House::ready().await;
    for n in 1..=4 {
        house.hears_the_truth(&format!("tx-{n}"), GatewayStatus::Pending).await;
    }
    house.gateway_knows("tx-4", GatewayStatus::Settlement).await;
    sync(&house).await;
    let asked = house.gateway.asked().len();
    let gate = house.gateway.hold_status();
    let next = async {
        gate.reached().await;
        house.gateway.asking_fails([unavailable("timed out")]);
        gate.open();
    };
    tokio::join!(house.work(NOW), next);
    assert_eq!(house.gateway.asked().len() - asked, 2);
    assert_eq!(house.status().await, PaymentStatus::Paid, "what was answered counts");
}
