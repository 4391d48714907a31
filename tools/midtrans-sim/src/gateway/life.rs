//! How a transaction moves: by the customer, the bank, the merchant, time or a switch.

use super::charge::{post_payment, post_returned, post_undone};
use super::{Gateway, Refusal};
use crate::clock::later;
use crate::db::Db;
use crate::faults::{Fault, Strike, Subject};
use crate::model::{Before, Facts, Planned, Transaction};
use crate::rules::card::{self, Fate};
use crate::rules::method::Method;
use crate::rules::status::{Action, Fraud, Standing, Status, next, next_on_request};
use jiff::SignedDuration;
use kernel::Timestamp;

/// A captured card settles, and an unattended challenge is called off, the next day
/// (midtrans.md 2.3, 3.3).
const NEXT_DAY: SignedDuration = SignedDuration::from_hours(24);
/// How long the slow test card takes (midtrans.md 2.3).
pub(super) const SLOW: SignedDuration = SignedDuration::from_secs(60);
/// How long a bank keeps an amount reserved. Its length is not documented (L).
pub(super) const RESERVATION: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Gateway {
    /// Moves a transaction, named by its own id or its order's, and notifies.
    pub(crate) fn act(
        &self,
        db: &Db<'_>,
        id: &str,
        action: Action,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        self.move_on(db, &found, action, now)
    }

    /// The same for the merchant, who may do less.
    pub(crate) fn act_on_request(
        &self,
        db: &Db<'_>,
        id: &str,
        action: Action,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        next_on_request(found.standing, action, found.method)?;
        self.move_on(db, &found, action, now)
    }

    /// The customer approves on the bank's page: the card decides. What has left that page behind
    /// stays as it is, however often the button is pressed.
    pub(crate) fn authenticate(
        &self,
        db: &Db<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let mut found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        if found.standing.status != Status::Pending {
            return Ok(found);
        }
        let fate = found.facts.card.as_ref().map(|card| card::fate(&card.masked));
        let action = match fate {
            Some(Fate::DeniedByBank | Fate::DeniedByFraudDetection) => Action::Deny,
            Some(Fate::Challenged) => Action::Challenge,
            Some(Fate::Slow) => {
                found.planned = Some(Planned { action: Action::Settle, at: later(now, SLOW) });
                db.update_transaction(&found)?;
                return Ok(found);
            }
            _ => Action::Settle,
        };
        self.move_on(db, &found, action, now)
    }

    /// The customer refuses on the bank's page.
    pub(crate) fn decline(
        &self,
        db: &Db<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        if found.standing.status != Status::Pending {
            return Ok(found);
        }
        self.move_on(db, &found, Action::Deny, now)
    }

    /// The card holder's bank takes money back: all that is left, or a part of it.
    pub(crate) fn charge_back(
        &self,
        db: &Db<'_>,
        id: &str,
        amount: Option<i64>,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        let left = found.gross_amount - found.refunded - found.charged_back;
        let amount = amount.unwrap_or(left);
        if amount == left {
            return self.move_on(db, &found, Action::Chargeback, now);
        }
        // The same guard as for all of it.
        next(found.standing, Action::Chargeback, found.method)?;
        if !(1..left).contains(&amount) {
            return Err(Refusal::RefundAmount);
        }
        let before = as_it_stands(&found, now);
        let mut moved = found;
        moved.facts.before = Some(before);
        moved.standing.status = Status::PartialChargeback;
        moved.charged_back += amount;
        post_returned(db, &moved, ("chargeback", amount), now)?;
        db.update_transaction(&moved)?;
        self.notify(db, &moved, now)?;
        Ok(moved)
    }

    pub(super) fn move_on(
        &self,
        db: &Db<'_>,
        found: &Transaction,
        action: Action,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let action = self.swayed(found, action);
        let mut moved = found.clone();
        moved.standing = next(found.standing, action, found.method)?;
        if pre_authorizes(found, action) {
            moved.standing.status = Status::Authorize;
            moved.expires_at = later(now, RESERVATION);
        }
        moved.planned = None;
        moved.facts.before = Some(as_it_stands(found, now));
        if moved.standing.is_paid() {
            moved.paid_at = moved.paid_at.or(Some(now));
        }
        if moved.standing.status == Status::Settlement {
            moved.settled_at = Some(now);
        }
        if moved.standing.status == Status::Chargeback {
            moved.charged_back = moved.gross_amount - moved.refunded;
        }
        self.keep_books(db, found, &moved, now)?;
        self.plan_next_day(&mut moved, now);
        self.foresee(db, &mut moved, now)?;
        db.update_transaction(&moved)?;
        self.notify(db, &moved, now)?;
        Ok(moved)
    }

    /// Writes what the move did to the merchant's money.
    fn keep_books(
        &self,
        db: &Db<'_>,
        before: &Transaction,
        after: &Transaction,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        match (before.standing.is_credited(), after.standing.is_credited()) {
            (false, true) => post_payment(db, after, now),
            (true, false) => {
                let kind = match after.standing.status {
                    Status::Deny => "reversal",
                    _ => "void",
                };
                post_undone(db, after, kind, now)
            }
            _ => {
                let taken = after.charged_back - before.charged_back;
                post_returned(db, after, ("chargeback", taken), now)
            }
        }
    }

    pub(super) fn plan_next_day(&self, moved: &mut Transaction, now: Timestamp) {
        if moved.standing.status != Status::Capture {
            return;
        }
        let action = match moved.standing.fraud {
            Fraud::Challenge => Action::Cancel,
            _ => Action::Settle,
        };
        moved.planned = Some(Planned { action, at: later(now, NEXT_DAY) });
    }

    /// The scheduler may lag with this one: decided when it is born.
    pub(super) fn with_lag(&self, mut born: Transaction) -> Transaction {
        if let Some(strike) = self.struck(Fault::NeverExpire, &born) {
            born.facts.expiry_lag_ms = i64::try_from(wait(&strike).as_millis()).unwrap_or(0);
        }
        born
    }

    /// A switch makes the bank refuse, or hold, what the customer pays.
    pub(super) fn swayed(&self, found: &Transaction, action: Action) -> Action {
        if action != Action::Settle || found.standing.status != Status::Pending {
            return action;
        }
        if self.struck(Fault::Deny, found).is_some() {
            return Action::Deny;
        }
        if found.method == Method::CreditCard && self.struck(Fault::Challenge, found).is_some() {
            return Action::Challenge;
        }
        action
    }

    /// What switches make of the new state: money that comes late, twice, or goes again.
    fn foresee(&self, db: &Db<'_>, moved: &mut Transaction, now: Timestamp) -> Result<(), Refusal> {
        let plan = |strike: &Strike, action| Planned { action, at: later(now, wait(strike)) };
        match moved.standing.status {
            Status::Settlement => {
                if moved.method.can_be_reversed()
                    && let Some(strike) = self.struck(Fault::Reverse, moved)
                {
                    moved.planned = Some(plan(&strike, Action::Reverse));
                }
                if moved.method == Method::CreditCard
                    && let Some(strike) = self.struck(Fault::Chargeback, moved)
                {
                    moved.planned = Some(plan(&strike, Action::Chargeback));
                }
                if self.is_first(db, moved)?
                    && let Some(strike) = self.struck(Fault::SettleTwice, moved)
                {
                    let twin = self.twin(moved, plan(&strike, Action::Settle), now);
                    db.insert_transaction(&twin)?;
                }
            }
            Status::Expire | Status::Cancel => {
                if let Some(strike) = self.struck(Fault::SettleLate, moved) {
                    moved.planned = Some(plan(&strike, Action::SettleLate));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether no other transaction of the order was paid. Asked only while there are switches.
    fn is_first(&self, db: &Db<'_>, paid: &Transaction) -> Result<bool, Refusal> {
        if self.switches().is_empty() {
            return Ok(false);
        }
        let of_order = db.of_order(&paid.order_id)?;
        Ok(!of_order.iter().any(|other| other.id != paid.id && other.paid_at.is_some()))
    }

    /// A second transaction of the same order, which the rules would not let be born.
    fn twin(&self, of: &Transaction, planned: Planned, now: Timestamp) -> Transaction {
        Transaction {
            id: self.ids.uuid().to_string(),
            standing: Standing::PENDING,
            created_at: now,
            expires_at: later(planned.at, SignedDuration::from_mins(15)),
            paid_at: None,
            settled_at: None,
            planned: Some(planned),
            facts: Facts { before: None, ..of.facts.clone() },
            ..of.clone()
        }
    }

    pub(super) fn struck(&self, fault: Fault, about: &Transaction) -> Option<Strike> {
        let mut switches = self.switches();
        if switches.is_empty() {
            return None;
        }
        switches.strike_only(fault, &subject(about))
    }
}

/// A transaction as switches look at it.
pub(super) fn subject(of: &Transaction) -> Subject<'_> {
    Subject {
        order_id: &of.order_id,
        transaction_id: &of.id,
        payment_type: of.method.payment_type(),
        status: of.standing.status.as_str(),
        call: None,
    }
}

/// What a lagging GET Status tells after a change that happens now.
pub(super) fn as_it_stands(of: &Transaction, now: Timestamp) -> Before {
    Before {
        status: of.standing.status.as_str().to_owned(),
        fraud: of.standing.fraud.as_str().to_owned(),
        paid_at: of.paid_at,
        settled_at: of.settled_at,
        refunded: of.refunded,
        until: now,
    }
}

fn pre_authorizes(found: &Transaction, action: Action) -> bool {
    let asked = match &found.facts.card {
        Some(card) => card.authorize,
        None => found.facts.carried.wants.authorize,
    };
    found.method == Method::CreditCard
        && asked
        && action == Action::Settle
        && found.standing.status == Status::Pending
}

/// How long a switch lets something wait.
pub(super) fn wait(strike: &Strike) -> SignedDuration {
    let ms = strike.ms.and_then(|ms| i64::try_from(ms).ok());
    SignedDuration::from_millis(ms.unwrap_or_default())
}
