//! What a refund asks for (midtrans.md 2.6, 5.3). Whether so much can go back is not asked here.

use super::details::TEXT_MAX;
use super::faults::{Faults, Part};
use serde_json::Value;

/// A refund as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RefundAsk {
    /// Without it Midtrans invents one, and asking again refunds again.
    pub(crate) key: Option<String>,
    /// In whole rupiah, at least 1. Without it everything goes back.
    pub(crate) amount: Option<i64>,
    pub(crate) reason: Option<String>,
}

/// Reads a request, or tells what is wrong with it. No body, `null` and `{}` ask for everything;
/// so do the zero values that Go sends for what was not set.
pub(crate) fn read(body: &Value) -> Result<RefundAsk, Vec<String>> {
    let mut faults = Faults::default();
    let request = Part::whole(body);
    if !(body.is_null() || body.is_object() || body.as_array().is_some_and(Vec::is_empty)) {
        faults.add("refund is invalid");
    }
    let key = faults.text(&request, "refund_key", TEXT_MAX).map(str::to_owned);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if key.as_ref().is_some_and(|key| !key.bytes().all(allowed)) {
        faults.about(&request, "refund_key", "contains a symbol that is not allowed");
    }
    let amount = faults.amount(&request, "amount");
    let reason = faults.text(&request, "reason", 255).map(str::to_owned);
    faults.verdict(RefundAsk { key, amount, reason })
}

#[cfg(test)]
#[path = "refund_tests.rs"]
mod tests;
