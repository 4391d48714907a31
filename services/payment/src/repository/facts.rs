//! Facts as the timeline tells them: a name that is never changed, and particulars without personal
//! data. What a person or a merchant wrote is not told: it may name somebody.

use crate::models::{PaymentFact, StatusChange};
use serde_json::{Value, json};

/// The name of a fact.
pub(super) fn name(fact: &PaymentFact) -> &'static str {
    match fact {
        PaymentFact::Opened { .. } => "payment_opened",
        PaymentFact::PageReady { .. } => "page_ready",
        PaymentFact::PageRefused { .. } => "page_refused",
        PaymentFact::Observed { .. } => "gateway_told",
        PaymentFact::Instructed { .. } => "payment_instructed",
        PaymentFact::Contradicted { .. } => "callback_contradicted",
        PaymentFact::Distrusted { .. } => "gateway_not_believed",
        PaymentFact::CallOffAsked { .. } => "call_off_asked",
        PaymentFact::Closed { .. } => "attempt_closed",
        PaymentFact::RefundAsked { .. } => "refund_asked",
        PaymentFact::RefundMoved { .. } => "refund_moved",
        PaymentFact::Reviewed { .. } => "payment_reviewed",
        PaymentFact::ReviewDeclined { .. } => "review_declined",
        PaymentFact::ItemResolved { .. } => "item_resolved",
    }
}

/// Its particulars, a JSON object.
pub(super) fn detail(fact: &PaymentFact) -> Value {
    match fact {
        PaymentFact::Opened { attempt } | PaymentFact::Contradicted { attempt } => {
            json!({ "attempt": attempt.to_string() })
        }
        PaymentFact::PageReady { attempt, change } => {
            json!({ "attempt": attempt.to_string(), "status": moved(*change) })
        }
        PaymentFact::PageRefused { attempt, reason, change } => {
            json!({ "attempt": attempt.to_string(), "reason": reason, "status": moved(*change) })
        }
        PaymentFact::Observed { attempt, transaction, from, to, method, change } => {
            json!({ "attempt": attempt.to_string(), "transaction": transaction,
                    "from": from.map(|s| s.as_str()), "to": to.as_str(), "method": method,
                    "status": moved(*change) })
        }
        PaymentFact::Instructed { attempt, transaction, kinds } => {
            json!({ "attempt": attempt.to_string(), "transaction": transaction, "kinds": kinds })
        }
        PaymentFact::Distrusted { attempt, about, why } => {
            json!({ "attempt": attempt.to_string(), "about": about, "why": why })
        }
        PaymentFact::CallOffAsked { refund_if_paid, change } => {
            json!({ "refund_if_paid": refund_if_paid, "status": moved(*change) })
        }
        PaymentFact::Closed { attempt, why, change } => {
            json!({ "attempt": attempt.to_string(), "why": why.as_str(), "status": moved(*change) })
        }
        PaymentFact::RefundAsked { key, amount, cause, state, change } => {
            json!({ "refund": key, "amount": amount.as_rupiah(), "cause": cause.as_str(),
                    "state": state.as_str(), "reason": state.reason(), "status": moved(*change) })
        }
        PaymentFact::RefundMoved { key, amount, state, change } => {
            json!({ "refund": key, "amount": amount.as_rupiah(), "state": state.as_str(),
                    "reason": state.reason(), "status": moved(*change) })
        }
        PaymentFact::Reviewed { transaction, choice } => {
            json!({ "transaction": transaction, "choice": choice.as_str() })
        }
        PaymentFact::ReviewDeclined { transaction, choice, why } => {
            json!({ "transaction": transaction, "choice": choice.as_str(), "reason": why })
        }
        PaymentFact::ItemResolved { item, note: _, change } => {
            json!({ "item": item, "status": moved(*change) })
        }
    }
}

fn moved(change: Option<StatusChange>) -> Value {
    change.map_or(Value::Null, |c| json!({ "from": c.from.as_str(), "to": c.to.as_str() }))
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
