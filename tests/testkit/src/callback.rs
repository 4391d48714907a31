//! Callbacks as Midtrans would send them, and as somebody else would.

use crate::api::Api;
use crate::{Answer, TOTAL};
use midtrans::{ServerKey, signature};
use orderflow::config::SIMULATOR_KEY;
use reqwest::Method;
use serde_json::{Value, json};

/// A callback about to be posted.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Its fields.
    pub fields: Value,
}

impl Callback {
    /// A well-signed callback about a transaction of [`TOTAL`].
    pub fn new(attempt: &str, transaction: &str, status: &str) -> Self {
        let code = if status == "pending" { "201" } else { "200" };
        let fields = json!({
            "order_id": attempt, "transaction_id": transaction, "transaction_status": status,
            "status_code": code, "gross_amount": format!("{TOTAL}.00"), "fraud_status": "accept",
            "payment_type": "qris", "currency": "IDR", "merchant_id": "G000000001",
            "transaction_time": "2026-03-01 10:00:00",
        });
        Self { fields }.signed_with(SIMULATOR_KEY)
    }

    /// With a field set or, by null, taken away; the signature stays as it was.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        let fields = self.fields.as_object_mut().unwrap();
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.to_owned(), value),
        };
        self
    }

    /// Signed again, with the gateway's own key.
    #[must_use]
    pub fn signed(self) -> Self {
        self.signed_with(SIMULATOR_KEY)
    }

    /// Signed again, with this key.
    #[must_use]
    pub fn signed_with(self, key: &str) -> Self {
        let field = |name: &str| self.fields[name].as_str().unwrap().to_owned();
        let (order, code, amount) =
            (field("order_id"), field("status_code"), field("gross_amount"));
        let key = ServerKey::try_new(key).unwrap();
        let signature = signature::sign(&order, &code, &amount, &key);
        self.with("signature_key", signature.into())
    }

    /// Its body.
    pub fn body(&self) -> String {
        self.fields.to_string()
    }
}

impl Api {
    /// A callback arrives.
    pub async fn call_back(&self, callback: &Callback) -> Answer {
        self.call_back_at("/webhooks/midtrans", callback.body()).await
    }

    /// Any body arrives where callbacks do.
    pub async fn call_back_at(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], body).await
    }
}
