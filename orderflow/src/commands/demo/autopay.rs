//! Whether the simulator's pages pay themselves: how a run finds that and makes it. Ours is told from
//! others' by its mark: what a killed run left is known to the next. Nothing about faults.

use super::patient::Patient;
use crate::client::Client;
use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

const AUTOPAY: &str = "/_sim/autopay";
/// Whose setting it is, if a run made it.
const MARK: &str = "orderflow demo";

/// The setting as a run found it. Ends with [`Autopay::put_back`].
pub(super) struct Autopay {
    before: Value,
    left_behind: bool,
}

impl Autopay {
    /// As it was.
    #[cfg(test)]
    pub(super) fn was(before: Value) -> Self {
        Self::of(before)
    }

    /// Reads how it is, and says if another run has left it. Changes nothing.
    pub(super) async fn found(patient: &Patient<'_>) -> anyhow::Result<Self> {
        let found = Self::of(setting(patient, AUTOPAY).await?);
        if found.left_behind {
            eprintln!(
                "! the simulator's pages still pay themselves for another demo, which was killed or \
                 runs elsewhere: that is turned off"
            );
        }
        Ok(found)
    }

    /// What a run has set was off before.
    fn of(mut found: Value) -> Self {
        let left_behind = found["set_by"] == MARK;
        if let (true, Value::Object(setting)) = (left_behind, &mut found) {
            setting.remove("set_by");
            setting.insert("enabled".to_owned(), json!(false));
        }
        Self { before: found, left_behind }
    }

    /// Whether another run has left it on.
    pub(super) fn is_left_behind(&self) -> bool {
        self.left_behind
    }

    /// From now on every new page is paid at once, and the gateway calls back once.
    pub(super) async fn on(&self, patient: &Patient<'_>) -> anyhow::Result<()> {
        let on = json!({
            "enabled": true, "method": "qris", "delay_ms": 0, "skip_pending_notification": true,
            "set_by": MARK,
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

/// Whether pages pay themselves now.
pub(super) async fn is_on(client: &Client) -> anyhow::Result<bool> {
    let now: Option<Value> = client.get(AUTOPAY).await?;
    Ok(now.is_some_and(|now| now["enabled"] == true))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_off_and_anothers_setting_stays() {
        let set = json!({ "enabled": true, "method": "gopay", "delay_ms": 9 });
        let theirs = Autopay::of(set.clone());
        assert_eq!((theirs.left_behind, theirs.before), (false, set.clone()));
        let mut marked = set;
        marked["set_by"] = json!(MARK);
        let ours = Autopay::of(marked);
        let off = json!({ "enabled": false, "method": "gopay", "delay_ms": 9 });
        assert_eq!((ours.left_behind, ours.before), (true, off));
    }
}
