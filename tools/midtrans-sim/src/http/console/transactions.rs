//! The list of transactions, and what can be done to each of them now.

use super::books::Books;
use super::frame::{At, Frame, Tab, rupiah};
use super::{HOME, ROWS, Shown, given, page};
use crate::db::Listed;
use crate::model::Transaction;
use crate::rules::method::{Method, Refunds};
use crate::rules::refund::{self, Case};
use crate::rules::status::{Action, Fraud, Status, next};
use crate::sim::Sim;
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use kernel::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
pub(in crate::http) struct Filter {
    #[serde(default)]
    order_id: String,
    /// Only rows with a lower number.
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "console_transactions.html")]
struct List {
    frame: Frame,
    /// Where the list begins.
    books: Option<Books>,
    order_id: String,
    rows: Vec<Row>,
    /// The row that the next page begins below.
    before: Option<i64>,
}

/// A transaction as it is shown.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) order_id: String,
    pub(super) method: Method,
    pub(super) amount: String,
    pub(super) status: &'static str,
    /// Where it is not `accept`.
    pub(super) fraud: Option<&'static str>,
    pub(super) tone: &'static str,
    pub(super) created: At,
    /// What happened last.
    pub(super) since: Option<(&'static str, At)>,
    /// What happens next by itself, when, and how far ahead.
    pub(super) next: Option<(&'static str, At, String)>,
    pub(super) actions: Vec<&'static str>,
    pub(super) money: Option<MoneyBack>,
}

/// The ways in which money can go back now, and how much at most.
pub(super) struct MoneyBack {
    pub(super) refund: bool,
    pub(super) chargeback: bool,
    pub(super) left: i64,
    /// Whether a part may go.
    pub(super) parts: bool,
}

impl Row {
    pub(super) fn new(of: &Transaction, now: Timestamp) -> Self {
        let standing = of.standing;
        let settled = of.settled_at.map(|at| ("settled", At(at)));
        let paid = of.paid_at.map(|at| ("paid", At(at)));
        Self {
            id: of.id.clone(),
            order_id: of.order_id.clone(),
            method: of.method,
            amount: rupiah(of.gross_amount),
            status: standing.status.as_str(),
            fraud: Some(standing.fraud).filter(|f| *f != Fraud::Accept).map(Fraud::as_str),
            tone: tone(of),
            created: At(of.created_at),
            since: settled.or(paid),
            next: outlook(of).map(|(what, at)| (what, At(at), At(at).ahead_of(now))),
            actions: legal(of).map(Action::as_str).collect(),
            money: money_back(of, now),
        }
    }
}

fn tone(of: &Transaction) -> &'static str {
    match of.standing.status {
        _ if of.standing.is_paid() => "good",
        Status::Pending | Status::Authorize | Status::Capture => "wait",
        Status::Deny | Status::Failure | Status::Chargeback | Status::PartialChargeback => "bad",
        _ => "soft",
    }
}

/// What happens by itself next.
fn outlook(of: &Transaction) -> Option<(&'static str, Timestamp)> {
    let at = of.due_at()?;
    let planned = of.planned.filter(|planned| planned.at == at);
    Some((planned.map_or(Action::Expire, |planned| planned.action).as_str(), at))
}

/// The actions that the state allows and that need no amount.
fn legal(of: &Transaction) -> impl Iterator<Item = Action> {
    let plain = Action::ALL.into_iter().filter(|action| *action != Action::Chargeback);
    plain.filter(|action| next(of.standing, *action, of.method).is_ok())
}

fn money_back(of: &Transaction, now: Timestamp) -> Option<MoneyBack> {
    let case = Case {
        method: of.method,
        standing: of.standing,
        gross_amount: of.gross_amount,
        refunded: of.refunded,
        settled_at: of.settled_at,
        asked: None,
        now,
    };
    let refund = refund::decide(&case).is_ok();
    let chargeback = next(of.standing, Action::Chargeback, of.method).is_ok();
    (refund || chargeback).then(|| MoneyBack {
        refund,
        chargeback,
        left: of.gross_amount - of.refunded - of.charged_back,
        parts: chargeback || matches!(of.method.refunds(), Refunds::Partial { .. }),
    })
}

pub(in crate::http) async fn list(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Shown {
    let Query(filter) = filter?;
    let order_id = given(&filter.order_id).map(str::to_owned);
    let which = Listed { order_id: order_id.clone(), before: filter.before, limit: ROWS };
    let (found, before) = sim
        .read(move |_, db, _| {
            let rows = db.list_transactions(&which)?;
            let last = rows.last().filter(|_| rows.len() == ROWS as usize);
            let before = last.map(|last| last.seq);
            let mut found: Vec<_> = rows.into_iter().map(|row| row.transaction).collect();
            // What is typed may be the id of one transaction.
            if let (true, None, Some(id)) = (found.is_empty(), which.before, order_id) {
                found.extend(db.transaction(&id)?);
            }
            Ok((found, before))
        })
        .await?;
    let frame = Frame::load(&sim, Tab::Transactions, here(&filter)).await;
    let rows = found.iter().map(|found| Row::new(found, frame.now.0)).collect();
    let books = match filter.before {
        None => Some(Books::load(&sim).await?),
        Some(_) => None,
    };
    page(&List { frame, books, order_id: filter.order_id, rows, before })
}

fn here(filter: &Filter) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if given(&filter.order_id).is_some() {
        query.append_pair("order_id", &filter.order_id);
    }
    if let Some(before) = filter.before {
        query.append_pair("before", &before.to_string());
    }
    format!("{HOME}?{}", query.finish())
}
