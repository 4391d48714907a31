//! Charges: transactions that are born without a page (midtrans.md 2.2).

use super::life::{RESERVATION, SLOW};
use super::{FEES, Gateway, Refusal, free};
use crate::body::{self, Told};
use crate::clock::later;
use crate::db::Db;
use crate::model::{Card, Carried, Facts, Fees, NotifyUrls, Planned, Posting, Transaction};
use crate::rules::card::{self, Fate};
use crate::rules::request::{CaptureAsk, NewCharge};
use crate::rules::status::{Action, Fraud, Standing, Status};
use jiff::SignedDuration;
use kernel::Timestamp;
use serde_json::Value;

/// How long a card token can be used. Its life is not documented (L).
pub(super) const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);

impl Gateway {
    /// Charges, and gives the answer.
    pub(crate) fn charge(
        &self,
        db: &Db<'_>,
        new: NewCharge,
        notify: NotifyUrls,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        free(db, &new.order_id)?;
        let card = self.card_of(db, &new, now)?;
        let mut born = self.charged(new, notify, now);
        born.facts.card = card;
        let mut born = self.with_fee(db, self.with_lag(born))?;
        self.put_through(&mut born, now);
        db.insert_transaction(&born)?;
        if born.standing.is_credited() {
            post_payment(db, &born, now)?;
        }
        self.notify(db, &born, now)?;
        let told = Told { merchant: &self.merchant, transaction: &born, refunds: &[] };
        Ok(Value::Object(body::charged(told)))
    }

    /// Charges what a card reserved: all of it, or less (midtrans.md 2.3). Named by its own id only.
    pub(crate) fn capture(
        &self,
        db: &Db<'_>,
        asked: &CaptureAsk,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let found = db.transaction_by_id(&asked.transaction_id)?;
        let mut found = found.ok_or(Refusal::NoTransaction)?;
        if let Some(amount) = asked.gross_amount {
            if amount > found.gross_amount {
                let text = "gross_amount is more than was authorized";
                return Err(Refusal::Invalid(vec![text.to_owned()]));
            }
            found.gross_amount = amount;
            // What becomes of a fee in a capture of less is not documented (L): it stays, as far as
            // there is money for it.
            found.facts.fee = found.facts.fee.min(amount);
            db.set_gross_amount(&found.id, amount)?;
        }
        self.move_on(db, &found, Action::Capture, now)
    }

    fn card_of(
        &self,
        db: &Db<'_>,
        new: &NewCharge,
        now: Timestamp,
    ) -> Result<Option<Card>, Refusal> {
        let Some(asked) = &new.card else { return Ok(None) };
        let masked = card::of_token(&asked.token).ok_or(Refusal::CardToken)?;
        let since = now.checked_sub(TOKEN_LIFE).unwrap_or(Timestamp::MIN);
        if !db.take_card_token(&asked.token, since)? {
            return Err(Refusal::CardToken);
        }
        Ok(Some(Card {
            masked: masked.to_owned(),
            bank: asked.bank.clone().unwrap_or_else(|| "bni".to_owned()),
            three_ds: asked.three_ds,
            authorize: asked.authorize,
        }))
    }

    fn charged(&self, new: NewCharge, notify: NotifyUrls, now: Timestamp) -> Transaction {
        let expires_at = match new.expiry {
            Some(window) => later(window.start.unwrap_or(now), window.length),
            None => later(now, new.method.default_expiry()),
        };
        let carried =
            Carried { echo: new.echo, notify, wants: new.wants, finish: None, fee: new.fee };
        Transaction {
            id: self.ids.uuid().to_string(),
            token: None,
            order_id: new.order_id,
            method: new.method,
            gross_amount: new.gross_amount,
            standing: Standing::PENDING,
            created_at: now,
            expires_at,
            paid_at: None,
            settled_at: None,
            refunded: 0,
            charged_back: 0,
            planned: None,
            facts: Facts { carried, ..Facts::default() },
        }
    }

    /// A card without 3-D Secure is decided at once; with it, the customer goes to the bank first.
    fn put_through(&self, born: &mut Transaction, now: Timestamp) {
        let Some(card) = &born.facts.card else { return };
        let fate = card::fate(&card.masked);
        if card.three_ds {
            return;
        }
        if fate == Fate::Slow {
            born.planned = Some(Planned { action: Action::Settle, at: later(now, SLOW) });
            return;
        }
        let swayed = self.swayed(born, Action::Settle);
        let (status, fraud) = match fate {
            _ if swayed == Action::Deny => (Status::Deny, Fraud::Accept),
            Fate::DeniedByBank => (Status::Deny, Fraud::Accept),
            Fate::DeniedByFraudDetection => (Status::Deny, Fraud::Deny),
            _ if swayed == Action::Challenge => (Status::Capture, Fraud::Challenge),
            Fate::Challenged => (Status::Capture, Fraud::Challenge),
            _ if card.authorize => {
                born.expires_at = later(now, RESERVATION);
                (Status::Authorize, Fraud::Accept)
            }
            _ => (Status::Capture, Fraud::Accept),
        };
        born.standing = Standing { status, fraud };
        self.plan_next_day(born, now);
        if born.standing.is_paid() {
            born.paid_at = Some(now);
        }
    }

    /// Adds the fee that the customer pays, where the request or the dashboard wants one
    /// (midtrans.md 3.8).
    pub(super) fn with_fee(
        &self,
        db: &Db<'_>,
        mut born: Transaction,
    ) -> Result<Transaction, Refusal> {
        let fees = db.setting::<Fees>(FEES)?.unwrap_or_default();
        if born.facts.carried.fee.unwrap_or(fees.enabled) {
            born.facts.fee = fees.amount;
            born.gross_amount = born.gross_amount.saturating_add(fees.amount);
        }
        Ok(born)
    }
}

/// Books that the customer paid: the merchant is credited, and pays the fee on.
pub(super) fn post_payment(db: &Db<'_>, paid: &Transaction, at: Timestamp) -> Result<(), Refusal> {
    post(db, paid, ("payment", "merchant", "customers", paid.gross_amount), at)?;
    post(db, paid, ("fee", "fees", "merchant", paid.facts.fee), at)
}

/// Books that a payment never was: a reversal or a void.
pub(super) fn post_undone(
    db: &Db<'_>,
    lost: &Transaction,
    kind: &'static str,
    at: Timestamp,
) -> Result<(), Refusal> {
    post(db, lost, (kind, "customers", "merchant", lost.gross_amount), at)?;
    post(db, lost, ("fee_undone", "merchant", "fees", lost.facts.fee), at)
}

/// Books that part of it went back.
pub(super) fn post_returned(
    db: &Db<'_>,
    of: &Transaction,
    (kind, amount): (&'static str, i64),
    at: Timestamp,
) -> Result<(), Refusal> {
    post(db, of, (kind, "customers", "merchant", amount), at)
}

fn post(
    db: &Db<'_>,
    of: &Transaction,
    (kind, debit, credit, amount): (&'static str, &'static str, &'static str, i64),
    at: Timestamp,
) -> Result<(), Refusal> {
    if amount == 0 {
        return Ok(());
    }
    let (transaction_id, order_id) = (of.id.clone(), of.order_id.clone());
    Ok(db.post(&Posting { transaction_id, order_id, kind, debit, credit, amount, at })?)
}
