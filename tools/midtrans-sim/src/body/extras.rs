//! The fields that a method adds (midtrans.md 2.2, 2.5, 3.1).

use super::{Told, into_map};
use crate::model::Transaction;
use crate::rules::method::{Family, Method};
use crate::rules::qris;
use crate::rules::status::{Fraud, Status};
use midtrans::{amount, time};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The company code of Mandiri bills in the documented samples (midtrans.md 2.2).
pub(crate) const BILLER_CODE: &str = "70012";

/// The number a customer transfers to, or shows at the counter: the merchant's wish where there is
/// one, else derived from the transaction's id, so that it need not be stored.
pub(crate) fn account_number(told: &Transaction) -> Option<String> {
    let wish = told.facts.carried.wants.accounts.get(told.method.as_str());
    let length = match told.method {
        Method::BcaVa => 11,
        Method::MandiriBill => 12,
        Method::BniVa | Method::PermataVa | Method::Alfamart => 16,
        Method::BriVa | Method::Indomaret => 18,
        _ if told.method.family() == Family::Transfer => 16,
        _ => return None,
    };
    let number = digits(&told.id, length);
    Some(match wish {
        // The bank's prefix for this merchant comes before the merchant's own digits.
        Some(own) if own.len() < number.len() => {
            format!("{}{own}", &number[..number.len() - own.len()])
        }
        Some(own) => own.clone(),
        None => number,
    })
}

/// The text inside the code that a customer scans.
pub(crate) fn qr_text(told: &Transaction) -> Option<String> {
    let scans = matches!(told.method, Method::Qris | Method::Gopay);
    scans.then(|| qris::text(&digits(&told.id, 12), told.gross_amount))
}

/// What a notification and GET Status say about the method.
pub(super) fn of(told: &Transaction) -> Map<String, Value> {
    let number = account_number(told).unwrap_or_default();
    let paid = told.paid_at.is_some();
    let fields = match told.method {
        Method::PermataVa => json!({ "permata_va_number": number }),
        Method::MandiriBill => json!({ "bill_key": number, "biller_code": BILLER_CODE }),
        Method::Alfamart => json!({ "payment_code": number, "store": "alfamart" }),
        Method::Indomaret if paid => json!({
            "payment_code": number, "store": "indomaret", "approval_code": digits(&told.id, 10),
        }),
        Method::Indomaret => json!({ "payment_code": number, "store": "indomaret" }),
        Method::Qris => return qris_fields(told),
        Method::Gopay if paid => json!({ "payment_option_type": "GOPAY_WALLET" }),
        Method::ShopeePay if paid => json!({
            "shopeepay_reference_number": digits(&told.id, 18),
            "reference_id": digits(&told.id, 12),
        }),
        Method::CreditCard => return card(told),
        _ => match told.method.bank().filter(|_| told.method.family() == Family::Transfer) {
            Some(bank) => json!({
                "va_numbers": [{ "bank": bank, "va_number": number }],
                // Only BNI fills it (midtrans.md 3.1).
                "payment_amounts": if told.method == Method::BniVa { payments(told) } else { vec![] },
            }),
            None => json!({}),
        },
    };
    into_map(fields)
}

/// What GET Status says and a notification does not: where a pending wallet is paid. That it tells
/// `qr_string` too is an assumption (L): the documents show it in the answer of a charge only.
pub(super) fn only_in_status(told: Told<'_>) -> Map<String, Value> {
    let transaction = told.transaction;
    if transaction.standing.status != Status::Pending {
        return Map::new();
    }
    let fields = match transaction.method {
        Method::Dana | Method::ShopeePay => {
            let url = wallet_url(told.merchant.public_url.as_str(), transaction);
            json!({ "actions": [{ "name": "deeplink-redirect", "method": "GET", "url": url }] })
        }
        Method::Qris => json!({ "qr_string": qr_text(transaction) }),
        _ => json!({}),
    };
    into_map(fields)
}

/// Where a wallet's app would open: here the page that plays it.
pub(crate) fn wallet_url(base: &str, told: &Transaction) -> String {
    let page = match told.method {
        Method::CreditCard => "3ds",
        Method::Gopay => "gopay/checkout",
        _ => "wallet",
    };
    let mut url = format!("{base}/_sim/{page}?referenceid={}", told.id);
    if told.method.family() == Family::Wallet
        && let Some(callback) = &told.facts.carried.wants.callback_url
    {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("callback_url", callback);
        url = format!("{url}&{}", query.finish());
    }
    url
}

fn qris_fields(told: &Transaction) -> Map<String, Value> {
    let acquirer = told.facts.carried.wants.acquirer.as_deref().unwrap_or("gopay");
    if told.paid_at.is_none() {
        return into_map(json!({ "acquirer": acquirer }));
    }
    let mut fields = into_map(json!({
        "acquirer": acquirer,
        "issuer": acquirer,
        "transaction_type": "on-us",
        "merchant_cross_reference_id": digits(&told.id, 12),
    }));
    if acquirer != "gopay" {
        fields.extend(into_map(json!({
            "shopeepay_reference_number": digits(&told.id, 18),
            "reference_id": digits(&told.id, 12),
        })));
    }
    fields
}

fn payments(told: &Transaction) -> Vec<Value> {
    let paid =
        |at| json!({ "paid_at": time::format(at), "amount": amount::format(told.gross_amount) });
    told.paid_at.map(paid).into_iter().collect()
}

fn card(told: &Transaction) -> Map<String, Value> {
    let card = told.facts.card.as_ref();
    let mut fields = into_map(json!({
        "masked_card": card.map_or("48111111-1114", |card| card.masked.as_str()),
        "bank": card.map_or("bni", |card| card.bank.as_str()),
        "card_type": "credit",
    }));
    let standing = told.standing;
    let held = standing.fraud == Fraud::Challenge || wants_hold(told);
    let mut answer = match standing.status {
        Status::Pending | Status::Expire | Status::Failure => return fields,
        // The bank was never asked.
        Status::Cancel if told.paid_at.is_none() && !held => return fields,
        Status::Deny if told.paid_at.is_none() => json!({
            "channel_response_code": "05",
            "channel_response_message": "Do not honour",
        }),
        _ => json!({
            "approval_code": digits(&told.id, 6),
            "channel_response_code": "00",
            "channel_response_message": "Approved",
        }),
    };
    answer["eci"] = "05".into();
    // A page's cards all go through 3-D Secure.
    if answer["approval_code"].is_string() && card.is_none_or(|card| card.three_ds) {
        answer["three_ds_version"] = "2".into();
        answer["challenge_completion"] = true.into();
    }
    fields.extend(into_map(answer));
    fields
}

fn wants_hold(told: &Transaction) -> bool {
    let wants = &told.facts.carried.wants;
    told.facts.card.as_ref().map_or(wants.authorize, |card| card.authorize)
}

/// As many decimal digits as asked, at most 18, always the same for the same text.
fn digits(text: &str, length: u32) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    let number = u64::from_be_bytes(bytes) % 10_u64.pow(length);
    format!("{number:0width$}", width = length as usize)
}
