//! What a charge answers: the fields of the method, and where the customer goes (midtrans.md 2.2).

use super::{Told, extras, into_map, outcome};
use crate::model::Transaction;
use crate::rules::method::{Family, Method};
use crate::rules::status::{Channel, Fraud, Status, code};
use midtrans::time;
use serde_json::{Map, Value, json};

/// The answer of a charge, as the transaction stands right after it.
pub(crate) fn charged(told: Told<'_>) -> Map<String, Value> {
    let transaction = told.transaction;
    let status = transaction.standing.status;
    let code = code(transaction.standing, Channel::Status);
    let mut body = outcome(told, code, &message(transaction));
    if status == Status::Pending {
        body.insert("expiry_time".to_owned(), time::format(transaction.expires_at).into());
    }
    body.extend(extras::of(transaction));
    body.remove("payment_amounts");
    if status == Status::Pending {
        body.extend(where_to_pay(told));
    }
    body.extend(transaction.facts.carried.echo.clone());
    body
}

fn message(told: &Transaction) -> String {
    let fixed = match told.method {
        Method::CreditCard if told.standing.status == Status::Deny => return card_denied(told),
        Method::CreditCard => "Success, Credit Card transaction is successful",
        Method::PermataVa => "Success, PERMATA VA transaction is successful",
        Method::MandiriBill => "OK, Mandiri Bill transaction is successful",
        Method::Gopay => "GoPay transaction is created",
        Method::Qris => "QRIS transaction is created",
        Method::ShopeePay => "ShopeePay transaction is created",
        Method::Alfamart | Method::Indomaret => "Success, cstore transaction is successful",
        method if method.family() == Family::Transfer => {
            "Success, Bank Transfer transaction is created"
        }
        _ => "Success, transaction is created",
    };
    fixed.to_owned()
}

/// The reason stands here (midtrans.md 2.2); its wording is ours (L).
fn card_denied(told: &Transaction) -> String {
    if told.standing.fraud == Fraud::Deny {
        return "Denied by the fraud detection system".to_owned();
    }
    let bank = told.facts.card.as_ref().map_or("BNI".to_owned(), |card| card.bank.to_uppercase());
    format!("Deny by Bank [{bank}] with code [05]")
}

fn where_to_pay(told: Told<'_>) -> Map<String, Value> {
    let transaction = told.transaction;
    let base = told.merchant.public_url.as_str();
    let id = &transaction.id;
    let action = |name: &str, method: &str, url: String| json!({ "name": name, "method": method, "url": url });
    let old_code =
        |of: &str| action("generate-qr-code", "GET", format!("{base}/v2/{of}/{id}/qr-code"));
    let new_code = || {
        let url = format!("{base}/v4/qris/gopay/{id}/qr-code");
        action("generate-qr-code-v2", "GET", url)
    };
    let app = || action("deeplink-redirect", "GET", extras::wallet_url(base, transaction));
    let fields = match transaction.method {
        Method::Gopay => json!({
            "actions": [
                old_code("gopay"),
                new_code(),
                app(),
                action("get-status", "GET", format!("{base}/v2/{id}/status")),
                action("cancel", "POST", format!("{base}/v2/{id}/cancel")),
            ],
        }),
        Method::Qris => json!({
            "actions": [old_code("qris"), new_code()],
            "qr_string": extras::qr_text(transaction),
        }),
        Method::ShopeePay => json!({ "actions": [app()], "channel_response_code": "0" }),
        Method::Dana | Method::Ovo => json!({ "actions": [app()] }),
        // Without 3-D Secure there is nothing that the customer could do.
        Method::CreditCard
            if transaction.facts.card.as_ref().is_some_and(|card| !card.three_ds) =>
        {
            json!({})
        }
        Method::CreditCard | Method::Akulaku | Method::Kredivo => {
            json!({ "redirect_url": extras::wallet_url(base, transaction) })
        }
        _ => json!({}),
    };
    into_map(fields)
}
