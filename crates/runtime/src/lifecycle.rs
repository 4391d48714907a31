//! The life of the process: what runs, who may end it, and in which order it ends.
//!
//! Stop order: readiness goes off, then the intake (HTTP) drains, then the workers, so that work
//! already accepted is finished before the workers that carry it stop. What a worker does is not
//! known here.

use futures::FutureExt;
use std::borrow::Cow;
use std::io;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long an orderly stop may take.
#[derive(Debug, Clone, Copy)]
pub struct StopPlan {
    /// Between "not ready" and the end of accepting: a load balancer needs time to look away.
    pub notice: Duration,
    /// From the first signal to the hard stop.
    pub deadline: Duration,
}

/// No notice (nobody balances load in front of one process), 25 seconds in all.
impl Default for StopPlan {
    fn default() -> Self {
        Self { notice: Duration::ZERO, deadline: Duration::from_secs(25) }
    }
}

/// How the process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Asked to stop, and everything finished.
    Clean,
    /// A task ended by itself or panicked; the sentence names it.
    Failed(String),
    /// Stopped hard; the sentence says why and what was still running.
    Hard(String),
}

impl Outcome {
    /// 0 for a clean end, 1 for any other.
    pub fn exit_code(&self) -> ExitCode {
        if *self == Self::Clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A handle on the process's life; clones share it.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    plan: StopPlan,
    stopping: CancellationToken,
    intake: CancellationToken,
    workers: CancellationToken,
    hard: CancellationToken,
    intake_tasks: TaskTracker,
    worker_tasks: TaskTracker,
    failure: Arc<OnceLock<String>>,
    running: Arc<Mutex<Vec<Cow<'static, str>>>>,
}

impl Lifecycle {
    /// A life in which nothing runs yet.
    pub fn new(plan: StopPlan) -> Self {
        Self {
            plan,
            stopping: CancellationToken::new(),
            intake: CancellationToken::new(),
            workers: CancellationToken::new(),
            hard: CancellationToken::new(),
            intake_tasks: TaskTracker::new(),
            worker_tasks: TaskTracker::new(),
            failure: Arc::default(),
            running: Arc::default(),
        }
    }

    /// Cancelled as soon as a stop begins: readiness looks at it.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Cancelled when no new work may come in: the HTTP server's.
    pub fn intake(&self) -> CancellationToken {
        self.intake.clone()
    }

    /// Cancelled when the intake has drained: the workers'.
    pub fn workers(&self) -> CancellationToken {
        self.workers.clone()
    }

    /// Runs something that lets work in, until [`Lifecycle::intake`] is cancelled.
    pub fn spawn_intake(
        &self,
        name: impl Into<Cow<'static, str>>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.intake_tasks.spawn(self.clone().watched(name.into(), self.intake(), task));
    }

    /// Runs a worker, until [`Lifecycle::workers`] is cancelled. One that ends earlier stops all.
    pub fn spawn(
        &self,
        name: impl Into<Cow<'static, str>>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.worker_tasks.spawn(self.clone().watched(name.into(), self.workers(), task));
    }

    async fn watched(
        self,
        name: Cow<'static, str>,
        stop: CancellationToken,
        task: impl Future<Output = ()>,
    ) {
        self.names().push(name.clone());
        match AssertUnwindSafe(task).catch_unwind().await {
            Err(_) => self.fail(format!("{name} panicked")),
            Ok(()) if !stop.is_cancelled() => self.fail(format!("{name} ended by itself")),
            Ok(()) => {}
        }
        let mut names = self.names();
        if let Some(at) = names.iter().position(|running| *running == name) {
            names.swap_remove(at);
        }
    }

    /// Begins the orderly stop.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Ends [`Lifecycle::wait`] at once.
    pub fn kill(&self) {
        self.stopping.cancel();
        self.hard.cancel();
    }

    fn fail(&self, sentence: String) {
        tracing::error!("{sentence}; stopping");
        // The first failure is the cause; later ones follow from it.
        let _ = self.failure.set(sentence);
        self.stop();
    }

    /// From now on the first SIGINT or SIGTERM stops, the second kills. Not for tests.
    pub fn listen_to_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new()?;
        let life = self.clone();
        tokio::spawn(async move {
            signals.next().await;
            tracing::info!("stopping; a second signal stops at once");
            life.stop();
            signals.next().await;
            life.kill();
        });
        Ok(())
    }

    /// Waits for the stop and carries it out. Tasks that outlive a hard stop die with the runtime.
    pub async fn wait(&self) -> Outcome {
        self.stopping.cancelled().await;
        let hurry = tokio::select! {
            biased;
            () = self.hard.cancelled() => Some("by a second signal".to_owned()),
            () = self.drained() => None,
            () = sleep(self.plan.deadline) => Some(format!("after {:?}", self.plan.deadline)),
        };
        match (self.failure.get(), hurry) {
            (Some(failure), _) => Outcome::Failed(failure.clone()),
            (None, None) => Outcome::Clean,
            (None, Some(why)) => {
                let names = self.names().join(", ");
                Outcome::Hard(format!("stopped hard {why}; still running: {names}"))
            }
        }
    }

    async fn drained(&self) {
        sleep(self.plan.notice).await;
        self.intake.cancel();
        self.intake_tasks.close();
        self.intake_tasks.wait().await;
        self.workers.cancel();
        self.worker_tasks.close();
        self.worker_tasks.wait().await;
    }

    fn names(&self) -> MutexGuard<'_, Vec<Cow<'static, str>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    fn life(deadline_ms: u64) -> Lifecycle {
        let deadline = Duration::from_millis(deadline_ms);
        Lifecycle::new(StopPlan { notice: Duration::ZERO, deadline })
    }

    #[tokio::test]
    async fn the_intake_ends_before_the_workers() {
        let (life, ended) = (life(5000), Arc::new(Mutex::new(Vec::new())));
        let end = |name, token: CancellationToken| {
            let ended = ended.clone();
            async move {
                token.cancelled().await;
                ended.lock().unwrap().push(name);
            }
        };
        life.spawn("relay", end("relay", life.workers()));
        life.spawn_intake("http", end("http", life.intake()));
        life.stop();
        assert_eq!(life.wait().await, Outcome::Clean);
        assert_eq!(*ended.lock().unwrap(), ["http", "relay"]);
    }

    #[tokio::test]
    async fn a_worker_that_ends_or_panics_ends_everything_by_name() {
        let one = life(5000);
        one.spawn("relay", async {});
        assert_eq!(one.wait().await, Outcome::Failed("relay ended by itself".to_owned()));
        let other = life(5000);
        other.spawn("jobs", async { panic!("planted") });
        assert_eq!(other.wait().await, Outcome::Failed("jobs panicked".to_owned()));
        assert!(other.stopping().is_cancelled() && other.workers().is_cancelled());
    }

    #[tokio::test]
    async fn a_worker_that_does_not_end_is_named_at_the_deadline_or_the_second_signal() {
        for kill in [false, true] {
            let life = life(if kill { 60_000 } else { 20 });
            life.spawn("stuck", pending());
            life.stop();
            tokio::task::yield_now().await;
            if kill {
                life.kill();
            }
            let Outcome::Hard(why) = life.wait().await else { panic!("not hard") };
            assert!(why.ends_with("still running: stuck"), "{why}");
        }
    }
}
