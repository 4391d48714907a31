//! The job that has a page opened: the same id on every retry, one page, one event, and a
//! payment is given up only for a definite no.

use crate::gateway::{Create, busy_for, seen, unavailable};
use crate::house::{House, MINUTE, NOW, SECOND};
use payment::models::{GatewayStatus, PaymentStatus};
use payment::usecase::ports::GatewayError;

fn within_a_fifth(due: f64, minutes: f64) -> bool {
    (0.8 * 60.0 * minutes..=1.2 * 60.0 * minutes).contains(&due)
}

fn refused() -> Create {
    Create::Fails(GatewayError::Refused("gross_amount is not equal to the sum".into()))
}

#[tokio::test]
async fn a_page_is_opened_stored_and_told_once() {
    let house = House::opened().await;
    assert_eq!(house.work(NOW).await, 1);
    let page = house.payment().await.current_page().cloned().unwrap();
    assert_eq!(page.token, house.gateway.live_token());
    assert_eq!(house.facts().await, ["payment_opened", "page_ready"]);
    assert_eq!(house.statuses_told().await, ["pending"]);
    assert_eq!(house.jobs().await, [("gateway.check_status".to_owned(), 60.0)]);
    assert_eq!(house.work(NOW).await, 0);
    assert_eq!(house.gateway.created(), [house.attempt().await]);
    house.check().await;
}

#[tokio::test]
async fn every_retry_is_on_schedule_and_under_the_same_id() {
    let house = House::opened().await;
    let failures = ["timed out", "503", "connection refused"].map(unavailable).map(Create::Fails);
    house.gateway.creating(failures);
    house.gateway.creating([Create::AnswerLost]);
    for minutes in [0.25, 1.0, 5.0, 15.0] {
        assert_eq!(house.work(NOW).await, 1);
        let [(kind, due)] = &house.jobs().await[..] else { panic!() };
        assert_eq!(kind, "gateway.create_page");
        assert!(within_a_fifth(*due, minutes), "{due} s is not {minutes} min ± 20 %");
        assert_eq!(house.work(NOW).await, 0, "not before its time");
        house.clock.advance(std::time::Duration::from_secs_f64(due.ceil()));
    }
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.gateway.created(), [house.attempt().await; 5]);
    assert_eq!(house.statuses_told().await, ["pending"]);
    house.check().await;
}

#[tokio::test]
async fn a_payment_is_never_given_up_because_the_gateway_is_away() {
    let house = House::opened().await;
    house.gateway.creating((0..30).map(|_| Create::Fails(unavailable("down"))));
    for _ in 0..30 {
        assert_eq!(house.work(36 * MINUTE).await, 1, "the last pause repeats");
    }
    assert_eq!(house.status().await, PaymentStatus::Opening);
    house.check().await;
    assert_eq!(house.work(36 * MINUTE).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Pending);
    house.check().await;
}

#[tokio::test]
async fn a_busy_gateway_is_asked_again_when_it_says() {
    let house = House::opened().await;
    house.gateway.creating([Create::Fails(busy_for(47))]);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.jobs().await, [("gateway.create_page".to_owned(), 47.0)]);
    assert_eq!(house.work(46 * SECOND).await, 0);
    assert_eq!(house.work(SECOND).await, 1);
    house.check().await;
}

#[tokio::test]
async fn a_definite_no_fails_the_payment_and_tells_it() {
    let house = House::opened().await;
    house.gateway.creating([refused()]);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Failed);
    assert_eq!(house.facts().await, ["payment_opened", "page_refused"]);
    assert_eq!(house.statuses_told().await, ["failed"]);
    let attempt = &house.payment().await.attempts[0];
    assert_eq!(attempt.refusal.as_deref(), Some("gross_amount is not equal to the sum"));
    house.work(5 * MINUTE).await;
    assert_eq!(house.gateway.created().len(), 1, "it is not asked for again");
    house.check().await;
}

#[tokio::test]
async fn an_id_that_is_taken_is_adopted_from_its_status() {
    for (status, told) in [(GatewayStatus::Pending, "pending"), (GatewayStatus::Settlement, "paid")]
    {
        let house = House::opened().await;
        house.gateway_knows("tx-1", status).await;
        assert_eq!(house.work(NOW).await, 1);
        let attempt = house.attempt().await.to_string();
        assert_eq!(house.gateway.asked(), [attempt]);
        assert_eq!(house.statuses_told().await, [told]);
        assert_eq!(house.facts().await, ["payment_opened", "gateway_told"]);
        house.check().await;
    }
}

#[tokio::test]
async fn a_no_that_cannot_be_checked_is_no_verdict() {
    let house = House::opened().await;
    house.gateway.creating([refused()]);
    house.gateway.asking_fails([unavailable("503")]);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Opening);
    assert_eq!(house.work(MINUTE).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Pending);
    house.check().await;
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_nobodys_payment_failure() {
    let house = House::opened().await;
    let rotated = || Create::Fails(GatewayError::Unauthorized("401".into()));
    house.gateway.creating((0..12).map(|_| rotated()));
    for _ in 0..12 {
        assert_eq!(house.work(36 * MINUTE).await, 1);
        assert_eq!(house.status().await, PaymentStatus::Opening);
    }
    assert_eq!(house.statuses_told().await, [""; 0]);
    assert_eq!(house.work(36 * MINUTE).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Pending);
    house.check().await;
}

#[tokio::test]
async fn no_page_is_asked_for_once_the_payment_has_ended() {
    let house = House::opened().await;
    house.gateway.creating([Create::Fails(unavailable("timed out"))]);
    assert_eq!(house.work(NOW).await, 1);
    house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
    assert_eq!(house.work(MINUTE).await, 1);
    assert_eq!(house.gateway.created().len(), 1);
    assert_eq!(house.statuses_told().await, ["paid"]);
    house.check().await;
}

#[tokio::test]
async fn what_is_adopted_must_be_ours() {
    let house = House::opened().await;
    let mut other = seen(house.attempt().await, "tx-1", GatewayStatus::Settlement);
    other.amount = Some(kernel::Money::rupiah(1));
    house.gateway.knows(other);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Opening);
    assert_eq!(house.facts().await, ["payment_opened", "gateway_not_believed"]);
    house.check().await;
}
