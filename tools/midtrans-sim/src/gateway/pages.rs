//! Snap pages: opened, voided, and the choice of a method on them.

use super::{AUTOPAY, Gateway, Refusal, free};
use crate::clock::later;
use crate::db::Db;
use crate::model::{
    Autopay, Carried, Facts, NotifyUrls, Page, PageState, Planned, Terms, Transaction,
};
use crate::rules::method::Method;
use crate::rules::request::{MAX_PAGE_LIFE, NewPage, PAGE_LIFE};
use crate::rules::status::{Action, Standing, Status};
use jiff::SignedDuration;
use kernel::Timestamp;

impl Gateway {
    /// Opens a page for an order id that is free; an older page of the same id is revoked
    /// (midtrans.md 1.5).
    pub(crate) fn create_page(
        &self,
        db: &Db<'_>,
        new: NewPage,
        notify: NotifyUrls,
        now: Timestamp,
    ) -> Result<Page, Refusal> {
        free(db, &new.order_id)?;
        db.revoke_pages(&new.order_id)?;
        let page = self.opened(new, notify, now);
        db.insert_page(&page)?;
        if let Some(autopay) = db.setting::<Autopay>(AUTOPAY)?.filter(|autopay| autopay.enabled) {
            self.autopay(db, &page, &autopay, now)?;
        }
        Ok(page)
    }

    fn opened(&self, new: NewPage, notify: NotifyUrls, now: Timestamp) -> Page {
        let starts = new.expiry.and_then(|window| Some(later(window.start?, window.length)));
        let lives = new.page_life.map(|life| later(now, life));
        let closes_at = lives.or(starts).unwrap_or_else(|| later(now, PAGE_LIFE));
        let carried =
            Carried { echo: new.echo, notify, wants: new.wants, finish: new.finish, fee: new.fee };
        Page {
            token: self.ids.uuid().to_string(),
            order_id: new.order_id,
            gross_amount: new.gross_amount,
            state: PageState::Open,
            created_at: now,
            closes_at: closes_at.min(later(now, MAX_PAGE_LIFE)),
            terms: Terms {
                offered: new.offered.iter().map(|method| method.as_str().to_owned()).collect(),
                expiry: new.expiry,
                carried,
            },
        }
    }

    /// Voids a page on which nobody has chosen a method (midtrans.md 1.1).
    pub(crate) fn cancel_page(&self, db: &Db<'_>, token: &str) -> Result<(), Refusal> {
        let page = db.page(token)?.ok_or(Refusal::NoPage)?;
        if page.state != PageState::Open {
            return Err(Refusal::PageGone(page.state));
        }
        if db.latest_on(token)?.is_some() {
            return Err(Refusal::InProgress);
        }
        Ok(db.cancel_page(token)?)
    }

    /// The customer chooses a method: a transaction is born.
    pub(crate) fn choose(
        &self,
        db: &Db<'_>,
        token: &str,
        method: Method,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let page = db.page(token)?.ok_or(Refusal::NoPage)?;
        if page.state != PageState::Open {
            return Err(Refusal::PageGone(page.state));
        }
        if now >= page.closes_at {
            return Err(Refusal::PageExpired);
        }
        if !page.terms.offered.iter().any(|name| name == method.as_str()) {
            return Err(Refusal::NotOffered);
        }
        free(db, &page.order_id)?;
        let born = self.on_page(db, &page, method, now)?;
        db.insert_transaction(&born)?;
        self.notify(db, &born, now)?;
        Ok(born)
    }

    /// Chooses a method, or takes the transaction that waits on the page, and carries it on.
    pub(crate) fn choose_and(
        &self,
        db: &Db<'_>,
        token: &str,
        choice: (Option<Method>, Option<Action>),
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let (method, action) = choice;
        let waiting = db.latest_on(token)?.filter(|t| t.standing.status == Status::Pending);
        let chosen = match (waiting, method) {
            (Some(waiting), None) => waiting,
            (Some(waiting), Some(method)) if waiting.method == method => waiting,
            (Some(_), Some(_)) => return Err(Refusal::InProgress),
            (None, method) => self.choose(db, token, method.unwrap_or(Method::Qris), now)?,
        };
        match action {
            Some(action) => self.act(db, &chosen.id, action, now),
            None => Ok(chosen),
        }
    }

    fn autopay(
        &self,
        db: &Db<'_>,
        page: &Page,
        autopay: &Autopay,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let method = Method::parse(&autopay.method).unwrap_or(Method::Qris);
        let mut born = self.on_page(db, page, method, now)?;
        let delay = SignedDuration::from_millis(i64::from(autopay.delay_ms));
        born.planned = Some(Planned { action: Action::Settle, at: later(now, delay) });
        db.insert_transaction(&born)?;
        if !autopay.skip_pending_notification {
            self.notify(db, &born, now)?;
        }
        if autopay.delay_ms == 0 {
            self.move_on(db, &born, Action::Settle, now)?;
        }
        Ok(())
    }

    fn on_page(
        &self,
        db: &Db<'_>,
        page: &Page,
        method: Method,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let born = Transaction {
            id: self.ids.uuid().to_string(),
            token: Some(page.token.clone()),
            order_id: page.order_id.clone(),
            method,
            gross_amount: page.gross_amount,
            standing: Standing::PENDING,
            created_at: now,
            expires_at: deadline(page, method, now),
            paid_at: None,
            settled_at: None,
            refunded: 0,
            charged_back: 0,
            planned: None,
            facts: Facts { carried: page.terms.carried.clone(), ..Facts::default() },
        };
        self.with_fee(db, self.with_lag(born))
    }
}

/// A deadline that starts now unless it was given a start. More time than the method can have is cut
/// to what it can.
fn deadline(page: &Page, method: Method, now: Timestamp) -> Timestamp {
    match page.terms.expiry {
        Some(window) => {
            later(window.start.unwrap_or(now), window.length.min(method.longest_expiry()))
        }
        None => later(now, method.default_expiry()),
    }
}
