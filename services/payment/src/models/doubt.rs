//! What is not believed of the gateway's answers, and what is made of that: something for a person.
//! Nothing moves by it.

use super::payment::Moved;
use super::{
    AttemptId, GatewayStatus, Observation, Payment, PaymentFact, RefundState, Transaction,
};
use kernel::{Currency, Timestamp};

/// Transactions and refunds of an attempt about which doubts are kept.
const LINES_MAX: usize = 20;

/// What did not fit in answers of the gateway about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distrust {
    /// In words: a line for each transaction or refund, by their ids, with the last of it.
    pub why: String,
    /// Since when it is all of this; of what is from before this was kept, since the attempt began.
    pub since: Timestamp,
}

impl Payment {
    /// Whether an answer is about our attempt, our amount, our currency, our merchant, and says what
    /// can have become of what we know. Where the transaction stands then, or what does not fit.
    pub fn believes(
        &self,
        attempt: AttemptId,
        seen: &Observation,
    ) -> Result<GatewayStatus, String> {
        if seen.order_id != attempt.to_string() {
            return Err("it names another order_id".to_owned());
        }
        if seen.foreign_merchant {
            return Err("it names another merchant".to_owned());
        }
        if seen.currency.as_deref().is_some_and(|c| Currency::from_code(c).is_none()) {
            return Err("it is in another currency".to_owned());
        }
        match seen.amount {
            Some(amount) if amount == self.bill.amount => {}
            Some(amount) => return Err(format!("it is about {amount}, not {}", self.bill.amount)),
            None => return Err("its amount cannot be read".to_owned()),
        }
        let status =
            seen.status.clone().map_err(|word| format!("its status {word:?} is unknown"))?;
        match self.transaction(attempt, &seen.transaction_id) {
            Some(known) if !is_plausible(known, status) => {
                Err(format!("{} cannot become {status}", known.status))
            }
            // We may hear of a transaction first when it has long ended: asking is not listening.
            _ => Ok(status),
        }
    }

    /// The gateway, asked at `asked_at`, did not say what earlier callbacks about the attempt had
    /// claimed. `None` if that is known.
    pub fn contradicted(
        &self,
        attempt: AttemptId,
        asked_at: Timestamp,
        at: Timestamp,
    ) -> Option<Moved> {
        if self.attempt(attempt)?.contradicted_at >= Some(asked_at) {
            return None;
        }
        let fact = PaymentFact::Contradicted { attempt };
        self.moved(attempt, at, |a| a.contradicted_at = Some(asked_at), |_| fact)
    }

    /// The gateway, asked about a transaction by its own id, knows none. News only of one that was
    /// charged: its money is in our books.
    pub fn vanished(&self, attempt: AttemptId, transaction: &str, at: Timestamp) -> Option<Moved> {
        let known = self.transaction(attempt, transaction)?;
        let why = "it does not know this transaction any more".to_owned();
        known.is_charged().then(|| self.distrusts(attempt, transaction, why, at))?
    }

    /// A refund has been asked for so long that a person has to find out what became of it: whether it
    /// was done, the gateway does not tell. It is asked for on, and never done by hand before it is told.
    pub fn asked_in_vain(&self, attempt: AttemptId, key: &str, at: Timestamp) -> Option<Moved> {
        let refund = self.refunds.iter().find(|r| r.key == key && r.state == RefundState::Asked)?;
        let why = format!("it does not tell what became of this refund of {}", refund.amount);
        self.distrusts(attempt, key, why, at)
    }

    /// Records once what does not fit, of a transaction or a refund; the same again is no news.
    pub(super) fn distrusts(
        &self,
        attempt: AttemptId,
        about: &str,
        why: String,
        at: Timestamp,
    ) -> Option<Moved> {
        let known = self.attempt(attempt)?.distrusted.as_ref();
        let all = with_line(known.map_or("", |known| &known.why), about, &why);
        if known.is_some_and(|known| known.why == all) {
            return None;
        }
        let told = Distrust { why: all, since: at };
        let about = about.to_owned();
        let fact = PaymentFact::Distrusted { attempt, about, why };
        self.moved(attempt, at, |a| a.distrusted = Some(told), |_| fact)
    }

    fn transaction(&self, attempt: AttemptId, id: &str) -> Option<&Transaction> {
        self.attempt(attempt)?.transactions.iter().find(|t| t.id == id)
    }
}

/// By one edge of the table; where money came or went, by several: it is asked now and then, and a
/// settlement may lie between a pending and a refund.
fn is_plausible(known: &Transaction, status: GatewayStatus) -> bool {
    use GatewayStatus::{Chargeback, PartialChargeback, PartialRefund, Refund, Settlement};
    let is_money =
        matches!(status, Settlement | Refund | PartialRefund | Chargeback | PartialChargeback);
    known.status == status
        || known.status.may_become(status)
        || is_money && known.status.leads_to(status)
}

/// The lines with that of a transaction or refund put in or replaced.
fn with_line(lines: &str, about: &str, why: &str) -> String {
    let of = format!("{about}: ");
    let mut all: Vec<String> =
        lines.lines().filter(|line| !line.starts_with(&of)).map(str::to_owned).collect();
    all.push(format!("{of}{why}"));
    all.sort();
    all.truncate(LINES_MAX);
    all.join("\n")
}

#[cfg(test)]
#[path = "doubt_tests.rs"]
mod tests;
