//! The simulated gateway's own books, by our tries: the one oracle that shares no rule with the
//! services.

use crate::client::Client;
use crate::lists::transactions::{self, GatewayTransaction};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;

/// Everything the simulator has, by our attempt's id.
#[derive(Debug, Default)]
pub(crate) struct Gateway {
    /// Transactions by `order_id`; what no order of ours claims stays.
    by_attempt: HashMap<String, Vec<GatewayTransaction>>,
}

/// What the gateway has of one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// All transactions of all its attempts.
    pub(crate) transactions: Vec<GatewayTransaction>,
    /// The page whose token is stored, if one was asked for.
    pub(crate) page: Option<Page>,
}

/// A page where a customer pays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Page {
    /// As the gateway calls it; `unknown` if it does not have it.
    pub(crate) state: String,
    /// When it takes nobody any more, by the gateway's clock.
    pub(crate) closes_at: Option<Timestamp>,
}

impl Gateway {
    /// Reads all transactions.
    pub(crate) async fn read(client: &Client) -> anyhow::Result<Self> {
        let mut by_attempt: HashMap<String, Vec<GatewayTransaction>> = HashMap::new();
        for transaction in transactions::all(client).await? {
            by_attempt.entry(transaction.order_id.clone()).or_default().push(transaction);
        }
        Ok(Self { by_attempt })
    }

    /// Takes what belongs to an order with these attempts.
    pub(crate) fn take<'a>(&mut self, attempts: impl Iterator<Item = &'a str>) -> Account {
        let transactions = attempts.filter_map(|id| self.by_attempt.remove(id)).flatten().collect();
        Account { transactions, page: None }
    }

    /// What nobody has taken.
    pub(crate) fn left(&self) -> impl Iterator<Item = &GatewayTransaction> {
        self.by_attempt.values().flatten()
    }
}

/// A page, by its token.
pub(crate) async fn page(client: &Client, token: &str) -> anyhow::Result<Page> {
    let page: Option<Page> = client.get(&format!("/_sim/pages/{token}")).await?;
    Ok(page.unwrap_or_else(|| Page { state: "unknown".to_owned(), closes_at: None }))
}
