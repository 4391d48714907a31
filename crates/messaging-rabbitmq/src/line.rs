//! A line keeps one connection up for ever: connects, waits for its end, and connects again after
//! a pause. Knows nothing of what the connection is for.

use crate::config::RabbitConfig;
use crate::link::Link;
use messaging::BrokerError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The first pause is at most this long, the next at most twice that, …
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// … and none is longer than this. A connection that held for this long starts over.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long a caller waits for a connection that is down: long enough for one that was just lost,
/// short enough for a process that wants to stop.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How a connection is, for people and health pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// The first attempt is under way.
    Connecting,
    /// In use.
    Up,
    /// The broker takes no publishes at the moment, for want of memory or disk.
    Blocked {
        /// In the broker's words.
        reason: String,
    },
    /// Lost or never had; tried again for ever.
    Down {
        /// Why the last attempt or connection ended.
        reason: String,
    },
}

impl fmt::Display for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => write!(f, "connecting"),
            Self::Up => write!(f, "up"),
            Self::Blocked { reason } => write!(f, "blocked by the broker: {reason}"),
            Self::Down { reason } => write!(f, "down: {reason}"),
        }
    }
}

/// Both connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStates {
    /// The one that publishes.
    pub publish: LinkState,
    /// The one that consumes.
    pub consume: LinkState,
}

/// One connection, again and again.
pub(crate) struct Line {
    pub(crate) config: Arc<RabbitConfig>,
    name: String,
    state: watch::Sender<LinkState>,
    attempts: u32,
    up_since: Option<Instant>,
}

impl Line {
    pub(crate) fn new(config: Arc<RabbitConfig>, purpose: &str) -> Self {
        let name = format!("{} {purpose}", config.name);
        let state = watch::Sender::new(LinkState::Connecting);
        Self { config, name, state, attempts: 0, up_since: None }
    }

    pub(crate) fn state(&self) -> watch::Receiver<LinkState> {
        self.state.subscribe()
    }

    /// Tries until there is a connection.
    pub(crate) async fn connect(&mut self) -> Link {
        if self.up_since.take().is_some_and(|since| since.elapsed() >= PAUSE_MAX) {
            self.attempts = 0;
        }
        loop {
            if self.attempts > 0 {
                tokio::time::sleep(pause(self.attempts)).await;
            }
            self.attempts += 1;
            match Link::open(&self.config, &self.name).await {
                Ok(link) => {
                    tracing::info!(connection = self.name, "connected to the broker");
                    self.up_since = Some(Instant::now());
                    self.state.send_replace(LinkState::Up);
                    return link;
                }
                Err(reason) => self.down(reason),
            }
        }
    }

    /// Waits for the end of a connection; when this returns, the state says why.
    pub(crate) async fn ended(&self, link: &Link) {
        let tell = |state: LinkState| {
            tracing::warn!(connection = self.name, %state, "the broker says");
            self.state.send_replace(state);
        };
        self.down(link.ended(&self.config, tell).await);
    }

    /// The connection is of no use any more. The same reason again is no news.
    pub(crate) fn down(&self, reason: String) {
        let state = LinkState::Down { reason };
        if self.state.send_replace(state.clone()) == state {
            tracing::debug!(connection = self.name, %state, "no connection to the broker");
        } else {
            tracing::warn!(connection = self.name, %state, "no connection to the broker");
        }
    }
}

/// Somewhere in a span that doubles, so that a broker that comes back is not run over.
fn pause(attempts: u32) -> Duration {
    let span = PAUSE_MIN.saturating_mul(1 << (attempts - 1).min(16)).min(PAUSE_MAX);
    span.mul_f64(rand::random_range(0.0..=1.0))
}

/// Waits a moment for a connection that is in use.
pub(crate) async fn up(state: &watch::Receiver<LinkState>) -> Result<(), BrokerError> {
    let mut state = state.clone();
    let up = state.wait_for(|s| matches!(s, LinkState::Up | LinkState::Blocked { .. }));
    let up = matches!(tokio::time::timeout(PATIENCE, up).await, Ok(Ok(_)));
    if up { Ok(()) } else { Err(unavailable(&state)) }
}

/// The error that says how the connection is.
pub(crate) fn unavailable(state: &watch::Receiver<LinkState>) -> BrokerError {
    let state = state.borrow();
    BrokerError(match &*state {
        LinkState::Down { reason } => reason.clone(),
        LinkState::Up => "the connection was lost a moment ago".to_owned(),
        other => format!("the connection is {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_bound() {
        let longest = |attempts| (0..500).map(|_| pause(attempts)).max().unwrap();
        for (attempts, span) in [(1, 100), (2, 200), (5, 1600), (8, 10_000), (100, 10_000)] {
            let (longest, span) = (longest(attempts), Duration::from_millis(span));
            assert!(longest <= span && longest > span / 2, "{attempts}: {longest:?}");
        }
    }
}
