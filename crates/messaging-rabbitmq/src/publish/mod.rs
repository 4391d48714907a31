//! Publishing: one task owns the confirm channel and sends windows in rounds.
//!
//! What waits while a round runs is the next round: all its units are published back to back, then
//! all their confirms are awaited, then every window is answered.
//!
//! **Why rounds.** lapin hands a returned message to whichever confirm it resolves next, and
//! resolves `multiple` confirms in the order of a hash map, so that a returned message may come
//! attached to the confirm of any unit, even of one published after its own was confirmed. But it
//! cannot outlive the last open confirm: the broker sends a return before its confirm, and every
//! confirm takes one waiting return along. So when no confirm of the channel is open, every return
//! is in hand, and each is told by its own `message_id` and routing key. Windows that overlapped
//! would have no such moment.
//!
//! Which unit was *refused* is told right: confirms and refusals carry the channel's own count,
//! and one task publishes, so that lapin's count is the broker's.

mod post;
mod verdict;

use crate::config::RabbitConfig;
use crate::explain::{Attempt, explain};
use crate::line::{Line, LinkState, unavailable, up};
use crate::link::Link;
use kernel::Clock;
use messaging::{BrokerError, Published, Unit};
use post::{Failure, Post, UNCONFIRMED_MAX};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Windows that wait for their round; more wait with their caller.
const WINDOWS_MAX: usize = 64;

/// The callers' end.
pub(crate) struct Publisher {
    windows: mpsc::Sender<Window>,
    state: watch::Receiver<LinkState>,
    deadline: Duration,
}

type Answer = oneshot::Sender<Result<Vec<Published>, BrokerError>>;

/// What one caller wants published.
struct Window {
    units: Vec<Unit>,
    answer: Answer,
}

impl Publisher {
    /// Starts the task; it runs until `stop`.
    pub(crate) fn start(
        config: &Arc<RabbitConfig>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Self {
        let line = Line::new(config.clone(), "publish");
        let (windows, waiting) = mpsc::channel(WINDOWS_MAX);
        let state = line.state();
        tokio::spawn(run(line, waiting, clock, stop));
        Self { windows, state, deadline: config.publish_deadline }
    }

    pub(crate) fn state(&self) -> LinkState {
        self.state.borrow().clone()
    }

    /// See [`messaging::Broker::publish`]. A dropped call is not sent if its round has not begun.
    pub(crate) async fn publish(&self, units: Vec<Unit>) -> Result<Vec<Published>, BrokerError> {
        let published = async {
            up(&self.state).await?;
            let (answer, answered) = oneshot::channel();
            let lost = || unavailable(&self.state);
            self.windows.send(Window { units, answer }).await.map_err(|_| lost())?;
            answered.await.unwrap_or_else(|_| Err(lost()))
        };
        match tokio::time::timeout(self.deadline, published).await {
            Ok(published) => published,
            Err(_) => Err(BrokerError(late(self.deadline, &self.state.borrow()))),
        }
    }
}

fn late(deadline: Duration, state: &LinkState) -> String {
    format!("no confirm within {deadline:?}; the connection is {state}")
}

async fn run(
    mut line: Line,
    mut windows: mpsc::Receiver<Window>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    while let Some(link) = stop.run_until_cancelled(line.connect()).await {
        let lost = async {
            tokio::select! {
                () = line.ended(&link) => {}
                reason = serve(&line, &link, &mut windows, &*clock) => line.down(reason),
            }
        };
        if stop.run_until_cancelled(lost).await.is_none() {
            return link.close().await;
        }
    }
}

/// Sends rounds until one fails; says why. The windows of a failed round are answered here; those
/// that are dropped with this future learn the reason from the line's state.
async fn serve(
    line: &Line,
    link: &Link,
    windows: &mut mpsc::Receiver<Window>,
    clock: &dyn Clock,
) -> String {
    let config = &line.config;
    let deadline = config.publish_deadline;
    let post = match tokio::time::timeout(deadline, Post::open(link, config, clock)).await {
        Ok(Ok(post)) => post,
        Ok(Err(error)) => return explain(&error, Attempt::Publish, config),
        Err(_) => return format!("no channel within {deadline:?}"),
    };
    loop {
        let (units, answers) = next_round(windows).await;
        let failure = match tokio::time::timeout(deadline, post.send(&units)).await {
            Ok(Ok(published)) => {
                answer(answers, published);
                continue;
            }
            Ok(Err(Failure::Library(error))) => explain(&error, Attempt::Publish, config),
            Ok(Err(Failure::Stray)) => "the broker returned a message that was not sent".to_owned(),
            Err(_) => late(deadline, &line.state().borrow()),
        };
        // Before the answers, so that who tries again at once waits for the next connection.
        line.down(failure.clone());
        for (_, answer) in answers {
            let _ = answer.send(Err(BrokerError(failure.clone())));
        }
        return failure;
    }
}

/// How many of a round's units belong to whom.
type Answers = Vec<(usize, Answer)>;

/// Waits for a window and takes along those that wait too; a window whose caller went away is
/// left out.
async fn next_round(windows: &mut mpsc::Receiver<Window>) -> (Vec<Unit>, Answers) {
    let (mut units, mut answers) = (Vec::new(), Vec::new());
    while answers.is_empty() {
        // No window ever comes once the broker is dropped; the stop does.
        let Some(first) = windows.recv().await else { std::future::pending().await };
        let mut next = Some(first);
        while let Some(window) = next {
            if !window.answer.is_closed() {
                answers.push((window.units.len(), window.answer));
                units.extend(window.units);
            }
            next = if units.len() < UNCONFIRMED_MAX { windows.try_recv().ok() } else { None };
        }
    }
    (units, answers)
}

fn answer(answers: Answers, published: Vec<Published>) {
    let mut published = published.into_iter();
    for (count, answer) in answers {
        // The caller may have gone away; then nobody wants to know.
        let _ = answer.send(Ok(published.by_ref().take(count).collect()));
    }
}
