//! The list of switches with its counters: who is asked, who hits. It lives in memory; what is to
//! outlive a restart is stored by its owner, and the counters then begin anew.

use super::switch::{Switch, SwitchError};
use super::words::{Call, Fault, Place};
use serde::Serialize;

/// How many switches there can be: each is asked about everything that happens.
const SWITCHES_MAX: usize = 100;

/// What something is about, when the switches are asked. What is not known is empty and matches
/// only a switch that does not ask for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) order_id: &'a str,
    pub(crate) transaction_id: &'a str,
    pub(crate) payment_type: &'a str,
    /// `transaction_status`.
    pub(crate) status: &'a str,
    /// The request that is answered, if one is.
    pub(crate) call: Option<Call>,
}

/// A hit: the fault that is to happen now, with the defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) fault: Fault,
    /// Milliseconds; there for every fault that takes time.
    pub(crate) ms: Option<u64>,
    /// There for every fault that has one.
    pub(crate) code: Option<u16>,
    /// Whether the work is done before the fault.
    pub(crate) after: bool,
    /// The status to claim; there for `tampered_status`.
    pub(crate) to: Option<String>,
    /// Whole rupiah.
    pub(crate) amount: Option<i64>,
}

impl From<&Switch> for Strike {
    fn from(switch: &Switch) -> Self {
        let fault = switch.fault;
        Self {
            fault,
            ms: switch.ms.or(fault.default_ms()),
            code: switch.code.or(fault.codes().map(|(default, _)| default)),
            after: switch.after,
            to: switch.claim().map(str::to_owned),
            amount: switch.amount,
        }
    }
}

/// A switch as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SwitchView {
    pub(crate) id: u64,
    /// How often its scope matched.
    pub(crate) seen: u64,
    /// How often it struck.
    pub(crate) hit: u64,
    #[serde(flatten)]
    pub(crate) switch: Switch,
}

impl SwitchView {
    fn new(id: u64, switch: Switch) -> Self {
        Self { id, seen: 0, hit: 0, switch }
    }

    fn strike(&mut self, subject: &Subject) -> Option<Strike> {
        if !matches(&self.switch, subject) {
            return None;
        }
        self.seen += 1;
        if !self.switch.hits_at(self.seen, self.hit) {
            return None;
        }
        self.hit += 1;
        Some(Strike::from(&self.switch))
    }
}

/// The switches, in the order in which they were set. An id is not used again, except that after a
/// restart they go on from the highest that is still set.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    set: Vec<SwitchView>,
    last_id: u64,
}

impl Switches {
    /// The switches as they were stored, which were checked when they were set.
    pub(crate) fn from_stored(stored: Vec<(u64, Switch)>) -> Self {
        let last_id = stored.iter().map(|(id, _)| *id).max().unwrap_or(0);
        let set = stored.into_iter().map(|(id, switch)| SwitchView::new(id, switch)).collect();
        Self { set, last_id }
    }

    /// As [`Switches::from_stored`] takes them.
    pub(crate) fn to_store(&self) -> Vec<(u64, Switch)> {
        self.list().into_iter().map(|view| (view.id, view.switch)).collect()
    }

    pub(crate) fn list(&self) -> Vec<SwitchView> {
        self.set.clone()
    }

    /// Sets one more and returns its id; an error sets nothing.
    pub(crate) fn add(&mut self, switch: Switch) -> Result<u64, SwitchError> {
        switch.check()?;
        room_for(self.set.len() + 1)?;
        Ok(self.push(switch))
    }

    /// Sets these and no others, with new ids and counters; an error leaves all as it was.
    pub(crate) fn replace(&mut self, switches: Vec<Switch>) -> Result<(), SwitchError> {
        room_for(switches.len())?;
        switches.iter().try_for_each(Switch::check)?;
        self.set.clear();
        for switch in switches {
            self.push(switch);
        }
        Ok(())
    }

    /// Whether there was one with this id.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.set.len();
        self.set.retain(|set| set.id != id);
        self.set.len() < before
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// The switches of a place that hit now, in the order of the list. Each is asked and counts,
    /// also after a `drop` that makes the others moot. `stale` is not asked: whether there is
    /// anything to be late about is known further inside.
    pub(crate) fn strike(&mut self, place: Place, subject: &Subject) -> Vec<Strike> {
        let asked = self
            .set
            .iter_mut()
            .filter(|set| set.switch.fault.place() == place && set.switch.fault != Fault::Stale);
        asked.filter_map(|set| set.strike(subject)).collect()
    }

    /// The first switch of a fault that hits now. Those behind it are not asked, so that a hit of
    /// theirs is not spent for nothing.
    pub(crate) fn strike_only(&mut self, fault: Fault, subject: &Subject) -> Option<Strike> {
        let mut asked = self.set.iter_mut().filter(|set| set.switch.fault == fault);
        asked.find_map(|set| set.strike(subject))
    }

    fn push(&mut self, switch: Switch) -> u64 {
        self.last_id += 1;
        self.set.push(SwitchView::new(self.last_id, switch));
        self.last_id
    }
}

fn room_for(count: usize) -> Result<(), SwitchError> {
    if count > SWITCHES_MAX { Err(SwitchError::TooMany(SWITCHES_MAX)) } else { Ok(()) }
}

fn matches(switch: &Switch, subject: &Subject) -> bool {
    let scope = [
        (&switch.order_id, subject.order_id),
        (&switch.transaction_id, subject.transaction_id),
        (&switch.payment_type, subject.payment_type),
        (&switch.status, subject.status),
    ];
    let within = |(wanted, is): (&Option<String>, &str)| wanted.as_ref().is_none_or(|w| w == is);
    let called = match (switch.fault, switch.call) {
        (_, Some(wanted)) => subject.call == Some(wanted),
        (Fault::Stale, None) => subject.call.is_some_and(Call::reads_status),
        (_, None) => true,
    };
    called && scope.into_iter().all(within)
}

#[cfg(test)]
#[path = "switches_tests.rs"]
mod tests;
