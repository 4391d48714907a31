//! What a transaction tolerates, on the fixtures of midtrans.md 9.

use super::*;
use serde_json::json;

fn key() -> ServerKey {
    ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap()
}

fn settlement() -> Value {
    json!({
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
        "va_numbers": [{"bank": "bca", "va_number": "00000112345"}],
        "payment_amounts": [],
        "signature_key": "64487e4797c98ce98390fd69a6e995ed64f8c8121498a7648e4ace6c3636aa2742235b4bfd6eec334219579ca9c590293f9c673980c7016312ef6ef36c237706"
    })
}

fn with(changes: &[(&str, Value)]) -> Transaction {
    let mut body = settlement();
    for (field, value) in changes {
        body[*field] = value.clone();
    }
    Transaction::parse(body.to_string().as_bytes()).unwrap()
}

#[test]
fn the_fixture_is_read_whole_and_its_signature_holds() {
    let read = with(&[]);
    assert!(read.verify_signature(&key()));
    assert!(read.is_paid());
    assert_eq!(read.transaction_status, TransactionStatus::Settlement);
    assert_eq!(read.settlement_time, Some("2026-03-01T03:07:31Z".parse().unwrap()));
    assert_eq!(read.va_numbers.as_ref().unwrap()[0].va_number, "00000112345");
    assert_eq!(read.amount_to_compare(), Ok(125_000));
}

#[test]
fn odd_types_cost_a_field_and_never_the_transaction() {
    let read = with(&[
        ("va_numbers", json!("none")),
        ("fraud_status", json!(null)),
        ("settlement_time", json!(17)),
        ("currency", json!({"code": "IDR"})),
        ("brand_new", json!([1, 2])),
        ("transaction_status", json!("SETTLEMENT")),
    ]);
    assert_eq!((read.va_numbers.clone(), read.settlement_time), (None, None));
    assert_eq!((read.fraud_status.clone(), read.currency.clone()), (None, None));
    assert!(read.is_paid());
}

#[test]
fn a_bare_number_keeps_the_digits_that_were_signed() {
    let body = settlement().to_string().replace("\"125000.00\"", "125000.00");
    let read = Transaction::parse(body.replace("\"200\"", "200").as_bytes()).unwrap();
    assert_eq!((read.gross_amount.as_str(), read.status_code.as_str()), ("125000.00", "200"));
    assert!(read.verify_signature(&key()));
}

#[test]
fn what_identifies_it_is_required() {
    for field in ["order_id", "transaction_id", "transaction_status", "status_code", "gross_amount"]
    {
        let mut body = settlement();
        body.as_object_mut().unwrap().remove(field);
        assert!(Transaction::parse(body.to_string().as_bytes()).is_err(), "{field} missing");
        body[field] = Value::Null;
        assert!(Transaction::parse(body.to_string().as_bytes()).is_err(), "{field} null");
    }
}

#[test]
fn the_amount_before_fees_is_compared_where_it_is_told() {
    let info = json!({"gross_amount_info": {
        "original_amount": "125000", "gross_amount": "129000", "customer_imposed_payment_fee": "4000"
    }});
    let gross = ("gross_amount", json!("129000.00"));
    let nested = with(&[gross.clone(), ("metadata", json!({ "extra_info": info }))]);
    assert_eq!(nested.amount_to_compare(), Ok(125_000));
    let top = with(&[gross.clone(), ("extra_info", info)]);
    assert_eq!(top.amount_to_compare(), Ok(125_000));
    let none = with(&[gross, ("metadata", json!({"extra_info": "?"}))]);
    assert_eq!(none.amount_to_compare(), Ok(129_000));
}

#[test]
fn paid_needs_status_code_and_fraud_status_to_agree() {
    let cases: [(&[(&str, Value)], bool); 6] = [
        (&[("transaction_status", json!("capture"))], true),
        (&[("fraud_status", json!("challenge"))], false),
        (&[("fraud_status", json!("unheard-of"))], false),
        (&[("status_code", json!("201"))], false),
        (&[("transaction_status", json!("deny"))], false),
        (&[("transaction_status", json!("refund"))], false),
    ];
    for (changes, paid) in cases {
        assert_eq!(with(changes).is_paid(), paid, "{changes:?}");
    }
}

#[test]
fn either_spelling_of_the_deadline_is_read() {
    let deadline = Some("2026-03-02T03:00:00Z".parse().unwrap());
    for spelling in ["expiry_time", "expire_time"] {
        assert_eq!(with(&[(spelling, json!("2026-03-02 10:00:00"))]).expires_at(), deadline);
    }
}

#[test]
fn a_nul_is_no_part_of_any_text() {
    let mut told = settlement();
    told["transaction_id"] = "a\0b".into();
    assert!(Transaction::parse(told.to_string().as_bytes()).is_err());
    told["transaction_id"] = "a\\\0".into();
    assert!(Transaction::parse(told.to_string().as_bytes()).is_err(), "behind a backslash");
    for six_characters in ["\\u0000", "\\\\u0000", "u0000", "ab"] {
        told["transaction_id"] = six_characters.into();
        let read = Transaction::parse(told.to_string().as_bytes()).unwrap();
        assert_eq!(read.transaction_id, six_characters);
    }
}

#[test]
fn an_entry_that_cannot_be_read_costs_itself_alone() {
    let read = with(&[
        (
            "actions",
            json!([{"name": "cancel"}, 7, {"name": "x", "url": "gojek://y", "fields": []}]),
        ),
        ("refunds", json!([null, {"refund_key": "k", "refund_chargeback_id": "abc"}, "?"])),
        ("payment_amounts", json!([{"paid_at": "2026-03-01 10:07:31", "amount": 125_000}])),
        ("approval_code", json!(1_500_000)),
        (
            "va_numbers",
            json!([{"bank": "bni"}, {"bank": "bca", "va_number": 112_345}, 7, {"bank": "bri", "va_number": "01"}]),
        ),
    ]);
    let accounts = read.va_numbers.as_ref().unwrap().iter();
    let accounts: Vec<_> = accounts.map(|va| (va.bank.as_str(), va.va_number.as_str())).collect();
    assert_eq!(accounts, [("bca", "112345"), ("bri", "01")]);
    assert_eq!((read.actions.len(), read.refunds.len()), (1, 1));
    assert_eq!(read.action("x").unwrap().url, "gojek://y");
    let refund = read.refund_with_key("k").unwrap();
    assert_eq!(refund.refund_chargeback_id.as_deref(), Some("abc"));
    assert_eq!(refund.amount(), Err(AmountError));
    assert_eq!(read.payment_amounts[0].amount.as_deref(), Some("125000"));
    assert_eq!(read.approval_code.as_deref(), Some("1500000"));
    assert_eq!(with(&[("actions", json!("none")), ("refunds", json!({}))]).actions, []);
}

#[test]
fn either_id_names_it() {
    let read = with(&[]);
    assert!(read.has_id("ORD-2026-000123-1"));
    assert!(read.has_id("0d0f5a0e-2a5b-4d6e-8f55-3f7e0f0a1c11"));
    assert!(!read.has_id("ORD-2026-000123"));
}

#[test]
fn a_saved_card_is_read_and_not_shown() {
    let read = with(&[("saved_token_id", json!("48111111-secret"))]);
    assert_eq!(read.saved_token.as_ref().unwrap().reveal(), "48111111-secret");
    assert!(!format!("{read:?}").contains("secret"));
    assert_eq!(with(&[("saved_token_id", json!(["x"]))]).saved_token, None);
}
