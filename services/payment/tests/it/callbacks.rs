//! A callback is a hint: it is stored, it has the gateway asked, and by itself it moves nothing.

use crate::gateway::{AMOUNT, callback, seen, signed, stranger};
use crate::house::{House, MINUTE, NOW, SECOND};
use futures::future::join_all;
use kernel::Money;
use payment::models::{GatewayStatus, Observation, PaymentStatus};
use payment::usecase::ports::GatewayError;

const STATUS_JOB: &str = "gateway.check_status";

#[tokio::test]
async fn a_callback_is_stored_with_one_job_and_moves_nothing() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.callback("tx-1", "settlement").await, 200);
    let [stored] = &house.callbacks().await[..] else { panic!() };
    assert_eq!((stored.receipt.as_str(), stored.times), ("hint", 1));
    assert_eq!(house.jobs().await, [(STATUS_JOB.to_owned(), 0.0)]);
    assert_eq!(house.gateway.asked(), [""; 0], "the answer comes first");
    assert_eq!(house.status().await, PaymentStatus::Pending);
    assert_eq!(house.statuses_told().await, ["pending"]);
    house.check().await;
}

#[tokio::test]
async fn a_storm_of_one_callback_is_one_row_one_job_one_move_one_event() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    let storm = join_all((0..50).map(|_| house.callback("tx-1", "settlement"))).await;
    assert_eq!(storm, [200; 50]);
    let [stored] = &house.callbacks().await[..] else { panic!() };
    assert_eq!(stored.times, 50);
    assert_eq!(house.jobs().await.len(), 1);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.work(5 * MINUTE).await, 0);
    assert_eq!(house.gateway.asked(), ["tx-1"]);
    assert_eq!(house.facts().await, ["payment_opened", "page_ready", "gateway_told"]);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}

#[tokio::test]
async fn a_storm_during_the_question_has_it_asked_once_more_and_told_once() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    house.callback("tx-1", "settlement").await;
    let gate = house.gateway.hold_status();
    let storm = async {
        gate.reached().await;
        join_all((0..20).map(|_| house.callback("tx-1", "settlement"))).await;
        gate.open();
    };
    let (ran, ()) = tokio::join!(house.work(NOW), storm);
    assert_eq!(ran, 1);
    assert_eq!(house.work(NOW).await, 1, "hints moved, so the job is due again at once");
    assert_eq!(house.work(5 * MINUTE).await, 0);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}

#[tokio::test]
async fn a_hint_that_arrives_during_the_question_is_not_lost() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    house.callback("tx-1", "pending").await;
    let gate = house.gateway.hold_status();
    let customer = async {
        gate.reached().await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        house.callback("tx-1", "settlement").await;
        gate.open();
    };
    tokio::join!(house.work(NOW), customer);
    assert_eq!(house.status().await, PaymentStatus::Pending, "the answer was older");
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn a_callback_about_an_unknown_order_is_evidence_and_no_more() {
    let house = House::ready().await;
    for order in [stranger().to_string(), "INV-2026-1".to_owned()] {
        assert_eq!(house.post(&signed(callback(&order, "tx-1", "settlement", AMOUNT))).await, 200);
    }
    assert_eq!(house.verdicts().await, ["unknown_order"; 2]);
    assert_eq!(house.work(NOW).await, 0);
    assert_eq!(house.gateway.asked(), [""; 0]);
    house.check().await;
}

#[tokio::test]
async fn a_callback_with_another_amount_has_the_gateway_asked_and_moves_nothing() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    let attempt = house.attempt().await.to_string();
    let cheap = signed(callback(&attempt, "tx-1", "settlement", AMOUNT - 1));
    assert_eq!(house.post(&cheap).await, 200);
    assert_eq!(house.verdicts().await, ["amount_mismatch"]);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(
        (house.status().await, house.payment().await.open_items()),
        (PaymentStatus::Pending, 0)
    );
    // Says the gateway so itself, a person has to see it.
    house.gateway.knows(Observation {
        amount: Some(Money::rupiah(AMOUNT - 1)),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::Settlement)
    });
    let again = callback(&attempt, "tx-1", "capture", AMOUNT - 1);
    assert_eq!(house.post(&signed(again)).await, 200);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(
        (house.status().await, house.payment().await.open_items()),
        (PaymentStatus::Pending, 1)
    );
    assert_eq!(house.verdicts().await, ["amount_mismatch"; 2]);
    house.check().await;
}

#[tokio::test]
async fn a_test_of_the_dashboard_leaves_nothing() {
    let house = House::ready().await;
    let test = callback("payment_notif_test_G000000001_5e1", "tx-1", "settlement", AMOUNT);
    assert_eq!(house.post(&signed(test)).await, 200);
    assert_eq!(house.callbacks().await, []);
    assert_eq!(house.work(NOW).await, 0);
}

#[tokio::test]
async fn a_forged_status_moves_nothing_and_is_asked_about_four_times() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    assert_eq!(house.callback("tx-1", "settlement").await, 200, "the signature is good");
    for pause in [2, 10, 30] {
        assert_eq!(house.work(NOW).await, 1);
        let pause = f64::from(pause);
        assert_eq!(house.jobs().await, [(STATUS_JOB.to_owned(), pause)]);
        assert_eq!(house.work(NOW).await, 0);
        house.clock.advance(std::time::Duration::from_secs_f64(pause));
    }
    assert_eq!(house.verdicts().await, ["unconfirmed"], "until it was asked about for long enough");
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.verdicts().await, ["contradicted"]);
    assert_eq!(house.statuses_told().await, ["pending"]);
    assert_eq!(house.status().await, PaymentStatus::Pending);
    assert_eq!(house.jobs().await, [(STATUS_JOB.to_owned(), 18.0)], "only the poll is left");
    house.check().await;
}

#[tokio::test]
async fn an_old_forged_callback_does_not_have_every_poll_repeated() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    house.callback("tx-1", "settlement").await;
    for pause in [0, 2, 10, 30, 18] {
        assert_eq!(house.work(pause * SECOND).await, 1);
    }
    assert_eq!(house.jobs().await, [(STATUS_JOB.to_owned(), 120.0)]);
    let facts = ["payment_opened", "page_ready", "gateway_told", "callback_contradicted"];
    assert_eq!(house.facts().await, facts, "and is told once");
    house.check().await;
}

#[tokio::test]
async fn a_contradicted_callback_that_comes_again_is_asked_about_anew() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    for round in 1..=2 {
        house.callback("tx-1", "settlement").await;
        assert_eq!(house.verdicts().await, ["unconfirmed"], "{round}");
        for pause in [0, 2, 10, 30] {
            assert_eq!(house.work(pause * SECOND).await, 1, "{round}");
        }
        assert_eq!(house.verdicts().await, ["contradicted"], "{round}");
    }
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.work(2 * MINUTE).await, 1);
    assert_eq!(house.verdicts().await, ["confirmed"], "what the gateway says at last counts");
    house.check().await;
}

#[tokio::test]
async fn a_claim_about_more_transactions_than_are_asked_about_is_not_called_contradicted() {
    let house = House::ready().await;
    for n in 0..6 {
        house.callback(&format!("tx-{n}"), "settlement").await;
    }
    for pause in [0, 2, 10, 30] {
        assert_eq!(house.work(pause * SECOND).await, 1);
    }
    assert_eq!(house.verdicts().await, ["unconfirmed"; 6]);
    house.check().await;
}

#[tokio::test]
async fn a_gateway_that_lags_its_own_callback_is_believed_when_it_catches_up() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    house.callback("tx-1", "settlement").await;
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Pending);
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.work(2 * SECOND).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    assert_eq!(house.verdicts().await, ["confirmed"]);
    assert_eq!(house.work(5 * MINUTE).await, 0);
    house.check().await;
}

#[tokio::test]
async fn a_forged_transaction_does_not_hide_the_true_one() {
    let house = House::ready().await;
    house.callback("forged", "settlement").await;
    for pause in [0, 2, 10, 30] {
        assert_eq!(house.work(pause * SECOND).await, 1);
    }
    house.gateway_knows("true", GatewayStatus::Settlement).await;
    assert_eq!(house.work(MINUTE).await, 1, "its callback was lost, so only polls find it");
    assert_eq!(house.status().await, PaymentStatus::Paid);
    house.check().await;
}

#[tokio::test]
async fn a_transaction_that_the_gateway_will_not_talk_about_does_not_hide_the_true_one() {
    let house = House::ready().await;
    house.callback("..", "settlement").await;
    house.gateway_knows("true", GatewayStatus::Settlement).await;
    house.gateway.asking_fails([GatewayError::Refused("bad id".into())]);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    for pause in [2, 10, 30] {
        assert_eq!(house.work(pause * SECOND).await, 1);
    }
    assert_eq!(house.verdicts().await, ["contradicted"]);
    house.check().await;
}

#[tokio::test]
async fn callbacks_in_the_wrong_order_end_in_the_right_state() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    for status in ["settlement", "pending"] {
        assert_eq!(house.callback("tx-1", status).await, 200);
        house.work(NOW).await;
    }
    assert_eq!(house.status().await, PaymentStatus::Paid);
    let mut verdicts = house.verdicts().await;
    verdicts.sort_unstable();
    assert_eq!(verdicts, ["confirmed", "stale"]);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}
