//! What happens by itself: expiry, plans, confirmations, deliveries and their retries. A row that
//! cannot be moved holds up no other.

use super::{Gateway, Refusal};
use crate::clock::later;
use crate::db::Db;
use crate::model::{Attempt, DeliveryState, DueDelivery, Transaction};
use crate::rules::retry::{self, Answer, Next};
use crate::rules::status::Action;
use jiff::SignedDuration;
use kernel::Timestamp;

/// How many transactions one turn of the worker moves.
const TURN: usize = 256;
/// How long a row waits that could not be moved.
const SET_ASIDE: SignedDuration = SignedDuration::from_hours(1);

/// What one look at the due rows found.
pub(crate) struct Turn {
    /// How many transactions and refunds moved by themselves.
    pub(crate) moved: usize,
    pub(crate) deliveries: Vec<DueDelivery>,
    /// When something is due next.
    pub(crate) next: Option<Timestamp>,
}

impl Gateway {
    /// Does what is due, and picks deliveries to make.
    pub(crate) fn turn(
        &self,
        db: &Db<'_>,
        in_flight: &[i64],
        free_slots: usize,
        now: Timestamp,
    ) -> Result<Turn, Refusal> {
        let mut moved = 0;
        let aside = later(now, SET_ASIDE);
        let due = db.due_transactions(now, TURN)?;
        for seq in &due {
            match db.part(|db| self.move_due(db, *seq, now))? {
                Ok(()) => moved += 1,
                Err(error) => {
                    tracing::error!(%error, seq, "a transaction cannot be moved and is set aside");
                    db.postpone_transaction(*seq, aside)?;
                }
            }
        }
        let refunds = db.due_refunds(now, TURN)?;
        for (id, transaction_id) in &refunds {
            match db.part(|db| self.confirm_refund(db, (*id, transaction_id), now))? {
                Ok(()) => moved += 1,
                Err(error) => {
                    tracing::error!(%error, id, "a refund cannot be confirmed and is set aside");
                    db.postpone_refund(*id, aside)?;
                }
            }
        }
        let deliveries = db.due_deliveries(now, in_flight, free_slots)?;
        // What moved may be due again, and a full turn has left some behind: come back at once.
        let idle = due.is_empty() && refunds.is_empty();
        let next = if idle { db.next_due(now)? } else { Some(now) };
        Ok(Turn { moved, deliveries, next })
    }

    fn move_due(&self, db: &Db<'_>, seq: i64, now: Timestamp) -> Result<(), Refusal> {
        let due = db.transaction_by_seq(seq)?.ok_or(Refusal::NoTransaction)?;
        match self.move_on(db, &due, next_of(&due, now), now) {
            Err(Refusal::Illegal(error)) => {
                tracing::warn!(%error, id = due.id, "a plan came to nothing");
                Ok(db.update_transaction(&Transaction { planned: None, ..due })?)
            }
            done => done.map(|_| ()),
        }
    }

    /// Books an attempt to deliver and plans what follows (midtrans.md 3.6), unless it was asked to
    /// be sent again meanwhile.
    pub(crate) fn book(
        &self,
        db: &Db<'_>,
        delivery: (i64, Timestamp),
        answer: Answer,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (delivery, launched) = delivery;
        let (state, due_at) = match retry::after(answer, db.attempts(delivery)?) {
            Next::Done => (DeliveryState::Delivered, None),
            Next::GiveUp => (DeliveryState::GivenUp, None),
            Next::Retry(delay) => {
                // The documented delays are upper bounds with a random shift.
                let share = if self.retry_jitter { rand::random_range(0.25..=1.0) } else { 1.0 };
                let delay = SignedDuration::try_from(delay.mul_f64(share));
                (DeliveryState::Waiting, Some(later(now, delay.unwrap_or_default())))
            }
        };
        Ok(db.record_attempt(&Attempt { delivery, launched, at: now, answer, state, due_at })?)
    }
}

/// What a due transaction does: its plan if it came in time, else it expires.
fn next_of(due: &Transaction, now: Timestamp) -> Action {
    let planned = due.planned.filter(|planned| planned.at <= now);
    match planned {
        Some(planned) if planned.action != Action::Settle || planned.at < due.lapses_at() => {
            planned.action
        }
        // A capture settles whatever the deadline of its pending time was.
        Some(planned) if due.paid_at.is_some() => planned.action,
        _ => Action::Expire,
    }
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
