//! What a person wants of a card payment that fraud detection holds: written down, told to the
//! gateway, and true once the gateway says so.

use crate::gateway::{seen, unavailable};
use crate::house::{House, MINUTE, NOW, SECOND};
use payment::models::{Choice, Fraud, GatewayStatus, Observation, PaymentStatus, RefundCause};
use payment::usecase::ports::{GatewayError, PaymentJob};
use serde_json::{Value, json};
use std::time::Duration;

impl House {
    /// A house with a card payment that fraud detection holds.
    async fn holding() -> Self {
        let house = Self::ready().await;
        house.gateway_holds(Some(Fraud::Challenge), GatewayStatus::Capture).await;
        assert_eq!(house.callback("tx-1", "capture").await, 200);
        assert_eq!(house.work(NOW).await, 1);
        assert_eq!(house.status().await, PaymentStatus::Challenged);
        house
    }

    async fn gateway_holds(&self, fraud: Option<Fraud>, status: GatewayStatus) {
        let method = Some("credit_card".to_owned());
        let seen = Observation { fraud, method, ..seen(self.attempt().await, "tx-1", status) };
        self.gateway.knows(seen);
    }

    async fn review(&self, verb: &str) -> (u16, Value) {
        let body = json!({ "note": "called the customer", "by": "ani" });
        let id = self.payment().await.id;
        self.send(&format!("/v1/operator-items/{id}.challenge.tx-1/{verb}"), None, body).await
    }

    async fn reviews(&self) -> Vec<(String, Choice)> {
        let reviews = self.payment().await.reviews;
        reviews.into_iter().map(|review| (review.transaction, review.choice)).collect()
    }

    async fn is_open(&self) -> bool {
        !self.get("/v1/operator-items").await.1["data"].as_array().unwrap().is_empty()
    }

    /// Works until nothing is due.
    async fn rests(&self, after: Duration) {
        self.clock.advance(after);
        for _ in 0..20 {
            if self.work(NOW).await == 0 {
                return;
            }
        }
        panic!("it never rests: {:?}", self.all_jobs().await);
    }
}

#[tokio::test]
async fn what_is_approved_is_paid_and_what_is_denied_is_not_once_the_gateway_says_so() {
    for (verb, end, told) in
        [("approve", PaymentStatus::Paid, "paid"), ("deny", PaymentStatus::Denied, "denied")]
    {
        let house = House::holding().await;
        let before = house.find().await.unwrap().version.0;
        let (code, item) = house.review(verb).await;
        assert_eq!((code, &item["review"]), (202, &json!(verb)), "{item}");
        assert_eq!((&item["kind"], &item["about"]), (&json!("challenge"), &json!("tx-1")));
        assert_eq!(house.status().await, PaymentStatus::Challenged, "a wish decides nothing");
        assert_eq!(house.find().await.unwrap().version.0, before + 1);
        assert_eq!(house.facts().await.last().unwrap(), "payment_reviewed");
        assert!(house.is_open().await, "until the gateway has spoken");
        assert_eq!(house.gateway.acts(), [""; 0]);
        house.rests(NOW).await;
        assert_eq!(house.gateway.acts(), [format!("{verb} tx-1")]);
        assert_eq!(house.status().await, end);
        assert!(!house.is_open().await);
        assert_eq!(house.statuses_told().await, ["pending", "challenged", told]);
        assert!(house.all_jobs().await.iter().all(|(kind, _)| kind != PaymentJob::REVIEW));
        assert_eq!(house.review(verb).await.0, 409, "there is nothing left to review");
        house.check().await;
    }
}

#[tokio::test]
async fn the_same_review_again_is_the_same_answer() {
    let house = House::holding().await;
    let first = house.review("approve").await;
    let version = house.find().await.unwrap().version;
    assert_eq!(house.review("approve").await, first);
    assert_eq!(house.find().await.unwrap().version, version);
    house.rests(NOW).await;
    assert_eq!(house.gateway.acts(), ["approve tx-1"]);
    assert_eq!(house.reviews().await, [("tx-1".to_owned(), Choice::Approve)]);
}

#[tokio::test]
async fn the_other_review_takes_its_place_as_long_as_the_charge_is_held() {
    let house = House::holding().await;
    house.gateway.ending_fails([GatewayError::Refused("not enabled".into())]);
    house.review("approve").await;
    house.rests(NOW).await;
    let (_, items) = house.get("/v1/operator-items").await;
    let item = &items["data"][0];
    assert_eq!(item["review"], "approve", "{item}");
    assert!(item["detail"].as_str().unwrap().contains("not enabled"), "{item}");
    assert_eq!(house.facts().await.last().unwrap(), "review_declined");
    let (code, item) = house.review("deny").await;
    assert_eq!((code, &item["review"]), (202, &json!("deny")), "{item}");
    assert!(!item["detail"].as_str().unwrap().contains("not enabled"), "{item}");
    house.rests(NOW).await;
    assert_eq!(house.gateway.acts(), ["approve tx-1", "deny tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Denied);
    assert_eq!(house.review("approve").await.0, 409, "there is nothing left to hold");
}

#[tokio::test]
async fn of_two_persons_who_disagree_at_once_the_second_counts() {
    let house = House::holding().await;
    let (one, two) = tokio::join!(house.review("approve"), house.review("deny"));
    assert_eq!((one.0, two.0), (202, 202));
    let last = house.reviews().await[0].1;
    house.rests(NOW).await;
    assert_eq!(house.gateway.acts(), [format!("{last} tx-1")]);
    assert_eq!(house.reviews().await.len(), 1);
}

#[tokio::test]
async fn what_comes_second_at_the_gateway_changes_nothing_there() {
    let house = House::holding().await;
    house.review("approve").await;
    // The gateway has done it, and its answer is on the way.
    let gate = house.gateway.hold_status();
    let (_, code) = tokio::join!(house.work(NOW), async {
        gate.reached().await;
        let (code, _) = house.review("deny").await;
        gate.open();
        code
    });
    assert_eq!(code, 202, "nobody knows yet");
    house.rests(NOW).await;
    assert_eq!((house.status().await, house.is_open().await), (PaymentStatus::Paid, false));
    assert_eq!(house.gateway.acts(), ["approve tx-1"]);
    assert!(house.all_jobs().await.iter().all(|(kind, _)| kind != PaymentJob::REVIEW));
}

#[tokio::test]
async fn a_job_that_was_lost_is_ordered_again() {
    for again in ["approve", "sync", "look"] {
        let house = House::holding().await;
        house.review("approve").await;
        house.execute("DELETE FROM jobs WHERE kind = 'gateway.review'".into()).await;
        let id = house.payment().await.id;
        match again {
            "approve" => assert_eq!(house.review("approve").await.0, 202),
            "sync" => {
                let path = format!("/v1/payments/{id}/sync");
                assert_eq!(house.send(&path, None, json!({})).await.0, 202);
            }
            _ => house.rests(61 * MINUTE).await,
        }
        house.rests(NOW).await;
        assert_eq!(house.gateway.acts(), ["approve tx-1"], "{again}");
        assert_eq!(house.status().await, PaymentStatus::Paid, "{again}");
    }
}

#[tokio::test]
async fn what_cannot_be_reviewed_is_refused() {
    let house = House::holding().await;
    let id = house.payment().await.id;
    let path = |item: &str, verb: &str| format!("/v1/operator-items/{id}.{item}/{verb}");
    let body = json!({ "note": "x" });
    for verb in ["approve", "deny"] {
        for nothing in ["challenge.tx-2", "reversed.tx-1", "challenge"] {
            assert_eq!(house.send(&path(nothing, verb), None, body.clone()).await.0, 404);
        }
        let odd = [json!({}), json!({ "note": " " }), json!({ "note": "x", "by": "a\nb" })];
        for odd in odd {
            let code = house.send(&path("challenge.tx-1", verb), None, odd.clone()).await.0;
            assert!(code == 422 || code == 400, "{odd}: {code}");
        }
    }
    let (code, problem) = house.send(&path("challenge.tx-1", "resolve"), None, body.clone()).await;
    assert_eq!(code, 409, "a note decides nothing");
    assert!(problem["detail"].as_str().unwrap().contains("approve or deny"), "{problem}");
    assert_eq!(house.reviews().await, []);

    let paid = House::paid_with("tx-1").await;
    assert_eq!(paid.review("approve").await.0, 409);
    paid.hears_the_truth("tx-1", GatewayStatus::Deny).await;
    let reversed = format!("/v1/operator-items/{}.reversed.tx-1/deny", paid.payment().await.id);
    let (code, problem) = paid.send(&reversed, None, body).await;
    assert_eq!(code, 409);
    assert!(problem["detail"].as_str().unwrap().contains("resolve this one"), "{problem}");
}

#[tokio::test]
async fn a_gateway_that_is_away_is_told_later() {
    let house = House::holding().await;
    house.gateway.ending_fails([unavailable("down"), unavailable("down")]);
    house.review("deny").await;
    house.rests(NOW).await;
    assert_eq!(house.status().await, PaymentStatus::Challenged);
    house.rests(19 * SECOND).await;
    house.rests(2 * MINUTE).await;
    assert_eq!(house.gateway.acts(), ["deny tx-1"; 3]);
    assert_eq!(house.status().await, PaymentStatus::Denied);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for() {
    let house = House::holding().await;
    house.review("approve").await;
    house.gateway.asking_fails([unavailable("cut")]);
    house.rests(NOW).await;
    assert_eq!(house.status().await, PaymentStatus::Challenged, "nobody heard that it is paid");
    house.rests(19 * SECOND).await;
    assert_eq!(house.gateway.acts(), ["approve tx-1"; 2], "now it is in another state");
    assert_eq!(house.status().await, PaymentStatus::Paid);
}

#[tokio::test]
async fn silence_is_no_end_of_a_hold_but_after_our_own_approve_it_is() {
    let house = House::holding().await;
    house.gateway_holds(None, GatewayStatus::Capture).await;
    house.rests(61 * MINUTE).await;
    assert_eq!(house.status().await, PaymentStatus::Challenged);
    house.review("approve").await;
    house.rests(NOW).await;
    assert_eq!((house.status().await, house.is_open().await), (PaymentStatus::Paid, false));
    assert_eq!(house.gateway.acts(), ["approve tx-1"], "once");

    let denied = House::holding().await;
    denied.review("deny").await;
    denied.gateway_holds(None, GatewayStatus::Capture).await;
    denied.rests(NOW).await;
    assert_eq!(denied.status().await, PaymentStatus::Challenged, "the gateway lags");
}

#[tokio::test]
async fn what_is_held_is_called_off_though_the_gateway_is_silent_about_it() {
    let house = House::holding().await;
    house.gateway_holds(None, GatewayStatus::Capture).await;
    assert_eq!(house.told(&[crate::endings::cancel(2, false)]).await, [Ok(())]);
    house.rests(NOW).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn a_hold_that_comes_after_the_end_is_called_off_and_nobody_has_to_review_it() {
    for called_off in [true, false] {
        let house = House::ready().await;
        house.hears_the_truth("tx-1", GatewayStatus::Pending).await;
        if called_off {
            assert_eq!(house.told(&[crate::endings::cancel(2, false)]).await, [Ok(())]);
            house.rests(NOW).await;
        } else {
            house.rests(25 * 60 * MINUTE).await;
            assert_eq!(house.status().await, PaymentStatus::Expired);
        }
        house.gateway_holds(Some(Fraud::Challenge), GatewayStatus::Capture).await;
        house.callback("tx-1", "capture").await;
        house.rests(NOW).await;
        assert_eq!(house.gateway.acts().last().unwrap(), "cancel tx-1");
        assert_eq!(
            (house.status().await, house.is_open().await),
            (PaymentStatus::Cancelled, false)
        );
        house.check().await;
    }
}

#[tokio::test]
async fn money_that_was_held_late_goes_back_when_it_is_approved() {
    let house = House::ready().await;
    house.hears_the_truth("tx-1", GatewayStatus::Expire).await;
    house.gateway_holds(Some(Fraud::Challenge), GatewayStatus::Capture).await;
    house.callback("tx-1", "capture").await;
    house.rests(NOW).await;
    assert_eq!(
        house.status().await,
        PaymentStatus::Challenged,
        "it has time: another try may come"
    );
    assert_eq!(house.review("approve").await.0, 202);
    house.rests(NOW).await;
    assert_eq!(house.gateway.acts(), ["approve tx-1", "cancel tx-1"]);
    let refunds = house.payment().await.refunds;
    assert_eq!((refunds.len(), refunds[0].cause), (1, RefundCause::Late));
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
    let told = house.events().await.into_iter().map(|mut event| event["data"].take());
    let paid: Vec<Value> = told.filter(|data| data["payment_status"] == "paid").collect();
    assert_eq!((paid.len(), &paid[0]["goes_back"]), (1, &json!("late_money")));
}

#[tokio::test]
async fn whoever_was_quicker_at_the_gateway_counts() {
    for (fraud, status, end) in [
        (Fraud::Challenge, GatewayStatus::Cancel, PaymentStatus::Cancelled),
        (Fraud::Deny, GatewayStatus::Deny, PaymentStatus::Denied),
        (Fraud::Accept, GatewayStatus::Settlement, PaymentStatus::Paid),
    ] {
        let house = House::holding().await;
        house.gateway_holds(Some(fraud), status).await;
        assert_eq!(house.review("approve").await.0, 202);
        house.rests(NOW).await;
        assert_eq!((house.status().await, house.is_open().await), (end, false));
        assert!(house.all_jobs().await.iter().all(|(kind, _)| kind != PaymentJob::REVIEW));
    }
}

#[tokio::test]
async fn a_gateway_that_refuses_and_holds_on_is_asked_again() {
    let house = House::holding().await;
    house.gateway.ending_fails([GatewayError::Refused("not enabled".into())]);
    house.review("approve").await;
    house.rests(NOW).await;
    assert!(house.is_open().await);
    house.rests(19 * SECOND).await;
    assert_eq!(house.status().await, PaymentStatus::Paid);
}

#[tokio::test]
async fn a_review_that_ends_in_silence_is_found_by_the_next_look() {
    for (fraud, status, end) in [
        (Fraud::Accept, GatewayStatus::Settlement, PaymentStatus::Paid),
        (Fraud::Challenge, GatewayStatus::Cancel, PaymentStatus::Cancelled),
        (Fraud::Deny, GatewayStatus::Deny, PaymentStatus::Denied),
    ] {
        let house = House::holding().await;
        house.rests(3 * 24 * 60 * MINUTE).await;
        assert_eq!(house.status().await, PaymentStatus::Challenged);
        house.gateway_holds(Some(fraud), status).await;
        house.rests(61 * MINUTE).await;
        let overdue = if end == PaymentStatus::Denied { PaymentStatus::Expired } else { end };
        assert_eq!((house.status().await, house.is_open().await), (overdue, false));
    }
}

#[tokio::test]
async fn what_is_held_is_let_go_when_the_order_is_called_off_but_not_at_its_deadline() {
    let house = House::holding().await;
    house.rests(25 * 60 * MINUTE).await;
    assert_eq!(house.gateway.acts(), [""; 0], "the customer was in time");
    assert_eq!(house.status().await, PaymentStatus::Challenged);

    let house = House::holding().await;
    assert_eq!(house.told(&[crate::endings::cancel(2, false)]).await, [Ok(())]);
    house.rests(NOW).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
}
