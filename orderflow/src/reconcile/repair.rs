//! What becomes of differences: those that are safe to repair have the gateway asked, and are
//! compared again. What stays is said to stay.

use super::ask::{AT_ONCE, Asked, Target, ask};
use super::compare::There;
use super::difference::{Difference, Excuse, Remedy};
use super::held::{self, Held};
use super::period::{Covered, Days};
use super::simulator;
use crate::client::Client;
use anyhow::Context;
use futures::{StreamExt, stream};
use indicatif::ProgressBar;
use payment::models::Reported;
use serde::Serialize;
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

/// Transactions of one payment that are named in a run: more are another run's. The payment service
/// looks at about so many hints.
const NAMED_MAX: usize = 20;
/// Between two looks at what the simulator and we have of a payment: what moves is seen by one of us
/// first.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// Whether anything is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repair {
    /// What is safe.
    Safe,
    /// `--dry-run`.
    Nothing,
}

/// What became of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It is none any more.
    Repaired,
    /// It is one, and nothing is to be done about it.
    Passed,
    /// It stays.
    Left,
}

/// A difference with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Settled {
    #[serde(flatten)]
    pub(crate) difference: Difference,
    pub(crate) outcome: Outcome,
    /// Why, or what repairs it: a command, or a person.
    pub(crate) advice: String,
}

impl Settled {
    /// The gateway was asked, or asking helps nothing.
    fn left(difference: Difference) -> Self {
        let (outcome, advice) = match difference.remedy {
            Remedy::Nobody => (Outcome::Passed, "another system's: it is never touched"),
            Remedy::Sync | Remedy::Operator => (Outcome::Left, difference.kind.by_hand()),
        };
        Self { outcome, advice: advice.to_owned(), difference }
    }

    /// The gateway was not asked; with how a command names the system.
    fn not_asked(difference: Difference, why: &str, flag: &str) -> Self {
        if difference.remedy != Remedy::Sync {
            return Self::left(difference);
        }
        let order = difference.order_id.as_deref().unwrap_or_default();
        let advice = format!("{why}: orderflow reconcile {order}{flag}");
        Self { outcome: Outcome::Left, advice, difference }
    }
}

/// What our books are compared with, and how.
pub(crate) struct Books<'a> {
    pub(crate) there: &'a There,
    pub(crate) covered: Option<Covered>,
    pub(crate) age: Age,
}

/// Of when the other side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Of when the report was made.
    Past,
    /// It is the simulator, and it is asked for these days again.
    Live(Days),
}

/// Repairs what is safe, and tells what became of each difference. Whatever fails on the way is left,
/// with the reason, and keeps nothing else from its repair.
pub(crate) async fn repair(
    client: &Client,
    books: &Books<'_>,
    found: Vec<Difference>,
    how: Repair,
) -> Vec<Settled> {
    if how == Repair::Nothing {
        let (why, flag) = ("not done: --dry-run", client.flag());
        let each = found.into_iter();
        return each.map(|difference| Settled::not_asked(difference, why, &flag)).collect();
    }
    let mut settled = Vec::with_capacity(found.len());
    let mut waiting: BTreeMap<Target, Vec<Difference>> = BTreeMap::new();
    for difference in found {
        match target(&difference) {
            Some(target) => waiting.entry(target).or_default().push(difference),
            None => settled.push(Settled::left(difference)),
        }
    }
    // Of a payment that nothing safe can be done about, nothing is asked.
    waiting.retain(|_, found| {
        let safe = found.iter().any(|difference| difference.remedy == Remedy::Sync);
        if !safe {
            settled.extend(found.drain(..).map(Settled::left));
        }
        safe
    });
    let bar = ProgressBar::new(waiting.len() as u64);
    let one = |(target, before): (Target, Vec<Difference>)| async move {
        books.ask(client, &target, before).await
    };
    let mut asked = pin!(stream::iter(waiting).map(one).buffer_unordered(AT_ONCE));
    while let Some(of_one) = asked.next().await {
        settled.extend(of_one);
        bar.inc(1);
    }
    bar.finish_and_clear();
    settled.sort_by(|a, b| rank(a).cmp(&rank(b)));
    settled
}

impl Books<'_> {
    /// Asks about one payment and compares it again.
    async fn ask(&self, client: &Client, target: &Target, before: Vec<Difference>) -> Vec<Settled> {
        let after = match ask(client, target, &named(&before)).await {
            Asked::Done(held) => self.again(client, held).await.map_err(|error| {
                format!("it was asked, and could not be compared again: {error:#}")
            }),
            Asked::NotYet { why, .. } => Err(why),
        };
        match after {
            Ok(after) => settle(before, after),
            Err(why) => {
                let (flag, each) = (client.flag(), before.into_iter());
                each.map(|difference| Settled::not_asked(difference, &why, &flag)).collect()
            }
        }
    }

    /// How a payment differs now. What the simulator says now is not older than anything.
    async fn again(&self, client: &Client, mut held: Held) -> anyhow::Result<Vec<Difference>> {
        let Age::Live(days) = self.age else {
            return Ok(self.there.differences(&held, self.covered));
        };
        let mut pauses = PAUSES.into_iter();
        loop {
            let mut rows = simulator::of(client, &held).await?;
            rows.retain(|row| days.hold(row));
            let found = now(There::new(rows).differences(&held, self.covered));
            let moving = found.iter().any(|difference| difference.excuse.is_none());
            let Some(pause) = pauses.next().filter(|_| moving) else { return Ok(found) };
            tokio::time::sleep(pause).await;
            let again = held::one(client, &held.order_id).await?;
            held = again.context("the payment is gone")?;
        }
    }
}

/// Of now, nothing is excused by its age.
fn now(mut found: Vec<Difference>) -> Vec<Difference> {
    for difference in &mut found {
        difference.excuse = difference.excuse.filter(|excuse| *excuse != Excuse::Older);
    }
    found
}

fn rank(settled: &Settled) -> impl Ord {
    let Difference { kind, attempt, transaction_id, line, .. } = &settled.difference;
    (*kind, attempt.clone(), transaction_id.clone(), *line)
}

fn target(difference: &Difference) -> Option<Target> {
    let Difference { order_id, payment_id, .. } = difference;
    Some(Target { order_id: order_id.clone()?, payment_id: payment_id.clone()? })
}

/// What is asked about by its id: each transaction that is not known here.
fn named(found: &[Difference]) -> Vec<Reported> {
    found.iter().filter_map(|difference| difference.reported.clone()).take(NAMED_MAX).collect()
}

/// One payment's differences before and after the gateway was asked about it. What it brought to
/// light is told too.
fn settle(before: Vec<Difference>, after: Vec<Difference>) -> Vec<Settled> {
    let gone = before.into_iter().filter(|d| !after.iter().any(|other| other.is(d)));
    let gone = gone.map(|difference| Settled {
        outcome: Outcome::Repaired,
        advice: "the gateway was asked".to_owned(),
        difference,
    });
    let mut settled: Vec<Settled> = gone.collect();
    settled.extend(after.into_iter().map(|difference| match difference.excuse {
        Some(excuse) => {
            Settled { outcome: Outcome::Passed, advice: excuse.words().to_owned(), difference }
        }
        None => Settled::left(difference),
    }));
    settled
}

#[cfg(test)]
#[path = "repair_tests.rs"]
mod tests;
