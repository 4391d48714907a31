//! A transaction as JSON on the wire: the fields of midtrans.md 3.1 and 2.5, per method.

use crate::clock::later;
use crate::gateway::Merchant;
use crate::model::{Terms, Transaction};
use crate::rules::method::Method;
use crate::rules::status::{Channel, Status, code};
use midtrans::{amount, signature, time};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What GET Status answers, or a notification says.
pub(crate) fn transaction(
    merchant: &Merchant,
    terms: &Terms,
    told: &Transaction,
    channel: Channel,
) -> Value {
    let message = match channel {
        Channel::Status => "Success, transaction is found",
        Channel::Notification => "midtrans payment notification",
    };
    let code = code(told.standing, channel);
    let mut body = outcome(merchant, told, code, message);
    let gross_amount = amount::format(told.gross_amount);
    let signature = signature::sign(&told.order_id, code, &gross_amount, &merchant.key);
    body.insert("signature_key".to_owned(), signature.into());
    body.insert("expiry_time".to_owned(), time::format(told.expires_at).into());
    if let Some(at) = told.settled_at {
        body.insert("settlement_time".to_owned(), time::format(at).into());
    }
    body.extend(extras(told));
    body.extend(terms.echo.clone());
    Value::Object(body)
}

/// What cancel and expire answer (midtrans.md 2.4).
pub(crate) fn outcome(
    merchant: &Merchant,
    told: &Transaction,
    code: &str,
    message: &str,
) -> Map<String, Value> {
    let fields = json!({
        "status_code": code,
        "status_message": message,
        "transaction_id": told.id,
        "order_id": told.order_id,
        "merchant_id": merchant.id,
        "gross_amount": amount::format(told.gross_amount),
        "currency": "IDR",
        "payment_type": told.method.payment_type(),
        "transaction_time": time::format(told.created_at),
        "transaction_status": told.standing.status.as_str(),
        "fraud_status": told.standing.fraud.as_str(),
    });
    into_map(fields)
}

/// The number a customer transfers to, and who keeps it. Derived from the transaction's id, so
/// that it need not be stored.
pub(crate) fn account_number(told: &Transaction) -> Option<String> {
    let length = match told.method {
        Method::BcaVa => 11,
        Method::BniVa | Method::PermataVa => 16,
        Method::BriVa => 18,
        Method::MandiriBill => 12,
        Method::Qris | Method::Gopay | Method::CreditCard => return None,
    };
    Some(digits(&told.id, length))
}

/// The company code of Mandiri bills in the documented samples (midtrans.md 2.2).
pub(crate) const BILLER_CODE: &str = "70012";

fn extras(told: &Transaction) -> Map<String, Value> {
    let number = account_number(told).unwrap_or_default();
    let fields = match told.method {
        Method::BcaVa => virtual_account("bca", &number, &[]),
        Method::BniVa => virtual_account("bni", &number, &payments(told)),
        Method::BriVa => virtual_account("bri", &number, &[]),
        Method::PermataVa => json!({ "permata_va_number": number }),
        Method::MandiriBill => json!({ "bill_key": number, "biller_code": BILLER_CODE }),
        Method::Qris if told.paid_at.is_some() => json!({
            "acquirer": "gopay",
            "issuer": "gopay",
            "transaction_type": "on-us",
            "merchant_cross_reference_id": digits(&told.id, 12),
        }),
        Method::Qris => json!({ "acquirer": "gopay" }),
        Method::Gopay if told.paid_at.is_some() => {
            json!({ "payment_option_type": "GOPAY_WALLET" })
        }
        Method::Gopay => json!({}),
        Method::CreditCard => card(told),
    };
    into_map(fields)
}

fn virtual_account(bank: &str, number: &str, payments: &[Value]) -> Value {
    json!({
        "va_numbers": [{ "bank": bank, "va_number": number }],
        "payment_amounts": payments,
    })
}

fn payments(told: &Transaction) -> Vec<Value> {
    let paid =
        |at| json!({ "paid_at": time::format(at), "amount": amount::format(told.gross_amount) });
    told.paid_at.map(paid).into_iter().collect()
}

fn card(told: &Transaction) -> Value {
    let mut fields = into_map(json!({
        "masked_card": "48111111-1114",
        "bank": "bni",
        "card_type": "credit",
    }));
    let answer = match told.standing.status {
        Status::Pending | Status::Expire => return fields.into(),
        Status::Deny => json!({
            "eci": "05",
            "channel_response_code": "05",
            "channel_response_message": "Do not honour",
        }),
        _ => json!({
            "eci": "05",
            "approval_code": digits(&told.id, 6),
            "channel_response_code": "00",
            "channel_response_message": "Approved",
            "three_ds_version": "2",
            "challenge_completion": true,
        }),
    };
    fields.extend(into_map(answer));
    fields.into()
}

/// As many decimal digits as asked, at most 18, always the same for the same text.
fn digits(text: &str, length: u32) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    let number = u64::from_be_bytes(bytes) % 10_u64.pow(length);
    format!("{number:0width$}", width = length as usize)
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A deadline that starts now unless it was given a start.
pub(crate) fn deadline(terms: &Terms, method: Method, now: kernel::Timestamp) -> kernel::Timestamp {
    match terms.expiry {
        Some(window) => later(window.start.unwrap_or(now), window.length),
        None => later(now, method.default_expiry()),
    }
}
