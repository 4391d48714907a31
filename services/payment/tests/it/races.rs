//! Two at once: workers of one job, a callback and our own call, two results for one payment.

use crate::gateway::Held;
use crate::house::{House, LEASE_OVER, NOW};
use payment::models::{GatewayStatus, PaymentStatus};
use payment::usecase::ports::PaymentJob;

async fn stored_token(house: &House) -> String {
    house.payment().await.current_page().unwrap().token.clone()
}

#[tokio::test]
async fn a_page_made_after_the_lease_ran_out_is_not_stored_and_has_another_made() {
    let house = House::opened().await;
    let gate = house.gateway.hold_create(Held::Request);
    let other = async {
        gate.reached().await;
        assert_eq!(house.work(LEASE_OVER).await, 1);
        assert_eq!(stored_token(&house).await, "token-1");
        gate.open();
    };
    tokio::join!(house.work(NOW), other);
    assert_eq!(house.gateway.live_token(), "token-2", "the late call revoked what is stored");
    assert_eq!(stored_token(&house).await, "token-1", "it may not overwrite");
    let creating = |jobs: Vec<(String, f64)>| jobs.iter().any(|j| j.0 == PaymentJob::CREATE_PAGE);
    assert!(creating(house.jobs().await), "another page is owed");

    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(stored_token(&house).await, "token-3");
    assert_eq!(house.gateway.created(), [house.attempt().await; 3]);
    assert_eq!(house.statuses_told().await, ["pending"]);
    house.check().await;
}

#[tokio::test]
async fn a_page_made_while_the_new_holder_is_still_calling_has_another_made() {
    let house = House::opened().await;
    let late = house.gateway.hold_create(Held::Request);
    let new = house.gateway.hold_create(Held::Answer);
    let first = async {
        house.work(NOW).await;
        new.open();
    };
    let second = async {
        late.reached().await;
        house.work(LEASE_OVER).await;
    };
    let order = async {
        new.reached().await;
        late.open();
    };
    tokio::join!(first, second, order);
    assert_eq!(house.gateway.live_token(), "token-2");
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(stored_token(&house).await, "token-3");
    assert_eq!(house.statuses_told().await, ["pending"]);
    house.check().await;
}

#[tokio::test]
async fn a_late_no_of_a_lost_lease_is_nobodys_business() {
    let house = House::opened().await;
    let gate = house.gateway.hold_create(Held::Request);
    let other = async {
        gate.reached().await;
        assert_eq!(house.work(LEASE_OVER).await, 1);
        house.gateway_knows("tx-1", GatewayStatus::Pending).await;
        gate.open();
    };
    tokio::join!(house.work(NOW), other);
    assert_eq!(house.facts().await, ["payment_opened", "page_ready"]);
    assert_eq!(house.statuses_told().await, ["pending"]);
    house.check().await;
}

#[tokio::test]
async fn a_late_answer_of_a_lost_lease_is_not_applied() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    house.callback("tx-1", "pending").await;
    let gate = house.gateway.hold_status();
    let other = async {
        gate.reached().await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        assert_eq!(house.work(LEASE_OVER).await, 1);
        gate.open();
    };
    tokio::join!(house.work(NOW), other);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    assert_eq!(house.facts().await, ["payment_opened", "page_ready", "gateway_told"]);
    house.check().await;
}

#[tokio::test]
async fn a_late_answer_does_not_take_the_job_from_its_new_holder() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Pending).await;
    house.callback("tx-1", "pending").await;
    let (late, new) = (house.gateway.hold_status(), house.gateway.hold_status());
    let first = async {
        house.work(NOW).await;
        new.open();
    };
    let second = async {
        late.reached().await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        assert_eq!(house.work(LEASE_OVER).await, 1);
    };
    let order = async {
        new.reached().await;
        late.open();
    };
    tokio::join!(first, second, order);
    assert_eq!(house.facts().await, ["payment_opened", "page_ready", "gateway_told"]);
    assert_eq!(house.statuses_told().await, ["pending", "paid"]);
    house.check().await;
}

#[tokio::test]
async fn a_payment_that_is_paid_before_our_own_call_returns_stays_paid() {
    for at in [Held::Answer, Held::Request] {
        let house = House::opened().await;
        let gate = house.gateway.hold_create(at);
        let customer = async {
            gate.reached().await;
            house.hears_the_truth("tx-1", GatewayStatus::Settlement).await;
            gate.open();
        };
        tokio::join!(house.work(NOW), customer);
        assert_eq!(house.status().await, PaymentStatus::Paid);
        assert_eq!(house.verdicts().await, ["confirmed"]);
        assert_eq!(house.statuses_told().await, ["paid"]);
        let opened = house.facts().await.contains(&"page_ready".to_owned());
        assert_eq!(opened, at == Held::Answer, "the page that was made is kept");
        house.check().await;
    }
}

#[tokio::test]
async fn two_results_decided_on_one_version_are_both_in_the_timeline() {
    let house = House::opened().await;
    let page = house.gateway.hold_create(Held::Answer);
    let answer = house.gateway.hold_status();
    let customer = async {
        page.reached().await;
        house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
        assert_eq!(house.callback("tx-1", "settlement").await, 200);
        house.work(NOW).await
    };
    let both = async {
        answer.reached().await;
        page.open();
        answer.open();
    };
    assert_eq!(tokio::join!(house.work(NOW), customer, both), (1, 1, ()));
    house.work(NOW).await;
    let mut facts = house.facts().await;
    facts.sort_unstable();
    assert_eq!(facts, ["gateway_told", "page_ready", "payment_opened"]);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    let told = house.statuses_told().await;
    assert_eq!(told.iter().filter(|status| *status == "paid").count(), 1, "{told:?}");
    assert_eq!(told.last().unwrap(), "paid");
    house.check().await;
}
