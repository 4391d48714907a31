//! Wire types of the payment API. Money is whole rupiah in an integer, never a float.

use crate::models::{Attempt, Callback, Payment, Transaction};
use engine::Versioned;
use serde::{Deserialize, Serialize};

/// A payment, as answered.
#[derive(Debug, Clone, Serialize)]
pub struct PaymentDto {
    pub id: String,
    pub order_id: String,
    pub status: &'static str,
    /// The gateway's name of the method, once chosen.
    pub method: Option<String>,
    /// Whole rupiah.
    pub amount: i64,
    pub currency: &'static str,
    /// Where the customer pays: ours, stable.
    pub pay_url: String,
    /// Grows with every fact.
    pub version: u32,
    pub created_at: String,
    pub updated_at: String,
}

/// One attempt.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptDto {
    /// Also the gateway's `order_id`.
    pub id: String,
    /// The gateway's page.
    pub page_url: Option<String>,
    /// Why the gateway would not open one.
    pub refusal: Option<String>,
    pub transactions: Vec<TransactionDto>,
    pub created_at: String,
}

/// One gateway transaction.
#[derive(Debug, Clone, Serialize)]
pub struct TransactionDto {
    pub id: String,
    pub status: &'static str,
    pub fraud_status: Option<&'static str>,
    pub method: Option<String>,
    pub seen_at: String,
}

/// One callback.
#[derive(Debug, Clone, Serialize)]
pub struct CallbackDto {
    /// SHA-256 of the body.
    pub digest: String,
    pub order_id: Option<String>,
    pub attempt_id: Option<String>,
    pub transaction_id: String,
    /// The status that it claims.
    pub status: String,
    /// What it was worth.
    pub verdict: &'static str,
    /// How often the same body came.
    pub times: u32,
    pub received_at: String,
    pub last_at: String,
}

/// A list that needs no paging.
#[derive(Debug, Clone, Serialize)]
pub struct ListDto<T> {
    pub data: Vec<T>,
}

/// A page, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct PageDto<T> {
    pub data: Vec<T>,
    /// There are older ones: ask again with `starting_after` set to the last id.
    pub has_more: bool,
}

/// `GET /v1/payments?…`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    #[serde(default)]
    pub order_id: Option<String>,
    #[serde(default)]
    pub starting_after: Option<String>,
    #[serde(default)]
    pub limit: Option<usize>,
}

/// `GET /v1/callbacks?…`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallbackParams {
    #[serde(default)]
    pub limit: Option<usize>,
}

impl PaymentDto {
    /// The payment as the caller sees it; `public_url` is where customers reach us.
    pub fn of(payment: &Versioned<Payment>, public_url: &str) -> Self {
        let Versioned { version, state: payment } = payment;
        Self {
            id: payment.id.to_string(),
            order_id: payment.bill.order_id.to_string(),
            status: payment.status().as_str(),
            method: payment.method().map(str::to_owned),
            amount: payment.bill.amount.as_rupiah(),
            currency: payment.bill.amount.currency().code(),
            pay_url: format!("{public_url}/pay/{}", payment.bill.order_id),
            version: version.0,
            created_at: payment.created_at.to_string(),
            updated_at: payment.updated_at.to_string(),
        }
    }
}

impl AttemptDto {
    /// An attempt as the caller sees it.
    pub fn of(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            page_url: attempt.page.as_ref().map(|p| p.url.clone()),
            refusal: attempt.refusal.clone(),
            transactions: attempt.transactions.iter().map(TransactionDto::of).collect(),
            created_at: attempt.created_at.to_string(),
        }
    }
}

impl TransactionDto {
    fn of(transaction: &Transaction) -> Self {
        Self {
            id: transaction.id.clone(),
            status: transaction.status.as_str(),
            fraud_status: transaction.fraud.map(|f| f.as_str()),
            method: transaction.method.clone(),
            seen_at: transaction.seen_at.to_string(),
        }
    }
}

impl CallbackDto {
    /// A callback with its verdict, given what the gateway told about its payment.
    pub fn of(callback: &Callback, payment: Option<&Payment>) -> Self {
        Self {
            digest: callback.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            order_id: callback.order_id.map(|id| id.to_string()),
            attempt_id: callback.attempt.map(|id| id.to_string()),
            transaction_id: callback.transaction_id.clone(),
            status: callback.status.clone(),
            verdict: callback.verdict(payment).as_str(),
            times: callback.times,
            received_at: callback.received_at.to_string(),
            last_at: callback.last_at.to_string(),
        }
    }
}
