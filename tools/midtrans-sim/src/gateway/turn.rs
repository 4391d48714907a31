//! What happens by itself: expiry, plans, confirmations, deliveries and their retries.

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
        let due = db.due_transactions(now, TURN)?;
        let moved = due.len();
        for transaction in due {
            let action = next_of(&transaction, now);
            let id = transaction.id.clone();
            match self.move_on(db, &transaction, action, now) {
                Err(Refusal::Illegal(error)) => {
                    tracing::warn!(%error, id, "a plan came to nothing");
                    db.update_transaction(&Transaction { planned: None, ..transaction })?;
                }
                done => {
                    done?;
                }
            }
        }
        let confirmed = self.confirm_refunds(db, TURN, now)?;
        let deliveries = db.due_deliveries(now, in_flight, free_slots)?;
        let moved = moved + confirmed;
        // What moved may be due again, and a full turn has left some behind: come back at once.
        let next = if moved > 0 { Some(now) } else { db.next_due(now)? };
        Ok(Turn { moved, deliveries, next })
    }

    /// Books an attempt to deliver and plans what follows (midtrans.md 3.6).
    pub(crate) fn book(
        &self,
        db: &Db<'_>,
        delivery: i64,
        answer: Answer,
        now: Timestamp,
    ) -> Result<(), Refusal> {
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
        Ok(db.record_attempt(&Attempt { delivery, at: now, answer, state, due_at })?)
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
