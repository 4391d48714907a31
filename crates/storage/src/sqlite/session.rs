//! Connections: one thread that writes, a few that read.

use crate::{DatabaseTime, Pulse};
use async_trait::async_trait;
use engine::StoreError;
use kernel::{Timestamp, timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Reading connections per file.
const READERS: usize = 4;
/// Calls that may wait for the writing thread.
const CALLS_MAX: usize = 1024;
/// Prepared statements kept per connection.
const STATEMENTS_MAX: usize = 128;

/// Why a database file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// The file or its settings.
    #[error("cannot open the database {path}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A schema step.
    #[error("cannot migrate the database {path}")]
    Migrate {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<refinery::Error>,
    },
}

type Call = Box<dyn FnOnce(&mut Connection) + Send>;

/// One SQLite database. Cheap to clone; the writing thread ends with the last clone.
#[derive(Clone)]
pub struct Sqlite {
    calls: mpsc::Sender<Call>,
    readers: Option<Arc<Readers>>,
    pub(crate) pulse: Arc<Pulse>,
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

mod common {
    refinery::embed_migrations!("migrations/sqlite");
}

impl Sqlite {
    /// Opens or creates `path` and brings its schema up to date: the common tables, then the
    /// service's own by `migrations`.
    pub fn open(path: &Path, migrations: refinery::Runner) -> Result<Self, SqliteError> {
        let mut connection = connect(path)?;
        migrate(&mut connection, path, migrations)?;
        let idle = (0..READERS).map(|_| connect(path)).collect::<Result<Vec<_>, _>>()?;
        let readers =
            Readers { idle: Mutex::new(idle), permits: Arc::new(Semaphore::new(READERS)) };
        Self::start(connection, path, Some(Arc::new(readers)))
    }

    /// A database in memory, gone with its last clone. Reads and writes share one connection.
    pub fn in_memory(migrations: refinery::Runner) -> Result<Self, SqliteError> {
        let path = Path::new(":memory:");
        let mut connection = connect(path)?;
        migrate(&mut connection, path, migrations)?;
        Self::start(connection, path, None)
    }

    fn start(
        connection: Connection,
        path: &Path,
        readers: Option<Arc<Readers>>,
    ) -> Result<Self, SqliteError> {
        let pending: i64 = connection
            .query_row("SELECT count(*) FROM outbox WHERE published_at IS NULL", [], |r| r.get(0))
            .map_err(|source| SqliteError::Open { path: path.to_owned(), source })?;
        let pulse = Arc::new(Pulse::default());
        pulse.events_recorded(usize::try_from(pending).unwrap_or(0));
        let (calls, queue) = mpsc::channel::<Call>(CALLS_MAX);
        std::thread::spawn(move || serve(connection, queue));
        Ok(Self { calls, readers, pulse })
    }

    /// Runs `call` on the writing thread. It runs to its end even if this future is dropped.
    pub async fn write<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_raw(call).await?.map_err(|error| store_error(&error))
    }

    /// As [`Sqlite::write`], with the database's own error inside.
    pub(crate) async fn write_raw<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let stopped = || StoreError::Unavailable("the writing thread has stopped".into());
        let (answer, result) = oneshot::channel();
        let run: Call = Box::new(move |connection| {
            let _ = answer.send(call(connection));
        });
        self.calls.send(run).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())
    }

    /// Runs `call` on a reading connection.
    pub async fn read<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(readers) = self.readers.clone() else {
            return self.write(move |connection| call(connection)).await;
        };
        let reading = async move {
            let permit = readers.permits.clone().acquire_owned().await.ok()?;
            let result = tokio::task::spawn_blocking(move || {
                let connection = readers.take()?;
                let result = call(&connection);
                readers.give_back(connection);
                // Here, not where it was awaited: a caller may go away while the call runs.
                drop(permit);
                Some(result)
            });
            result.await.ok()?
        };
        match reading.await {
            Some(result) => result.map_err(|error| store_error(&error)),
            None => Err(StoreError::Unavailable("no reading connection is free".into())),
        }
    }
}

#[async_trait]
impl DatabaseTime for Sqlite {
    async fn sample_time(&self) -> Result<Timestamp, StoreError> {
        self.read(|c| {
            c.query_row("SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)", [], |r| r.get(0))
        })
        .await
        .map(timestamp)
    }
}

impl Readers {
    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

fn serve(mut connection: Connection, mut queue: mpsc::Receiver<Call>) {
    while let Some(call) = queue.blocking_recv() {
        call(&mut connection);
    }
    // Folds the log into the file, so that a stopped system leaves one file per service.
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::debug!(%error, "no checkpoint at close");
    }
}

fn connect(path: &Path) -> Result<Connection, SqliteError> {
    let open = || {
        let connection = Connection::open_with_flags(path, OpenFlags::default())?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA cache_size = -8000;
             -- A savepoint's journal lives in memory, not in a temporary file.
             PRAGMA temp_store = MEMORY;",
        )?;
        Ok(connection)
    };
    open().map_err(|source| SqliteError::Open { path: path.to_owned(), source })
}

fn migrate(
    connection: &mut Connection,
    path: &Path,
    mut service: refinery::Runner,
) -> Result<(), SqliteError> {
    let failed = |source| SqliteError::Migrate { path: path.to_owned(), source: Box::new(source) };
    let mut common = common::migrations::runner();
    common.set_migration_table_name("common_schema_history");
    common.run(connection).map_err(failed)?;
    service.set_migration_table_name("service_schema_history");
    service.run(connection).map_err(failed)?;
    Ok(())
}

/// Whether the fault is the row's or the database's.
pub(crate) fn store_error(error: &rusqlite::Error) -> StoreError {
    let transient = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::ReadOnly
                | ErrorCode::SchemaChanged
        )
    );
    if transient {
        StoreError::Unavailable(error.to_string())
    } else {
        StoreError::Invalid(error.to_string())
    }
}

/// A stored value that our own rules would not have let in: damage, not input.
pub fn damaged(
    column: usize,
    why: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(why))
}
