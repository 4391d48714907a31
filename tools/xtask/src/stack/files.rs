//! The configuration files of the stack: one for `up`, one for each process of the split system.
//!
//! They hold passwords, so the owner alone may read them. Written anew at every start.

use super::access::Access;
use anyhow::{Context, Result};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const SERVICES: [&str; 3] = ["order", "payment", "notification"];
const UP: &str = "127.0.0.1:8080";
const ORDER: &str = "127.0.0.1:8081";
const PAYMENT: &str = "127.0.0.1:8082";
const NOTIFICATION: &str = "127.0.0.1:8083";
const MIDTRANS: &str = "127.0.0.1:8084";

/// Writes them; names with paths.
pub(super) fn write(dir: &Path, access: &Access) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut files = Vec::new();
    for (name, text) in texts(dir, access) {
        let path = dir.join(format!("{name}.toml"));
        fs::write(&path, "").with_context(|| format!("{} cannot be written", path.display()))?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        fs::write(&path, text)?;
        files.push((name, path));
    }
    Ok(files)
}

fn texts(dir: &Path, access: &Access) -> Vec<(&'static str, String)> {
    let up = format!(
        "{}{}{}management_url = \"{}\"\n\n[data]\ndir = {:?}\n",
        server(UP, UP),
        databases(access, &SERVICES),
        broker(access, "up"),
        access.management_url,
        dir.join("up").display().to_string()
    );
    let payment = format!("\n[midtrans]\nsimulator_url = \"http://{MIDTRANS}\"\n");
    let simulator = format!(
        "[server]\nlisten = \"{MIDTRANS}\"\n\n[data]\ndir = {:?}\n\n[simulator]\n\
         notification_url = \"http://{PAYMENT}/webhooks/midtrans\"\n",
        dir.join("simulator").display().to_string()
    );
    vec![
        ("up", up),
        ("order", service(access, "order", ORDER, "")),
        ("payment", service(access, "payment", PAYMENT, &payment)),
        ("notification", service(access, "notification", NOTIFICATION, "")),
        ("midtrans", simulator),
    ]
}

fn service(access: &Access, name: &str, listen: &str, more: &str) -> String {
    // Customers follow links to the payment service; nothing stands in front of the three.
    let server = server(listen, PAYMENT);
    let (databases, broker) = (databases(access, &[name]), broker(access, name));
    format!(
        "{server}{databases}{broker}{more}\n[services]\norder = \"http://{ORDER}\"\n\
         payment = \"http://{PAYMENT}\"\nnotification = \"http://{NOTIFICATION}\"\n\
         simulator = \"http://{MIDTRANS}\"\n"
    )
}

fn server(listen: &str, public: &str) -> String {
    format!("[server]\nlisten = \"{listen}\"\npublic_url = \"http://{public}\"\n")
}

fn databases(access: &Access, services: &[&str]) -> String {
    let mut text = "\n[databases]\n".to_owned();
    for service in services {
        if let Some(url) = access.database(service) {
            text.push_str(&format!("{service} = \"{url}\"\n"));
        }
    }
    text
}

fn broker(access: &Access, process: &str) -> String {
    let url = access.broker(process).unwrap_or_default();
    format!("\n[broker]\nurl = \"{url}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::Table;

    #[test]
    fn a_service_knows_its_own_database_and_user_alone() {
        let access = Access::example();
        for (name, text) in texts(Path::new("stack"), &access) {
            let table: Table = text.parse().unwrap();
            assert!(table["server"]["listen"].is_str(), "{name}");
            if SERVICES.contains(&name) {
                let databases = table["databases"].as_table().unwrap();
                assert_eq!(databases.keys().collect::<Vec<_>>(), [name]);
                assert_eq!(table["broker"]["url"].as_str(), access.broker(name));
                assert!(table["broker"].get("management_url").is_none(), "{name}");
            }
        }
    }

    #[test]
    fn the_file_for_up_has_everything() {
        let text = texts(Path::new("stack"), &Access::example()).remove(0).1;
        let table: Table = text.parse().unwrap();
        assert_eq!(table["databases"].as_table().unwrap().len(), 3);
        assert_eq!(table["broker"]["management_url"].as_str(), Some("http://admin"));
    }
}
