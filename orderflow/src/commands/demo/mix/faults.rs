//! What the simulator does wrong during a run, and how it was before. Ours are told from others' switches
//! by their seed, which nobody else has: an answer that was lost leaves nothing behind either, and what
//! a killed run left is known to the next.

use super::super::autopay::{Autopay, by_hand, put, setting};
use super::super::patient::Patient;
use super::bank::Page;
use crate::client::Client;
use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const FAULTS: &str = "/_sim/faults";
/// How long an overtaken callback waits for the next one, in milliseconds.
const OVERTAKEN_MS: u64 = 3_000;
/// Until a second payment comes by itself, if nobody has it come: longer than any run.
const TWIN_MS: u64 = 24 * 60 * 60 * 1000;
/// How the seed of every run begins: "demo". Behind it is the run's own part; together they are a JSON
/// number that every reader takes exactly.
const MARK: u64 = 0x6465_6d6f;
const RUN_BITS: u32 = 20;

/// The simulator as a run finds it and makes it. Ends with [`Faults::put_back`].
pub(super) struct Faults {
    seed: u64,
    others: Vec<Value>,
    /// Of other runs of this demo.
    left_behind: Vec<Value>,
    autopay: Autopay,
}

/// How often callbacks were met, of those that the gateway had to send while it was asked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Struck {
    pub(super) seen: u64,
    pub(super) dropped: u64,
    pub(super) duplicated: u64,
    pub(super) reordered: u64,
}

impl Faults {
    /// Reads how it is. Changes nothing.
    pub(super) async fn found(patient: &Patient<'_>, run: &str) -> anyhow::Result<Self> {
        let listed = setting(patient, FAULTS).await?;
        let autopay = Autopay::found(patient).await?;
        let others = switches(&listed, |switch| !is_marked(switch))?;
        let left_behind = switches(&listed, is_marked)?;
        if !left_behind.is_empty() {
            eprintln!(
                "! the simulator still has {} fault switches of another mix, which was killed or runs \
                 elsewhere: they are removed",
                left_behind.len()
            );
        }
        Ok(Self { seed: seed(run), others, left_behind, autopay })
    }

    /// A fifth of the callbacks is lost, a tenth comes twice, a tenth is overtaken. Pages do not pay
    /// themselves, and nobody else's switches are in the way.
    pub(super) async fn set(&self, patient: &Patient<'_>) -> anyhow::Result<()> {
        let seed = self.seed;
        let switches = json!([
            { "fault": "drop", "probability": 0.2, "seed": seed },
            { "fault": "duplicate", "probability": 0.1, "seed": seed },
            { "fault": "reorder", "probability": 0.1, "seed": seed, "ms": OVERTAKEN_MS },
        ]);
        patient.again(async || put(patient.client, FAULTS, &switches).await).await?;
        self.autopay.off(patient).await
    }

    /// From now on the bank books twice what this order's customer pays. More than one such switch does
    /// no more.
    pub(super) async fn arm_twin(&self, patient: &Patient<'_>, page: &Page) -> anyhow::Result<()> {
        let switch = json!({
            "fault": "settle_twice", "order_id": page.attempt, "seed": self.seed, "ms": TWIN_MS,
        });
        let add = async || patient.client.send(Method::POST, FAULTS, None, &switch).await;
        patient.again(add).await.map(|_| ())
    }

    /// The second transaction is there: its switch makes room for another.
    pub(super) async fn disarm_twin(&self, client: &Client, page: &Page) -> anyhow::Result<()> {
        for switch in self.listed(client).await? {
            if switch["order_id"] == page.attempt
                && let Some(id) = switch["id"].as_u64()
            {
                client.send(Method::DELETE, &format!("{FAULTS}/{id}"), None, &Value::Null).await?;
            }
        }
        Ok(())
    }

    /// What our switches have met so far.
    pub(super) async fn struck(&self, client: &Client) -> anyhow::Result<Struck> {
        Ok(count(&self.listed(client).await?))
    }

    /// Puts back what was there before, with what others have set since.
    pub(super) async fn put_back(&self, patient: &Patient<'_>) -> anyhow::Result<()> {
        let back = async || {
            let now: Value = patient.client.get(FAULTS).await?.context("there is no simulator")?;
            put(patient.client, FAULTS, &json!(self.with_newer(&now)?)).await?;
            self.autopay.put_back(patient.client).await
        };
        patient.again(back).await
    }

    /// The commands with which somebody else puts it back.
    pub(super) fn by_hand(&self, client: &Client) -> [String; 2] {
        [by_hand(client, FAULTS, &json!(self.others)), self.autopay.by_hand(client)]
    }

    /// What was there before, and of the switches that are there now what others have set since.
    fn with_newer(&self, now: &Value) -> anyhow::Result<Vec<Value>> {
        let newer = switches(now, |switch| switch["seed"] != self.seed)?;
        let known =
            |switch: &Value| [&self.others, &self.left_behind].map(|all| all.contains(switch));
        let newer = newer.into_iter().filter(|switch| known(switch) == [false, false]);
        Ok(self.others.iter().cloned().chain(newer).collect())
    }

    /// Our switches, as listed.
    async fn listed(&self, client: &Client) -> anyhow::Result<Vec<Value>> {
        let all: Vec<Value> = client.get(FAULTS).await?.context("there is no simulator")?;
        Ok(all.into_iter().filter(|switch| switch["seed"] == self.seed).collect())
    }
}

/// Switches as they are set, from how they are listed.
fn switches(listed: &Value, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Vec<Value>> {
    let Some(listed) = listed.as_array() else { anyhow::bail!("{FAULTS} is no list") };
    let bare = |mut switch: Value| {
        if let Value::Object(fields) = &mut switch {
            for counted in ["id", "seen", "hit"] {
                fields.remove(counted);
            }
        }
        switch
    };
    Ok(listed.iter().filter(|switch| wanted(switch)).cloned().map(bare).collect())
}

fn count(ours: &[Value]) -> Struck {
    let of = |fault: &str, field: &str| {
        let mut all = ours.iter().filter(|switch| switch["fault"] == fault);
        all.find_map(|switch| switch[field].as_u64()).unwrap_or(0)
    };
    Struck {
        seen: of("drop", "seen"),
        dropped: of("drop", "hit"),
        duplicated: of("duplicate", "hit"),
        reordered: of("reorder", "hit"),
    }
}

/// The same run, the same faults.
fn seed(run: &str) -> u64 {
    let hash = Sha256::digest(run);
    let head = hash.iter().take(8).fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
    MARK << RUN_BITS | head >> (u64::BITS - RUN_BITS)
}

/// Whether a run of this demo has set it.
fn is_marked(switch: &Value) -> bool {
    switch["seed"].as_u64().is_some_and(|seed| seed >> RUN_BITS == MARK)
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
