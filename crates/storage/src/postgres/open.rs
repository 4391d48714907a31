//! Opening a database: whose it is, its schema brought up to date, its settings looked at.

use super::fault::describe;
use super::session::{Session, Unconnected, connect, migrating_config, tls};
use super::{Postgres, PostgresUrl};
use crate::DatabaseTime;
use std::time::{Duration, Instant};
use tokio_postgres::error::SqlState;

/// Serialises migrations of all instances; "orderflo" in ASCII, on every database of ours.
const MIGRATION_LOCK: i64 = 0x6f72_6465_7266_6c6f;
/// A migration that waits for a table is tried again that often …
const TRIES_MAX: u32 = 10;
/// … after this.
const PAUSE: Duration = Duration::from_secs(1);
/// Another instance's migration may take that long.
const LOCK_WAIT: Duration = Duration::from_secs(120);
/// The look at the database before anything is done to it.
const LOOK: Duration = Duration::from_secs(10);
/// The oldest server that this is tested on.
const VERSION_MIN: i64 = 150_000;

mod common {
    refinery::embed_migrations!("migrations/postgres");
}

/// Why a database could not be opened. No text holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No connection: nobody there, still starting, or cut. Trying again may help.
    #[error("no connection to {at}: {why}")]
    Unreachable {
        /// Host and port.
        at: String,
        /// The system's words.
        why: String,
    },
    /// Wrong user, wrong password, or no right to connect.
    #[error("{at} does not let {user} in: {why}")]
    Denied {
        /// Host and port.
        at: String,
        /// Who asked.
        user: String,
        /// The server's words.
        why: String,
    },
    /// There is no database of that name.
    #[error("{at} has no database {database:?}")]
    NoDatabase {
        /// Host and port.
        at: String,
        /// The name asked for.
        database: String,
    },
    /// It holds tables, and they are not ours.
    #[error("the database {database:?} at {at} holds tables that are not of OrderFlow")]
    Foreign {
        /// Host and port.
        at: String,
        /// Which.
        database: String,
    },
    /// It is another service's.
    #[error("the database {database:?} at {at} belongs to the {owner} service")]
    OtherService {
        /// Host and port.
        at: String,
        /// Which.
        database: String,
        /// Whose it is.
        owner: String,
    },
    /// Acknowledged would not mean durable there.
    #[error("{at} runs with {setting} = {value}, so that what it confirmed can be lost")]
    NotDurable {
        /// Host and port.
        at: String,
        /// Of `postgresql.conf`.
        setting: String,
        /// What it is.
        value: String,
    },
    /// Older than anything that this is tested on.
    #[error("{at} runs PostgreSQL {version}; 15 or newer is needed")]
    TooOld {
        /// Host and port.
        at: String,
        /// What it says it is.
        version: String,
    },
    /// A step of the schema failed. Nothing of that step stays.
    #[error("the schema of {database:?} at {at} cannot be brought up to date: {why}")]
    Migrate {
        /// Host and port.
        at: String,
        /// Which.
        database: String,
        /// The server's words.
        why: String,
    },
}

impl OpenError {
    /// Whether waiting helps: the server may still be starting.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

impl Postgres {
    /// Opens a service's database and brings its schema up to date: the common tables, then the
    /// service's own by `migrations`. Several instances may do so at once; one migrates.
    pub async fn open(
        url: &PostgresUrl,
        service: &'static str,
        migrations: refinery::Runner,
    ) -> Result<Self, OpenError> {
        let mut session = connect(&migrating_config(url, service), tls(url))
            .await
            .map_err(|error| connect_error(url, &error))?;
        let opening = Opening { url, service };
        let look = async {
            opening.durable(&session).await?;
            opening.owned_or_empty(&session).await
        };
        let looked = tokio::time::timeout(LOOK, look).await;
        looked.map_err(|_| opening.unreachable("it does not answer".to_owned()))??;
        opening.migrate(&mut session, migrations).await?;
        let database = Self::lazily(url, service);
        let sampled = database.sample_time().await;
        sampled.map_err(|error| opening.unreachable(error.to_string()))?;
        Ok(database)
    }
}

fn connect_error(url: &PostgresUrl, why: &Unconnected) -> OpenError {
    let (at, user) = (url.host(), url.user().to_owned());
    let state = match why {
        Unconnected::Silent => None,
        Unconnected::Refused(error) => error.code(),
    };
    let why = why.to_string();
    let Some(state) = state else { return OpenError::Unreachable { at, why } };
    match state {
        s if s == &SqlState::INVALID_CATALOG_NAME => {
            OpenError::NoDatabase { at, database: url.database().to_owned() }
        }
        s if s.code().starts_with("28") => OpenError::Denied { at, user, why },
        s if s == &SqlState::INSUFFICIENT_PRIVILEGE => OpenError::Denied { at, user, why },
        _ => OpenError::Unreachable { at, why },
    }
}

struct Opening<'a> {
    url: &'a PostgresUrl,
    service: &'static str,
}

impl Opening<'_> {
    fn unreachable(&self, why: String) -> OpenError {
        OpenError::Unreachable { at: self.url.host(), why }
    }

    fn failed(&self, error: &tokio_postgres::Error) -> OpenError {
        self.unreachable(describe(error))
    }

    async fn durable(&self, session: &Session) -> Result<(), OpenError> {
        let sql = "SELECT name, setting FROM pg_settings
                   WHERE name IN ('fsync', 'full_page_writes', 'server_version_num')";
        let rows = session.query(sql, &[]).await.map_err(|e| self.failed(&e))?;
        for row in rows {
            let (setting, value): (String, String) = (row.get(0), row.get(1));
            let at = self.url.host();
            if setting == "server_version_num" {
                if value.parse::<i64>().is_ok_and(|number| number < VERSION_MIN) {
                    return Err(OpenError::TooOld { at, version: value });
                }
            } else if value != "on" {
                return Err(OpenError::NotDurable { at, setting, value });
            }
        }
        Ok(())
    }

    /// An empty database will be ours; another one must say that it is.
    async fn owned_or_empty(&self, session: &Session) -> Result<(), OpenError> {
        let (at, database) = (self.url.host(), self.url.database().to_owned());
        let sql = "SELECT to_regclass('database_owner') IS NOT NULL,
                          EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema())";
        let row = session.query_one(sql, &[]).await.map_err(|e| self.failed(&e))?;
        let (ours, tables): (bool, bool) = (row.get(0), row.get(1));
        if !ours {
            // Between two instances that start at once, the other's first tables may be there.
            let begun = "SELECT to_regclass('common_schema_history') IS NOT NULL";
            let begun = session.query_one(begun, &[]).await.map_err(|e| self.failed(&e))?;
            let foreign = tables && !begun.get::<_, bool>(0);
            return if foreign { Err(OpenError::Foreign { at, database }) } else { Ok(()) };
        }
        self.owner(session).await
    }

    async fn owner(&self, session: &Session) -> Result<(), OpenError> {
        let owner = session.query_opt("SELECT service FROM database_owner", &[]).await;
        match owner.map_err(|e| self.failed(&e))?.map(|row| row.get::<_, String>(0)) {
            Some(owner) if owner != self.service => Err(OpenError::OtherService {
                at: self.url.host(),
                database: self.url.database().to_owned(),
                owner,
            }),
            _ => Ok(()),
        }
    }

    async fn migrate(
        &self,
        session: &mut Session,
        mut service: refinery::Runner,
    ) -> Result<(), OpenError> {
        service.set_migration_table_name("service_schema_history");
        // An older instance beside a newer one finds steps that it does not know: they are additive.
        let service = service.set_abort_missing(false);
        self.lock(session).await?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.run(session, &service).await {
                Err(OpenError::Migrate { why, .. })
                    if tries < TRIES_MAX && why.contains(SqlState::LOCK_NOT_AVAILABLE.code()) =>
                {
                    tracing::warn!(why, tries, "the migration waits for a table");
                    tokio::time::sleep(PAUSE).await;
                }
                done => return done,
            }
        }
    }

    /// One instance migrates, the others wait. The lock goes with the connection.
    async fn lock(&self, session: &Session) -> Result<(), OpenError> {
        let started = Instant::now();
        loop {
            let row = session.query_one("SELECT pg_try_advisory_lock($1)", &[&MIGRATION_LOCK]);
            let row = row.await.map_err(|e| self.failed(&e))?;
            if row.get(0) {
                return Ok(());
            }
            if started.elapsed() > LOCK_WAIT {
                let why = "another instance holds the lock of migrations and does not finish";
                return Err(self.unreachable(why.to_owned()));
            }
            tracing::warn!(service = self.service, "another instance migrates; waiting for it");
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn run(
        &self,
        session: &mut Session,
        service: &refinery::Runner,
    ) -> Result<(), OpenError> {
        let failed = |error: refinery::Error| self.refused(&error);
        let mut common = common::migrations::runner().set_abort_missing(false);
        common.set_migration_table_name("common_schema_history");
        common.run_async(&mut **session).await.map_err(failed)?;
        // Told here and not by a migration: the common schema knows no service.
        let claim = "INSERT INTO database_owner (service) SELECT $1
                     WHERE NOT EXISTS (SELECT 1 FROM database_owner)";
        session.execute(claim, &[&self.service]).await.map_err(|e| self.failed(&e))?;
        self.owner(session).await?;
        service.run_async(&mut **session).await.map_err(failed)?;
        Ok(())
    }

    /// In the server's own words: refinery's say only that something failed.
    fn refused(&self, error: &refinery::Error) -> OpenError {
        let mut source: &dyn std::error::Error = error;
        let mut why = error.to_string();
        while let Some(inner) = source.source() {
            if let Some(error) = inner.downcast_ref::<tokio_postgres::Error>() {
                why = describe(error);
                if passes(error) {
                    return self.unreachable(why);
                }
                break;
            }
            source = inner;
        }
        let database = self.url.database().to_owned();
        OpenError::Migrate { at: self.url.host(), database, why }
    }
}

/// A connection that was cut, a server that stops, a standby, a deadlock, want of resources.
fn passes(error: &tokio_postgres::Error) -> bool {
    let class = error.code().map(|state| state.code()[..2].to_owned());
    class.is_none_or(|class| ["08", "25", "40", "53", "57"].contains(&class.as_str()))
}
