//! Read what the gateway was asked about a payment, and what came of it.

use super::dto::ListDto;
use super::payments::{Api, find};
use crate::models::{Exchange, Payment};
use axum::extract::State;
use runtime::{Json, Path, Problem};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Exchanges shown of one payment: the newest, if there are more.
const EXCHANGES_MAX: usize = 200;
/// Callbacks of an attempt whose transactions are looked for too: the gateway was asked about them,
/// whether or not it knows them.
const HINTS_MAX: usize = 20;

/// One call of the gateway.
#[derive(Debug, Clone, Serialize)]
pub struct ExchangeDto {
    pub at: String,
    /// `create_page`, `status`, `close_page`, `cancel`, `expire`, `refund`, `approve`, `deny`.
    pub operation: &'static str,
    /// The attempt or the transaction.
    pub about: String,
    /// Milliseconds until it answered or was given up.
    pub took_ms: u64,
    /// `done`, `nothing`, `refused`, `unavailable`, `unauthorized`, `other_state`, `known`,
    /// `declined`.
    pub outcome: &'static str,
    /// The status that it told, or why not.
    pub detail: Option<String>,
}

/// `GET /v1/payments/{id}/exchanges`: oldest first.
pub async fn exchanges(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<ListDto<ExchangeDto>>, Problem> {
    let payment = find(&api, &id).await?.state;
    let about = asked_about(&api, &payment).await?;
    let found = api.payments.exchanges_of(about, EXCHANGES_MAX).await;
    let data = found.map_err(Problem::of_fault)?.into_iter().map(ExchangeDto::of).collect();
    Ok(Json(ListDto { data }))
}

/// All ids under which the gateway can have been asked about a payment.
async fn asked_about(api: &Api, payment: &Payment) -> Result<BTreeSet<String>, Problem> {
    let mut about = BTreeSet::new();
    for attempt in &payment.attempts {
        about.insert(attempt.id.to_string());
        about.extend(attempt.transactions.iter().map(|t| Exchange::about(&t.id)));
        let hints =
            api.payments.hints_of(attempt.id, HINTS_MAX).await.map_err(Problem::of_fault)?;
        about.extend(hints.iter().map(|hint| Exchange::about(&hint.transaction_id)));
    }
    Ok(about)
}

impl ExchangeDto {
    fn of(exchange: Exchange) -> Self {
        Self {
            at: exchange.at.to_string(),
            operation: exchange.operation.as_str(),
            about: exchange.about,
            took_ms: u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX),
            outcome: exchange.outcome.as_str(),
            detail: exchange.detail,
        }
    }
}
