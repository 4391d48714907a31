//! A user at the broker for each service, with the rights of `orderflow topology users` and no
//! more: whatever a test makes a service do, it may do in production.

use crate::process::run;
use orderflow::compose::Part;
use serde_json::{Value, json};
use std::path::Path;
use url::Url;

/// Of all of them; the brokers of tests are reached from this machine alone.
const PASSWORD: &str = "loopback";

/// The services' users with their rights in a virtual host, in RabbitMQ's format.
pub async fn users(binary: &Path, virtual_host: &str) -> Value {
    let args = ["topology", "users", "--vhost", virtual_host, "--json"];
    let printed = run(binary, &args, &[]).await;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let mut definitions: Value = serde_json::from_str(&printed.stdout).unwrap();
    let named: Vec<Value> =
        definitions["permissions"].as_array().unwrap().iter().map(user).collect();
    definitions["users"] = named.into();
    definitions
}

fn user(permission: &Value) -> Value {
    json!({ "name": permission["user"], "password": PASSWORD, "tags": [] })
}

/// The broker's URL for a service, from that of anybody else.
pub(crate) fn as_user(amqp: &str, part: Part) -> String {
    let mut url = Url::parse(amqp).unwrap();
    url.set_username(&format!("svc_{}", part.name())).unwrap();
    url.set_password(Some(PASSWORD)).unwrap();
    url.to_string()
}
