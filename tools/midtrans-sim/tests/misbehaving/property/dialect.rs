//! What an answer may look like (midtrans.md 1.4, 2.1, 2.5, 2.6, 2.7).

use super::Check;
use super::machine::Answer;
use axum::http::StatusCode;
use serde_json::Value;

/// The table of midtrans.md 2.7 without 500, for which nothing here is a reason; and 415, which no
/// page has and the simulator says of a body that is not called JSON (L).
const CODES: [&str; 26] = [
    "200", "201", "202", "400", "401", "402", "403", "404", "405", "406", "407", "408", "410",
    "411", "412", "413", "414", "418", "429", "501", "502", "503", "504", "505", "900", "415",
];

const STATUSES: [&str; 12] = [
    "pending",
    "capture",
    "authorize",
    "settlement",
    "deny",
    "expire",
    "cancel",
    "failure",
    "refund",
    "partial_refund",
    "chargeback",
    "partial_chargeback",
];

pub(crate) fn ensure(holds: bool, wrong: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(wrong()) }
}

pub(crate) fn core(told: &Answer) -> Check {
    let body = &told.body;
    let wrong = |what: &str| format!("{what}: http {}, {body}", told.http);
    ensure(body.is_object(), || wrong("no object"))?;
    let code = body["status_code"].as_str().ok_or_else(|| wrong("no code, or not a text"))?;
    // A wrong request is a true HTTP code too: seen in a client's own tests (midtrans.md 2.1, 8).
    let http = if code == "400" { 400 } else { 200 };
    ensure(told.http == http, || wrong("another http code"))?;
    ensure(CODES.contains(&code), || wrong("a code that is not in the table"))?;
    ensure(body["status_message"].is_string(), || wrong("no message"))?;
    if code >= "400" && code != "407" {
        ensure(body["id"].is_string(), || wrong("a failure without id"))?;
        return ensure(body.get("transaction_status").is_none(), || {
            wrong("a failure with a state")
        });
    }
    match body.get("transactions") {
        Some(listed) => {
            let listed = listed.as_array().ok_or_else(|| wrong("no list"))?;
            listed.iter().try_for_each(|one| transaction(one).map_err(|what| wrong(&what)))
        }
        None => transaction(body).map_err(|what| wrong(&what)),
    }
}

/// The words and forms of a transaction in an answer or a notification.
pub(crate) fn transaction(body: &Value) -> Check {
    let status = body["transaction_status"].as_str().unwrap_or_default();
    ensure(STATUSES.contains(&status), || format!("no status: {status}"))?;
    let fraud = body.get("fraud_status").map(|fraud| fraud.as_str().unwrap_or_default());
    ensure(fraud.is_none_or(|fraud| ["accept", "deny", "challenge"].contains(&fraud)), || {
        format!("no fraud status: {fraud:?}")
    })?;
    for field in ["gross_amount", "refund_amount"] {
        if field == "gross_amount" || body.get(field).is_some() {
            rupiah(&body[field]).map_err(|wrong| format!("{field}: {wrong}"))?;
        }
    }
    for field in ["transaction_id", "order_id", "payment_type", "transaction_time"] {
        ensure(body[field].is_string(), || format!("no {field}"))?;
    }
    Ok(())
}

/// Whole rupiah out of a text with two decimals.
pub(crate) fn rupiah(value: &Value) -> Result<i64, String> {
    let text = value.as_str().ok_or_else(|| format!("not a text: {value}"))?;
    let whole = text.strip_suffix(".00").ok_or_else(|| format!("not two decimals: {text}"))?;
    whole.parse().map_err(|_| format!("not a number: {text}"))
}

/// The transaction of a refund that was taken on, and how much went back.
pub(crate) fn refund(body: &Value, asked: Option<i64>) -> Result<(String, i64), String> {
    let amount = rupiah(&body["refund_amount"])?;
    ensure(asked.is_none_or(|asked| asked == amount), || format!("asked {asked:?}: {body}"))?;
    ensure(body["refund_chargeback_id"].is_i64(), || format!("no refund id: {body}"))?;
    Ok((body["transaction_id"].as_str().unwrap_or_default().to_owned(), amount))
}

pub(crate) fn snap(told: &Answer, success: StatusCode) -> Check {
    let wrong = |what: &str| format!("{what}: http {}, {}", told.http, told.body);
    let messages = told.body["error_messages"].as_array();
    ensure(told.http < 500, || wrong("it broke"))?;
    ensure(messages.is_some() == (told.http >= 400), || wrong("code and messages disagree"))?;
    match messages {
        Some(all) => {
            let texts = !all.is_empty() && all.iter().all(Value::is_string);
            ensure(texts, || wrong("no messages"))
        }
        None => ensure(told.http == success.as_u16(), || wrong("another success")),
    }
}

pub(crate) fn unauthorized(told: &Answer) -> Check {
    let right = told.http == 401 && told.body["status_code"] == "401";
    ensure(right, || format!("a wrong key: http {}, {}", told.http, told.body))
}

pub(crate) fn admin(told: &Answer) -> Check {
    let right = told.http == 200 || (told.http < 500 && told.body["error"].is_string());
    ensure(right, || format!("the operator: http {}, {}", told.http, told.body))
}
