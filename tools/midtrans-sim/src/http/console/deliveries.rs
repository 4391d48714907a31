//! Notifications on their way: which, to whom, how often tried and how answered.

use super::super::admin;
use super::frame::{At, Frame, Tab};
use super::{ROWS, Shown, back, given, page};
use crate::db::{AttemptRow, DeliveryRow, Listed};
use crate::sim::Sim;
use askama::Template;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// How many attempts are shown of one delivery, the latest.
const ATTEMPTS: usize = 20;

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    order_id: String,
    /// Only rows with a lower number.
    before: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Origin {
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "console_deliveries.html")]
struct Deliveries {
    frame: Frame,
    order_id: String,
    /// Where a test notification goes.
    address: Option<String>,
    rows: Vec<Row>,
    /// The row that the next page begins below.
    before: Option<i64>,
}

/// A delivery as it is shown.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) transaction_id: String,
    pub(super) order_id: String,
    pub(super) status: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) url: String,
    pub(super) created: At,
    pub(super) attempts: Vec<Try>,
    /// How many attempts were left out.
    pub(super) earlier: usize,
    /// When the next attempt is, and how far ahead.
    pub(super) next: Option<(At, String)>,
    pub(super) body: String,
}

pub(super) struct Try {
    pub(super) at: At,
    pub(super) answer: String,
    pub(super) tone: &'static str,
}

impl Row {
    pub(super) fn new(of: DeliveryRow, now: Timestamp) -> Self {
        let earlier = of.attempts.len().saturating_sub(ATTEMPTS);
        let tone = match of.state.as_str() {
            "delivered" => "good",
            "waiting" => "wait",
            _ => "bad",
        };
        Self {
            id: of.id,
            transaction_id: of.transaction_id,
            order_id: of.order_id,
            status: of.transaction_status,
            tone,
            state: of.state.replace('_', " "),
            url: of.url,
            created: At(of.created_at),
            attempts: of.attempts.into_iter().skip(earlier).map(Try::from).collect(),
            earlier,
            next: of.next_attempt_at.map(At).map(|at| (at, at.ahead_of(now))),
            body: pretty(of.body),
        }
    }
}

impl From<AttemptRow> for Try {
    fn from(row: AttemptRow) -> Self {
        let tone = if row.answer.starts_with('2') { "good" } else { "bad" };
        Self { at: At(row.at), answer: row.answer, tone }
    }
}

/// The body to be read; one that a switch has broken, as it was sent.
fn pretty(body: Value) -> String {
    match body {
        Value::String(broken) => broken,
        body => format!("{body:#}"),
    }
}

pub(super) async fn list(
    State(sim): State<Sim>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Shown {
    let Query(filter) = filter?;
    let order_id = given(&filter.order_id).map(str::to_owned);
    let which = Listed { order_id, before: filter.before, limit: ROWS };
    let found = sim.read(move |_, db, _| Ok(db.list_deliveries(&which)?)).await?;
    let full = found.len() == ROWS as usize;
    let before = found.last().map(|row| row.id).filter(|_| full);
    let here = here(&filter);
    let frame = Frame::load(&sim, Tab::Deliveries, here).await;
    let rows = found.into_iter().map(|row| Row::new(row, frame.now.0)).collect();
    let address = sim.0.gateway.merchant.dashboard_url.clone();
    page(&Deliveries { frame, order_id: filter.order_id, address, rows, before })
}

fn here(filter: &Filter) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("order_id", &filter.order_id);
    if let Some(before) = filter.before {
        query.append_pair("before", &before.to_string());
    }
    format!("{}?{}", Tab::Deliveries.path(), query.finish())
}

pub(super) async fn resend(
    State(sim): State<Sim>,
    id: Result<Path<i64>, PathRejection>,
    form: Result<Form<Origin>, FormRejection>,
) -> Shown {
    let Form(from) = form?;
    admin::resend(State(sim), id).await?;
    Ok(back(&from.back))
}

pub(super) async fn test(State(sim): State<Sim>) -> Shown {
    let _ = admin::test_notification(State(sim)).await?;
    Ok(back(Tab::Deliveries.path()))
}
