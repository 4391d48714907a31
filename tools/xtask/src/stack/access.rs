//! Who may do what: a database and a role for each service, a broker user for each process.
//!
//! As narrow as in production: a role owns its database and may enter no other; what a broker user
//! may do is what `orderflow topology users` says.

use super::{Pair, VIRTUAL_HOST};
use anyhow::{Context, Result};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Each has a database and a role.
const SERVICES: [&str; 3] = ["order", "payment", "notification"];
/// Everything in one process is one user at the broker.
const UP: &str = "up";

/// The addresses with the rights in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Access {
    /// `order`, …, with the URL of its database.
    databases: Vec<(&'static str, String)>,
    /// `order`, … and `up`, with the broker's URL for it.
    brokers: Vec<(&'static str, String)>,
    pub(super) management_url: String,
}

impl Access {
    /// Creates what is missing and sets the passwords. Those of an earlier stack in the folder
    /// stay, and so do its addresses. `rights` are the printed ones, in RabbitMQ's format.
    pub(super) fn grant(pair: &Pair, dir: &Path, rights: &str) -> Result<Self> {
        let password = kept_password(&dir.join("password"))?;
        let database = |name: &str| {
            let port = pair.postgres.port();
            format!("postgres://{name}:{password}@127.0.0.1:{port}/orderflow_{name}")
        };
        let broker = |name: &str| {
            let port = pair.rabbitmq.port();
            format!("amqp://svc_{name}:{password}@127.0.0.1:{port}/{VIRTUAL_HOST}")
        };
        for name in SERVICES {
            pair.postgres.execute("postgres", &sql(name, &password))?;
        }
        pair.postgres.execute("postgres", "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;")?;
        grant_broker(pair, &password, rights)?;
        Ok(Self {
            databases: SERVICES.map(|name| (name, database(name))).to_vec(),
            brokers: SERVICES.into_iter().chain([UP]).map(|name| (name, broker(name))).collect(),
            management_url: pair.rabbitmq.management_url(),
        })
    }

    /// The URLs of the databases, for the services' roles.
    pub(super) fn databases(&self) -> Vec<&str> {
        self.databases.iter().map(|(_, url)| url.as_str()).collect()
    }

    pub(super) fn database(&self, service: &str) -> Option<&str> {
        find(&self.databases, service)
    }

    pub(super) fn broker(&self, process: &str) -> Option<&str> {
        find(&self.brokers, process)
    }
}

fn find<'a>(list: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    list.iter().find(|(found, _)| *found == name).map(|(_, url)| url.as_str())
}

/// One password for all users of this stack, made once.
fn kept_password(file: &Path) -> Result<String> {
    if let Ok(kept) = fs::read_to_string(file) {
        return Ok(kept.trim().to_owned());
    }
    let password = servers::password()?;
    fs::write(file, "")?;
    fs::set_permissions(file, Permissions::from_mode(0o600))?;
    fs::write(file, &password).context("the password cannot be kept")?;
    Ok(password)
}

/// For `psql`: can be run again. `order` is a word of SQL, hence the quotes.
fn sql(name: &str, password: &str) -> String {
    format!(
        r#"SELECT 'CREATE ROLE "{name}" LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \gexec
ALTER ROLE "{name}" PASSWORD '{password}';
SELECT 'CREATE DATABASE orderflow_{name} OWNER "{name}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'orderflow_{name}') \gexec
REVOKE ALL ON DATABASE orderflow_{name} FROM PUBLIC;
"#
    )
}

fn grant_broker(pair: &Pair, password: &str, rights: &str) -> Result<()> {
    let broker = &pair.rabbitmq;
    let (administrator, _) = broker.administrator();
    broker.change("PUT", &format!("/api/vhosts/{VIRTUAL_HOST}"), "{}")?;
    let all = json!({ "configure": ".*", "write": ".*", "read": ".*" }).to_string();
    broker.change("PUT", &format!("/api/permissions/{VIRTUAL_HOST}/{administrator}"), &all)?;
    for name in SERVICES.into_iter().chain([UP]) {
        let account = json!({ "password": password, "tags": "" }).to_string();
        broker.change("PUT", &format!("/api/users/svc_{name}"), &account)?;
    }
    broker.change("POST", "/api/definitions", rights)
}

#[cfg(test)]
impl Access {
    pub(super) fn example() -> Self {
        let urls = |names: &[&'static str]| {
            names.iter().map(|name| (*name, format!("url of {name}"))).collect()
        };
        Self {
            databases: urls(&["order", "payment", "notification"]),
            brokers: urls(&["order", "payment", "notification", "up"]),
            management_url: "http://admin".to_owned(),
        }
    }
}
