//! The simulator's list of transactions: its own books, which no real gateway shows. Nobody reads
//! them by another row than this.

use super::standing::Standing;
use crate::client::Client;
use anyhow::{Context, bail};
use jiff::Timestamp;
use payment::models::Fraud;
use serde::Deserialize;

/// Rows of a page: the most that it gives.
const PAGE: usize = 1000;
/// More than that is not compared.
const ROWS_MAX: usize = 1_000_000;

/// One transaction, as the gateway has it. Money is whole rupiah.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct GatewayTransaction {
    seq: i64,
    pub(crate) transaction_id: String,
    pub(crate) order_id: String,
    pub(crate) transaction_status: String,
    pub(crate) fraud_status: String,
    pub(crate) gross_amount: i64,
    pub(crate) refunded: i64,
    pub(crate) charged_back: i64,
    pub(crate) refunds: Vec<GatewayRefund>,
    pub(crate) created_at: Timestamp,
    pub(crate) settled_at: Option<Timestamp>,
}

/// One refund, as the gateway has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct GatewayRefund {
    pub(crate) key: String,
    pub(crate) amount: i64,
}

impl GatewayTransaction {
    /// An error is a status that this program does not know.
    pub(crate) fn standing(&self) -> anyhow::Result<Standing> {
        Ok(Standing {
            status: self.transaction_status.parse().context("the simulator's list")?,
            // A word that we do not know holds a payment like a challenge.
            fraud: Some(self.fraud_status.parse().unwrap_or(Fraud::Challenge)),
            gross: self.gross_amount,
            refunded: Some(self.refunded),
            charged_back: Some(self.charged_back),
        })
    }

    /// What the gateway owes us of it; of a status that nobody knows, nothing.
    pub(crate) fn net(&self) -> i64 {
        self.standing().ok().and_then(Standing::net).unwrap_or(0)
    }
}

/// All that there are, newest first.
pub(crate) async fn all(client: &Client) -> anyhow::Result<Vec<GatewayTransaction>> {
    let mut rows: Vec<GatewayTransaction> = Vec::new();
    loop {
        let before = rows.last().map(|row| format!("&before={}", row.seq)).unwrap_or_default();
        let page = page(client, &before).await?;
        let full = page.len() == PAGE;
        rows.extend(page);
        if rows.len() > ROWS_MAX {
            bail!("the simulator has more than {ROWS_MAX} transactions");
        }
        if !full {
            return Ok(rows);
        }
    }
}

/// Those of one attempt, as they are now.
pub(crate) async fn of(client: &Client, attempt: &str) -> anyhow::Result<Vec<GatewayTransaction>> {
    page(client, &format!("&order_id={attempt}")).await
}

async fn page(client: &Client, filter: &str) -> anyhow::Result<Vec<GatewayTransaction>> {
    let path = format!("/_sim/transactions?limit={PAGE}{filter}");
    client.get(&path).await?.context(
        "there is no simulator: the real gateway's transactions are compared by orderflow reconcile \
         --report FILE.csv",
    )
}
