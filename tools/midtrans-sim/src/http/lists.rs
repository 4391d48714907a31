//! `/_sim`: what there is and what happened, in rows. Reads only; each list is paged by a number that
//! its rows show.

use super::admin::{Answer, Failure};
use crate::body;
use crate::db::{Db, DbError, DeliveryRow, Ledger, Listed, Numbered, PostingRow};
use crate::gateway::Refusal;
use crate::model::{Page, PageState, Refund, Transaction};
use crate::sim::Sim;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Json;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    order_id: Option<String>,
    /// Only rows with a lower number: `seq`, of deliveries `id`.
    before: Option<i64>,
    limit: Option<u32>,
}

/// Cut to what is allowed, a list would look like one that ends.
fn listed(filter: Result<Query<Filter>, QueryRejection>) -> Result<Listed, Failure> {
    let Query(filter) = filter?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Failure::bad(format!("`limit` is 1 to {MAX_LIMIT}")));
    }
    Ok(Listed { order_id: filter.order_id, before: filter.before, limit })
}

/// A transaction as it is listed.
#[derive(Serialize)]
pub(super) struct View {
    /// What `before` takes.
    seq: i64,
    transaction_id: String,
    order_id: String,
    token: Option<String>,
    method: &'static str,
    payment_type: &'static str,
    transaction_status: &'static str,
    fraud_status: &'static str,
    gross_amount: i64,
    /// The part of it that is a fee.
    fee: i64,
    refunded: i64,
    /// What `refunded` is the sum of, oldest first.
    refunds: Vec<RefundView>,
    charged_back: i64,
    account_number: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    paid_at: Option<Timestamp>,
    settled_at: Option<Timestamp>,
}

/// A refund as it is listed.
#[derive(Serialize)]
struct RefundView {
    key: String,
    amount: i64,
    /// Whether the bank has.
    confirmed: bool,
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        let confirmed = refund.confirmed_at.is_some();
        Self { key: refund.key, amount: refund.amount, confirmed }
    }
}

impl View {
    /// With what other rows tell of it.
    pub(super) fn load(db: &Db<'_>, transaction: Transaction) -> Result<Self, DbError> {
        let seq = db.seq_of(&transaction.id)?.ok_or(DbError::Unreadable("seq"))?;
        Self::of(db, Numbered { seq, transaction })
    }

    fn of(db: &Db<'_>, row: Numbered) -> Result<Self, DbError> {
        let found = row.transaction;
        let refunds = match found.refunded {
            0 => vec![],
            _ => db.refunds_of(&found.id)?,
        };
        Ok(Self {
            seq: row.seq,
            account_number: body::account_number(&found),
            method: found.method.as_str(),
            payment_type: found.method.payment_type(),
            transaction_status: found.standing.status.as_str(),
            fraud_status: found.standing.fraud.as_str(),
            gross_amount: found.gross_amount,
            fee: found.facts.fee,
            refunded: found.refunded,
            refunds: refunds.into_iter().map(RefundView::from).collect(),
            charged_back: found.charged_back,
            created_at: found.created_at,
            expires_at: found.expires_at,
            paid_at: found.paid_at,
            settled_at: found.settled_at,
            transaction_id: found.id,
            order_id: found.order_id,
            token: found.token,
        })
    }
}

pub(super) async fn transactions(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Answer<Vec<View>> {
    let which = listed(filter)?;
    let found = sim.read(move |_, db, _| {
        let rows = db.list_transactions(&which)?.into_iter();
        Ok::<Vec<View>, Refusal>(rows.map(|row| View::of(db, row)).collect::<Result<_, _>>()?)
    });
    Ok(Json(found.await?))
}

pub(super) async fn transaction(
    State(sim): State<Sim>,
    id: Result<Path<String>, PathRejection>,
) -> Answer<View> {
    let Path(id) = id?;
    let found = sim.read(move |_, db, _| {
        let found = db.transaction(&id)?.ok_or(Refusal::NoTransaction)?;
        Ok::<View, Refusal>(View::load(db, found)?)
    });
    Ok(Json(found.await?))
}

/// A Snap page as it is shown.
#[derive(Serialize)]
pub(super) struct PageView {
    token: String,
    order_id: String,
    /// `open`, `revoked`, `canceled`, or `expired`: nobody took its place, and its time is over.
    state: &'static str,
    gross_amount: i64,
    created_at: Timestamp,
    closes_at: Timestamp,
}

impl PageView {
    fn at(page: Page, now: Timestamp) -> Self {
        Self {
            token: page.token,
            order_id: page.order_id,
            state: match page.state {
                PageState::Open if now >= page.closes_at => "expired",
                state => state.as_str(),
            },
            gross_amount: page.gross_amount,
            created_at: page.created_at,
            closes_at: page.closes_at,
        }
    }
}

pub(super) async fn page(
    State(sim): State<Sim>,
    token: Result<Path<String>, PathRejection>,
) -> Answer<PageView> {
    let Path(token) = token?;
    let found = sim.read(move |_, db, now| {
        let page = db.page(&token)?.ok_or(Refusal::NoPage)?;
        Ok::<PageView, Refusal>(PageView::at(page, now))
    });
    Ok(Json(found.await?))
}

pub(super) async fn deliveries(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Answer<Vec<DeliveryRow>> {
    let which = listed(filter)?;
    Ok(Json(sim.read(move |_, db, _| Ok(db.list_deliveries(&which)?)).await?))
}

pub(super) async fn ledger(State(sim): State<Sim>) -> Answer<Ledger> {
    Ok(Json(sim.read(|_, db, _| Ok(db.ledger()?)).await?))
}

pub(super) async fn postings(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Answer<Vec<PostingRow>> {
    let which = listed(filter)?;
    Ok(Json(sim.read(move |_, db, _| Ok(db.list_postings(&which)?)).await?))
}
