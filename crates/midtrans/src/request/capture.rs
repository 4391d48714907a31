//! The request to take the money of an authorised card (midtrans.md 2.3).

use super::RequestError;
use super::method::text;
use serde::Serialize;

/// A request to capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptureRequest {
    transaction_id: String,
    gross_amount: i64,
}

impl CaptureRequest {
    /// `transaction_id` is Midtrans' own id, 1 to 100 characters (the limit is ours); the order id
    /// does not do. `amount` is in whole rupiah, at least one.
    pub fn try_new(transaction_id: impl Into<String>, amount: i64) -> Result<Self, RequestError> {
        let transaction_id = transaction_id.into();
        text("transaction_id", Some(&transaction_id), 100)?;
        if amount < 1 {
            return Err(RequestError::Amount);
        }
        Ok(Self { transaction_id, gross_amount: amount })
    }

    /// Which transaction.
    pub fn transaction_id(&self) -> &str {
        &self.transaction_id
    }
}
