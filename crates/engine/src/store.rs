//! The port behind which databases stand. There is no `begin`: a change goes in whole.

use crate::{Aggregate, Answer, Change, Versioned};
use async_trait::async_trait;
use kernel::{Retryability, Retryable};
use std::collections::HashMap;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is shutting down, or is too busy.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// This very row can never be written or read.
    #[error("the database refused the row: {0}")]
    Invalid(String),
}

impl Retryable for StoreError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unavailable(_) => Retryability::Transient,
            Self::Invalid(_) => Retryability::Permanent,
        }
    }
}

/// A guard said no, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A natural key (named) belongs to another aggregate.
    #[error("{0} is taken")]
    Taken(&'static str),
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Written and durable.
    Done,
    /// A guard found its row: the effect is there, from an earlier copy of this input.
    AlreadyDone(Option<Answer>),
    /// The version moved. Nothing was written: load and decide again.
    Lost,
    /// The lease was taken over. Nothing was written, and the effect is not ours to make.
    Fenced,
    /// A guard said no, for good. Nothing was written.
    Refused(Refusal),
    /// Nothing was written; the error says whether trying again helps.
    Failed(StoreError),
}

/// Aggregates of one kind in one database.
#[async_trait]
pub trait Store<A: Aggregate>: Send + Sync {
    /// Reads many in one go. Ids that do not exist are absent from the answer.
    async fn load(&self, ids: &[A::Id]) -> Result<HashMap<A::Id, Versioned<A>>, StoreError>;

    /// Commits many, each whole or not at all; answers in the order given.
    ///
    /// When it returns [`Outcome::Done`] the change, its timeline, events, jobs and guards are
    /// durable. Dropping the future does not undo a change that was already handed over.
    async fn commit(&self, changes: Vec<Change<A>>) -> Vec<Outcome>;
}
