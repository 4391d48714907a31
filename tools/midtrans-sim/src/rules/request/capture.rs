//! What a capture of reserved card money asks for (midtrans.md 2.3, 2.4).

use super::details::TEXT_MAX;
use super::faults::{Faults, Part};
use serde_json::Value;

/// A capture as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaptureAsk {
    pub(crate) transaction_id: String,
    /// In whole rupiah, at least 1. Without it, or with the 0 that Go sends, all that is reserved.
    pub(crate) gross_amount: Option<i64>,
}

/// Reads a request, or tells what is wrong with it.
pub(crate) fn read(body: &Value) -> Result<CaptureAsk, Vec<String>> {
    let mut faults = Faults::default();
    let request = Part::whole(body);
    let transaction_id = faults.required(&request, "transaction_id", TEXT_MAX);
    let transaction_id = transaction_id.unwrap_or_default().to_owned();
    let gross_amount = faults.amount(&request, "gross_amount");
    faults.verdict(CaptureAsk { transaction_id, gross_amount })
}

#[cfg(test)]
#[path = "capture_tests.rs"]
mod tests;
