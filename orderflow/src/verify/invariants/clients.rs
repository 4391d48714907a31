//! I01 to I03: what clients noted of the orders that they sent, against the orders that there are.

use super::{Advice, Judged, Repair};
use crate::client_log::{self, Line as Noted, Outcome};
use crate::verify::dossier::Dossier;
use crate::verify::report::Line;
use kernel::Uuid;
use order::audit::OrderDossier;
use runtime::mask::fingerprint;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Where orders of clients that keep a log carry their key and their run.
const KEY: &str = "demo_key";
const RUN: &str = "demo_run";

/// What clients noted, and what was found of it.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    log: PathBuf,
    keys: HashMap<String, Sent>,
    /// By the order that was acknowledged: an order is known by its id, whatever it carries.
    acknowledged: HashMap<String, Vec<Noted>>,
    /// Those of them that are there.
    met: HashSet<String>,
    runs: HashSet<String>,
    /// Orders of a run with the key that they carry, of which nothing is noted.
    strangers: Vec<(String, Option<String>)>,
    there: Judged,
    once: Judged,
    asked_for: Judged,
}

/// The three lines without a log.
pub(crate) fn undecided() -> Vec<Line> {
    lines(Default::default(), Some("needs --client-log"))
}

fn lines(judged: [Judged; 3], undecided: Option<&'static str>) -> Vec<Line> {
    let says = [
        ("I01", "every acknowledged order is there, as it was sent"),
        ("I02", "one key, one order"),
        ("I03", "no order that no client asked for"),
    ];
    let line = |((code, says), judged)| Line { code, says, undecided, judged };
    says.into_iter().zip(judged).map(line).collect()
}

/// All tries with one key.
#[derive(Debug, Default)]
struct Sent {
    /// The orders that it was acknowledged with.
    acknowledged: HashSet<String>,
    /// The orders that carry the key.
    orders: Vec<String>,
}

impl Clients {
    /// Reads a log.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut all = Self { log: path.to_owned(), ..Self::default() };
        for line in client_log::read(path)? {
            all.notes(line?);
        }
        Ok(all)
    }

    fn notes(&mut self, line: Noted) {
        self.runs.insert(line.run.clone());
        let sent = self.keys.entry(line.key.clone()).or_default();
        let taken = line.order_id.clone().filter(|_| line.outcome == Outcome::Acked);
        if let Some(order) = taken {
            sent.acknowledged.insert(order.clone());
            self.acknowledged.entry(order).or_default().push(line);
        }
    }

    /// An order that there is.
    pub(crate) fn meets(&mut self, of: &Dossier) {
        let Some(order) = &of.order else { return };
        if let Some(noted) = self.acknowledged.get(&order.order_id) {
            self.met.insert(order.order_id.clone());
            self.there.checks(1);
            if let Err(what) = noted.iter().try_for_each(|noted| same(noted, order)) {
                self.there.finds(&order.order_id, what, Repair::Person);
            }
        }
        if !order.metadata.get(RUN).is_some_and(|run| self.runs.contains(run)) {
            return;
        }
        self.asked_for.checks(1);
        match order.metadata.get(KEY).map(|key| (key, self.keys.get_mut(key))) {
            Some((_, Some(sent))) => sent.orders.push(order.order_id.clone()),
            carried => {
                let key = carried.map(|(key, _)| key.clone());
                self.strangers.push((order.order_id.clone(), key));
            }
        }
    }

    /// The three lines.
    pub(crate) fn lines(mut self) -> anyhow::Result<Vec<Line>> {
        self.judges_strangers()?;
        for lost in self.acknowledged.keys().filter(|id| !self.met.contains(*id)) {
            let what = "it was acknowledged, and it is not there";
            self.there.checks(1);
            self.there.finds(lost, what, Repair::Person);
        }
        for (key, sent) in &self.keys {
            self.once.checks(1);
            let orders: HashSet<&String> = sent.orders.iter().collect();
            let ids: HashSet<&String> = sent.acknowledged.iter().collect();
            if ids.len() > 1 || orders.len() > 1 {
                let all: Vec<&str> = ids.union(&orders).map(|id| id.as_str()).collect();
                let what = format!("key {key} brought several orders: {}", all.join(", "));
                self.once.finds_at_large(what, Advice::words("cancel all but one of them"));
            }
        }
        Ok(lines([self.there, self.once, self.asked_for], None))
    }

    /// A client at work has gone on writing since its log was read, before the orders were: it notes
    /// first and asks then, so by now it has noted whatever we have met.
    fn judges_strangers(&mut self) -> anyhow::Result<()> {
        if self.strangers.is_empty() {
            return Ok(());
        }
        let mut noted = HashSet::new();
        for line in client_log::read(&self.log)? {
            noted.insert(line?.key);
        }
        for (order, key) in std::mem::take(&mut self.strangers) {
            if !key.is_some_and(|key| noted.contains(&key)) {
                self.asked_for.finds(&order, "no client asked for it", Repair::Person);
            }
        }
        Ok(())
    }
}

fn same(noted: &Noted, order: &OrderDossier) -> Result<(), String> {
    let id: Uuid = order.order_id.parse().map_err(|_| "its id is no UUID".to_owned())?;
    let sums = (noted.amount, order.total_amount);
    if sums.0 != sums.1 {
        return Err(format!("it was sent over {}, and it is over {}", sums.0, sums.1));
    }
    if noted.lines_digest != order.lines_digest {
        return Err("its lines are not those that were sent".to_owned());
    }
    if fingerprint(id, &noted.email) != order.email_fingerprint {
        return Err("its customer is not the one that was sent".to_owned());
    }
    if order.metadata.get(KEY).is_some_and(|key| *key != noted.key) {
        return Err("it carries another key than the one that it was sent with".to_owned());
    }
    if Some(&noted.reference) != order.reference.as_ref() {
        return Err("its reference is not the one that was sent".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[path = "clients_tests.rs"]
mod tests;
