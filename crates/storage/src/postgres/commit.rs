//! Committing a batch: all together, a statement per table, in two round trips.
//!
//! The first round trip carries BEGIN, the guards and the services' own rows; the second timeline,
//! outbox, jobs and COMMIT. Whoever was stopped in the first is told why and left out, and the
//! rest goes again: a loser leaves nothing. If the database refuses a row, the changes go one by
//! one, a savepoint each, so that it fails alone.

use super::fault::Fault;
use super::guards::{Guards, Key, Stopped, explain};
use super::record::{Then, record};
use super::session::WORK_DEADLINE;
use super::{Postgres, Session};
use crate::{Backend, CommitError, RowOutcome, Write};
use async_trait::async_trait;
use engine::{Outcome, Refusal, StoreError};
use futures::try_join;
use kernel::Uuid;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::time::timeout;
use tokio_postgres::Error;

/// A service's own rows in PostgreSQL.
#[async_trait]
pub trait PostgresRows: Sized + Send + Sync + 'static {
    /// Inserts the rows of many aggregates, or updates them where the stored version is the
    /// expected one: a statement per table, not per row. Answers in the order given.
    ///
    /// Runs inside a transaction that is rolled back unless every answer is
    /// [`RowOutcome::Written`]. Rows of one aggregate occur once.
    async fn write(rows: &[&Self], session: &Session) -> Result<Vec<RowOutcome>, Error>;
}

/// [`Backend`] on PostgreSQL, with a connection of its own.
pub struct PostgresBackend {
    database: Postgres,
    /// `None` after anything that leaves the connection in doubt.
    session: Option<Session>,
}

impl PostgresBackend {
    pub(super) fn new(database: Postgres) -> Self {
        Self { database, session: None }
    }
}

#[async_trait]
impl<R: PostgresRows> Backend<R> for PostgresBackend {
    async fn commit(
        &mut self,
        batch: Arc<[Write<R>]>,
        again: bool,
    ) -> Result<Vec<Outcome>, CommitError> {
        let session = match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => session,
            None => self.database.writing_session().await.map_err(CommitError::Unavailable)?,
        };
        let outcomes = Commit { session: &session, batch: &batch, again }.run().await?;
        self.session = Some(session);
        Ok(outcomes)
    }
}

struct Commit<'a, R> {
    session: &'a Session,
    batch: &'a [Write<R>],
    again: bool,
}

/// How one attempt ended.
enum Attempt<'a> {
    Committed,
    /// Rolled back: these were stopped by a guard.
    Stopped(Vec<Stopped<'a>>),
    /// Rolled back: these lost by their own rows.
    Beaten(Vec<(usize, Outcome)>),
    /// Rolled back: the database refused some row.
    Refused,
}

/// Positions in the batch.
type Positions = Vec<usize>;

impl<'a, R: PostgresRows> Commit<'a, R> {
    async fn run(&self) -> Result<Vec<Outcome>, CommitError> {
        let mut outcomes: Vec<Option<Outcome>> = self.batch.iter().map(|_| None).collect();
        let mut committed = false;
        for round in self.rounds() {
            match self.round(round, &mut outcomes).await {
                Ok(()) => committed = true,
                // Not "nothing was written": an earlier round was.
                Err(error) if committed => return Err(CommitError::Unknown(error.to_string())),
                Err(error) => return Err(error),
            }
        }
        if self.again {
            // Asked last: the earlier COMMIT may have been on its way until these changes ran into
            // its rows, and lost to themselves.
            for position in self.own().await? {
                outcomes[position] = Some(Outcome::Done);
            }
        }
        let unanswered = || Outcome::Failed(StoreError::Unavailable("no outcome".to_owned()));
        Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unanswered)).collect())
    }

    /// Changes whose timeline is there from an earlier COMMIT of this very batch.
    async fn own(&self) -> Result<Positions, CommitError> {
        let sql = "
            SELECT t.position FROM timeline
            JOIN unnest($1::uuid[], $2::bigint[], $3::uuid[]) WITH ORDINALITY
                 AS t (aggregate, version, write_id, position) USING (aggregate, version, write_id)";
        let aggregates: Vec<Uuid> = self.batch.iter().map(|write| write.aggregate).collect();
        let versions: Vec<i64> =
            self.batch.iter().map(|write| i64::from(write.expected.after(1).0)).collect();
        let ids: Vec<Uuid> = self.batch.iter().map(|write| write.id).collect();
        let find = async {
            let statement = self.session.prepare_cached(sql).await?;
            self.session.query(&statement, &[&aggregates, &versions, &ids]).await
        };
        let rows = before_commit(find).await?;
        let position = |row: &tokio_postgres::Row| usize::try_from(row.get::<_, i64>(0) - 1).ok();
        Ok(rows.iter().filter_map(position).collect())
    }

    /// Changes that share a guard go one after the other, since a statement decides a key once.
    fn rounds(&self) -> Vec<Positions> {
        let mut rounds: Vec<(HashSet<Key<'_>>, Positions)> = Vec::new();
        for (position, write) in self.batch.iter().enumerate() {
            let keys: Vec<Key<'_>> = write.guards.iter().map(Key::of).collect();
            let free = rounds.iter().position(|(seen, _)| !keys.iter().any(|k| seen.contains(k)));
            let round = free.unwrap_or_else(|| {
                rounds.push((HashSet::new(), Vec::new()));
                rounds.len() - 1
            });
            rounds[round].0.extend(keys);
            rounds[round].1.push(position);
        }
        rounds.into_iter().map(|(_, positions)| positions).collect()
    }

    /// Each attempt leaves somebody out, so it ends; what comes and goes meanwhile is a conflict.
    async fn round(
        &self,
        mut live: Positions,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), CommitError> {
        let mut beaten: Positions = Vec::new();
        while !live.is_empty() {
            match self.attempt(&live).await? {
                Attempt::Committed => {
                    live.iter().for_each(|position| outcomes[*position] = Some(Outcome::Done));
                    return Ok(());
                }
                Attempt::Stopped(stopped) => {
                    let explained = before_commit(explain(self.session, &stopped)).await?;
                    if explained.iter().all(|(_, outcome)| outcome.is_none()) {
                        return Err(CommitError::Conflict("a guard came and went".to_owned()));
                    }
                    for (position, outcome) in explained {
                        // The first guard of a change speaks for it.
                        if outcomes[position].is_none() {
                            outcomes[position] = outcome;
                        }
                    }
                    live.retain(|position| outcomes[*position].is_none());
                }
                Attempt::Beaten(losers) => {
                    for (position, outcome) in losers {
                        outcomes[position] = Some(outcome);
                        beaten.push(position);
                    }
                    live.retain(|position| outcomes[*position].is_none());
                }
                Attempt::Refused => {
                    // Whoever beat a neighbour may be the one that is refused.
                    live.append(&mut beaten);
                    live.sort_unstable();
                    return self.one_by_one(&live, outcomes).await;
                }
            }
        }
        Ok(())
    }

    async fn attempt(&self, live: &[usize]) -> Result<Attempt<'a>, CommitError> {
        let begin = self.session.batch_execute("BEGIN");
        let decided = within(async { try_join!(begin, self.decide(live)) }).await;
        let (stopped, beaten) = match decided {
            Ok(((), decided)) => decided,
            Err(Fault::Row(why)) => {
                self.rollback().await?;
                tracing::debug!(why, "a row was refused; the changes go one by one");
                return Ok(Attempt::Refused);
            }
            Err(fault) => return Err(fault.before_commit()),
        };
        if !stopped.is_empty() {
            self.rollback().await?;
            return Ok(Attempt::Stopped(stopped));
        }
        if !beaten.is_empty() {
            self.rollback().await?;
            return Ok(Attempt::Beaten(beaten));
        }
        match within(record(self.session, &self.writes(live), Then::Commit)).await {
            Ok(()) => Ok(Attempt::Committed),
            // The COMMIT behind it has become a ROLLBACK.
            Err(Fault::Row(_)) => Ok(Attempt::Refused),
            Err(Fault::Conflict(why)) => Err(CommitError::Conflict(why)),
            Err(Fault::Away(why)) => Err(CommitError::Unknown(why)),
        }
    }

    /// Guards and own rows: who is stopped, and who is beaten.
    async fn decide(
        &self,
        live: &[usize],
    ) -> Result<(Vec<Stopped<'a>>, Vec<(usize, Outcome)>), Error> {
        let mut guards = Guards::default();
        let mut holders: Positions = Vec::new();
        let mut rows: Vec<&R> = Vec::new();
        for &position in live {
            let write = &self.batch[position];
            write.guards.iter().for_each(|guard| guards.add(position, guard, write.at));
            if let Some(own) = &write.rows {
                holders.push(position);
                rows.push(own);
            }
        }
        guards.prepare(self.session).await?;
        let own = async {
            if rows.is_empty() { Ok(Vec::new()) } else { R::write(&rows, self.session).await }
        };
        let (stopped, written) = try_join!(guards.check(self.session), own)?;
        let beaten = holders
            .into_iter()
            .zip(written)
            .filter_map(|(position, outcome)| Some((position, lost(outcome)?)))
            .collect();
        Ok((stopped, beaten))
    }

    /// In one transaction all the same; a savepoint undoes whoever does not go through.
    async fn one_by_one(
        &self,
        live: &[usize],
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), CommitError> {
        self.execute("BEGIN").await?;
        for &position in live {
            outcomes[position] = Some(self.alone(position).await?);
        }
        match within(self.session.batch_execute("COMMIT")).await {
            Ok(()) => Ok(()),
            Err(Fault::Conflict(why)) => Err(CommitError::Conflict(why)),
            Err(Fault::Row(why) | Fault::Away(why)) => Err(CommitError::Unknown(why)),
        }
    }

    async fn alone(&self, position: usize) -> Result<Outcome, CommitError> {
        self.execute("SAVEPOINT change").await?;
        let write = async {
            let (stopped, beaten) = self.decide(&[position]).await?;
            if stopped.is_empty() && beaten.is_empty() {
                record(self.session, &self.writes(&[position]), Then::Nothing).await?;
            }
            Ok((stopped, beaten))
        };
        let (stopped, beaten) = match within(write).await {
            Ok(decided) => decided,
            Err(Fault::Row(why)) => {
                self.execute("ROLLBACK TO change").await?;
                return Ok(Outcome::Failed(StoreError::Invalid(why)));
            }
            Err(fault) => return Err(fault.before_commit()),
        };
        if stopped.is_empty() && beaten.is_empty() {
            self.execute("RELEASE change").await?;
            return Ok(Outcome::Done);
        }
        self.execute("ROLLBACK TO change").await?;
        let explained = before_commit(explain(self.session, &stopped)).await?;
        let outcome = explained.into_iter().find_map(|(_, outcome)| outcome);
        outcome
            .or_else(|| beaten.into_iter().next().map(|(_, outcome)| outcome))
            .ok_or_else(|| CommitError::Conflict("a guard came and went".to_owned()))
    }

    fn writes(&self, positions: &[usize]) -> Vec<&'a Write<R>> {
        positions.iter().map(|position| &self.batch[*position]).collect()
    }

    async fn rollback(&self) -> Result<(), CommitError> {
        self.execute("ROLLBACK").await
    }

    async fn execute(&self, statement: &str) -> Result<(), CommitError> {
        before_commit(self.session.batch_execute(statement)).await
    }
}

fn lost(outcome: RowOutcome) -> Option<Outcome> {
    match outcome {
        RowOutcome::Written => None,
        RowOutcome::VersionMoved => Some(Outcome::Lost),
        RowOutcome::Taken(key) => Some(Outcome::Refused(Refusal::Taken(key))),
    }
}

/// A step that the server must answer in time.
async fn within<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    match timeout(WORK_DEADLINE, step).await {
        Ok(done) => done.map_err(|error| Fault::of(&error)),
        Err(_) => Err(Fault::Away("the database did not answer in time".to_owned())),
    }
}

/// A step after which nothing of the batch is committed yet.
async fn before_commit<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, CommitError> {
    within(step).await.map_err(Fault::before_commit)
}
