//! A transaction as JSON on the wire: what GET Status, a notification, a charge and an action say.
//! Values are composed here and nothing is decided.

mod charge;
mod extras;

pub(crate) use charge::charged;
pub(crate) use extras::{BILLER_CODE, account_number, qr_text};

use crate::gateway::Merchant;
use crate::model::{Refund, Transaction};
use crate::rules::status::{Channel, Fraud, Status, code};
use midtrans::{amount, signature, time};
use serde_json::{Map, Value, json};

/// What is told, and by whom.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) merchant: &'a Merchant,
    pub(crate) transaction: &'a Transaction,
    /// Of this transaction, oldest first.
    pub(crate) refunds: &'a [Refund],
}

/// What GET Status answers, or a notification says (midtrans.md 2.5, 3.1).
pub(crate) fn transaction(told: Told<'_>, channel: Channel) -> Map<String, Value> {
    let message = match channel {
        Channel::Status => "Success, transaction is found",
        Channel::Notification => "midtrans payment notification",
    };
    let transaction = told.transaction;
    let code = code(transaction.standing, channel);
    let mut body = outcome(told, code, message);
    let gross_amount = amount::format(transaction.gross_amount);
    let signature = signature::sign(&transaction.order_id, code, &gross_amount, &told.merchant.key);
    body.insert("signature_key".to_owned(), signature.into());
    body.insert("expiry_time".to_owned(), time::format(transaction.expires_at).into());
    if let Some(at) = transaction.settled_at {
        body.insert("settlement_time".to_owned(), time::format(at).into());
    }
    body.extend(extras::of(transaction));
    if channel == Channel::Status {
        body.extend(extras::only_in_status(told));
    }
    body.extend(refunds(told));
    body.extend(transaction.facts.carried.echo.clone());
    add_fee(&mut body, transaction);
    body
}

/// What an action answers (midtrans.md 2.4), and the start of every other answer.
pub(crate) fn outcome(told: Told<'_>, code: &str, message: &str) -> Map<String, Value> {
    let transaction = told.transaction;
    let mut fields = into_map(json!({
        "status_code": code,
        "status_message": message,
        "transaction_id": transaction.id,
        "order_id": transaction.order_id,
        "merchant_id": told.merchant.id,
        "gross_amount": amount::format(transaction.gross_amount),
        "currency": "IDR",
        "payment_type": transaction.method.payment_type(),
        "transaction_time": time::format(transaction.created_at),
        "transaction_status": transaction.standing.status.as_str(),
    }));
    let standing = transaction.standing;
    if !transaction.method.has_no_fraud_status() || standing.fraud != Fraud::Accept {
        fields.insert("fraud_status".to_owned(), standing.fraud.as_str().into());
    }
    fields
}

/// What a refund answers. `amount` is what went back by it: zero if the provider refused
/// (midtrans.md 2.6).
pub(crate) fn refunded(told: Told<'_>, (id, key): (i64, &str), amount: i64) -> Value {
    let (code, message) = match amount {
        0 => ("202", "Refund denied by the bank"),
        _ => ("200", "Success, refund request is approved"),
    };
    let mut body = outcome(told, code, message);
    if let Some(at) = told.transaction.settled_at {
        body.insert("settlement_time".to_owned(), time::format(at).into());
    }
    body.extend(into_map(json!({
        "refund_chargeback_id": id,
        "refund_amount": amount::format(amount),
        "refund_key": key,
    })));
    Value::Object(body)
}

/// What was given back, in all and one by one (midtrans.md 3.1).
fn refunds(told: Told<'_>) -> Map<String, Value> {
    let status = told.transaction.standing.status;
    if !matches!(status, Status::Refund | Status::PartialRefund) {
        return Map::new();
    }
    let entries: Vec<Value> = told.refunds.iter().map(refund).collect();
    into_map(json!({
        "refund_amount": amount::format(told.transaction.refunded),
        "refunds": entries,
    }))
}

fn refund(refund: &Refund) -> Value {
    let mut entry = into_map(json!({
        "refund_chargeback_id": refund.id,
        "refund_amount": amount::format(refund.amount),
        "created_at": time::format(refund.created_at),
        "refund_key": refund.key,
        // `offline` is documented beside it, and not when it is told (L).
        "refund_method": "online",
    }));
    if let Some(reason) = &refund.reason {
        entry.insert("reason".to_owned(), reason.as_str().into());
    }
    if let Some(at) = refund.confirmed_at {
        entry.insert("bank_confirmed_at".to_owned(), time::format(at).into());
    }
    Value::Object(entry)
}

/// A fee that the customer pays is told inside `metadata`, in texts (midtrans.md 3.8).
fn add_fee(body: &mut Map<String, Value>, transaction: &Transaction) {
    let fee = transaction.facts.fee;
    if fee == 0 {
        return;
    }
    let metadata = body.entry("metadata").or_insert_with(|| json!({}));
    if let Some(metadata) = metadata.as_object_mut() {
        let info = json!({ "gross_amount_info": {
            "original_amount": (transaction.gross_amount - fee).to_string(),
            "gross_amount": transaction.gross_amount.to_string(),
            "customer_imposed_payment_fee": fee.to_string(),
        }});
        metadata.insert("extra_info".to_owned(), info);
    }
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
