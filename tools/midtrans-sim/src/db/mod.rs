//! The one door to SQLite: a thread that owns the connection and commits for many at once.
//!
//! Commands that wait while a commit runs are the next batch (at most [`BATCH`]): each runs in a
//! savepoint of one transaction, one commit makes them durable, then all are answered. So a single
//! command is fast and many together cost one fsync. No SQL outside this folder.

mod answers;
mod columns;
mod deliveries;
mod journal;
mod pages;
mod refunds;
mod report;
mod settings;
mod transactions;

pub(crate) use deliveries::{AttemptRow, DeliveryRow};
pub(crate) use journal::{Ledger, PostingRow};
pub(crate) use refunds::NewRefund;
pub(crate) use report::ReportRow;
pub(crate) use transactions::{Listed, Numbered};

use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The most commands of one commit.
const BATCH: usize = 256;
/// The most commands that wait; a caller beyond waits to be let in.
const QUEUE: usize = 1024;
const SCHEMA: &str = include_str!("schema.sql");
const SCHEMA_VERSION: i64 = 2;

/// A fault of the store. The caller's change is not there.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite refuses.
    #[error("the simulator's database failed")]
    Sql(#[from] rusqlite::Error),
    /// The batch could not be committed.
    #[error("the simulator's database did not commit: {0}")]
    Commit(String),
    /// A row that this version did not write.
    #[error("the simulator's database holds a value that cannot be read: {0}")]
    Unreadable(&'static str),
    /// A file of another version.
    #[error(
        "the simulator's database has version {0}, this program reads {SCHEMA_VERSION}: remove the \
         file (it holds no real money) or use the program that wrote it"
    )]
    Version(i64),
    /// The thread is gone.
    #[error("the simulator's database is closed")]
    Closed,
}

/// The statements, within a transaction.
pub(crate) struct Db<'a>(&'a Connection);

impl Db<'_> {
    /// Does a part of a command. Its error, which is the inner one, undoes that part alone.
    pub(crate) fn part<T, E>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<Result<T, E>, DbError> {
        run(self.0, "SAVEPOINT part")?;
        let done = work(self);
        if done.is_err() {
            run(self.0, "ROLLBACK TO part")?;
        }
        run(self.0, "RELEASE part")?;
        Ok(done)
    }
}

/// A handle to the thread. The thread ends when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Store(mpsc::Sender<Box<dyn Command>>);

impl Store {
    /// Opens or creates the file, or a database in memory.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, DbError> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(128);
        create_schema(&connection)?;
        let (sender, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("midtrans-sim-db".to_owned())
            .spawn(move || serve(&connection, queue))
            .map_err(|_| DbError::Closed)?;
        Ok(Self(sender))
    }

    /// Runs a command and answers once it is durable. An error undoes the command alone.
    pub(crate) async fn call<T, E>(
        &self,
        work: impl FnOnce(&Db<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Call { work: Some(work), result: None, reply };
        self.0.send(Box::new(call)).await.map_err(|_| DbError::Closed)?;
        answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
    }
}

fn create_schema(connection: &Connection) -> Result<(), DbError> {
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        SCHEMA_VERSION => Ok(()),
        0 => {
            let version = format!("PRAGMA user_version = {SCHEMA_VERSION}");
            Ok(connection.execute_batch(&format!("BEGIN; {SCHEMA} {version}; COMMIT;"))?)
        }
        other => Err(DbError::Version(other)),
    }
}

trait Command: Send {
    /// Does the work; false asks to undo it.
    fn run(&mut self, db: &Db<'_>) -> bool;
    /// Tells the caller, after the commit.
    fn answer(self: Box<Self>, committed: &Result<(), rusqlite::Error>);
}

struct Call<F, T, E> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Command for Call<F, T, E>
where
    F: FnOnce(&Db<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run(&mut self, db: &Db<'_>) -> bool {
        self.result = self.work.take().map(|work| work(db));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: &Result<(), rusqlite::Error>) {
        let answer = match (self.result, committed) {
            (Some(Err(error)), _) => Err(error),
            (Some(done), Ok(())) => done,
            (_, Err(error)) => Err(DbError::Commit(error.to_string()).into()),
            (None, Ok(())) => Err(DbError::Closed.into()),
        };
        // A caller that has gone away does not undo what is committed.
        let _ = self.reply.send(answer);
    }
}

fn serve(connection: &Connection, mut queue: mpsc::Receiver<Box<dyn Command>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        let committed = commit(connection, &mut batch);
        if let Err(error) = &committed {
            tracing::error!(%error, commands = batch.len(), "the batch is lost");
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
        }
        for command in batch.drain(..) {
            command.answer(&committed);
        }
    }
}

fn commit(connection: &Connection, batch: &mut [Box<dyn Command>]) -> Result<(), rusqlite::Error> {
    run(connection, "BEGIN IMMEDIATE")?;
    for command in batch {
        run(connection, "SAVEPOINT command")?;
        if !command.run(&Db(connection)) {
            run(connection, "ROLLBACK TO command")?;
        }
        run(connection, "RELEASE command")?;
    }
    run(connection, "COMMIT")
}

fn run(connection: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_undoes_its_own_command_and_no_other() {
        let store = Store::open(None).unwrap();
        let write = |name: &'static str, keep: bool| {
            store.call(move |db| {
                db.set(name, &7)?;
                if keep { Ok(()) } else { Err(DbError::Unreadable("on purpose")) }
            })
        };
        let (first, second, third) =
            tokio::join!(write("a", true), write("b", false), write("c", true));
        assert!(first.is_ok() && second.is_err() && third.is_ok());
        let found = store
            .call(|db| {
                Ok::<_, DbError>(["a", "b", "c"].map(|name| db.setting::<i32>(name).unwrap()))
            })
            .await;
        assert_eq!(found.unwrap(), [Some(7), None, Some(7)]);
    }

    #[tokio::test]
    async fn a_file_of_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sim.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(Store::open(Some(&path)), Err(DbError::Version(99))));
    }
}
