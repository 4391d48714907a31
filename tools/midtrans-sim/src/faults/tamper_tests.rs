//! The exact effect of each change, and whether the signature still holds afterwards. The digest
//! is made here, not by the client, so that both would have to be wrong alike.

use super::*;
use sha2::Sha512;

const KEY: &str = "SB-Mid-server-EXAMPLE-0001";
/// Of the notification below, as published in midtrans.md 9.
const SIGNATURE: &str = "64487e4797c98ce98390fd69a6e995ed64f8c8121498a7648e4ace6c3636aa2742235b4bfd6eec334219579ca9c590293f9c673980c7016312ef6ef36c237706";

fn resign(order_id: &str, code: &str, amount: &str) -> String {
    let digest = Sha512::digest(format!("{order_id}{code}{amount}{KEY}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn settlement() -> Map<String, Value> {
    let body = json!({
        "transaction_time": "2026-03-01 10:00:00",
        "transaction_id": "0d0f5a0e-2a5b-4d6e-8f55-3f7e0f0a1c11",
        "status_message": "midtrans payment notification",
        "merchant_id": "G000000001",
        "order_id": "ORD-2026-000123-1",
        "gross_amount": "125000.00",
        "currency": "IDR",
        "transaction_status": "settlement",
        "status_code": "200",
        "payment_type": "bank_transfer",
        "fraud_status": "accept",
        "settlement_time": "2026-03-01 10:07:31",
        "va_numbers": [{ "bank": "bca", "va_number": "00000112345" }],
        "signature_key": SIGNATURE,
    });
    match body {
        Value::Object(body) => body,
        _ => unreachable!("it is an object"),
    }
}

fn of(fault: Fault) -> Strike {
    Strike { fault, ms: None, code: None, after: false, to: None, amount: None }
}

fn claim(status: &str) -> Strike {
    Strike { to: Some(status.to_owned()), ..of(Fault::TamperedStatus) }
}

fn worth(rupiah: i64) -> Strike {
    Strike { amount: Some(rupiah), ..of(Fault::LowerAmount) }
}

fn sent(strikes: &[Strike]) -> Map<String, Value> {
    serde_json::from_str(&tamper(settlement(), strikes, &resign)).unwrap()
}

/// What differs from the untouched body; a removed field is null.
fn difference(strikes: &[Strike]) -> Value {
    let (before, after) = (settlement(), sent(strikes));
    let removed = before.keys().filter(|field| !after.contains_key(*field));
    let mut changed: Map<_, _> = removed.map(|field| (field.clone(), Value::Null)).collect();
    changed.extend(after.into_iter().filter(|(field, value)| before.get(field) != Some(value)));
    changed.into()
}

/// Whether a receiver who hashes what stands in the body finds the signature it carries.
fn holds(body: &Map<String, Value>) -> bool {
    let raw = |field: &str| match &body[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let right = resign(&raw("order_id"), &raw("status_code"), &raw("gross_amount"));
    body.get("signature_key").is_some_and(|signature| *signature == json!(right))
}

#[test]
fn without_a_change_the_body_is_sent_as_it_is() {
    assert!(holds(&settlement()), "the published signature is that of the fixture");
    let others = Fault::ALL.into_iter().filter(|fault| !CHANGES.contains(fault));
    let others: Vec<_> = others.filter(|fault| *fault != Fault::Garbage).map(of).collect();
    assert!(others.iter().any(|strike| strike.fault == Fault::Drop));
    for strikes in [&[][..], &others] {
        let text = tamper(settlement(), strikes, &|_, _, _| panic!("nothing to sign"));
        assert_eq!(text, Value::Object(settlement()).to_string());
    }
}

#[test]
fn what_the_signature_does_not_cover_changes_under_a_valid_one() {
    let cases = [
        (claim("refund"), json!({ "transaction_status": "refund" })),
        (claim("no status of theirs"), json!({ "transaction_status": "no status of theirs" })),
        (of(Fault::UppercaseStatus), json!({ "transaction_status": "SETTLEMENT" })),
        (of(Fault::NoFraudStatus), json!({ "fraud_status": null })),
        (of(Fault::OtherMerchant), json!({ "merchant_id": "G999999998" })),
        (of(Fault::OtherCurrency), json!({ "currency": "USD" })),
    ];
    for (strike, expected) in cases {
        let strikes = [strike];
        assert_eq!(difference(&strikes), expected, "{strikes:?}");
        let body = sent(&strikes);
        assert_eq!(body["signature_key"], SIGNATURE, "{strikes:?}");
        assert!(holds(&body), "{strikes:?}");
    }
}

#[test]
fn what_the_signature_covers_is_signed_again() {
    let cases = [
        (of(Fault::LowerAmount), "gross_amount", json!("124999.00")),
        (worth(1), "gross_amount", json!("1.00")),
        (worth(125_001), "gross_amount", json!("125001.00")),
        (of(Fault::UnknownOrder), "order_id", json!("unknown-d85401da7c41c23d")),
        (of(Fault::NumericAmount), "gross_amount", json!(125_000)),
    ];
    for (strike, field, expected) in cases {
        let strikes = [strike];
        let body = sent(&strikes);
        assert_eq!(body[field], expected, "{strikes:?}");
        assert_ne!(body["signature_key"], SIGNATURE, "{strikes:?}");
        assert!(holds(&body), "{strikes:?}");
        let changed = difference(&strikes);
        let fields: Vec<_> = changed.as_object().unwrap().keys().collect();
        assert_eq!(fields, [field, "signature_key"], "{strikes:?}");
    }
}

#[test]
fn a_number_is_signed_over_its_own_digits() {
    let body = sent(&[of(Fault::NumericAmount)]);
    assert_eq!(body["signature_key"], resign("ORD-2026-000123-1", "200", "125000"));
    let text = tamper(settlement(), &[of(Fault::NumericAmount)], &resign);
    assert!(text.contains(r#""gross_amount":125000,"#), "no fraction: {text}");
}

#[test]
fn a_bad_signature_has_the_right_form() {
    for strikes in [vec![of(Fault::BadSignature)], vec![of(Fault::BadSignature); 2]] {
        let body = sent(&strikes);
        let signature = body["signature_key"].as_str().unwrap();
        assert!(!holds(&body));
        assert_eq!(signature.len(), 128);
        assert!(signature.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        assert_eq!(signature[..127], SIGNATURE[..127], "only all of it tells");
    }
    // One whose right digest ends in the digit that replaces the others.
    let order = (0..).map(|n| format!("o-{n}")).find(|o| resign(o, "200", "1.00").ends_with('0'));
    let mut body = settlement();
    set(&mut body, "order_id", order);
    set(&mut body, "gross_amount", "1.00");
    sign(&mut body, &resign);
    for strikes in [vec![of(Fault::BadSignature)], vec![of(Fault::BadSignature); 2]] {
        let text = tamper(body.clone(), &strikes, &resign);
        assert!(!holds(&serde_json::from_str(&text).unwrap()), "{} switches", strikes.len());
    }
}

#[test]
fn a_missing_signature_is_no_field_at_all() {
    assert_eq!(difference(&[of(Fault::NoSignature)]), json!({ "signature_key": null }));
}

#[test]
fn unknown_fields_come_beside_the_known_ones() {
    let body = sent(&[of(Fault::UnknownFields)]);
    assert!(holds(&body));
    for (field, value) in settlement() {
        assert_eq!(body[&field], value, "{field}");
    }
    let mut new: Vec<_> = body.keys().filter(|field| !settlement().contains_key(*field)).collect();
    new.sort();
    assert_eq!(new, ["sim_list", "sim_null", "sim_number", "sim_object", "sim_text"]);
    let inner = &body["sim_object"]["level"]["level"];
    assert_eq!(inner["gross_amount"], json!({ "value": "1.00" }));
}

#[test]
fn garbage_is_no_json_but_its_beginning() {
    for strikes in [vec![of(Fault::Garbage)], vec![of(Fault::Garbage), of(Fault::UnknownFields)]] {
        let whole = tamper(settlement(), &strikes[1..], &resign);
        let text = tamper(settlement(), &strikes, &resign);
        assert!(whole.starts_with(&text));
        assert!(text.len() * 2 <= whole.len() && text.len() > whole.len() / 2 - 4);
        assert!(serde_json::from_str::<Value>(&text).is_err());
    }
    // Wherever the middle falls, it falls between two characters.
    for length in 0..8 {
        let mut body = Map::new();
        set(&mut body, "x".repeat(length).as_str(), "新しい新しい新しい");
        tamper(body, &[of(Fault::Garbage)], &resign);
    }
}

#[test]
fn a_merchant_is_never_mistaken_for_itself() {
    let mut body = settlement();
    set(&mut body, "merchant_id", "G999999998");
    let text = tamper(body, &[of(Fault::OtherMerchant)], &resign);
    assert!(text.contains(r#""merchant_id":"G999999999""#));
}

#[test]
fn changes_add_up_whatever_the_order_of_the_switches() {
    let mut strikes = vec![
        of(Fault::NumericAmount),
        of(Fault::LowerAmount),
        of(Fault::UppercaseStatus),
        claim("refund"),
        of(Fault::UnknownOrder),
    ];
    for _ in 0..2 {
        let body = sent(&strikes);
        assert_eq!(body["gross_amount"], json!(124_999));
        assert_eq!(body["transaction_status"], "REFUND");
        assert!(holds(&body));
        strikes.reverse();
    }
    for strikes in [
        [of(Fault::BadSignature), of(Fault::LowerAmount)],
        [of(Fault::LowerAmount), of(Fault::BadSignature)],
    ] {
        let body = sent(&strikes);
        assert_eq!(body["gross_amount"], "124999.00");
        assert!(!holds(&body), "signing again does not mend a bad signature");
    }
    assert_eq!(
        difference(&[of(Fault::NoSignature), of(Fault::BadSignature)]),
        json!({ "signature_key": null })
    );
}

#[test]
fn an_amount_never_falls_below_zero_and_only_an_amount_falls() {
    for (before, after) in [("1.00", "0.00"), ("0.00", "0.00"), ("12.50", "12.50"), ("", "")] {
        let mut body = settlement();
        set(&mut body, "gross_amount", before);
        let text = tamper(body, &[of(Fault::LowerAmount)], &resign);
        let body: Map<String, Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(body["gross_amount"], after);
    }
}
