//! What happens inside Midtrans: pages, transactions, money and the notifications they owe. Every
//! function is one command of the store: it reads, asks `rules`, writes. No HTTP and no waiting here.

mod card;
mod charge;
mod life;
mod notify;
mod pages;
mod refund;
mod turn;

pub(crate) use card::CardFields;
pub(crate) use turn::Turn;

use crate::body::{self, Told};
use crate::clock::later;
use crate::db::{Db, DbError};
use crate::faults::{Call, Fault, Subject, Switches};
use crate::model::{Before, PageState, Transaction};
use crate::rules::orders::{Admission, Use, admit};
use crate::rules::status::{Channel, Fraud, Illegal, Standing, Status};
use kernel::{Ids, Timestamp};
use midtrans::ServerKey;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Name of the setting that makes pages pay themselves.
pub(crate) const AUTOPAY: &str = "autopay";
/// Name of the setting of fees that the customer pays.
pub(crate) const FEES: &str = "fees";
/// Name of the setting of what is let pass.
pub(crate) const LENIENCY: &str = "leniency";
/// Name of the setting that keeps the fault switches.
pub(crate) const SWITCHES: &str = "switches";

/// Whose account is simulated.
pub(crate) struct Merchant {
    pub(crate) id: String,
    pub(crate) key: ServerKey,
    /// The address that a merchant sets in the dashboard.
    pub(crate) dashboard_url: Option<String>,
    /// Where browsers reach this simulator, without a slash at the end.
    pub(crate) public_url: String,
}

/// The inside of Midtrans.
pub(crate) struct Gateway {
    pub(crate) merchant: Merchant,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) retry_jitter: bool,
    pub(crate) switches: Mutex<Switches>,
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
    #[error("no such delivery")]
    NoDelivery,
    #[error("the card token is unknown, used or too old")]
    CardToken,
    #[error("the request body is empty")]
    Empty,
    #[error("the request body is not JSON")]
    Malformed,
    #[error("the request body is too large")]
    TooLarge,
    #[error("the content type is not JSON")]
    MediaType,
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    #[error("the method is not enabled")]
    NotEnabled,
    #[error("the refund is not possible in this state or with this method")]
    NotRefundable,
    #[error("the amount is more than can be refunded")]
    RefundAmount,
    #[error("the refund key was used")]
    RefundTwice,
    #[error("a refund is not possible at this time")]
    RefundTime,
    #[error(transparent)]
    Illegal(#[from] Illegal),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Gateway {
    /// What GET Status answers about a transaction, named by its own id or its order's.
    pub(crate) fn status(
        &self,
        db: &Db<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, Refusal> {
        let found = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        self.told(db, &self.as_seen(found, Call::Status, now), Channel::Status)
    }

    /// The transactions behind an id, newest first, as GET Status tells them (midtrans.md 2.4).
    pub(crate) fn status_b2b(
        &self,
        db: &Db<'_>,
        id: &str,
        (page, per_page): (usize, usize),
        now: Timestamp,
    ) -> Result<Vec<Map<String, Value>>, Refusal> {
        let named = db.transaction(id)?.ok_or(Refusal::NoTransaction)?;
        let all = db.of_order(&named.order_id)?;
        let shown = all.into_iter().skip(page.saturating_mul(per_page)).take(per_page);
        let seen = shown.map(|transaction| self.as_seen(transaction, Call::StatusB2b, now));
        seen.map(|transaction| self.told(db, &transaction, Channel::Status)).collect()
    }

    pub(crate) fn told(
        &self,
        db: &Db<'_>,
        transaction: &Transaction,
        channel: Channel,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut refunds = match transaction.refunded {
            0 => vec![],
            _ => db.refunds_of(&transaction.id)?,
        };
        // Who sees late does not see the latest.
        let mut sum = 0;
        refunds.retain(|refund| {
            sum += refund.amount;
            sum <= transaction.refunded
        });
        let told = Told { merchant: &self.merchant, transaction, refunds: &refunds };
        Ok(body::transaction(told, channel))
    }

    /// What an action answers about a transaction.
    pub(crate) fn outcome(&self, moved: &Transaction, code: &str, message: &str) -> Value {
        let told = Told { merchant: &self.merchant, transaction: moved, refunds: &[] };
        Value::Object(body::outcome(told, code, message))
    }

    /// A transaction as GET Status sees it, which lags where a switch says so.
    fn as_seen(&self, found: Transaction, call: Call, now: Timestamp) -> Transaction {
        let Some(before) = &found.facts.before else { return found };
        let about = Subject { call: Some(call), ..life::subject(&found) };
        let lags = self.switches().strike_only(Fault::Stale, &about);
        let lags = lags.is_some_and(|strike| now < later(before.until, life::wait(&strike)));
        let seen = if lags { earlier(&found, before) } else { None };
        seen.unwrap_or(found)
    }

    pub(crate) fn switches(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As it stood before its last change; nothing if that is unknown.
fn earlier(found: &Transaction, before: &Before) -> Option<Transaction> {
    let (status, fraud) = Status::parse(&before.status).zip(Fraud::parse(&before.fraud))?;
    Some(Transaction {
        standing: Standing { status, fraud },
        paid_at: before.paid_at,
        settled_at: before.settled_at,
        refunded: before.refunded,
        ..found.clone()
    })
}

/// Whether an order id may be used (midtrans.md 1.5, 2.2).
fn free(db: &Db<'_>, order_id: &str) -> Result<(), Refusal> {
    let of_order = db.of_order(order_id)?.into_iter();
    let uses = of_order.map(|used| Use { status: used.standing.status, paid_at: used.paid_at });
    match admit(uses) {
        Admission::Free => Ok(()),
        Admission::Taken => Err(Refusal::Taken),
        Admission::Utilized => Err(Refusal::Utilized),
    }
}
