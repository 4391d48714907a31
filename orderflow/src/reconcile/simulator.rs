//! The simulator's list of all transactions, as a report: of a time, and of now.

use super::held::Held;
use super::row::Row;
use crate::client::Client;
use crate::lists::standing::Standing;
use crate::lists::transactions::{self, GatewayTransaction};
use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Clock {
    now: Timestamp,
}

/// Every transaction that the simulator had at the time that comes with them.
pub(super) async fn read(client: &Client) -> anyhow::Result<(Vec<Row>, Timestamp)> {
    let clock = client.get::<Clock>("/_sim/clock").await?;
    // Asked before the list, so that whatever was there by then is in it.
    let Clock { now } = clock.context(
        "there is no simulator: the real gateway's transactions are compared by --report FILE.csv",
    )?;
    Ok((rows(transactions::all(client).await?)?, now))
}

/// What it has of a payment now.
pub(super) async fn of(client: &Client, held: &Held) -> anyhow::Result<Vec<Row>> {
    let mut found = Vec::new();
    for attempt in &held.attempts {
        found.extend(rows(transactions::of(client, &attempt.id).await?)?);
    }
    Ok(found)
}

fn rows(listed: Vec<GatewayTransaction>) -> anyhow::Result<Vec<Row>> {
    listed.into_iter().map(Row::try_from).collect()
}

impl TryFrom<GatewayTransaction> for Row {
    type Error = anyhow::Error;

    fn try_from(listed: GatewayTransaction) -> anyhow::Result<Self> {
        let Standing { status, fraud, gross, refunded, charged_back } = listed.standing()?;
        Ok(Self {
            line: None,
            status,
            fraud,
            gross,
            refunded,
            charged_back,
            currency: None,
            at: Some(listed.created_at),
            settled_at: listed.settled_at,
            order_id: listed.order_id.into(),
            transaction_id: Some(listed.transaction_id.into()),
        })
    }
}
