//! Whether the simulator's pages pay themselves: how a run finds that and makes it. Nothing about
//! faults.

use super::patient::Patient;
use crate::client::Client;
use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

const AUTOPAY: &str = "/_sim/autopay";

/// The setting as a run found it. Ends with [`Autopay::put_back`].
pub(super) struct Autopay {
    before: Value,
}

impl Autopay {
    /// As it was.
    #[cfg(test)]
    pub(super) fn was(before: Value) -> Self {
        Self { before }
    }

    /// Reads how it is. Changes nothing.
    pub(super) async fn found(patient: &Patient<'_>) -> anyhow::Result<Self> {
        Ok(Self { before: setting(patient, AUTOPAY).await? })
    }

    /// From now on every new page is paid at once, and the gateway calls back once.
    pub(super) async fn on(&self, patient: &Patient<'_>) -> anyhow::Result<()> {
        let on = json!({
            "enabled": true, "method": "qris", "delay_ms": 0, "skip_pending_notification": true,
        });
        patient.again(async || put(patient.client, AUTOPAY, &on).await).await
    }

    /// From now on pages wait for their customers.
    pub(super) async fn off(&self, patient: &Patient<'_>) -> anyhow::Result<()> {
        let mut off = self.before.clone();
        off["enabled"] = json!(false);
        patient.again(async || put(patient.client, AUTOPAY, &off).await).await
    }

    /// Makes it what it was. Can be repeated.
    pub(super) async fn put_back(&self, client: &Client) -> anyhow::Result<()> {
        put(client, AUTOPAY, &self.before).await
    }

    /// The command with which somebody else puts it back.
    pub(super) fn by_hand(&self, client: &Client) -> String {
        by_hand(client, AUTOPAY, &self.before)
    }
}

/// Reads a setting of the simulator.
pub(super) async fn setting(patient: &Patient<'_>, path: &str) -> anyhow::Result<Value> {
    let found = patient.again(async || patient.client.get::<Value>(path).await).await?;
    found.context("there is no simulator")
}

/// Replaces a setting of the simulator.
pub(super) async fn put(client: &Client, path: &str, body: &Value) -> anyhow::Result<()> {
    client.send(Method::PUT, path, None, body).await.map(|_| ())
}

/// The same as a command for a shell.
pub(super) fn by_hand(client: &Client, path: &str, body: &Value) -> String {
    // An apostrophe can only stand in a text of the JSON, and would end the shell's.
    let body = body.to_string().replace('\'', "\\u0027");
    let address = client.address(path);
    format!("curl -X PUT -H 'content-type: application/json' -d '{body}' '{address}'")
}

/// Says on standard error what somebody has to do if the simulator is not as it was, and whether it
/// is.
pub(super) fn is_back(back: anyhow::Result<()>, by_hand: &[String]) -> bool {
    let Err(error) = back else { return true };
    eprintln!("✖ the simulator is not set as it was before: {error:#}");
    eprintln!("  Once it answers, set it back with");
    for command in by_hand {
        eprintln!("    {command}");
    }
    false
}
