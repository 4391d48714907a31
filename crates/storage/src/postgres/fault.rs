//! Whose fault an error is: the row's, a neighbour's, or the database's.

use crate::CommitError;
use engine::StoreError;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::FromSql;

/// What a failed statement means for the change that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// This row can never be written.
    Row(String),
    /// Somebody else was in the way; the same again may pass.
    Conflict(String),
    /// The database is away, or cannot at the moment.
    Away(String),
}

impl Fault {
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        let why = describe(error);
        let Some(state) = error.code() else { return Self::Away(why) };
        if CONFLICTS.contains(state) {
            return Self::Conflict(why);
        }
        // Data exception, integrity constraint, cardinality, a value too large for its index: by
        // the row's own values.
        match &state.code()[..2] {
            "21" | "22" | "23" | "54" => Self::Row(why),
            _ => Self::Away(why),
        }
    }

    /// The batch's fate if nothing of it can have been committed.
    pub(super) fn before_commit(self) -> CommitError {
        match self {
            Self::Conflict(why) => CommitError::Conflict(why),
            Self::Row(why) | Self::Away(why) => CommitError::Unavailable(why),
        }
    }
}

/// A cached plan outlives a migration of another instance; a new connection plans anew. A statement
/// in a failed transaction says nothing of itself: whatever failed before it comes again, alone.
const CONFLICTS: &[SqlState] = &[
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::LOCK_NOT_AVAILABLE,
    SqlState::FEATURE_NOT_SUPPORTED,
    SqlState::IN_FAILED_SQL_TRANSACTION,
];

/// The server's own words, without its `DETAIL`: that one quotes values, and values are personal.
pub(super) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

pub(super) fn store_error(error: &tokio_postgres::Error) -> StoreError {
    match Fault::of(error) {
        Fault::Row(why) => StoreError::Invalid(why),
        Fault::Conflict(why) | Fault::Away(why) => StoreError::Unavailable(why),
    }
}

/// A stored value that our own rules would not have let in: damage, not input.
pub fn damaged(why: impl std::fmt::Display) -> StoreError {
    StoreError::Invalid(format!("a stored value is damaged: {why}"))
}

/// One column of a row.
pub fn column<'r, T: FromSql<'r>>(row: &'r Row, index: usize) -> Result<T, StoreError> {
    row.try_get(index).map_err(damaged)
}

/// One column that holds a count or a version; PostgreSQL has no unsigned numbers.
pub fn number<T: TryFrom<i64>>(row: &Row, index: usize) -> Result<T, StoreError> {
    let value: i64 = column(row, index)?;
    T::try_from(value).map_err(|_| damaged(format_args!("{value} is out of range")))
}
