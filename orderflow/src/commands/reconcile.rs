//! `reconcile`: the gateway is asked now, or its report is compared with our books. What that means
//! is in `reconcile`; here are the arguments, the words and the exit status.

use super::why;
use crate::cli::ReconcileArgs;
use crate::client::Client;
use crate::output::{counted, out};
use crate::reconcile::ask::{AT_ONCE, Asked, Target, ask as ask_about};
use crate::reconcile::held::{Held, Reader};
use crate::reconcile::{Days, Repair, Source, Verdict, show};
use anyhow::{Context, bail};
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::pin::pin;
use std::process::ExitCode;

/// Exit status when differences are left, or the gateway could not be asked yet.
const LEFT: u8 = 3;

pub(super) async fn run(args: ReconcileArgs) -> anyhow::Result<ExitCode> {
    if let Some(flag) = in_vain(&args) {
        bail!("{flag} goes with --report or --simulator");
    }
    let days = Days::try_new(args.from, args.to)?;
    if let Some(path) = &args.report {
        let source = Source::file(path, &args.columns, days)?;
        let client = Client::of(&args.target).await?;
        return compare(&client, source, &args).await;
    }
    let client = Client::of(&args.target).await?;
    if args.simulator {
        let source = Source::simulator(&client, days).await?;
        return compare(&client, source, &args).await;
    }
    let (targets, words) = match args.open {
        true => (open(&client).await?, Words::News),
        false => (named(&client, &args.payments).await?, Words::All),
    };
    ask(&client, targets, words, &args).await
}

/// A flag of comparisons, where none is made. (Of clap's own words nobody would know which flag it was.)
fn in_vain(args: &ReconcileArgs) -> Option<&'static str> {
    let compares = args.report.is_some() || args.simulator;
    let flags =
        [("--dry-run", args.dry_run), ("--from", args.from.is_some()), ("--to", args.to.is_some())];
    flags.into_iter().find(|(_, given)| *given && !compares).map(|(flag, _)| flag)
}

async fn compare(
    client: &Client,
    source: Source,
    args: &ReconcileArgs,
) -> anyhow::Result<ExitCode> {
    let how = if args.dry_run { Repair::Nothing } else { Repair::Safe };
    let compared = source.compare(client, how).await?;
    match args.json {
        true => out!("{}", serde_json::to_string_pretty(&compared)?),
        false => show(&compared),
    }
    Ok(match compared.verdict() {
        Verdict::Left => ExitCode::from(LEFT),
        Verdict::Half => ExitCode::FAILURE,
        Verdict::Whole => ExitCode::SUCCESS,
    })
}

/// Payments with their status.
type Targets = BTreeMap<Target, String>;

/// Whether payments that stand as before are told one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    All,
    News,
}

/// Finds each of them before anything is done about one.
async fn named(client: &Client, names: &[String]) -> anyhow::Result<Targets> {
    let mut targets = Targets::new();
    for name in names {
        let (target, status) = find(client, name).await?;
        targets.insert(target, status);
    }
    Ok(targets)
}

async fn find(client: &Client, name: &str) -> anyhow::Result<(Target, String)> {
    if let Ok(id) = name.parse::<payment::models::PaymentId>() {
        let payment = client.get::<Value>(&format!("/v1/payments/{id}")).await?;
        if let Some(payment) = payment {
            return read(&payment);
        }
    }
    let Some(order) = why::find(client, name).await? else {
        bail!("no order has the id or reference {name:?}, and no payment the id");
    };
    let list = client.get::<Value>(&format!("/v1/payments?order_id={order}")).await?;
    let payment = list.as_ref().and_then(|list| list.pointer("/data/0"));
    match payment {
        Some(payment) => read(payment),
        None if client.get::<Value>(&format!("/v1/orders/{order}")).await?.is_some() => {
            bail!("the order {order} has no payment yet: nothing can be asked about it")
        }
        None => bail!("no order and no payment has the id {order}"),
    }
}

fn read(payment: &Value) -> anyhow::Result<(Target, String)> {
    let text = |key: &str| {
        let found = payment[key].as_str().map(str::to_owned);
        found.with_context(|| format!("a payment has no {key}"))
    };
    Ok((Target { order_id: text("order_id")?, payment_id: text("id")? }, text("status")?))
}

async fn open(client: &Client) -> anyhow::Result<Targets> {
    let mut reader = Reader::new(client);
    let mut targets = Targets::new();
    while let Some(held) = reader.next().await? {
        if held.is_open() {
            let Held { order_id, payment_id, status, .. } = held;
            targets.insert(Target { order_id, payment_id }, status);
        }
    }
    Ok(targets)
}

/// Has the gateway asked about each, and tells how that moved it.
async fn ask(
    client: &Client,
    targets: Targets,
    words: Words,
    args: &ReconcileArgs,
) -> anyhow::Result<ExitCode> {
    let bar = progress(targets.len());
    let (mut moved, mut not_yet, mut told) = (0usize, 0usize, Vec::new());
    let one =
        |(target, before)| async move { (ask_about(client, target, &[]).await, target, before) };
    let mut asked = pin!(stream::iter(&targets).map(one).buffer_unordered(AT_ONCE));
    while let Some((asked, target, before)) = asked.next().await {
        let Target { order_id, payment_id } = target;
        bar.inc(1);
        let (after, why) = match asked {
            Asked::Done(held) => (Some(held.status), None),
            Asked::NotYet { why, held } => (held.map(|held| held.status), Some(why)),
        };
        not_yet += usize::from(why.is_some());
        let is_news = after.as_ref().is_some_and(|after| after != before);
        moved += usize::from(is_news);
        let mut became = match &after {
            Some(after) if is_news => format!("{before} → {after}"),
            Some(after) => format!("as before: {after}"),
            None => format!("before: {before}, now: unknown"),
        };
        if let Some(why) = &why {
            became.push_str(&format!("; not done yet: {why}"));
        }
        if args.json {
            told.push(json!({ "order_id": order_id, "payment_id": payment_id, "before": before,
                "after": after, "asked": why.is_none(), "reason": why }));
        } else if words == Words::All || is_news || why.is_some() {
            bar.suspend(|| out!("order {order_id}  payment {payment_id}  {became}"));
        }
    }
    bar.finish_and_clear();
    if args.json {
        out!("{}", serde_json::to_string_pretty(&told)?);
    }
    let mark = if not_yet == 0 { '✔' } else { '✖' };
    eprintln!(
        "{mark} asked about {}: {moved} moved, {not_yet} could not be asked about yet",
        counted(targets.len(), "payment")
    );
    Ok(if not_yet == 0 { ExitCode::SUCCESS } else { ExitCode::from(LEFT) })
}

fn progress(count: usize) -> ProgressBar {
    // It hides itself if standard error is no terminal.
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("  {bar:32} {pos}/{len} payments  {eta}") {
        bar.set_style(style);
    }
    bar
}
