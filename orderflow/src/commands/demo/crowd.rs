//! Many orders: created at a rate, paid by the simulator, counted at the end.

use super::shop;
use crate::cli::DemoArgs;
use crate::client::Client;
use crate::output::out;
use crate::process;
use anyhow::{Context, bail};
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Orders being created at once.
const CLIENTS: usize = 128;
const LOOK: Duration = Duration::from_millis(250);
/// Without any progress for so long, the demo stops waiting and counts.
const PATIENCE: Duration = Duration::from_secs(60);
/// Rows per page of a list.
const PAGE: usize = 200;
/// The message that every paid order must lead to, once.
const RECEIPT: &str = "paid";

/// What became of the orders of one run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    paid: u32,
    other: u32,
    told: u32,
    told_twice: u32,
}

impl Count {
    fn is_complete(&self, asked: u32) -> bool {
        self.paid == asked && self.told == asked && self.told_twice == 0
    }
}

/// Status by order.
type Statuses = HashMap<String, String>;
/// Sent messages by order and template.
type Sent = HashMap<String, HashMap<String, u32>>;

pub(super) async fn run(
    client: &Client,
    args: &DemoArgs,
    pid: Option<u32>,
) -> anyhow::Result<bool> {
    let run = shop::run_name();
    let before = autopay(
        client,
        &json!({ "enabled": true, "method": "qris", "delay_ms": 0,
        "skip_pending_notification": true }),
    )
    .await?;
    let base = owed(client).await?;
    let bar = progress(u64::from(args.count), args.json);
    let (start, cpu) = (Instant::now(), pid.and_then(process::cpu_time));
    let ids = create_all(client, args, &run, &bar).await;
    let created_in = start.elapsed();
    let ids = match ids {
        Ok(ids) => ids,
        Err(error) => {
            autopay(client, &before).await?;
            return Err(error);
        }
    };
    bar.set_message("waiting for payments and mails");
    let (count, orders, messages) = watch(client, &ids, &bar, base).await?;
    let took = start.elapsed();
    let cpu = pid.and_then(process::cpu_time).zip(cpu).map(|(after, before)| after - before);
    bar.finish_and_clear();
    autopay(client, &before).await?;
    if args.json {
        for id in &ids {
            let status = orders.get(id).map_or("missing", String::as_str);
            let mails: u32 = messages.get(id).map_or(0, |sent| sent.values().sum());
            out!("{}", json!({ "order_id": id, "status": status, "messages_sent": mails }));
        }
    }
    report(args.count, &count, created_in, took, cpu);
    Ok(count.is_complete(args.count))
}

fn progress(count: u64, quiet: bool) -> ProgressBar {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(count) };
    let style = "  {bar:32} {pos}/{len} orders  {per_sec:>12}  {msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.set_message("creating");
    bar
}

/// Sets how the simulator pays by itself; gives back how it was.
async fn autopay(client: &Client, wanted: &Value) -> anyhow::Result<Value> {
    let before: Value = client.get("/_sim/autopay").await?.context("there is no simulator")?;
    client.send(Method::PUT, "/_sim/autopay", None, wanted).await?;
    Ok(before)
}

async fn create_all(
    client: &Client,
    args: &DemoArgs,
    run: &str,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<String>> {
    let start = tokio::time::Instant::now();
    let create = |n: u32| async move {
        if let Some(rate) = args.rate {
            let due = Duration::from_secs_f64(f64::from(n) / f64::from(rate));
            tokio::time::sleep_until(start + due).await;
        }
        let order = create_patiently(client, run, n).await?;
        bar.inc(1);
        order["id"].as_str().map(str::to_owned).context("an order has no id")
    };
    let created = stream::iter(0..args.count).map(create).buffered(CLIENTS);
    let created: Vec<anyhow::Result<String>> = created.collect().await;
    created.into_iter().collect()
}

/// A 503 says "come back": the same key makes that safe.
async fn create_patiently(client: &Client, run: &str, n: u32) -> anyhow::Result<Value> {
    let start = Instant::now();
    loop {
        match shop::create(client, run, n).await {
            Err(error) if start.elapsed() < PATIENCE && error.to_string().contains("503") => {
                tokio::time::sleep(LOOK).await;
            }
            other => return other,
        }
    }
}

/// Looks until every order is paid and told, or nothing moves any more.
async fn watch(
    client: &Client,
    ids: &[String],
    bar: &ProgressBar,
    base: Owed,
) -> anyhow::Result<(Count, Statuses, Sent)> {
    let mut last = (Count::default(), Instant::now());
    loop {
        settle(client, bar, base).await?;
        let (orders, messages) = (orders(client, ids).await?, messages(client, ids).await?);
        let count = count(ids, &orders, &messages);
        if count != last.0 {
            last = (count, Instant::now());
        }
        let asked = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        if last.0.is_complete(asked) || last.1.elapsed() > PATIENCE {
            return Ok((last.0, orders, messages));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What order, payment and notification owe: events to send, events to retry, jobs to do. Payment's
/// jobs do not count: each payment has looks and a deadline in days to come.
type Owed = [u64; 3];

async fn owed(client: &Client) -> anyhow::Result<Owed> {
    let mut owed = [0; 3];
    for (sum, service) in owed.iter_mut().zip(["order", "payment", "notification"]) {
        let path = format!("/ops/{service}/backlog");
        let backlog: Value = client.get(&path).await?.context("there is no operations API")?;
        let of = |key: &str| backlog[key].as_u64().unwrap_or(0);
        let jobs = if service == "payment" { 0 } else { of("jobs_open") };
        *sum = of("outbox_pending") + of("inbox_deferred") + jobs;
    }
    Ok(owed)
}

/// Waits until no more is owed than before the run (open payments of others are asked about for
/// as long as they are open), or nothing moves.
async fn settle(client: &Client, bar: &ProgressBar, base: Owed) -> anyhow::Result<()> {
    let mut last = (Owed::default(), Instant::now());
    loop {
        let now = owed(client).await?;
        if now.iter().zip(base).all(|(now, base)| *now <= base) {
            return Ok(());
        }
        let [order, payment, notification] = now;
        bar.set_message(format!(
            "still owed: order {order}, payment {payment}, notification {notification}"
        ));
        if now != last.0 {
            last = (now, Instant::now());
        } else if last.1.elapsed() > PATIENCE {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    has_more: bool,
}

/// Reads a list, newest first, until `seen` says that it is old enough.
async fn each(
    client: &Client,
    path: &str,
    mut seen: impl FnMut(&Value) -> bool,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = client.get::<Page>(&format!("{path}?limit={PAGE}{after}")).await?;
        let Some(page) = page else { bail!("{path} does not exist") };
        for row in &page.data {
            if !seen(row) {
                return Ok(());
            }
        }
        match page.data.last().and_then(|row| row["id"].as_str()) {
            Some(id) if page.has_more => after = format!("&starting_after={id}"),
            _ => return Ok(()),
        }
    }
}

/// Ids are sorted by time: nothing of this run is older than its first order.
async fn orders(client: &Client, ids: &[String]) -> anyhow::Result<Statuses> {
    let oldest = ids.iter().min().cloned().unwrap_or_default();
    let mut statuses = HashMap::with_capacity(ids.len());
    each(client, "/v1/orders", |order| {
        let (id, status) = (order["id"].as_str(), order["status"].as_str());
        if let (Some(id), Some(status)) = (id, status) {
            statuses.insert(id.to_owned(), status.to_owned());
        }
        id.is_some_and(|id| id >= oldest.as_str())
    })
    .await?;
    Ok(statuses)
}

async fn messages(client: &Client, ids: &[String]) -> anyhow::Result<Sent> {
    let oldest = ids.iter().min().cloned().unwrap_or_default();
    let mut sent: Sent = HashMap::with_capacity(ids.len());
    each(client, "/v1/notifications", |message| {
        let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
        if message["status"] == "sent" {
            let of_order = sent.entry(text("order_id")).or_default();
            *of_order.entry(text("template")).or_default() += 1;
        }
        message["id"].as_str().is_some_and(|id| id >= oldest.as_str())
    })
    .await?;
    Ok(sent)
}

fn count(ids: &[String], orders: &Statuses, messages: &Sent) -> Count {
    let mut count = Count::default();
    for id in ids {
        let paid = orders.get(id).is_some_and(|status| status == "paid");
        count.paid += u32::from(paid);
        count.other += u32::from(!paid);
        let sent = messages.get(id);
        let receipts = sent.and_then(|s| s.get(RECEIPT)).copied().unwrap_or(0);
        count.told += u32::from(receipts > 0);
        count.told_twice += u32::from(sent.is_some_and(|s| s.values().any(|n| *n > 1)));
    }
    count
}

fn report(asked: u32, count: &Count, created: Duration, took: Duration, cpu: Option<Duration>) {
    let per_second = f64::from(asked) / took.as_secs_f64();
    let mark = if count.paid == asked && count.told == asked && count.told_twice == 0 {
        '✔'
    } else {
        '✖'
    };
    eprintln!(
        "{mark} {asked} orders: {} paid, {} not; {} customers told, {} told something twice",
        count.paid, count.other, count.told, count.told_twice
    );
    eprintln!(
        "  created in {:.1} s, all done after {:.1} s: {per_second:.0} orders/s end to end",
        created.as_secs_f64(),
        took.as_secs_f64()
    );
    if let Some(cpu) = cpu {
        let micros = cpu.as_secs_f64() * 1e6 / f64::from(asked);
        eprintln!("  {micros:.0} µs of CPU per order: this process, client and simulator included");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_missing_and_what_is_too_much() {
        let ids = ["a", "b", "c"].map(str::to_owned);
        let orders = [("a", "paid"), ("b", "expired")]
            .map(|(id, status)| (id.to_owned(), status.to_owned()))
            .into();
        let sent = |of: &[(&str, u32)]| of.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect();
        let messages: Sent = [
            ("a".to_owned(), sent(&[("pending", 1), ("paid", 1)])),
            ("b".to_owned(), sent(&[("paid", 2)])),
            ("c".to_owned(), sent(&[("pending", 1)])),
        ]
        .into();
        let counted = count(&ids, &orders, &messages);
        assert_eq!(counted, Count { paid: 1, other: 2, told: 2, told_twice: 1 });
    }
}
