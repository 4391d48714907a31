//! Calls by hand, so that the wire is judged and not what a client makes of it.

use crate::world::{KEY, World};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The test cards of midtrans.md 2.3.
pub(crate) const GOOD_CARD: &str = "4811111111111114";
pub(crate) const CHALLENGED_CARD: &str = "4111111111111111";

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) http: u16,
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
    /// `null` if it is no JSON.
    pub(crate) body: Value,
}

impl Told {
    /// The HTTP code and whose words these are, in short: `200 core 404`, `401 snap`, `404 html`.
    pub(crate) fn seen(&self) -> String {
        let words = match &self.body {
            body if body["status_code"].is_string() => {
                format!("core {}", body["status_code"].as_str().unwrap())
            }
            body if body["error_messages"][0].is_string() => "snap".to_owned(),
            body if body["error"].is_string() => "error".to_owned(),
            Value::Null if self.bytes.is_empty() => "empty".to_owned(),
            Value::Null => self.kind.split(';').next().unwrap_or_default().replace("text/", ""),
            _ => "json".to_owned(),
        };
        format!("{} {words}", self.http)
    }
}

/// Sends a call and takes the answer apart.
pub(crate) async fn answer(call: RequestBuilder) -> Told {
    let response = call.send().await.unwrap();
    let http = response.status().as_u16();
    let kind = response.headers().get("content-type");
    let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
    let bytes = response.bytes().await.unwrap().to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    Told { http, kind, bytes, body }
}

/// A charge of 125000 rupiah, with the object of its payment type unless that is `null`.
pub(crate) fn charge_of(order_id: &str, payment_type: &str, own: Value) -> Value {
    let details = json!({ "order_id": order_id, "gross_amount": 125_000 });
    let mut body = json!({ "payment_type": payment_type, "transaction_details": details });
    if !own.is_null() {
        body[payment_type] = own;
    }
    body
}

impl World {
    /// A call with the server key.
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).basic_auth(KEY, Some(""))
    }

    /// A POST to the Core API. Its answer is HTTP 200 except for a request that is not valid.
    pub(crate) async fn core(&self, path: &str, body: Value) -> Value {
        let told = answer(self.call(Method::POST, path).json(&body)).await;
        let http = if told.body["status_code"] == "400" { 400 } else { 200 };
        assert_eq!(told.http, http, "{path}: {}", told.body);
        told.body
    }

    pub(crate) async fn charge(&self, body: Value) -> Value {
        self.core("/v2/charge", body).await
    }

    /// A charge that is paid.
    pub(crate) async fn paid(&self, order_id: &str, payment_type: &str, own: Value) -> Value {
        let told = self.charge(charge_of(order_id, payment_type, own)).await;
        assert_eq!(told["status_code"], "201", "{told}");
        let (code, view) = self.act(order_id, "settle").await;
        assert_eq!(code, 200, "{view}");
        told
    }

    /// GET Status.
    pub(crate) async fn told(&self, id: &str) -> Value {
        answer(self.call(Method::GET, &format!("/v2/{id}/status"))).await.body
    }

    pub(crate) async fn card_token(&self, number: &str) -> String {
        let query = format!("card_number={number}&card_cvv=123&card_exp_month=12");
        let path = format!("/v2/token?client_key=C&card_exp_year=2030&{query}");
        let told = self.get(&path).await;
        told["token_id"].as_str().unwrap().to_owned()
    }

    /// A charge of a fresh token; `more` goes into `credit_card`.
    pub(crate) async fn card(&self, order_id: &str, number: &str, more: Value) -> Value {
        let mut own = json!({ "token_id": self.card_token(number).await });
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.charge(charge_of(order_id, "credit_card", own)).await
    }

    /// The bodies of what was posted to the merchant, once all that is due has happened.
    pub(crate) async fn posted(&self) -> Vec<Value> {
        self.settle_down().await;
        self.endpoint.take().into_iter().map(|posted| posted.body).collect()
    }

    /// What this world changes in an answer from run to run, replaced by names.
    pub(crate) fn named(&self, told: &Value) -> Value {
        let id = told["transaction_id"].as_str().unwrap_or("no id");
        let text = told.to_string().replace(&self.base, "{base}").replace(id, "{id}");
        serde_json::from_str(&text).unwrap()
    }
}

/// Asserts that an answer has exactly these fields. `#11` stands for eleven decimal digits, `#int`
/// for a number, `#qr` for the text of a QR code, `#uuid` for an id.
pub(crate) fn exactly(expected: &Value, got: &Value) {
    fn walk(expected: &Value, got: &Value, path: &str) {
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => {
                let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
                assert_eq!(keys(expected), keys(got), "the fields of {path}/");
                for (key, value) in expected {
                    walk(value, &got[key], &format!("{path}/{key}"));
                }
            }
            (Value::Array(expected), Value::Array(got)) => {
                assert_eq!(expected.len(), got.len(), "{path}: {got:?}");
                for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
                    walk(expected, got, &format!("{path}/{index}"));
                }
            }
            (Value::String(form), got) if form.starts_with('#') => {
                assert!(has_form(&form[1..], got), "{path}: {got} is not {form}");
            }
            (expected, got) => assert_eq!(expected, got, "{path}"),
        }
    }
    walk(expected, got, "");
}

fn has_form(form: &str, got: &Value) -> bool {
    let text = got.as_str().unwrap_or_default();
    match form {
        "int" => got.is_i64(),
        "uuid" => text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]),
        "qr" => text.starts_with("000201") && text.contains("6304"),
        digits => {
            text.len() == digits.parse::<usize>().unwrap()
                && text.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

/// `base` with fields added, changed, or (by `null`) taken away.
pub(crate) fn with(mut base: Value, changes: Value) -> Value {
    let fields = base.as_object_mut().unwrap();
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (key, value) in changes {
        match value {
            Value::Null => fields.remove(&key),
            value => fields.insert(key, value),
        };
    }
    base
}
