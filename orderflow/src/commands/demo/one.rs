//! One order, seen live.

use super::autopay::{self, Autopay};
use super::patient::{Patient, Pulse};
use super::shop::{self, Shop};
use crate::client::{Client, Failed};
use crate::output::out;
use crate::process;
use crate::story;
use anyhow::{Context, bail};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::HashSet;
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(40);
/// How long each step may take before the demo says that something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);
/// The customer thinks it over.
const THINKS: Duration = Duration::from_secs(2);

/// What has been shown of the story so far.
#[derive(Default)]
struct Shown {
    lines: HashSet<(Timestamp, String)>,
    start: Option<Timestamp>,
}

/// Shows one order from creation to the last mail. `false` if it did not get there.
pub(super) async fn run(shop: &Shop) -> anyhow::Result<bool> {
    let client = &shop.client;
    let patient = Patient { client, pulse: Pulse::new(PATIENCE) };
    let left = Autopay::found(&patient).await?;
    if left.is_left_behind() {
        left.put_back(client).await?;
    }
    let order = shop.buy(&shop.purchase(0)).await?;
    let id = order["id"].as_str().context("the order has no id")?.to_owned();
    super::super::why::summary(&order);
    out!();
    let mut shown = Shown::default();
    let page = until(client, &id, &mut shown, "pay page", pay_page).await?;
    out!("            the customer thinks it over for {} s …", THINKS.as_secs());
    let thinking = Instant::now();
    while thinking.elapsed() < THINKS {
        shown.look(client, &id).await?;
        tokio::time::sleep(LOOK).await;
    }
    pay(client, &page).await?;
    until(client, &id, &mut shown, "payment", paid_and_told).await?;
    shown.look(client, &id).await?;
    out!();
    out!("Paid, and the customer was told twice: how to pay, and that it is paid.");
    out!("Pay page  {}", client.address(&format!("/pay/{id}")));
    out!("Mailbox   {}", client.address("/mailbox"));
    out!("Again     {} why {id}{}", process::invocation(), client.flag());
    Ok(true)
}

/// The customer pays, unless the page has paid itself.
async fn pay(client: &Client, page: &str) -> anyhow::Result<()> {
    let Err(error) = shop::pay(client, page, "qris").await else { return Ok(()) };
    let taken =
        matches!(Failed::of(&error), Some(Failed::Refused { status: StatusCode::CONFLICT, .. }));
    if !taken || !autopay::is_on(client).await? {
        return Err(error);
    }
    let console = client.address("/_sim/");
    out!("            the page has paid itself: the simulator's autopay is on ({console})");
    Ok(())
}

/// Looks until `found` finds something, showing the story meanwhile.
async fn until<T>(
    client: &Client,
    id: &str,
    shown: &mut Shown,
    what: &str,
    found: impl AsyncFn(&Client, &str) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        if let Some(thing) = found(client, id).await? {
            shown.look(client, id).await?;
            return Ok(thing);
        }
        shown.look(client, id).await?;
        if start.elapsed() > PATIENCE {
            let (program, flag) = (process::invocation(), client.flag());
            bail!("no {what} after {} s; see \"{program} why {id}{flag}\"", PATIENCE.as_secs());
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn pay_page(client: &Client, id: &str) -> anyhow::Result<Option<String>> {
    let payments: Option<Value> = client.get(&format!("/v1/payments?order_id={id}")).await?;
    let Some(payment) = payments.and_then(|p| p["data"][0]["id"].as_str().map(str::to_owned))
    else {
        return Ok(None);
    };
    let attempts: Option<Value> = client.get(&format!("/v1/payments/{payment}/attempts")).await?;
    Ok(attempts.and_then(|a| a["data"][0]["page_url"].as_str().map(str::to_owned)))
}

async fn paid_and_told(client: &Client, id: &str) -> anyhow::Result<Option<()>> {
    let order: Option<Value> = client.get(&format!("/v1/orders/{id}")).await?;
    let told: Option<Value> =
        client.get(&format!("/v1/notifications?order_id={id}&status=sent")).await?;
    let mails = told.and_then(|t| t["data"].as_array().map(Vec::len)).unwrap_or(0);
    let paid = order.is_some_and(|o| o["status"] == "paid");
    Ok((paid && mails >= 2).then_some(()))
}

impl Shown {
    /// Prints what is new.
    async fn look(&mut self, client: &Client, id: &str) -> anyhow::Result<()> {
        let Some(story) = story::read(client, id).await? else { return Ok(()) };
        let start =
            *self.start.get_or_insert(story.lines.first().map_or(Timestamp::UNIX_EPOCH, |l| l.at));
        for line in &story.lines {
            // What is merely due or not yet confirmed is not news, and calls to the gateway are
            // noted a second later.
            if matches!(line.mark, '…' | '✖' | '⇄') {
                continue;
            }
            let brief = line.brief();
            if self.lines.insert((line.at, format!("{}{}", line.service, brief.text))) {
                out!("{}", brief.show(start));
            }
        }
        Ok(())
    }
}
