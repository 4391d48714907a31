//! Whether a look that was ordered is done, told from its jobs as the payment service lists them.
//!
//! By no clock: times of jobs are the database's, and nobody here knows that one. An order joins the
//! job that is open for an attempt or makes one, and a job is gone only once somebody took it up after
//! its last order, asked, and applied the answer, in one commit. So of a job that is open after our
//! order: either it is the one with our order, or ours was done and this one is the next, of the usual
//! schedule. Both ways our order is done once that job is gone. The next one would stay for minutes: if
//! nobody is at it, it is ordered too, which does no harm, and it goes as well.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use ops::dto::JobDto;
use payment::usecase::ports::PaymentJob;
use std::collections::HashMap;

/// How far the looks at a payment are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Looks {
    Done,
    /// Somebody is at one.
    AtWork,
    /// Nobody is at one of them, and none has failed since we watch.
    Idle,
    /// One failed since we watch; with the pause until it is tried again, if that is known.
    Failed(Option<SignedDuration>, String),
}

/// Jobs that were open when they were first read, after our order.
#[derive(Debug, Default)]
pub(super) struct Watch {
    open: Option<HashMap<String, Seen>>,
}

/// A job as it was seen last, and not as having failed since we watch.
#[derive(Debug, Clone, Copy)]
struct Seen {
    attempts: u32,
    is_held: bool,
    /// When it was due: as the database tells it, and so only to be compared with that.
    due: Timestamp,
}

impl Watch {
    /// Takes the jobs as they are now. An error if they cannot be understood.
    pub(super) fn reads(&mut self, jobs: &[JobDto]) -> anyhow::Result<Looks> {
        let mut now = HashMap::new();
        for job in jobs.iter().filter(|job| job.kind == PaymentJob::CHECK_STATUS) {
            now.insert(job.id.as_str(), (Seen::of(job)?, job));
        }
        let first = || now.iter().map(|(id, (seen, _))| ((*id).to_owned(), *seen)).collect();
        let open = self.open.get_or_insert_with(first);
        open.retain(|id, _| now.contains_key(id.as_str()));
        let mut looks = Looks::Done;
        for (id, seen) in open {
            let (is, job) = now[id.as_str()];
            looks = looks.and(seen.becomes(is, job.last_error.as_deref()));
        }
        Ok(looks)
    }
}

impl Seen {
    fn of(job: &JobDto) -> anyhow::Result<Self> {
        let due = job.run_at.parse();
        Ok(Self {
            attempts: job.attempts,
            is_held: job.leased_until.is_some(),
            due: due.context("the time of a job cannot be read")?,
        })
    }

    fn becomes(&mut self, now: Self, error: Option<&str>) -> Looks {
        // A job that is given back keeps its count; one that got new hints is counted anew.
        let ran = now.attempts > self.attempts || (self.is_held && now.attempts == self.attempts);
        match error {
            _ if now.is_held => {
                *self = now;
                Looks::AtWork
            }
            Some(why) if ran && now.attempts > 0 => {
                let again = now.due.duration_since(self.due);
                Looks::Failed(Some(again).filter(|again| !again.is_negative()), why.to_owned())
            }
            _ => {
                *self = Self { due: now.due.min(self.due), ..now };
                Looks::Idle
            }
        }
    }
}

impl Looks {
    /// Of two, what is to be waited for first.
    fn and(self, other: Self) -> Self {
        let rank = |looks: &Self| match looks {
            Self::AtWork => 3,
            Self::Idle => 2,
            Self::Failed(..) => 1,
            Self::Done => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
