//! The customers and the banks, at the simulator. What they do cannot be repeated like a request under a
//! key: when an answer is lost, they look whether it was done.

use super::super::patient::Patient;
use super::life::{Action, Outcome};
use crate::client::Failed;
use anyhow::Context;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The simulator, as customers and banks reach it.
pub(super) struct Bank<'a>(pub(super) &'a Patient<'a>);

/// Where an order can be paid.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) token: String,
    /// Our attempt, the gateway's `order_id`.
    pub(super) attempt: String,
}

/// A transaction, as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Transaction {
    #[serde(rename = "transaction_id")]
    pub(super) id: String,
    method: String,
    #[serde(rename = "transaction_status")]
    status: String,
}

impl Bank<'_> {
    /// The customer chooses a method on the page.
    pub(super) async fn choose(
        &self,
        page: &Page,
        (method, outcome): (&str, Outcome),
    ) -> anyhow::Result<Transaction> {
        let path = format!("/_sim/pages/{}/pay", page.token);
        let body = json!({ "method": method, "outcome": outcome.word() });
        let done = async || {
            let found = self.of(&page.attempt).await?;
            let mut found = found.into_iter().filter(|t| t.method == method);
            Ok(found.find(|t| outcome.shows_in(&t.status)))
        };
        self.surely(&path, &body, done).await
    }

    /// Something happens to a transaction.
    pub(super) async fn act(&self, id: &str, action: Action) -> anyhow::Result<Transaction> {
        let path = format!("/_sim/transactions/{id}/{}", action.word());
        let done = async || {
            let found = self.0.client.get(&format!("/_sim/transactions/{id}")).await?;
            Ok(found.filter(|t: &Transaction| action.shows_in(&t.status)))
        };
        self.surely(&path, &Value::Null, done).await
    }

    /// The transaction beside another.
    pub(super) async fn twin(&self, page: &Page, of: &str) -> anyhow::Result<Transaction> {
        let all = self.0.again(async || self.of(&page.attempt).await).await?;
        let twin = all.into_iter().find(|transaction| transaction.id != of);
        twin.context("the bank did not book it twice")
    }

    /// An attempt's transactions, newest first.
    async fn of(&self, attempt: &str) -> anyhow::Result<Vec<Transaction>> {
        let path = format!("/_sim/transactions?order_id={attempt}&limit=10");
        self.0.client.get(&path).await?.context("there is no simulator")
    }

    /// Posts until it is done: after an answer that tells nothing `done` looks whether it was.
    async fn surely(
        &self,
        path: &str,
        body: &Value,
        done: impl AsyncFn() -> anyhow::Result<Option<Transaction>>,
    ) -> anyhow::Result<Transaction> {
        loop {
            let error = match self.0.client.send(Method::POST, path, None, body).await {
                Ok(moved) => return serde_json::from_value(moved).context("no transaction"),
                Err(error) => error,
            };
            let waits = self.0.waits_out(&error);
            // An earlier try may be in the way.
            if !waits && !is_conflict(&error) {
                return Err(error);
            }
            if let Some(found) = self.0.again(&done).await? {
                return Ok(found);
            }
            if !waits {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn is_conflict(error: &anyhow::Error) -> bool {
    let conflict = StatusCode::CONFLICT;
    matches!(Failed::of(error), Some(Failed::Refused { status, .. }) if *status == conflict)
}
