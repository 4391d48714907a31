//! What happens inside Midtrans: pages, transactions and the notifications they owe. Every function
//! is one command of the store: it reads, asks `rules`, writes. No HTTP and no waiting here.
//!
//! Charge, refund, approve and capture will be functions beside these. The fault switches will sit
//! where notifications are queued ([`Gateway::notify`]) and where they are sent (`courier`).

use crate::body;
use crate::clock::later;
use crate::db::{Db, DbError};
use crate::model::{
    Attempt, Autopay, DeliveryState, DueDelivery, NewDelivery, NotifyUrls, Page, PageState, Terms,
    Transaction,
};
use crate::rules::method::Method;
use crate::rules::orders::{Admission, admit};
use crate::rules::retry::{self, Answer, Next};
use crate::rules::snap_request::{MAX_PAGE_LIFE, NewPage, PAGE_LIFE};
use crate::rules::status::{Action, Channel, Illegal, Standing, Status, next};
use jiff::SignedDuration;
use kernel::{Ids, Timestamp};
use midtrans::ServerKey;
use std::sync::Arc;

/// Name of the setting that makes pages pay themselves.
pub(crate) const AUTOPAY: &str = "autopay";
/// How many transactions one turn of the worker moves.
const TURN: usize = 256;

/// Whose account is simulated.
pub(crate) struct Merchant {
    pub(crate) id: String,
    pub(crate) key: ServerKey,
    /// The address that a merchant sets in the dashboard.
    pub(crate) dashboard_url: Option<String>,
}

/// The inside of Midtrans.
pub(crate) struct Gateway {
    pub(crate) merchant: Merchant,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) retry_jitter: bool,
}

/// Why something cannot be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the order id has a transaction that waits for payment")]
    Taken,
    #[error("the order id has been paid and utilized")]
    Utilized,
    #[error("no such page")]
    NoPage,
    #[error("the page is {}", .0.as_str())]
    PageGone(PageState),
    #[error("the page has expired")]
    PageExpired,
    #[error("a transaction is in progress on this page")]
    InProgress,
    #[error("the page does not offer this method")]
    NotOffered,
    #[error("no such transaction")]
    NoTransaction,
    #[error(transparent)]
    Illegal(#[from] Illegal),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What one look at the due rows found.
pub(crate) struct Turn {
    /// How many transactions expired or paid themselves.
    pub(crate) moved: usize,
    pub(crate) deliveries: Vec<DueDelivery>,
    /// When something is due next.
    pub(crate) next: Option<Timestamp>,
}

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
        let starts = new.expiry.and_then(|window| Some(later(window.start?, window.length)));
        let lives = new.page_life.map(|life| later(now, life));
        let closes_at = lives.or(starts).unwrap_or_else(|| later(now, PAGE_LIFE));
        let page = Page {
            token: self.ids.uuid().to_string(),
            order_id: new.order_id,
            gross_amount: new.gross_amount,
            state: PageState::Open,
            created_at: now,
            closes_at: closes_at.min(later(now, MAX_PAGE_LIFE)),
            terms: Terms {
                offered: new.offered.iter().map(|method| method.as_str().to_owned()).collect(),
                expiry: new.expiry,
                finish: new.finish,
                echo: new.echo,
                notify,
            },
        };
        db.insert_page(&page)?;
        if let Some(autopay) = db.setting::<Autopay>(AUTOPAY)?.filter(|autopay| autopay.enabled) {
            self.autopay(db, &page, &autopay, now)?;
        }
        Ok(page)
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
        let born = self.born(&page, method, now);
        db.insert_transaction(&born)?;
        self.notify(db, &page, &born, now)?;
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

    /// Moves a transaction, named by its own id or its order's, and notifies.
    pub(crate) fn act(
        &self,
        db: &Db<'_>,
        id: &str,
        action: Action,
        now: Timestamp,
    ) -> Result<Transaction, Refusal> {
        let found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        let page = db.page(&found.token)?.ok_or(Refusal::NoPage)?;
        self.move_on(db, &page, found, (action, now))
    }

    /// Expires and pays what is due, and picks deliveries to make.
    pub(crate) fn turn(
        &self,
        db: &Db<'_>,
        in_flight: &[i64],
        free_slots: usize,
        now: Timestamp,
    ) -> Result<Turn, Refusal> {
        let due = db.due_transactions(now, TURN)?;
        let moved = due.len();
        for waiting in due {
            let page = db.page(&waiting.token)?.ok_or(Refusal::NoPage)?;
            let pays = waiting.autopay_at.is_some_and(|at| at <= now && at < waiting.expires_at);
            let action = if pays { Action::Settle } else { Action::Expire };
            self.move_on(db, &page, waiting, (action, now))?;
        }
        let deliveries = db.due_deliveries(now, in_flight, free_slots)?;
        // A full turn has left some behind: come back at once.
        let next = if moved == TURN { Some(now) } else { db.next_due(now)? };
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

    fn autopay(
        &self,
        db: &Db<'_>,
        page: &Page,
        autopay: &Autopay,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let method = Method::parse(&autopay.method).unwrap_or(Method::Qris);
        let mut born = self.born(page, method, now);
        let delay = SignedDuration::from_millis(i64::from(autopay.delay_ms));
        born.autopay_at = Some(later(now, delay));
        db.insert_transaction(&born)?;
        if !autopay.skip_pending_notification {
            self.notify(db, page, &born, now)?;
        }
        if autopay.delay_ms == 0 {
            self.move_on(db, page, born, (Action::Settle, now))?;
        }
        Ok(())
    }

    fn born(&self, page: &Page, method: Method, now: Timestamp) -> Transaction {
        Transaction {
            id: self.ids.uuid().to_string(),
            token: page.token.clone(),
            order_id: page.order_id.clone(),
            method,
            gross_amount: page.gross_amount,
            standing: Standing::PENDING,
            created_at: now,
            expires_at: body::deadline(&page.terms, method, now),
            paid_at: None,
            settled_at: None,
            autopay_at: None,
        }
    }

    fn move_on(
        &self,
        db: &Db<'_>,
        page: &Page,
        mut moved: Transaction,
        (action, now): (Action, Timestamp),
    ) -> Result<Transaction, Refusal> {
        moved.standing = next(moved.standing, action, moved.method)?;
        if moved.standing.is_paid() {
            moved.paid_at = moved.paid_at.or(Some(now));
        }
        if moved.standing.status == Status::Settlement {
            moved.settled_at = Some(now);
        }
        db.update_transaction(&moved)?;
        self.notify(db, page, &moved, now)?;
        Ok(moved)
    }

    /// Queues the notification of a state, one delivery per address (midtrans.md 1.2, 3.1).
    fn notify(
        &self,
        db: &Db<'_>,
        page: &Page,
        told: &Transaction,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let NotifyUrls { instead, besides } = &page.terms.notify;
        let dashboard = self.merchant.dashboard_url.iter().filter(|_| instead.is_empty());
        let urls: Vec<&String> = instead.iter().chain(dashboard).chain(besides).collect();
        if urls.is_empty() {
            return Ok(());
        }
        let body = body::transaction(&self.merchant, &page.terms, told, Channel::Notification);
        let body = body.to_string();
        for url in urls {
            db.insert_delivery(&NewDelivery { transaction: told, url, body: &body, at })?;
        }
        Ok(())
    }
}

fn free(db: &Db<'_>, order_id: &str) -> Result<(), Refusal> {
    let states = db.of_order(order_id)?.into_iter().map(|t| t.standing.status);
    match admit(states) {
        Admission::Free => Ok(()),
        Admission::Taken => Err(Refusal::Taken),
        Admission::Utilized => Err(Refusal::Utilized),
    }
}
