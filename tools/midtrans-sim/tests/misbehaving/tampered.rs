//! Notifications that are not what they should be, as an endpoint receives them.

use crate::world::{World, key};
use midtrans::signature;
use serde_json::{Value, json};

/// A field as the signature reads it.
fn text(body: &Value, field: &str) -> String {
    body[field].as_str().map_or_else(|| body[field].to_string(), str::to_owned)
}

/// Whether the signature fits what this very body says (midtrans.md 3.2).
pub(crate) fn is_signed(body: &Value) -> bool {
    let [order_id, code, amount] =
        ["order_id", "status_code", "gross_amount"].map(|field| text(body, field));
    let shown = body["signature_key"].as_str().unwrap_or_default();
    shown == signature::sign(&order_id, &code, &amount, &key())
}

/// The settlement as it should be, and as it comes.
async fn settled(mut switch: Value) -> (Value, String) {
    switch["status"] = json!("settlement");
    let mut texts = vec![];
    for switches in [json!([]), json!([switch])] {
        let world = World::misbehaving(switches).await;
        world.pay("ORD-1", "qris", "settle").await;
        world.settle_down().await;
        let posted = world.endpoint.take();
        assert!(is_signed(&posted[0].body()), "out of the switch's scope");
        texts.push(posted[1].text.clone());
    }
    (serde_json::from_str(&texts[0]).unwrap(), texts.remove(1))
}

/// The fields that differ.
fn changed(right: &Value, wrong: &Value) -> Vec<String> {
    let (right, wrong) = (right.as_object().unwrap(), wrong.as_object().unwrap());
    let fields = right.keys().chain(wrong.keys().filter(|field| !right.contains_key(*field)));
    fields.filter(|field| right.get(*field) != wrong.get(*field)).cloned().collect()
}

#[tokio::test]
async fn each_tampering_changes_its_own_fields_and_signs_or_not() {
    let cases: [(Value, &[&str], bool); 10] = [
        (json!({"fault": "bad_signature"}), &["signature_key"], false),
        (json!({"fault": "no_signature"}), &["signature_key"], false),
        (json!({"fault": "tampered_status", "to": "refund"}), &["transaction_status"], true),
        (json!({"fault": "uppercase_status"}), &["transaction_status"], true),
        (json!({"fault": "lower_amount", "amount": 7}), &["gross_amount", "signature_key"], true),
        (json!({"fault": "numeric_amount"}), &["gross_amount", "signature_key"], true),
        (json!({"fault": "other_merchant"}), &["merchant_id"], true),
        (json!({"fault": "other_currency"}), &["currency"], true),
        (json!({"fault": "unknown_order"}), &["order_id", "signature_key"], true),
        (json!({"fault": "no_fraud_status"}), &["fraud_status"], true),
    ];
    for (switch, fields, signed) in cases {
        let (right, text) = settled(switch.clone()).await;
        let wrong: Value = serde_json::from_str(&text).unwrap();
        let mut found = changed(&right, &wrong);
        found.sort();
        assert_eq!(found, fields, "{switch}");
        assert_eq!(is_signed(&wrong), signed, "{switch}");
    }
}

#[tokio::test]
async fn the_values_are_those_that_the_switch_names() {
    let told = |switch: Value, field: &'static str| async move {
        let (_, text) = settled(switch).await;
        serde_json::from_str::<Value>(&text).unwrap()[field].clone()
    };
    let status = json!({"fault": "tampered_status", "to": "deny"});
    assert_eq!(told(status, "transaction_status").await, "deny");
    let world = World::misbehaving(json!([{"fault": "tampered_status"}])).await;
    world.pay("ORD-1", "qris", "pending").await;
    world.settle_down().await;
    assert_eq!(world.endpoint.statuses(), ["settlement"], "what it claims if nobody says");
    let loud = json!({"fault": "uppercase_status"});
    assert_eq!(told(loud, "transaction_status").await, "SETTLEMENT");
    assert_eq!(told(json!({"fault": "lower_amount"}), "gross_amount").await, "124999.00");
    assert_eq!(told(json!({"fault": "numeric_amount"}), "gross_amount").await, json!(125_000));
    assert_eq!(told(json!({"fault": "other_currency"}), "currency").await, "USD");
}

#[tokio::test]
async fn garbage_ends_in_its_middle_and_the_history_shows_it() {
    let world = World::misbehaving(json!([{"fault": "garbage"}])).await;
    world.pay("ORD-1", "qris", "pending").await;
    world.settle_down().await;
    let text = world.endpoint.take().remove(0).text;
    assert!(text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err(), "{text}");
    assert_eq!(world.deliveries("ORD-1").await[0]["body"], json!(text));
}

#[tokio::test]
async fn fields_that_no_page_documents_leave_the_rest_as_it_is() {
    let (right, text) = settled(json!({"fault": "unknown_fields"})).await;
    let strange: Value = serde_json::from_str(&text).unwrap();
    let more = changed(&right, &strange);
    assert!(more.len() >= 4 && more.iter().all(|field| right.get(field).is_none()), "{more:?}");
    assert!(is_signed(&strange));
    let read = midtrans::Notification::parse(text.as_bytes()).unwrap();
    assert!(read.verify_signature(&key()) && read.transaction().is_paid());
}

/// What our own receiver makes of each: midtrans.md 3.2 asks it to look at this very payload.
#[tokio::test]
async fn our_reader_accepts_no_signature_that_is_not_right() {
    for (fault, valid) in
        [("bad_signature", false), ("lower_amount", true), ("unknown_order", true)]
    {
        let (_, text) = settled(json!({"fault": fault})).await;
        let read = midtrans::Notification::parse(text.as_bytes()).unwrap();
        assert_eq!(read.verify_signature(&key()), valid, "{fault}");
    }
    let (_, text) = settled(json!({"fault": "no_signature"})).await;
    let read = midtrans::Notification::parse(text.as_bytes());
    assert!(!read.is_ok_and(|read| read.verify_signature(&key())));
}
