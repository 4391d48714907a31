//! Leased outside work: claimed, done outside any transaction, settled with its effect.
//!
//! A job is a kind and a target; everything else is read from the target when it runs. At most
//! one job of a kind is open for a target: ordering it again is a *hint* that is counted, and a
//! job is closed only if no hint arrived while it ran.

use crate::StoreError;
use async_trait::async_trait;
use futures::future::join_all;
use kernel::{Cause, Clock, JobId, Timestamp, Uuid};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a claimed job belongs to its worker.
pub const LEASE: Duration = Duration::from_secs(30);
/// A worker that has not finished by then has lost the race against its own lease.
const DEADLINE: Duration = Duration::from_secs(25);
/// How long an idle runner sleeps without being woken: the safety net behind [`Notify`].
const POLL: Duration = Duration::from_millis(500);
/// Jobs claimed in one statement.
const CLAIM_MAX: usize = 256;

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The job.
    pub id: JobId,
    /// What to do.
    pub kind: String,
    /// To what: an attempt, a message, …
    pub target: Uuid,
    /// The order that it is about.
    pub subject: Uuid,
    /// Fencing token: grows with every claim; only the holder of the newest may settle.
    pub fence: i64,
    /// Hints counted when it was claimed.
    pub hints: i64,
    /// Which attempt this is, from 1; counted anew once hints have reopened the job.
    pub attempts: u32,
    /// When the job was first ordered.
    pub since: Timestamp,
    /// Why it was ordered.
    pub cause: Cause,
}

/// The jobs of one database.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Leases up to `max` due jobs until `now + LEASE`, oldest due first. Two claims never hold
    /// one job at the same time, unless the first lease ran out.
    async fn claim(&self, now: Timestamp, max: usize) -> Result<Vec<Ticket>, StoreError>;

    /// Gives a job back, due at `at`. No effect if the lease was taken over. A job that got hints
    /// during the call is due at once instead.
    async fn retry(
        &self,
        ticket: &Ticket,
        now: Timestamp,
        at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError>;

    /// Closes a job as a dead letter with its reason. No effect if the lease was taken over.
    async fn bury(&self, ticket: &Ticket, now: Timestamp, reason: &str) -> Result<(), StoreError>;
}

/// How one run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// Settled: a change whose guard was [`Guard::Job`](crate::Guard::Job) went through, or
    /// the lease was taken over and nothing is left to do.
    Settled,
    /// Not done; try again on the schedule.
    Again {
        /// Why, for people.
        error: String,
        /// The pause before the next try, if something better than the schedule is known.
        after: Option<Duration>,
    },
    /// Can never be done.
    Dead {
        /// Why, for people.
        reason: String,
    },
}

/// When a failed job is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Delay before attempt 2, 3, …
    pub delays: &'static [Duration],
    /// Whether the last delay repeats for ever; otherwise the job is buried after it.
    pub endless: bool,
}

impl Schedule {
    /// Delay after `attempts` attempts, before jitter; `None`: no further attempt.
    pub fn delay(&self, attempts: u32) -> Option<Duration> {
        let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        match self.delays.get(index) {
            Some(delay) => Some(*delay),
            None if self.endless => self.delays.last().copied(),
            None => None,
        }
    }
}

/// `delay` ± 20 %, by `seed`: retries of one outage must not come back in one wave.
pub fn jittered(delay: Duration, seed: Uuid) -> Duration {
    let bytes = seed.as_bytes();
    let share = f64::from(u16::from_be_bytes([bytes[14], bytes[15]])) / f64::from(u16::MAX);
    delay.mul_f64(0.8 + 0.4 * share)
}

/// One kind of outside work.
#[async_trait]
pub trait Work: Send + Sync {
    /// The job kind that it does.
    fn kind(&self) -> &'static str;
    /// When it is tried again.
    fn schedule(&self) -> Schedule;
    /// Does it: records intent where that matters, calls, commits the result under the ticket.
    async fn run(&self, ticket: &Ticket) -> Finish;
}

/// Claims due jobs and runs up to `width` of them at once.
pub struct Runner {
    jobs: Arc<dyn Jobs>,
    clock: Arc<dyn Clock>,
    works: Vec<Arc<dyn Work>>,
    wake: Arc<Notify>,
    slots: Arc<Semaphore>,
}

impl Runner {
    /// A runner; `wake` is notified after every commit that orders a job.
    pub fn new(
        jobs: Arc<dyn Jobs>,
        clock: Arc<dyn Clock>,
        works: Vec<Arc<dyn Work>>,
        wake: Arc<Notify>,
        width: usize,
    ) -> Self {
        Self { jobs, clock, works, wake, slots: Arc::new(Semaphore::new(width)) }
    }

    /// One step: claims what is due and runs it to its end. Returns how many jobs ran.
    pub async fn run_once(&self) -> Result<usize, StoreError> {
        let tickets = self.jobs.claim(self.clock.now(), CLAIM_MAX).await?;
        join_all(tickets.iter().map(|ticket| self.work(ticket))).await;
        Ok(tickets.len())
    }

    /// Runs until `stop`, then waits for what was started.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let started = TaskTracker::new();
        while !stop.is_cancelled() {
            let Some(permit) = stop.run_until_cancelled(self.slot()).await else { break };
            let free = self.slots.available_permits() + 1;
            drop(permit);
            match self.jobs.claim(self.clock.now(), free.min(CLAIM_MAX)).await {
                Ok(tickets) if !tickets.is_empty() => {
                    for ticket in tickets {
                        self.start(&started, ticket).await;
                    }
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "jobs could not be claimed"),
            }
            let woken = async {
                tokio::select! { () = self.wake.notified() => {}, () = tokio::time::sleep(POLL) => {} }
            };
            stop.run_until_cancelled(woken).await;
        }
        started.close();
        started.wait().await;
    }

    async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        self.slots.clone().acquire_owned().await.ok()
    }

    async fn start(self: &Arc<Self>, started: &TaskTracker, ticket: Ticket) {
        let permit = self.slot().await;
        let runner = self.clone();
        started.spawn(async move {
            runner.work(&ticket).await;
            drop(permit);
        });
    }

    async fn work(&self, ticket: &Ticket) {
        let Some(work) = self.works.iter().find(|w| w.kind() == ticket.kind) else {
            let reason = format!("no worker knows jobs of kind {}", ticket.kind);
            return self.settle(ticket, None, Finish::Dead { reason }).await;
        };
        let finish = match tokio::time::timeout(DEADLINE, work.run(ticket)).await {
            Ok(finish) => finish,
            Err(_) => Finish::Again { error: "no result before the deadline".into(), after: None },
        };
        self.settle(ticket, Some(work.schedule()), finish).await;
    }

    async fn settle(&self, ticket: &Ticket, schedule: Option<Schedule>, finish: Finish) {
        let now = self.clock.now();
        let settled = match finish {
            Finish::Settled => Ok(()),
            Finish::Dead { reason } => self.bury(ticket, now, &reason).await,
            Finish::Again { error, after } => {
                let planned = schedule.and_then(|s| s.delay(ticket.attempts));
                match planned {
                    Some(delay) => {
                        let delay = after.unwrap_or_else(|| jittered(delay, ticket.id.uuid()));
                        self.jobs.retry(ticket, now, now + delay, &error).await
                    }
                    None => self.bury(ticket, now, &error).await,
                }
            }
        };
        if let Err(error) = settled {
            // The lease runs out and the job comes back by itself.
            tracing::warn!(job = %ticket.id, kind = ticket.kind, %error, "job not settled");
        }
    }

    async fn bury(&self, ticket: &Ticket, now: Timestamp, reason: &str) -> Result<(), StoreError> {
        tracing::error!(job = %ticket.id, kind = ticket.kind, order_id = %ticket.subject,
            correlation = ticket.cause.correlation, reason, "job is dead");
        self.jobs.bury(ticket, now, reason).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn a_schedule_ends_or_repeats_its_last_delay() {
        const DELAYS: &[Duration] = &[S, Duration::from_secs(5)];
        let ends = Schedule { delays: DELAYS, endless: false };
        assert_eq!([1, 2, 3].map(|n| ends.delay(n)), [Some(S), Some(5 * S), None]);
        let endless = Schedule { endless: true, ..ends };
        assert_eq!(
            [1, 2, 3, 99].map(|n| endless.delay(n)),
            [Some(S), Some(5 * S), Some(5 * S), Some(5 * S)]
        );
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        for n in 0..1000_u128 {
            let d = jittered(10 * S, Uuid::from_u128(n * 7919));
            assert!(d >= 8 * S && d <= 12 * S, "{d:?}");
        }
    }
}
