//! The writer task: one per database, owner of its write connection.
//!
//! No timers: whatever waits while a commit runs is the next batch; a batch of one is the simple
//! case. Rules: one change per aggregate per batch, rows in order of aggregate, a conflict repeats
//! the batch, a COMMIT of unknown outcome is submitted again (own rows found means done).

use crate::{Pulse, Write};
use async_trait::async_trait;
use engine::{Outcome, StoreError};
use kernel::Uuid;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Changes in one transaction, at most.
const BATCH_MAX: usize = 256;
/// Changes that may wait; beyond that, submitting waits.
const QUEUE_MAX: usize = 1024;
/// How often a batch is repeated before its callers are told to come back.
const TRIES_MAX: u32 = 8;
/// Pause before a repetition, times its number.
const REPEAT_DELAY: Duration = Duration::from_millis(20);

/// Why a batch as a whole was not committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Nothing was written, and the database is away.
    #[error("{0}")]
    Unavailable(String),
    /// Nothing was written; repeating the batch helps (serialization failure, deadlock, lock).
    #[error("{0}")]
    Conflict(String),
    /// COMMIT was sent and no answer came: all or nothing was written.
    #[error("{0}")]
    Unknown(String),
}

/// One dialect's way of committing a batch.
#[async_trait]
pub trait Backend<R>: Send {
    /// Commits a batch in one transaction; answers in the order given.
    ///
    /// A change that a guard or its version stops, or whose rows the database refuses, leaves
    /// nothing and does not touch its neighbours. With `again`, an earlier COMMIT of this very
    /// batch has an unknown outcome: a change whose own timeline row is found is
    /// [`Outcome::Done`].
    async fn commit(
        &mut self,
        batch: Arc<[Write<R>]>,
        again: bool,
    ) -> Result<Vec<Outcome>, CommitError>;
}

struct Submission<R> {
    write: Write<R>,
    answer: oneshot::Sender<Outcome>,
}

/// Handle to a database's writer task. The task ends when the last handle is dropped.
pub struct Writer<R> {
    submissions: mpsc::Sender<Submission<R>>,
}

impl<R> Clone for Writer<R> {
    fn clone(&self) -> Self {
        Self { submissions: self.submissions.clone() }
    }
}

impl<R: Send + Sync + 'static> Writer<R> {
    /// Starts the task on the current runtime.
    pub fn start(backend: Box<dyn Backend<R>>, pulse: Arc<Pulse>) -> Self {
        let (submissions, queue) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(Task { backend, pulse, queue, waiting: VecDeque::new() }.run());
        Self { submissions }
    }

    /// Commits changes together with whatever else waits; answers in the order given.
    ///
    /// What was submitted is written even if this future is dropped.
    pub async fn commit(&self, writes: Vec<Write<R>>) -> Vec<Outcome> {
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            let (answer, receiver) = oneshot::channel();
            let sent = self.submissions.send(Submission { write, answer }).await;
            answers.push(sent.ok().map(|()| receiver));
        }
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            let outcome = match answer {
                Some(receiver) => receiver.await.ok(),
                None => None,
            };
            outcomes.push(outcome.unwrap_or_else(|| failed("the writer has stopped")));
        }
        outcomes
    }
}

fn failed(why: &str) -> Outcome {
    Outcome::Failed(StoreError::Unavailable(why.to_owned()))
}

struct Task<R> {
    backend: Box<dyn Backend<R>>,
    pulse: Arc<Pulse>,
    queue: mpsc::Receiver<Submission<R>>,
    waiting: VecDeque<Submission<R>>,
}

impl<R: Send + Sync + 'static> Task<R> {
    async fn run(mut self) {
        while self.fill().await {
            let (writes, answers) = self.next_batch();
            let outcomes = self.commit(writes.into()).await;
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                // A caller that went away has its change all the same.
                let _ = answer.send(outcome);
            }
        }
    }

    /// Waits for work; `false` when there is none and there never will be.
    async fn fill(&mut self) -> bool {
        if self.waiting.is_empty() {
            match self.queue.recv().await {
                Some(first) => self.waiting.push_back(first),
                None => return false,
            }
        }
        while self.waiting.len() < QUEUE_MAX {
            match self.queue.try_recv() {
                Ok(next) => self.waiting.push_back(next),
                Err(_) => break,
            }
        }
        true
    }

    /// The first waiting change of each aggregate, in order of aggregate.
    fn next_batch(&mut self) -> (Vec<Write<R>>, Vec<oneshot::Sender<Outcome>>) {
        let mut seen: HashSet<Uuid> = HashSet::new();
        let mut batch = Vec::with_capacity(self.waiting.len().min(BATCH_MAX));
        let mut later = VecDeque::new();
        for submission in self.waiting.drain(..) {
            if batch.len() < BATCH_MAX && seen.insert(submission.write.aggregate) {
                batch.push(submission);
            } else {
                later.push_back(submission);
            }
        }
        self.waiting = later;
        batch.sort_by_key(|s| s.write.aggregate);
        batch.into_iter().map(|s| (s.write, s.answer)).unzip()
    }

    async fn commit(&mut self, batch: Arc<[Write<R>]>) -> Vec<Outcome> {
        let start = Instant::now();
        let mut again = false;
        let mut tries = 0;
        loop {
            let error = match self.backend.commit(batch.clone(), again).await {
                Ok(outcomes) => {
                    tracing::debug!(
                        changes = batch.len(),
                        seconds = start.elapsed().as_secs_f64(),
                        "committed"
                    );
                    self.signal(&batch, &outcomes);
                    return outcomes;
                }
                Err(error) => error,
            };
            tries += 1;
            tracing::warn!(%error, changes = batch.len(), tries, "a batch was not committed");
            again |= matches!(error, CommitError::Unknown(_));
            // While an outcome is unknown, "unavailable" is no answer either.
            let hopeless = matches!(error, CommitError::Unavailable(_)) && !again;
            if hopeless || tries >= TRIES_MAX {
                return batch.iter().map(|_| failed(&error.to_string())).collect();
            }
            tokio::time::sleep(REPEAT_DELAY * tries).await;
        }
    }

    fn signal(&self, batch: &[Write<R>], outcomes: &[Outcome]) {
        let done = || batch.iter().zip(outcomes).filter(|(_, o)| **o == Outcome::Done);
        done().for_each(|(write, _)| log(write));
        let events: usize = done().map(|(w, _)| w.events.len()).sum();
        if events > 0 {
            self.pulse.events_recorded(events);
            self.pulse.events.notify_one();
        }
        if done().any(|(w, _)| !w.jobs.is_empty() || w.guards.iter().any(reopens)) {
            self.pulse.jobs.notify_one();
        }
    }
}

/// What was committed, for whoever follows one order through the log.
fn log<R>(write: &Write<R>) {
    let (order_id, version) = (write.subject, write.expected);
    for (entry, step) in write.timeline.iter().zip(1..) {
        tracing::debug!(%order_id, aggregate = %write.aggregate, version = version.after(step).0,
            fact = entry.what, correlation = entry.cause.correlation, "fact recorded");
    }
    let correlation = write.timeline.first().map(|entry| entry.cause.correlation.as_str());
    for event in &write.events {
        tracing::debug!(%order_id, event_id = %event.id, key = event.routing_key, correlation,
            "event recorded");
    }
}

/// A settled job may be due again at once, if hints arrived.
fn reopens(guard: &engine::Guard) -> bool {
    matches!(guard, engine::Guard::Job(_))
}
