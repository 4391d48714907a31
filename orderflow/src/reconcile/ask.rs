//! Has the payment service ask the gateway about a payment now, waits until it did, and reads what
//! became of it. What the gateway says is applied there, never here; asking once more is safe at any
//! time.

use super::held::{self, Held};
use super::watch::{Looks, Watch};
use crate::client::Client;
use anyhow::{Context, bail};
use jiff::SignedDuration;
use ops::dto::StoryDto;
use payment::models::Reported;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Payments that are asked about at once: the gateway is to notice nothing.
pub(crate) const AT_ONCE: usize = 8;
/// A look that has not come to its turn by then comes later, by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// A look that failed is waited for if it is tried again so soon.
const SOON: SignedDuration = SignedDuration::from_secs(5);
const PAUSE_FIRST: Duration = Duration::from_millis(20);
const PAUSE_LAST: Duration = Duration::from_millis(500);
/// So many times a job may be seen with nobody at it before it is ordered again.
const IDLE_MAX: u32 = 4;

/// A payment to ask about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Target {
    pub(crate) order_id: String,
    pub(crate) payment_id: String,
}

/// What asking came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The gateway answered, and what it said is applied: the payment as it stands since.
    Done(Held),
    /// Not yet, or nobody can tell. It is asked again without us.
    NotYet {
        /// The reason.
        why: String,
        /// The payment as it stands, if it can be read.
        held: Option<Held>,
    },
}

/// Asks about a payment; and about transactions of it that may not be known there, one after the
/// other: a look is about few. No error: one that cannot be asked about keeps nobody from asking about
/// the others.
pub(crate) async fn ask(client: &Client, target: &Target, named: &[Reported]) -> Asked {
    let looked = looks(client, target, named).await;
    let held = held::one(client, &target.order_id).await;
    let held = held.and_then(|held| held.context("the payment is gone"));
    match (looked, held) {
        (Ok(()), Ok(held)) => Asked::Done(held),
        (Ok(()), Err(error)) => {
            let why = format!("it was asked, and what came of it cannot be read: {error:#}");
            Asked::NotYet { why, held: None }
        }
        (Err(error), held) => Asked::NotYet { why: format!("{error:#}"), held: held.ok() },
    }
}

/// An error is the reason why the gateway was not asked.
async fn looks(client: &Client, target: &Target, named: &[Reported]) -> anyhow::Result<()> {
    if named.is_empty() {
        return look(client, target, &Value::Null).await;
    }
    for told in named {
        let (id, status) = (told.transaction_id(), told.status().as_str());
        let body = json!({ "transaction_id": id, "transaction_status": status });
        look(client, target, &body).await?;
    }
    Ok(())
}

async fn look(client: &Client, target: &Target, body: &Value) -> anyhow::Result<()> {
    let sync = format!("/v1/payments/{}/sync", target.payment_id);
    client.send(Method::POST, &sync, None, body).await?;
    let story = format!("/ops/payment/orders/{}", target.order_id);
    let (start, mut pause) = (Instant::now(), PAUSE_FIRST);
    let (mut watch, mut idle) = (Watch::default(), 0);
    loop {
        let told = client.get::<StoryDto>(&story).await?;
        let told = told.context("the payment service does not know the order any more")?;
        let late = start.elapsed() > PATIENCE;
        match watch.reads(&told.jobs)? {
            Looks::Done => return Ok(()),
            Looks::Failed(again, why) if late || again.is_none_or(|again| again > SOON) => {
                bail!(why)
            }
            _ if late => bail!("its turn has not come yet"),
            Looks::Idle => {
                idle += 1;
                if idle == IDLE_MAX {
                    client.send(Method::POST, &sync, None, &Value::Null).await?;
                }
            }
            Looks::AtWork | Looks::Failed(..) => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_LAST);
    }
}
