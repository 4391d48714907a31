//! Every released version still parses, and says again what it said.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use events::{
    GoesBackV1, OrderCancelRequestedV1, OrderCreatedV1, PaymentStatusUpdatedV1, PaymentStatusV1,
    RefundCauseV1, RefundRequestedV1,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden<T: DeserializeOwned + Serialize>(name: &str) -> T {
    let path = format!("{}/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let event: T = serde_json::from_str(&text).unwrap();
    let released: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), released, "{name} must not change");
    event
}

#[test]
fn order_created_v1() {
    let event: OrderCreatedV1 = golden("order.created.v1");
    assert_eq!(event.total_amount, 185_000);
    assert_eq!(event.payment_due_at, None, "it was not told at first");
    let event: OrderCreatedV1 = golden("order.created.v1+payment_due_at");
    assert_eq!(event.payment_due_at.as_deref(), Some("2026-11-23T05:04:00Z"));
}

#[test]
fn order_cancel_requested_v1() {
    let event: OrderCancelRequestedV1 = golden("order.cancel.requested.v1");
    assert!(event.refund_if_paid && event.reason.is_some());
    let told = serde_json::json!({ "order_id": event.order_id, "refund_if_paid": false });
    let without: OrderCancelRequestedV1 = serde_json::from_value(told.clone()).unwrap();
    assert_eq!(without.reason, None, "a reason may be left out");
    assert_eq!(serde_json::to_value(&without).unwrap(), told, "and is left out then");
}

#[test]
fn payment_status_updated_v1() {
    let event: PaymentStatusUpdatedV1 = golden("payment.status.updated.v1");
    assert_eq!(event.payment_method.as_deref(), Some("qris"));
    assert_eq!(event.refunded_amount, None, "it was not told at first");
    assert_eq!((event.goes_back, event.goes_back_amount), (None, None), "nor was this");
    let event: PaymentStatusUpdatedV1 = golden("payment.status.updated.v1+refunded_amount");
    assert_eq!(event.payment_status, PaymentStatusV1::PartiallyRefunded);
    assert_eq!(event.refunded_amount, Some(85_000));
    let event: PaymentStatusUpdatedV1 = golden("payment.status.updated.v1+goes_back");
    assert_eq!(event.goes_back, Some(GoesBackV1::LateMoney));
    assert_eq!(event.payment_status, PaymentStatusV1::Paid);
    let event: PaymentStatusUpdatedV1 = golden("payment.status.updated.v1+goes_back_amount");
    assert_eq!(
        (event.goes_back, event.goes_back_amount),
        (Some(GoesBackV1::CalledOff), Some(187_000))
    );
}

#[test]
fn refund_requested_v1() {
    let event: RefundRequestedV1 = golden("refund.requested.v1");
    assert_eq!((event.cause, event.by_hand), (RefundCauseV1::SecondPayment, true));
    assert_eq!(event.amount, 187_000);
}

#[test]
fn every_reason_to_go_back_has_its_word_for_ever() {
    for word in ["late_money", "called_off"] {
        let why: GoesBackV1 = serde_json::from_value(Value::from(word)).unwrap();
        assert_eq!(serde_json::to_value(why).unwrap(), word);
    }
    for word in ["asked", "called_off", "late_money", "second_payment"] {
        let why: RefundCauseV1 = serde_json::from_value(Value::from(word)).unwrap();
        assert_eq!(serde_json::to_value(why).unwrap(), word);
    }
}

#[test]
fn every_payment_status_has_its_word_for_ever() {
    let words = [
        "pending",
        "authorized",
        "challenged",
        "paid",
        "denied",
        "failed",
        "expired",
        "cancelled",
        "partially_refunded",
        "refunded",
        "reversed",
        "charged_back",
        "refund_manual_required",
    ];
    for word in words {
        let status: PaymentStatusV1 = serde_json::from_value(Value::from(word)).unwrap();
        assert_eq!(serde_json::to_value(status).unwrap(), word);
    }
}

#[test]
fn every_golden_file_is_read_by_a_test() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");
    let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    for name in names {
        let name = name.into_string().unwrap();
        let read = format!("golden(\"{}\")", name.strip_suffix(".json").unwrap());
        assert!(include_str!("main.rs").contains(&read), "{name}");
    }
}

#[test]
fn the_original_fields_are_there() {
    let order = serde_json::to_value(golden::<OrderCreatedV1>("order.created.v1")).unwrap();
    for field in ["order_id", "email", "total_amount", "currency"] {
        assert!(order.get(field).is_some(), "{field}");
    }
    let payment = golden::<PaymentStatusUpdatedV1>("payment.status.updated.v1");
    let payment = serde_json::to_value(payment).unwrap();
    for field in ["payment_status", "payment_id", "order_id", "payment_method"] {
        assert!(payment.get(field).is_some(), "{field}");
    }
}

#[test]
fn a_reader_ignores_fields_that_it_does_not_know() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/payment.status.updated.v1.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    event["added_later"] = Value::from(1);
    assert!(serde_json::from_value::<PaymentStatusUpdatedV1>(event).is_ok());
}
