//! Who may do what: a database and a role for each service, a broker user for each process.
//!
//! As narrow as in production: a role owns its database and may enter no other; a broker user
//! declares nothing, writes only its own routing keys and reads only its own queues.

use super::{Pair, VIRTUAL_HOST};
use anyhow::{Context, Result};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The services with what they may write and read at the broker: routing keys and queues, as
/// regular expressions without their ends.
const SERVICES: [Service; 3] = [
    Service { name: "order", keys: r"order\.", queue: r"order\.payment-events" },
    Service { name: "payment", keys: r"payment\.", queue: r"payment\.order-events" },
    Service { name: "notification", keys: "", queue: r"notification\.events" },
];

struct Service {
    name: &'static str,
    keys: &'static str,
    queue: &'static str,
}

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
    /// stay, and so do its addresses.
    pub(super) fn grant(pair: &Pair, dir: &Path) -> Result<Self> {
        let password = kept_password(&dir.join("password"))?;
        let database = |name: &str| {
            let port = pair.postgres.port();
            format!("postgres://{name}:{password}@127.0.0.1:{port}/orderflow_{name}")
        };
        let broker = |name: &str| {
            let port = pair.rabbitmq.port();
            format!("amqp://svc_{name}:{password}@127.0.0.1:{port}/{VIRTUAL_HOST}")
        };
        let names = SERVICES.iter().map(|service| service.name);
        for name in names.clone() {
            pair.postgres.execute("postgres", &sql(name, &password))?;
        }
        pair.postgres.execute("postgres", "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;")?;
        grant_broker(pair, &password)?;
        Ok(Self {
            databases: names.clone().map(|name| (name, database(name))).collect(),
            brokers: names.chain(["up"]).map(|name| (name, broker(name))).collect(),
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

fn grant_broker(pair: &Pair, password: &str) -> Result<()> {
    let broker = &pair.rabbitmq;
    let (administrator, _) = broker.administrator();
    broker.change("PUT", &format!("/api/vhosts/{VIRTUAL_HOST}"), "{}")?;
    let all = json!({ "configure": ".*", "write": ".*", "read": ".*" }).to_string();
    broker.change("PUT", &format!("/api/permissions/{VIRTUAL_HOST}/{administrator}"), &all)?;
    for service in &SERVICES {
        let (name, keys, queue) = (service.name, service.keys, service.queue);
        grant_user(pair, name, password, &Rights::new(&[keys], &[queue]))?;
    }
    // One process with everything in it is one user.
    let keys = SERVICES.map(|service| service.keys);
    let queues = SERVICES.map(|service| service.queue);
    grant_user(pair, "up", password, &Rights::new(&keys, &queues))
}

/// Regular expressions, as the broker wants them.
#[derive(Debug, PartialEq, Eq)]
struct Rights {
    /// Exchanges.
    write: String,
    /// Routing keys.
    keys: String,
    /// Queues.
    read: String,
}

impl Rights {
    /// `keys`: empty ones publish nothing. A queue is read with its queue of dead letters.
    fn new(keys: &[&str], queues: &[&str]) -> Self {
        let keys: Vec<&str> = keys.iter().filter(|key| !key.is_empty()).copied().collect();
        let (write, keys) = match keys[..] {
            [] => ("^$".to_owned(), "^$".to_owned()),
            _ => (r"^orderflow\.events$".to_owned(), format!("^({})", keys.join("|"))),
        };
        Self { write, keys, read: format!(r"^({})(\.dead)?$", queues.join("|")) }
    }
}

fn grant_user(pair: &Pair, name: &str, password: &str, rights: &Rights) -> Result<()> {
    let user = format!("svc_{name}");
    let Rights { write, keys, read } = rights;
    let broker = &pair.rabbitmq;
    let account = json!({ "password": password, "tags": "" }).to_string();
    broker.change("PUT", &format!("/api/users/{user}"), &account)?;
    let may = json!({ "configure": "^$", "write": write, "read": read }).to_string();
    broker.change("PUT", &format!("/api/permissions/{VIRTUAL_HOST}/{user}"), &may)?;
    let topic = json!({ "exchange": "orderflow.events", "write": keys, "read": ".*" }).to_string();
    broker.change("PUT", &format!("/api/topic-permissions/{VIRTUAL_HOST}/{user}"), &topic)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_writes_its_own_keys_and_reads_its_own_queues() {
        let rights = Rights::new(&[r"order\."], &[r"order\.payment-events"]);
        assert_eq!(rights.write, r"^orderflow\.events$");
        assert_eq!(rights.keys, r"^(order\.)");
        assert_eq!(rights.read, r"^(order\.payment-events)(\.dead)?$");
        let mute = Rights::new(&[""], &[r"notification\.events"]);
        assert_eq!((mute.write.as_str(), mute.keys.as_str()), ("^$", "^$"));
        assert_eq!(Rights::new(&["a", "", "b"], &["q", "r"]).keys, "^(a|b)");
    }
}
