//! A service's database: opened, migrated, and put behind the ports.

use super::part::Part;
use crate::config::{BadSetting, Config};
use crate::data_dir::DataDir;
use anyhow::{Context, bail};
use kernel::SteadyClock;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::Ports;
use storage::postgres::{OpenError, Postgres, PostgresUrl};
use storage::sqlite::Sqlite;

/// How long a database that is still starting is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// A service's database, and what is made of it once and shared.
pub(super) struct Opened {
    pub(super) part: Part,
    pub(super) database: Database,
    pub(super) ports: Ports,
    /// Goes by the database's time.
    pub(super) clock: Arc<SteadyClock>,
}

impl Opened {
    pub(super) async fn open(
        config: &Config,
        part: Part,
        data: Option<&DataDir>,
    ) -> anyhow::Result<Self> {
        let database = Database::open(config, part, data).await?;
        let ports = database.ports();
        let sampled = ports.time.sample_time().await.context("the database tells no time")?;
        Ok(Self { part, database, ports, clock: Arc::new(SteadyClock::new(sampled)) })
    }
}

/// One service's database.
pub(super) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Database {
    /// Opens the database of `part` and brings its schema up to date.
    pub(super) async fn open(
        config: &Config,
        part: Part,
        data: Option<&DataDir>,
    ) -> anyhow::Result<Self> {
        let url = part.database_url(config);
        if url.is_empty() {
            let Some(data) = data else { bail!("no data folder for the {} database", part.name()) };
            return open_file(part, data).map(Self::Sqlite);
        }
        let key = part.database_key();
        let url = PostgresUrl::parse(url.reveal())
            .map_err(|bad| BadSetting::new(key, bad.to_string(), "correct the URL"))?;
        open_server(part, &url).await.map(Self::Postgres)
    }

    fn ports(&self) -> Ports {
        match self {
            Self::Sqlite(database) => database.ports(),
            Self::Postgres(database) => database.ports(),
        }
    }
}

fn open_file(part: Part, data: &DataDir) -> anyhow::Result<Sqlite> {
    let path = data.database(part.name());
    let migrations = match part {
        Part::Order => order::repository::sqlite::migrations(),
        Part::Payment => payment::repository::sqlite::migrations(),
        Part::Notification => notification::repository::sqlite::migrations(),
    };
    Sqlite::open(&path, migrations).with_context(|| {
        format!(
            "{} cannot be opened: try --fresh to start over, or another --data-dir",
            path.display()
        )
    })
}

/// In containers the database may come up later than we do.
async fn open_server(part: Part, url: &PostgresUrl) -> anyhow::Result<Postgres> {
    let started = Instant::now();
    loop {
        let migrations = match part {
            Part::Order => order::repository::postgres::migrations(),
            Part::Payment => payment::repository::postgres::migrations(),
            Part::Notification => notification::repository::postgres::migrations(),
        };
        match Postgres::open(url, part.name(), migrations).await {
            Ok(database) => return Ok(database),
            Err(error) if error.is_transient() && started.elapsed() < PATIENCE => {
                tracing::warn!(part = part.name(), %error, "waiting for the database");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                let fix = fix(part, url, &error);
                return Err(BadSetting::new(part.database_key(), error.to_string(), fix).into());
            }
        }
    }
}

fn fix(part: Part, url: &PostgresUrl, error: &OpenError) -> String {
    let own = format!("CREATE DATABASE orderflow_{} OWNER {}", part.name(), url.user());
    match error {
        OpenError::Unreachable { .. } => {
            "start PostgreSQL there, or correct host, port or sslmode".to_owned()
        }
        OpenError::Denied { .. } => {
            "correct user and password, or let the user in (pg_hba.conf, GRANT CONNECT)".to_owned()
        }
        OpenError::NoDatabase { database, .. } => {
            format!("create it: CREATE DATABASE {database} OWNER {}", url.user())
        }
        OpenError::Foreign { .. } => format!("give the service a database of its own: {own}"),
        OpenError::OtherService { owner, .. } => {
            format!("each service has a database of its own; is this the URL of databases.{owner}?")
        }
        OpenError::NotDurable { setting, .. } => {
            format!("set {setting} = on in postgresql.conf and restart the server")
        }
        OpenError::TooOld { .. } => "use a newer server".to_owned(),
        OpenError::Migrate { .. } => {
            "nothing of the failed step was kept; mend what the server names and start again"
                .to_owned()
        }
    }
}
