//! Refunds over REST: what is asked, what the gateway makes of it, what a person has to do.

use crate::endings::work_all;
use crate::gateway::{seen, unavailable};
use crate::house::{DAY, House, MINUTE, NOW, SECOND, text};
use axum::body::Body;
use axum::http::Request;
use kernel::Money;
use payment::models::{GatewayStatus, Observation, PaymentStatus, RefundState};
use payment::usecase::ports::RefundAnswer;
use serde_json::{Value, json};

impl House {
    pub async fn ask_back(&self, key: &str, body: Value) -> (u16, Value) {
        let id = self.payment().await.id;
        self.send(&format!("/v1/payments/{id}/refunds"), Some(key), body).await
    }

    pub async fn send(&self, path: &str, key: Option<&str>, body: Value) -> (u16, Value) {
        let mut request = Request::post(path).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = self.ask(request.body(Body::from(body.to_string())).unwrap()).await;
        let status = response.status().as_u16();
        (status, serde_json::from_str(&text(response).await).unwrap_or_default())
    }

    pub async fn refunds(&self) -> Vec<(i64, RefundState)> {
        let refunds = self.payment().await.refunds;
        refunds.into_iter().map(|r| (r.amount.as_rupiah(), r.state)).collect()
    }
}

pub async fn paid_by(method: &str) -> House {
    let house = House::ready().await;
    let attempt = house.attempt().await;
    house.gateway.knows(Observation {
        method: Some(method.into()),
        ..seen(attempt, "tx-1", GatewayStatus::Settlement)
    });
    assert_eq!(house.callback("tx-1", "settlement").await, 200);
    assert_eq!(house.work(NOW).await, 1);
    house
}

#[tokio::test]
async fn parts_go_back_one_by_one_until_nothing_is_left() {
    let house = paid_by("gopay").await;
    let (code, refund) = house.ask_back("k1", json!({"amount": 100_000, "reason": "retur"})).await;
    assert_eq!((code, &refund["status"]), (202, &json!("asked")));
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::PartiallyRefunded);
    let (code, _) = house.ask_back("k2", json!({})).await;
    assert_eq!(code, 202);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Refunded);
    assert_eq!(
        house.refunds().await,
        [(100_000, RefundState::Taken), (85_000, RefundState::Taken)]
    );
    assert_eq!(house.statuses_told().await, ["pending", "paid", "partially_refunded", "refunded"]);
}

#[tokio::test]
async fn a_double_click_is_one_refund_and_another_wish_under_the_key_is_refused() {
    let house = paid_by("gopay").await;
    let body = json!({"amount": 5_000});
    let (first, one) = house.ask_back("k1", body.clone()).await;
    let (second, two) = house.ask_back("k1", body).await;
    assert_eq!((first, second, &one["id"]), (202, 202, &two["id"]));
    assert_eq!(house.ask_back("k1", json!({"amount": 6_000})).await.0, 422);
    house.work(NOW).await;
    assert_eq!(house.gateway.acts().len(), 1);
    assert_eq!(house.refunds().await.len(), 1);
}

#[tokio::test]
async fn bad_refunds_are_refused_and_leave_nothing() {
    let house = paid_by("gopay").await;
    for (body, pointer, code) in [
        (json!({"amount": 0}), "/amount", "range"),
        (json!({"amount": -5}), "/amount", "range"),
        (json!({"amount": 185_001}), "/amount", "range"),
        (json!({"amount": "5000"}), "/amount", "type"),
        (json!({"amount": 5.5}), "/amount", "type"),
        (json!({"amount": 5, "reason": "x".repeat(256)}), "/reason", "text"),
        (json!({"amount": 5, "reason": "a\u{0}b"}), "/reason", "text"),
        (json!({"amuont": 5}), "/amuont", "unknown_field"),
    ] {
        let (status, problem) = house.ask_back("k", body.clone()).await;
        assert_eq!(status, 422, "{body}: {problem}");
        let errors = problem["errors"].as_array().unwrap();
        let named: Vec<_> =
            errors.iter().map(|error| (&error["pointer"], &error["code"])).collect();
        assert_eq!(named, [(&json!(pointer), &json!(code))], "{body}: {problem}");
    }
    let id = house.payment().await.id;
    let path = format!("/v1/payments/{id}/refunds");
    assert_eq!(house.send(&path, None, json!({})).await.0, 400);
    let nobody = "/v1/payments/0192f0c1-2b3c-7d4e-8f50-617283940aff/refunds";
    assert_eq!(house.send(nobody, Some("k"), json!({})).await.0, 404);
    assert_eq!(house.refunds().await, []);
    let unpaid = House::ready().await;
    assert_eq!(unpaid.ask_back("k", json!({})).await.0, 409);
}

#[tokio::test]
async fn two_at_once_cannot_take_more_than_there_is() {
    let house = paid_by("gopay").await;
    let (one, two) = tokio::join!(
        house.ask_back("k1", json!({"amount": 100_000})),
        house.ask_back("k2", json!({"amount": 100_000})),
    );
    let mut codes = [one.0, two.0];
    codes.sort_unstable();
    assert_eq!(codes, [202, 422]);
    assert_eq!(house.refunds().await, [(100_000, RefundState::Asked)]);
    assert_eq!(house.gateway.acts(), [""; 0]);
    work_all(&house, NOW).await;
    work_all(&house, MINUTE).await;
    let key = house.payment().await.refunds.remove(0).key;
    assert_eq!(house.gateway.acts(), [format!("refund {key}")]);
    assert_eq!(house.refunds().await, [(100_000, RefundState::Taken)]);
    assert_eq!(house.status().await, PaymentStatus::PartiallyRefunded);
}

#[tokio::test]
async fn what_the_gateway_cannot_is_for_a_person_and_counts_when_it_is_done() {
    let house = paid_by("bank_transfer").await;
    let (_, refund) = house.ask_back("k1", json!({})).await;
    assert_eq!(refund["status"], "manual_required");
    assert_eq!(house.status().await, PaymentStatus::RefundManualRequired);
    assert_eq!(house.work(NOW).await, 0, "the gateway is not bothered");
    let (_, items) = house.get("/v1/operator-items").await;
    let item = &items["data"][0];
    assert_eq!(
        (&item["kind"], items["data"].as_array().unwrap().len()),
        (&json!("refund_manual"), 1)
    );
    let (_, page) = house.get("/ops/payment/audit").await;
    let audited = json!([{ "id": item["id"], "kind": "refund_manual", "about": refund["id"] }]);
    assert_eq!(page["data"][0]["open_items"], audited);
    let audited = json!([{ "key": refund["id"], "transaction_id": "tx-1", "amount": 185_000,
                           "cause": "asked", "state": "manual_required",
                           "asked_at": "2026-11-22T05:04:00Z" }]);
    assert_eq!(page["data"][0]["refunds"], audited);
    let resolve = format!("/v1/operator-items/{}/resolve", item["id"].as_str().unwrap());
    assert_eq!(house.send(&resolve, None, json!({"note": "  "})).await.0, 422);
    assert_eq!(house.send(&resolve, None, json!({"note": "BCA 14:02", "by": "ani"})).await.0, 204);
    assert_eq!(house.send(&resolve, None, json!({"note": "again"})).await.0, 409);
    assert_eq!(house.status().await, PaymentStatus::Refunded);
    let (_, items) = house.get("/v1/operator-items").await;
    assert_eq!(items["data"], json!([]));
    let (_, page) = house.get("/ops/payment/audit").await;
    assert_eq!(page["data"][0]["open_items"], json!([]));
    let told = house.statuses_told().await;
    assert_eq!(told, ["pending", "paid", "refund_manual_required", "refunded"]);
}

#[tokio::test]
async fn a_refusal_inside_a_success_is_recognised() {
    let house = paid_by("gopay").await;
    house.gateway.refunding([Ok(RefundAnswer::Declined("denied by the bank".into()))]);
    house.ask_back("k1", json!({})).await;
    house.work(NOW).await;
    assert_eq!(house.status().await, PaymentStatus::RefundManualRequired);
    assert_eq!(house.payment().await.open_items(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_key() {
    let house = paid_by("gopay").await;
    house.gateway.refunding([Err(unavailable("timed out"))]);
    house.ask_back("k1", json!({"amount": 5_000})).await;
    house.work(NOW).await;
    assert_eq!(house.refunds().await, [(5_000, RefundState::Asked)]);
    house.work(MINUTE).await;
    let acts = house.gateway.acts();
    assert_eq!((acts.len(), &acts[0]), (2, &acts[1]));
    assert_eq!(house.refunds().await, [(5_000, RefundState::Taken)]);
}

#[tokio::test]
async fn a_captured_card_is_called_off_instead() {
    let house = House::ready().await;
    let attempt = house.attempt().await;
    house.gateway.knows(Observation {
        method: Some("credit_card".into()),
        ..seen(attempt, "tx-1", GatewayStatus::Capture)
    });
    house.callback("tx-1", "capture").await;
    house.work(NOW).await;
    house.ask_back("k1", json!({})).await;
    house.work(NOW).await;
    assert_eq!(house.gateway.acts(), ["cancel tx-1"]);
    assert_eq!(house.status().await, PaymentStatus::Cancelled);
    assert_eq!(house.refunds().await, [(185_000, RefundState::Confirmed)]);
}

#[tokio::test]
async fn the_bank_s_confirmation_is_heard_and_a_refund_done_elsewhere_is_noted() {
    let house = paid_by("gopay").await;
    house.ask_back("k1", json!({"amount": 5_000})).await;
    house.work(NOW).await;
    let attempt = house.attempt().await;
    let mut told = Observation {
        method: Some("gopay".into()),
        refunded: Some(Money::rupiah(12_000)),
        ..seen(attempt, "tx-1", GatewayStatus::PartialRefund)
    };
    let key = house.payment().await.refunds[0].key.clone();
    let listed = |key: &str, amount, confirmed| payment::models::RefundSeen {
        key: key.into(),
        amount: Money::rupiah(amount),
        confirmed,
    };
    told.refunds = vec![listed(&key, 5_000, true), listed("dashboard", 7_000, false)];
    house.gateway.knows(told);
    house.callback("tx-1", "partial_refund").await;
    house.work(NOW).await;
    assert_eq!(
        house.refunds().await,
        [(5_000, RefundState::Confirmed), (7_000, RefundState::Taken)]
    );
    let (code, _) = house.ask_back("k2", json!({"amount": 173_001})).await;
    assert_eq!(code, 422, "what went back elsewhere is not there any more");
}

#[tokio::test]
async fn a_person_can_have_the_gateway_asked_now() {
    let house = House::ready().await;
    house.gateway_knows("tx-1", GatewayStatus::Settlement).await;
    let id = house.payment().await.id;
    assert_eq!(house.send(&format!("/v1/payments/{id}/sync"), None, json!({})).await.0, 202);
    assert_eq!(house.work(NOW).await, 1);
    assert_eq!(house.status().await, PaymentStatus::Paid);
    let nobody = "/v1/payments/0192f0c1-2b3c-7d4e-8f50-617283940aff/sync";
    assert_eq!(house.send(nobody, None, json!({})).await.0, 404);
}

/// The gateway's dashboard gave so much of tx-1 back, and no callback told of it.
async fn goes_elsewhere(house: &House, amount: i64) {
    let all = amount == 185_000;
    let status = if all { GatewayStatus::Refund } else { GatewayStatus::PartialRefund };
    let listed = payment::models::RefundSeen {
        key: "dashboard".into(),
        amount: Money::rupiah(amount),
        confirmed: true,
    };
    house.gateway.knows(Observation {
        method: Some("gopay".into()),
        refunded: Some(Money::rupiah(amount)),
        refunds: vec![listed],
        ..seen(house.attempt().await, "tx-1", status)
    });
}

#[tokio::test]
async fn a_whole_refund_that_was_done_elsewhere_is_not_done_by_hand_too() {
    let house = paid_by("gopay").await;
    goes_elsewhere(&house, 185_000).await;
    house.ask_back("k1", json!({})).await;
    house.work(NOW).await;
    assert_eq!(
        house.refunds().await,
        [(185_000, RefundState::Moot), (185_000, RefundState::Confirmed)]
    );
    assert_eq!(house.payment().await.items(), []);
    assert_eq!(house.statuses_told().await, ["pending", "paid", "refunded"]);
}

#[tokio::test]
async fn of_a_part_that_was_done_elsewhere_only_the_rest_goes_back() {
    let house = paid_by("gopay").await;
    goes_elsewhere(&house, 60_000).await;
    house.gateway.refunding([Ok(RefundAnswer::Declined("more than is left".into()))]);
    house.ask_back("k1", json!({})).await;
    house.work(NOW).await;
    house.work(SECOND).await;
    assert_eq!(
        house.refunds().await,
        [(125_000, RefundState::Taken), (60_000, RefundState::Confirmed)]
    );
    assert_eq!(house.payment().await.items(), []);
    assert_eq!(house.status().await, PaymentStatus::Refunded);
}

#[tokio::test]
async fn a_refund_that_the_gateway_says_it_has_is_never_done_by_hand() {
    let house = paid_by("gopay").await;
    house.gateway.refunding([Ok(RefundAnswer::Known), Ok(RefundAnswer::Known)]);
    house.ask_back("k1", json!({"amount": 5_000})).await;
    house.work(NOW).await;
    assert_eq!(house.refunds().await, [(5_000, RefundState::Asked)]);
    // Its list lags behind its sum.
    house.gateway.knows(Observation {
        refunded: Some(Money::rupiah(5_000)),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::PartialRefund)
    });
    house.work(MINUTE).await;
    assert_eq!(house.refunds().await, [(5_000, RefundState::Taken)]);
}

#[tokio::test]
async fn what_the_gateway_puts_off_for_a_day_is_for_a_person() {
    let house = paid_by("qris").await;
    let closed = || Ok(RefundAnswer::OtherState("the provider's window is over".into()));
    house.gateway.refunding((0..100).map(|_| closed()));
    house.ask_back("k1", json!({"amount": 5_000})).await;
    for _ in 0..47 {
        house.work(30 * MINUTE).await;
    }
    assert_eq!(house.refunds().await, [(5_000, RefundState::Asked)], "a provider's night is less");
    house.work(DAY).await;
    house.work(30 * MINUTE).await;
    let why = RefundState::Manual("the provider's window is over".into());
    assert_eq!(house.refunds().await, [(5_000, why)]);
    assert_eq!(house.payment().await.open_items(), 1);
}

#[tokio::test]
async fn a_card_that_settled_while_we_were_away_is_given_back_and_not_by_hand() {
    let house = House::ready().await;
    house.gateway.knows(Observation {
        method: Some("credit_card".into()),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::Capture)
    });
    house.callback("tx-1", "capture").await;
    house.work(NOW).await;
    house.ask_back("k1", json!({})).await;
    house.clock.advance(2 * DAY);
    house.gateway.knows(Observation {
        method: Some("credit_card".into()),
        ..seen(house.attempt().await, "tx-1", GatewayStatus::Settlement)
    });
    house.work(NOW).await;
    house.work(MINUTE).await;
    assert_eq!(house.refunds().await, [(185_000, RefundState::Taken)]);
    assert_eq!(house.status().await, PaymentStatus::Refunded);
}
