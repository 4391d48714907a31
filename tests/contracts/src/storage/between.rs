//! A backend that stands between the writer and the database and ends commits as it is told.

use async_trait::async_trait;
use engine::Outcome;
use std::collections::VecDeque;
use std::sync::Arc;
use storage::{Backend, CommitError, Write};

/// How one commit ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Twist {
    /// Written, and the answer is lost.
    AnswerLost,
    /// Not written, and the answer is lost.
    RequestLost,
    /// Not written: a serialization failure, a deadlock.
    Conflict,
    /// Not written: the database is away.
    Away,
}

/// A script, and after it the database itself.
pub(super) struct Between<R> {
    database: Box<dyn Backend<R>>,
    script: VecDeque<Twist>,
}

impl<R> Between<R> {
    pub(super) fn new(database: Box<dyn Backend<R>>, script: &[Twist]) -> Self {
        Self { database, script: script.iter().copied().collect() }
    }
}

#[async_trait]
impl<R: Send + Sync + 'static> Backend<R> for Between<R> {
    async fn commit(
        &mut self,
        batch: Arc<[Write<R>]>,
        again: bool,
    ) -> Result<Vec<Outcome>, CommitError> {
        let lost = || CommitError::Unknown("the answer was lost".to_owned());
        match self.script.pop_front() {
            None => self.database.commit(batch, again).await,
            Some(Twist::AnswerLost) => {
                self.database.commit(batch, again).await?;
                Err(lost())
            }
            Some(Twist::RequestLost) => Err(lost()),
            Some(Twist::Conflict) => Err(CommitError::Conflict("deadlock".to_owned())),
            Some(Twist::Away) => Err(CommitError::Unavailable("away".to_owned())),
        }
    }
}
