//! A transaction on a connection of the loops' pool that may be dropped at any point.
//!
//! Wherever its owner goes away, the rows are free at once, and the connection goes back to the
//! pool only with a ROLLBACK ahead of whoever has it next.

use super::session::{WORK_DEADLINE, is_stale};
use super::{Postgres, Session};
use deadpool_postgres::Object;
use engine::StoreError;
use futures::FutureExt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::timeout;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

/// Open until it is told that it ended; open when dropped means rolled back.
pub(super) struct Transaction {
    /// `None` once it ended.
    session: Option<Object>,
    /// Nobody else shall have this connection.
    unfit: AtomicBool,
}

impl Postgres {
    /// A transaction in which BEGIN is still to be sent: by [`Transaction::begin`], together with
    /// the first statement.
    pub(super) async fn transaction(&self) -> Result<Transaction, StoreError> {
        let session = Some(self.working_session().await?);
        Ok(Transaction { session, unfit: AtomicBool::new(false) })
    }

    /// A transaction that has begun.
    pub(super) async fn begun(&self) -> Result<Transaction, StoreError> {
        let transaction = self.transaction().await?;
        transaction.step(transaction.begin()).await?;
        Ok(transaction)
    }
}

impl Transaction {
    pub(super) async fn begin(&self) -> Result<(), Error> {
        self.batch_execute("BEGIN").await
    }

    /// Something that the server must answer in time.
    pub(super) async fn step<T>(
        &self,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let answered = timeout(WORK_DEADLINE, step).await;
        let answered = answered.map_err(|_| {
            self.unfit.store(true, Ordering::Relaxed);
            StoreError::Unavailable("no answer in time".to_owned())
        })?;
        answered.map_err(|error| {
            if is_stale(&error) {
                self.unfit.store(true, Ordering::Relaxed);
            }
            super::fault::store_error(&error)
        })
    }

    /// One statement, for which only its having run matters.
    pub(super) async fn run(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<(), StoreError> {
        let run = async {
            let statement = self.prepare_cached(sql).await?;
            self.execute(&statement, parameters).await
        };
        self.step(run).await.map(|_| ())
    }

    /// COMMIT. After an error it may be committed or not.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        self.step(self.batch_execute("COMMIT")).await?;
        self.ended();
        Ok(())
    }

    /// The server has answered to a COMMIT or a ROLLBACK.
    pub(super) fn ended(mut self) {
        self.session = None;
    }
}

impl Deref for Transaction {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session.as_ref().expect("only the end takes it, and the end consumes the transaction")
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        if *self.unfit.get_mut() {
            // The server rolls back when the connection ends.
            drop(Object::take(session));
        } else {
            // The first poll hands it to the connection, and nobody needs the answer.
            let _ = session.batch_execute("ROLLBACK").now_or_never();
        }
    }
}
