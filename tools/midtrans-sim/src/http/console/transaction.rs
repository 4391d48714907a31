//! One transaction with all that belongs to it, and the forms that move it.

use super::super::admin::{self, Failure};
use super::frame::{At, Frame, Tab, rupiah};
use super::transactions::Row;
use super::{ROWS, Shown, answered, back, deliveries, number, page};
use crate::body::account_number;
use crate::db::{DeliveryRow, Listed, PostingRow};
use crate::gateway::Refusal;
use crate::model::{Refund, Transaction};
use crate::rules::request::RefundAsk;
use crate::sim::Sim;
use askama::Template;
use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use kernel::Timestamp;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "console_transaction.html")]
struct One {
    frame: Frame,
    row: Row,
    facts: Vec<(&'static str, String)>,
    /// What the merchant sent along, as JSON.
    echo: Option<String>,
    /// The customer's page.
    customer: String,
    refunds: Vec<Returned>,
    postings: Vec<Moved>,
    deliveries: Vec<deliveries::Row>,
    /// The other transactions of the order.
    rows: Vec<Row>,
}

/// A posting as it is shown.
struct Moved {
    at: At,
    kind: String,
    from: String,
    to: String,
    amount: String,
}

impl From<PostingRow> for Moved {
    fn from(row: PostingRow) -> Self {
        Self {
            at: At(row.at),
            kind: row.kind.replace('_', " "),
            from: row.credit,
            to: row.debit,
            amount: rupiah(row.amount),
        }
    }
}

/// A refund as it is shown.
struct Returned {
    id: i64,
    key: String,
    amount: String,
    reason: Option<String>,
    asked: At,
    confirmed: Option<At>,
}

impl From<Refund> for Returned {
    fn from(of: Refund) -> Self {
        Self {
            id: of.id,
            key: of.key,
            amount: rupiah(of.amount),
            reason: of.reason,
            asked: At(of.created_at),
            confirmed: of.confirmed_at.map(At),
        }
    }
}

pub(super) async fn show(State(sim): State<Sim>, id: Result<Path<String>, PathRejection>) -> Shown {
    let Path(id) = id?;
    page(&load(&sim, id).await?)
}

#[derive(Deserialize)]
pub(super) struct Wish {
    action: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    back: String,
}

pub(super) async fn act(
    State(sim): State<Sim>,
    id: Result<Path<String>, PathRejection>,
    form: Result<Form<Wish>, FormRejection>,
) -> Shown {
    let (Path(id), Form(wish)) = (id?, form?);
    match perform(&sim, &id, &wish).await {
        Ok(()) => Ok(back(&wish.back)),
        Err(Failure(code, text)) => {
            // The transaction as it is now, with the reason; if there is none, that is the reason.
            let mut shown = load(&sim, id).await?;
            shown.frame.error = Some(text);
            Ok(answered(code, page(&shown)?))
        }
    }
}

async fn perform(sim: &Sim, id: &str, wish: &Wish) -> Result<(), Failure> {
    let amount = number("amount", &wish.amount)?;
    if wish.action == "refund" {
        return give_back(sim, id, amount).await;
    }
    let _ = admin::acted(sim, (id.to_owned(), wish.action.clone()), amount).await?;
    Ok(())
}

async fn give_back(sim: &Sim, id: &str, amount: Option<i64>) -> Result<(), Failure> {
    let id = id.to_owned();
    let ask = RefundAsk { amount, ..RefundAsk::default() };
    let answer = sim.change(move |gateway, db, now| gateway.refund(db, &id, ask, now)).await?;
    match answer["status_code"].as_str() {
        Some("200") => Ok(()),
        code => {
            let code = code.unwrap_or_default();
            let text = format!("a switch refused the refund: it was answered with {code}");
            Err(Failure(StatusCode::CONFLICT, text))
        }
    }
}

/// All that belongs to one transaction.
struct Dossier {
    told: Transaction,
    refunds: Vec<Refund>,
    postings: Vec<PostingRow>,
    deliveries: Vec<DeliveryRow>,
    siblings: Vec<Transaction>,
}

async fn load(sim: &Sim, id: String) -> Result<One, Failure> {
    let found = sim.read(move |_, db, _| {
        let told = db.transaction(&id)?.ok_or(Refusal::NoTransaction)?;
        let order = Listed { order_id: Some(told.order_id.clone()), before: None, limit: ROWS };
        Ok(Dossier {
            refunds: db.refunds_of(&told.id)?,
            postings: db.list_postings(&order)?,
            deliveries: db.list_deliveries(&order)?,
            siblings: db
                .list_transactions(&order)?
                .into_iter()
                .map(|row| row.transaction)
                .collect(),
            told,
        })
    });
    let Dossier { told, refunds, postings, deliveries, siblings } = found.await?;
    let here = format!("/_sim/console/transactions/{}", told.id);
    let frame = Frame::load(sim, Tab::Transactions, here).await;
    let now = frame.now.0;
    let row = Row::new(&told, now);
    let others = siblings.iter().filter(|other| other.id != told.id);
    let of_this = deliveries.into_iter().filter(|delivery| delivery.transaction_id == told.id);
    Ok(One {
        row,
        facts: facts(&told),
        echo: (!told.facts.carried.echo.is_empty())
            .then(|| format!("{:#}", serde_json::Value::Object(told.facts.carried.echo.clone()))),
        customer: match &told.token {
            Some(token) => format!("/snap/v4/redirection/{token}"),
            None => format!("/_sim/wallet?referenceid={}", told.id),
        },
        refunds: refunds.into_iter().map(Returned::from).collect(),
        postings: postings.into_iter().rev().map(Moved::from).collect(),
        deliveries: of_this.map(|delivery| deliveries::Row::new(delivery, now)).collect(),
        rows: others.map(|other| Row::new(other, now)).collect(),
        frame,
    })
}

/// What is known, without what is not.
fn facts(of: &Transaction) -> Vec<(&'static str, String)> {
    let at = |at: Option<Timestamp>| at.map(|at| At(at).to_string());
    let amount = |amount: i64| (amount != 0).then(|| rupiah(amount));
    let carried = &of.facts.carried;
    let urls = |urls: &[String]| (!urls.is_empty()).then(|| urls.join(" "));
    let lag = (of.facts.expiry_lag_ms != 0).then(|| format!("{} ms", of.facts.expiry_lag_ms));
    let known = [
        ("Amount", Some(rupiah(of.gross_amount))),
        ("of it a fee", amount(of.facts.fee)),
        ("Refunded", amount(of.refunded)),
        ("Charged back", amount(of.charged_back)),
        ("payment_type", Some(of.method.payment_type().to_owned())),
        ("Account number", account_number(of)),
        ("Card", of.facts.card.as_ref().map(|card| card.masked.clone())),
        ("Created", at(Some(of.created_at))),
        ("Expires", at(Some(of.expires_at))),
        ("Expires late by", lag),
        ("Paid", at(of.paid_at)),
        ("Settled", at(of.settled_at)),
        ("Finish URL", carried.finish.clone()),
        ("Notifies instead", urls(&carried.notify.instead)),
        ("Notifies besides", urls(&carried.notify.besides)),
        ("Snap token", of.token.clone()),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
