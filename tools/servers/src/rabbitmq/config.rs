//! What a node of ours is told: files, environment, ports.
//!
//! Pure but for the choice of free ports.

use crate::ports;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;

/// The ports of a node, all on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) amqp: u16,
    pub(super) management: u16,
    /// Erlang's distribution, which a single node listens on as well.
    pub(super) distribution: u16,
    pub(super) epmd: u16,
}

impl Ports {
    pub(super) fn free() -> Result<Self> {
        let mut ports = [0; 4];
        for index in 0..ports.len() {
            ports[index] = ports::free(&ports[..index])?;
        }
        let [amqp, management, distribution, epmd] = ports;
        Ok(Self { amqp, management, distribution, epmd })
    }

    pub(super) fn all(self) -> [u16; 4] {
        [self.amqp, self.management, self.distribution, self.epmd]
    }
}

/// Files that are the same for every node. `inetrc`: `localhost` without `/etc/hosts`.
pub(super) const FILES: &[(&str, &str)] = &[
    ("enabled_plugins", "[rabbitmq_management].\n"),
    ("advanced.config", "[].\n"),
    ("env.conf", ""),
    ("inetrc", "{host, {127,0,0,1}, [\"localhost\"]}.\n{lookup, [file, native]}.\n"),
];

pub(super) fn rabbitmq_conf(
    ports: &Ports,
    user: &str,
    password: &str,
    definitions: Option<&Path>,
) -> String {
    let Ports { amqp, management, .. } = ports;
    let load = definitions.map(|path| format!("load_definitions = {}\n", path.display()));
    let load = load.unwrap_or_default();
    format!(
        "listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
heartbeat = 10
consumer_timeout = 300000
vm_memory_high_watermark.relative = 0.4
disk_free_limit.absolute = 1GB
# Numbers in the management interface are at most a second old.
collect_statistics_interval = 1000
log.console = true
log.file = false
{load}"
    )
}

pub(super) fn environment(dir: &Path, name: &str, ports: &Ports) -> Vec<(&'static str, String)> {
    let path = |name: &str| dir.join(name).display().to_string();
    // ALLOW_INPUT makes the script become the node instead of starting it, so that the process we
    // know is the node; `-noinput` takes the input back.
    let arguments = "-noinput -kernel inet_dist_use_interface {127,0,0,1}";
    vec![
        ("RABBITMQ_NODENAME", name.to_owned()),
        ("RABBITMQ_ALLOW_INPUT", "true".to_owned()),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", arguments.to_owned()),
        ("RABBITMQ_DIST_PORT", ports.distribution.to_string()),
        ("ERL_EPMD_PORT", ports.epmd.to_string()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
        ("ERL_INETRC", path("inetrc")),
        ("ERL_CRASH_DUMP_SECONDS", "0".to_owned()),
        ("RABBITMQ_CONF_ENV_FILE", path("env.conf")),
        ("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf")),
        ("RABBITMQ_CONFIG_FILES", path("conf.d")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", path("advanced.config")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", path("enabled_plugins")),
        ("RABBITMQ_MNESIA_BASE", path("mnesia")),
        ("RABBITMQ_LOG_BASE", path("log")),
        ("RABBITMQ_SCHEMA_DIR", path("schema")),
        ("RABBITMQ_GENERATED_CONFIG_DIR", path("generated")),
        ("RABBITMQ_PID_FILE", path("log/pid")),
    ]
}

/// Adds the administrator: a broker that loads definitions makes no user of its own.
pub(super) fn with_administrator(definitions: &str, user: &str, password: &str) -> Result<String> {
    let mut definitions: Value =
        serde_json::from_str(definitions).context("the definitions are not JSON")?;
    let object = definitions.as_object_mut().context("the definitions are not a JSON object")?;
    let additions = [
        ("users", json!({ "name": user, "password": password, "tags": ["administrator"] })),
        ("vhosts", json!({ "name": "/" })),
        (
            "permissions",
            json!({ "user": user, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" }),
        ),
    ];
    for (list, addition) in additions {
        let list = object.entry(list).or_insert_with(|| json!([]));
        let list = list.as_array_mut().context("a part of the definitions is not a list")?;
        if !list.contains(&addition) {
            list.push(addition);
        }
    }
    Ok(definitions.to_string())
}

/// What a node keeps from run to run, in a line.
pub(super) fn kept(ports: &Ports, name: &str, password: &str) -> String {
    let [amqp, management, distribution, epmd] = ports.all();
    format!("{amqp} {management} {distribution} {epmd} {name} {password}\n")
}

pub(super) fn parse_kept(line: &str) -> Option<(Ports, String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [amqp, management, distribution, epmd, name, password] = words[..] else { return None };
    let ports = Ports {
        amqp: amqp.parse().ok()?,
        management: management.parse().ok()?,
        distribution: distribution.parse().ok()?,
        epmd: epmd.parse().ok()?,
    };
    Some((ports, name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTS: Ports = Ports { amqp: 1, management: 2, distribution: 3, epmd: 4 };

    #[test]
    fn what_is_kept_is_read_back() {
        let line = kept(&PORTS, "orderflow-ab@localhost", "secret");
        let expected = (PORTS, "orderflow-ab@localhost".to_owned(), "secret".to_owned());
        assert_eq!(parse_kept(&line), Some(expected));
        assert_eq!(parse_kept(""), None);
        assert_eq!(parse_kept("1 2 3 x name password"), None);
    }

    #[test]
    fn every_listener_is_on_the_loopback_interface() {
        let conf = rabbitmq_conf(&PORTS, "user", "secret", None);
        assert!(conf.contains("listeners.tcp.1 = 127.0.0.1:1\nmanagement.tcp.ip = 127.0.0.1\n"));
        let environment = environment(Path::new("/d"), "n@localhost", &PORTS);
        let value = |name| environment.iter().find(|(found, _)| *found == name).unwrap().1.clone();
        assert!(value("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS").contains("{127,0,0,1}"));
        assert_eq!(value("ERL_EPMD_ADDRESS"), "127.0.0.1");
    }

    #[test]
    fn definitions_get_an_administrator_and_keep_what_they_have() {
        let text = r#"{"vhosts":[{"name":"orderflow"}],"queues":[{"name":"q"}]}"#;
        let text = with_administrator(text, "boss", "secret").unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["vhosts"], json!([{ "name": "orderflow" }, { "name": "/" }]));
        assert_eq!(value["users"][0]["name"], "boss");
        assert_eq!(value["queues"][0]["name"], "q");
        assert!(with_administrator("[]", "boss", "secret").is_err());
    }
}
