//! Connections: what they are asked of the server, and how long anything may take.
//!
//! Three kinds, so that one cannot starve another: the writer's own, a pool for reads behind
//! requests, and a pool for the loops (claims, inbox, jobs). Every wait has an end on both sides:
//! the server's timeouts, and a deadline here for a server that does not answer at all.

use super::fault::{describe, store_error};
use crate::{DatabaseTime, Pulse};
use async_trait::async_trait;
use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod, Runtime,
};
use engine::StoreError;
use kernel::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A connection with its prepared statements.
pub type Session = ClientWrapper;

/// Reading connections.
const READERS: usize = 10;
/// Connections of the loops: claims hold one while the broker confirms.
const WORKERS: usize = 6;
/// How long a read may wait for a connection, so that a caller hears 503 early.
const READER_WAIT: Duration = Duration::from_secs(1);
/// How long a loop may.
const WORKER_WAIT: Duration = Duration::from_secs(5);
/// TCP to one of several addresses of a host.
const ADDRESS: Duration = Duration::from_millis(1_500);
/// TCP, TLS and authentication.
const CONNECT: Duration = Duration::from_secs(5);
/// Beyond the server's own statement timeout: it is not answering at all.
const READ_DEADLINE: Duration = Duration::from_secs(5);
/// As [`READ_DEADLINE`], for the loops and the writer.
pub(super) const WORK_DEADLINE: Duration = Duration::from_secs(12);

/// Timeouts of the server for one kind of connection.
struct Limits {
    statement: &'static str,
    lock: &'static str,
    idle_in_transaction: &'static str,
}

const READ_LIMITS: Limits = Limits { statement: "3s", lock: "1s", idle_in_transaction: "5s" };
/// A claim is held for as long as the relay waits for confirms, at most 12 s.
const WORK_LIMITS: Limits = Limits { statement: "10s", lock: "2s", idle_in_transaction: "15s" };

/// Where a database is, and who we are there. `Debug` shows no password.
#[derive(Clone)]
pub struct PostgresUrl(Config);

/// What is wrong with a URL. Never repeats it: it holds a password.
#[derive(Debug, thiserror::Error)]
pub enum BadUrl {
    /// Not in the form of a PostgreSQL URL.
    #[error("is no PostgreSQL URL such as postgres://user:password@host:5432/database: {0}")]
    Unreadable(String),
    /// Something is not in it that must be.
    #[error("names no {0}: it must look like postgres://user:password@host:5432/database")]
    Missing(&'static str),
}

impl PostgresUrl {
    /// Reads `postgres://user:password@host:port/database`.
    ///
    /// `sslmode` is `require` unless the host is this machine, and means what libpq calls
    /// `verify-full`: the certificate is checked against the system's roots (or `SSL_CERT_FILE`).
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(BadUrl::Unreadable("it does not begin with postgres://".to_owned()));
        }
        let plain = text.replace("sslmode=verify-full", "sslmode=require");
        let unreadable = |e: tokio_postgres::Error| {
            let why =
                std::error::Error::source(&e).map_or_else(|| e.to_string(), |s| s.to_string());
            BadUrl::Unreadable(why)
        };
        let mut config: Config = plain.parse().map_err(unreadable)?;
        for (part, missing) in [
            ("host", config.get_hosts().is_empty()),
            ("user", config.get_user().is_none_or(str::is_empty)),
            ("database", config.get_dbname().is_none_or(str::is_empty)),
        ] {
            if missing {
                return Err(BadUrl::Missing(part));
            }
        }
        // What follows it would be taken for the host, and hosts are shown.
        if config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(h) if h.contains('@'))) {
            return Err(BadUrl::Unreadable("an @ in a password is written as %40".to_owned()));
        }
        if config.get_ssl_mode() == SslMode::Prefer {
            let local = config.get_hosts().iter().all(is_local);
            config.ssl_mode(if local { SslMode::Disable } else { SslMode::Require });
        }
        Ok(Self(config))
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        self.0.get_dbname().unwrap_or_default()
    }

    /// Who connects.
    pub fn user(&self) -> &str {
        self.0.get_user().unwrap_or_default()
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        let host = match self.0.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        format!("{host}:{}", self.0.get_ports().first().copied().unwrap_or(5432))
    }
}

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "postgres://{}@{}/{}", self.user(), self.host(), self.database())
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
    }
}

/// One PostgreSQL database. Cheap to clone.
#[derive(Clone)]
pub struct Postgres {
    reads: Pool,
    works: Pool,
    login: Arc<Login>,
    pub(crate) pulse: Arc<Pulse>,
}

/// What a connection of the writer is made from.
struct Login {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Postgres {
    /// Connects when it is first asked for something.
    pub(super) fn lazily(url: &PostgresUrl, service: &str) -> Self {
        let tls = tls(url);
        let config = |kind, limits| config(url, service, kind, limits);
        Self {
            reads: pool(&config("reads", &READ_LIMITS), &tls, READERS, READER_WAIT),
            works: pool(&config("works", &WORK_LIMITS), &tls, WORKERS, WORKER_WAIT),
            login: Arc::new(Login { config: config("writes", &WORK_LIMITS), tls }),
            pulse: Arc::default(),
        }
    }

    /// A new connection for the writer.
    pub(super) async fn writing_session(&self) -> Result<Session, String> {
        connect(&self.login.config, self.login.tls.clone()).await.map_err(|why| why.to_string())
    }

    /// A connection for a loop; inside no transaction.
    pub(crate) async fn working_session(&self) -> Result<Object, StoreError> {
        self.works.get().await.map_err(|error| StoreError::Unavailable(pool_error(&error)))
    }

    /// One statement on a reading connection. `sql` is prepared once per connection.
    pub async fn read(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        self.read_within(READ_DEADLINE, sql, parameters).await
    }

    /// As [`Postgres::read`], giving up on a connection that has not answered by then.
    pub(super) async fn read_within(
        &self,
        deadline: Duration,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let session = self.reads.get().await;
        let session = session.map_err(|error| StoreError::Unavailable(pool_error(&error)))?;
        query(session, sql, parameters, deadline).await
    }

    /// One statement of a loop, committed by itself.
    pub(crate) async fn work(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let session = self.working_session().await?;
        query(session, sql, parameters, WORK_DEADLINE).await
    }
}

#[async_trait]
impl DatabaseTime for Postgres {
    /// Also counts anew what waits in the outbox: other instances record and publish too. If that
    /// takes too long, the old count stands.
    async fn sample_time(&self) -> Result<Timestamp, StoreError> {
        let count = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
        match self.work(count, &[]).await {
            Ok(rows) => {
                if let Some(row) = rows.first() {
                    self.pulse.set_pending(super::number(row, 0)?);
                }
            }
            Err(error) => tracing::warn!(%error, "what waits in the outbox was not counted"),
        }
        let rows = self.work("SELECT clock_timestamp()", &[]).await?;
        let row = rows.first().ok_or_else(|| StoreError::Unavailable("no time".to_owned()))?;
        super::column(row, 0)
    }
}

async fn query(
    session: Object,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
    deadline: Duration,
) -> Result<Vec<Row>, StoreError> {
    let run = async {
        let statement = session.prepare_cached(sql).await?;
        session.query(&statement, parameters).await
    };
    match tokio::time::timeout(deadline, run).await {
        Ok(Ok(rows)) => Ok(rows),
        Ok(Err(error)) => {
            if is_stale(&error) {
                drop(Object::take(session));
            }
            Err(store_error(&error))
        }
        Err(_) => {
            // Nobody else shall wait behind the answer that did not come.
            drop(Object::take(session));
            Err(StoreError::Unavailable("no answer in time".to_owned()))
        }
    }
}

/// Wrong for this connection's whole life: a plan that a migration made stale, or a server that is
/// a standby now or shuts down.
pub(super) fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| {
        matches!(state.code(), "0A000" | "25006") || state.code().starts_with("57P")
    })
}

/// Why there is no connection.
pub(super) enum Unconnected {
    /// Something accepted, and then said nothing.
    Silent,
    /// An answer, or nobody there.
    Refused(tokio_postgres::Error),
}

impl std::fmt::Display for Unconnected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Silent => f.write_str("it does not answer"),
            Self::Refused(error) => f.write_str(&describe(error)),
        }
    }
}

/// A connection outside any pool.
pub(super) async fn connect(
    config: &Config,
    tls: MakeRustlsConnect,
) -> Result<Session, Unconnected> {
    // The configuration's own timeout ends with the TCP handshake.
    let connected = tokio::time::timeout(CONNECT, config.connect(tls)).await;
    let (client, connection) =
        connected.map_err(|_| Unconnected::Silent)?.map_err(Unconnected::Refused)?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = describe(&error), "a connection to the database ended");
        }
    });
    Ok(Session::new(client, task))
}

fn pool(config: &Config, tls: &MakeRustlsConnect, size: usize, wait: Duration) -> Pool {
    let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config.clone(), tls.clone(), manager))
        .max_size(size)
        // The connection used last is the next: it is warm, and behind a ROLLBACK that is still
        // on its way comes whoever asks next.
        .queue_mode(QueueMode::Lifo)
        .wait_timeout(Some(wait))
        .create_timeout(Some(CONNECT))
        .recycle_timeout(Some(CONNECT))
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a runtime is given, which is all that can be missing")
}

/// `random_page_cost`: a statement prepared on an empty table keeps its plan while the table grows,
/// so an index must be worth its while from the start; on the disks of today it is.
fn config(url: &PostgresUrl, service: &str, kind: &str, limits: &Limits) -> Config {
    let mut config = url.0.clone();
    let theirs = config.get_options().unwrap_or_default().to_owned();
    config
        .application_name(format!("orderflow {service} {kind}"))
        .connect_timeout(ADDRESS)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(10))
        .options(format!(
            "{theirs} -c statement_timeout={} -c lock_timeout={} \
             -c idle_in_transaction_session_timeout={} -c client_connection_check_interval=2s \
             -c default_transaction_isolation=read\\ committed \
             -c random_page_cost=1.1 -c synchronous_commit=on -c timezone=UTC",
            limits.statement, limits.lock, limits.idle_in_transaction
        ));
    config
}

/// The settings of a connection that migrates: nothing but the lock wait is bounded shortly.
pub(super) fn migrating_config(url: &PostgresUrl, service: &str) -> Config {
    let limits = Limits { statement: "60s", lock: "2s", idle_in_transaction: "60s" };
    config(url, service, "migrates", &limits)
}

/// Certificates are read only where TLS is asked for: a machine without TLS need have none.
pub(super) fn tls(url: &PostgresUrl) -> MakeRustlsConnect {
    if url.0.get_ssl_mode() != SslMode::Disable {
        match MakeRustlsConnect::with_native_certs() {
            Ok((tls, _)) => return tls,
            Err(errors) => tracing::error!(
                ?errors,
                "no certificates to check the database's with; set SSL_CERT_FILE"
            ),
        }
    }
    let none = rustls::RootCertStore::empty();
    MakeRustlsConnect::new(
        rustls::ClientConfig::builder().with_root_certificates(none).with_no_client_auth(),
    )
}

fn pool_error(error: &deadpool_postgres::PoolError) -> String {
    match error {
        deadpool_postgres::PoolError::Backend(error) => describe(error),
        deadpool_postgres::PoolError::Timeout(_) => "no connection is free".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
