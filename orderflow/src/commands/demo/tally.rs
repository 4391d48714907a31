//! The last look: where every order of the run stands when nothing is owed any more, and what its
//! customer was told.

use super::fate::Fate;
use super::lists::{Owed, Sent, Statuses, messages, orders, owed, words};
use super::patient::Patient;
use super::report::Ended;
use crate::client::Client;
use indicatif::ProgressBar;
use serde::Deserialize;
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(250);
/// A run that comes no further for so long will not soon. What a killed service held comes back when
/// its lease of 30 s runs out.
const PATIENCE: Duration = Duration::from_secs(60);
/// When the backlog has not been so low for so long, the run's own orders are looked at: others' may
/// hold it up. That reads whole lists.
const CLOSER: Duration = Duration::from_secs(15);
/// A customer can be told again how to pay, with another method.
const REPEATED: &str = "pending";

/// How everything stands at the end.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) statuses: Statuses,
    /// Customers who got the last message of their order.
    pub(super) told: usize,
    /// Customers who got a message twice.
    pub(super) told_twice: usize,
    /// Nothing, of a run that was broken off.
    pub(super) ledger: Option<Ledger>,
}

/// The gateway's own books.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Ledger {
    /// What it holds for the merchant, in whole rupiah.
    pub(super) net_amount: i64,
    /// Its books and its transactions say the same.
    pub(super) balanced: bool,
}

/// Whether the run comes forward. Others' orders move the backlog too, up and down for ever: only
/// less than ever is owed, or more of the run's own is done, counts.
struct Progress {
    lowest: u64,
    most: usize,
    since: Instant,
    looked: Instant,
}

impl Progress {
    fn new(now: Instant) -> Self {
        Self { lowest: u64::MAX, most: 0, since: now, looked: now }
    }

    /// So much is owed by all. Whether that is less than ever.
    fn owes(&mut self, owed: Owed, now: Instant) -> bool {
        let owed = owed.iter().sum();
        let lower = owed < self.lowest;
        if lower {
            (self.lowest, self.since, self.looked) = (owed, now, now);
        }
        lower
    }

    /// So many of the run's own orders are done with. Whether that is more than ever.
    fn has_done(&mut self, done: usize, now: Instant) -> bool {
        self.looked = now;
        let more = done > self.most;
        if more {
            (self.most, self.since) = (done, now);
        }
        more
    }

    fn wants_a_closer_look(&self, now: Instant) -> bool {
        now - self.looked >= CLOSER
    }

    fn is_over(&self, now: Instant) -> bool {
        now - self.since > PATIENCE
    }
}

/// Waits until every order is at its end and everybody was told, or the run comes no further; then
/// counts. As long as more is owed than before the run, the lists are left alone.
pub(super) async fn at_rest(
    patient: &Patient<'_>,
    ended: &[Ended],
    (bar, base): (&ProgressBar, Owed),
) -> anyhow::Result<Tally> {
    let oldest = ended.iter().filter_map(|ended| ended.id.as_deref()).min();
    let Some(oldest) = oldest else { return Ok(Tally::default()) };
    let wanted = ended.iter().filter(|ended| ended.id.is_some()).count();
    let mut progress = Progress::new(Instant::now());
    loop {
        let owed = patient.again(async || owed(patient.client).await).await?;
        let mut moved = progress.owes(owed, Instant::now());
        let rests = owed.iter().zip(base).all(|(now, base)| *now <= base);
        bar.set_message(format!("still owed: {}", words(owed)));
        if rests || progress.wants_a_closer_look(Instant::now()) {
            let sent = patient.again(async || messages(patient.client, oldest).await).await?;
            let statuses = patient.again(async || orders(patient.client, oldest).await).await?;
            let (told, told_twice) = count(ended, &sent);
            let right = right(ended, &statuses);
            moved |= progress.has_done(told + right, Instant::now());
            if told + right == 2 * wanted || progress.is_over(Instant::now()) {
                let ledger = async || patient.client.get("/_sim/ledger").await;
                let ledger = patient.again(ledger).await?;
                return Ok(Tally { statuses, told, told_twice, ledger });
            }
        }
        if moved {
            patient.pulse.beat();
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A tally, or where the orders stand now, of a run that was broken off; nothing else is known of it.
pub(super) async fn or_as_it_is(
    tally: anyhow::Result<Tally>,
    client: &Client,
    ended: &[Ended],
) -> (anyhow::Result<()>, Tally) {
    let error = match tally {
        Ok(tally) => return (Ok(()), tally),
        Err(error) => error,
    };
    let oldest = ended.iter().filter_map(|ended| ended.id.as_deref()).min();
    let statuses = match oldest {
        Some(oldest) => orders(client, oldest).await.unwrap_or_default(),
        None => Statuses::default(),
    };
    (Err(error), Tally { statuses, ..Tally::default() })
}

/// How many are at their end.
fn right(ended: &[Ended], statuses: &Statuses) -> usize {
    let is_right = |ended: &&Ended| {
        let status = ended.id.as_ref().and_then(|id| statuses.get(id));
        status == Some(&ended.fate.course().end)
    };
    ended.iter().filter(is_right).count()
}

/// How many were told of their end, and how many of something twice.
fn count(ended: &[Ended], sent: &Sent) -> (usize, usize) {
    let (mut told, mut twice) = (0, 0);
    for Ended { fate, id, .. } in ended {
        let Some(got) = id.as_ref().and_then(|id| sent.get(id)) else { continue };
        told += usize::from(got.contains_key(fate.course().told));
        // Who simply pays chooses one method.
        let may_repeat = |template: &str| template == REPEATED && *fate != Fate::Paid;
        let again = got.iter().any(|(template, times)| *times > 1 && !may_repeat(template));
        twice += usize::from(again);
    }
    (told, twice)
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
