//! Reads the system's lists page by page: where orders stand, which messages went out, what is still
//! owed. Judges nothing.

use crate::client::Client;
use crate::compose::Part;
use crate::lists::Page;
use anyhow::{Context, bail};
use order::models::OrderStatus;
use serde_json::Value;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Rows per page of a list.
const PAGE: usize = 200;

/// Status by order.
pub(super) type Statuses = HashMap<String, OrderStatus>;
/// Sent messages by order and template.
pub(super) type Sent = HashMap<String, HashMap<String, u32>>;
/// What each of [`Part::ALL`] owes: events to send, events to retry, jobs to do. Payment's jobs do not
/// count: each payment has looks and a deadline in days to come.
pub(super) type Owed = [u64; Part::ALL.len()];

/// Reads a list, newest first, until `seen` has seen enough.
pub(super) async fn each(
    client: &Client,
    path: &str,
    mut seen: impl FnMut(&Value) -> ControlFlow<()>,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = client.get::<Page<Value>>(&format!("{path}?limit={PAGE}{after}")).await?;
        let Some(page) = page else { bail!("{path} does not exist") };
        for row in &page.data {
            if seen(row).is_break() {
                return Ok(());
            }
        }
        match page.data.last().and_then(|row| row["id"].as_str()) {
            Some(id) if page.has_more => after = format!("&starting_after={id}"),
            _ => return Ok(()),
        }
    }
}

/// Whether a row is not yet older than an id: ids are sorted by time, and nothing of a run is older
/// than its first order.
pub(super) fn since(oldest: &str, row: &Value) -> ControlFlow<()> {
    match row["id"].as_str() {
        Some(id) if id >= oldest => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}

/// Where an order of a list stands.
pub(super) fn status(order: &Value) -> anyhow::Result<OrderStatus> {
    let status = order["status"].as_str().context("an order has no status")?;
    status.parse().with_context(|| format!("{status:?} is unknown here"))
}

/// Where the orders stand that are not older than one.
pub(super) async fn orders(client: &Client, oldest: &str) -> anyhow::Result<Statuses> {
    let mut statuses = HashMap::new();
    each(client, "/v1/orders", |order| {
        if let (Some(id), Ok(status)) = (order["id"].as_str(), status(order)) {
            statuses.insert(id.to_owned(), status);
        }
        since(oldest, order)
    })
    .await?;
    Ok(statuses)
}

/// The messages that went out since an order.
pub(super) async fn messages(client: &Client, oldest: &str) -> anyhow::Result<Sent> {
    let mut sent = Sent::new();
    each(client, "/v1/notifications", |message| {
        let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
        if message["status"] == "sent" {
            let of_order = sent.entry(text("order_id")).or_default();
            *of_order.entry(text("template")).or_default() += 1;
        }
        since(oldest, message)
    })
    .await?;
    Ok(sent)
}

/// What each service owes now.
pub(super) async fn owed(client: &Client) -> anyhow::Result<Owed> {
    let mut owed = Owed::default();
    for (sum, part) in owed.iter_mut().zip(Part::ALL) {
        let path = format!("/ops/{}/backlog", part.name());
        let backlog: Value = client.get(&path).await?.context("there is no operations API")?;
        let of = |key: &str| backlog[key].as_u64().unwrap_or(0);
        let jobs = if part == Part::Payment { 0 } else { of("jobs_open") };
        *sum = of("outbox_pending") + of("inbox_deferred") + jobs;
    }
    Ok(owed)
}

/// The same in words.
pub(super) fn words(owed: Owed) -> String {
    let each = Part::ALL.iter().zip(owed).map(|(part, owed)| format!("{} {owed}", part.name()));
    each.collect::<Vec<_>>().join(", ")
}
