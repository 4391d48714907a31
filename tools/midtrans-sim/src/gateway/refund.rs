//! Refunds (midtrans.md 2.6).

use super::charge::post_returned;
use super::life::as_it_stands;
use super::{Gateway, Refusal};
use crate::body::{self, Told};
use crate::clock::later;
use crate::db::{Db, NewRefund};
use crate::faults::Fault;
use crate::rules::refund::{Case, Objection, decide};
use crate::rules::request::RefundAsk;
use jiff::SignedDuration;
use kernel::Timestamp;
use serde_json::Value;

/// How long a bank takes to confirm. Only that it comes later is documented (L).
const CONFIRMATION: SignedDuration = SignedDuration::from_mins(40);

impl Gateway {
    /// Gives money back, and gives the answer. The same key again is refused (which of the two
    /// documented behaviours is real, nobody knows: midtrans.md 7).
    pub(crate) fn refund(
        &self,
        db: &Db<'_>,
        id: &str,
        ask: RefundAsk,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        let key = ask.key.unwrap_or_else(|| self.ids.uuid().to_string());
        if db.has_refund(&found.id, &key)? {
            return Err(Refusal::RefundTwice);
        }
        let case = Case {
            method: found.method,
            standing: found.standing,
            gross_amount: found.gross_amount,
            refunded: found.refunded,
            settled_at: found.settled_at,
            asked: ask.amount,
            now,
        };
        let (amount, standing) = decide(&case).map_err(refusal)?;
        let new = NewRefund {
            transaction_id: &found.id,
            key: &key,
            amount,
            reason: ask.reason.as_deref(),
            at: now,
            confirms_at: later(now, CONFIRMATION),
        };
        if self.struck(Fault::RefundRefused, &found).is_some() {
            let told = Told { merchant: &self.merchant, transaction: &found, refunds: &[] };
            return Ok(body::refunded(told, (db.refuse_refund(&new)?, &key), 0));
        }
        let number = db.insert_refund(&new)?;
        let before = as_it_stands(&found, now);
        let mut moved = found;
        moved.facts.before = Some(before);
        moved.standing = standing;
        moved.refunded += amount;
        post_returned(db, &moved, ("refund", amount), now)?;
        db.update_transaction(&moved)?;
        self.notify(db, &moved, now)?;
        let told = Told { merchant: &self.merchant, transaction: &moved, refunds: &[] };
        Ok(body::refunded(told, (number, &key), amount))
    }

    /// The bank confirms: the second notification of a refund.
    pub(super) fn confirm_refund(
        &self,
        db: &Db<'_>,
        (id, transaction_id): (i64, &str),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        db.confirm_refund(id, now)?;
        let told = db.transaction_by_id(transaction_id)?.ok_or(Refusal::NoTransaction)?;
        self.notify(db, &told, now)
    }
}

fn refusal(objection: Objection) -> Refusal {
    match objection {
        Objection::State => Refusal::NotRefundable,
        Objection::Amount => Refusal::RefundAmount,
        Objection::Time => Refusal::RefundTime,
    }
}
