//! What every page of the console shows around its own: the clock, the way to the other pages; and
//! how times and amounts are written. Nothing that costs more the more there is.

use super::super::admin;
use crate::sim::Sim;
use axum::extract::State;
use jiff::SignedDuration;
use kernel::{Money, Timestamp};
use std::fmt;

/// The pages that the bar leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Transactions,
    Deliveries,
    Switches,
    Settings,
}

impl Tab {
    pub(super) const ALL: [Self; 4] =
        [Self::Transactions, Self::Deliveries, Self::Switches, Self::Settings];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Transactions => "Transactions",
            Self::Deliveries => "Deliveries",
            Self::Switches => "Switches",
            Self::Settings => "Settings",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Transactions => super::HOME,
            Self::Deliveries => "/_sim/console/deliveries",
            Self::Switches => "/_sim/console/switches",
            Self::Settings => "/_sim/console/settings",
        }
    }
}

pub(super) struct Frame {
    pub(super) tab: Tab,
    /// The path that forms come back to.
    pub(super) here: String,
    pub(super) now: At,
    pub(super) speed: f64,
    /// How many switches are set.
    pub(super) switches: usize,
    /// What is wrong with what was entered.
    pub(super) error: Option<String>,
}

impl Frame {
    pub(super) async fn load(sim: &Sim, tab: Tab, here: String) -> Self {
        let clock = admin::clock(State(sim.clone())).await.0;
        Self {
            tab,
            here,
            now: At(clock.now),
            speed: clock.speed,
            switches: sim.0.gateway.switches().list().len(),
            error: None,
        }
    }
}

/// A simulated time, written as Midtrans writes it: Western Indonesian, to the second.
#[derive(Clone, Copy)]
pub(super) struct At(pub(super) Timestamp);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&midtrans::time::format(self.0))
    }
}

impl At {
    /// How far ahead, in its largest unit: "in 15 min". What is due is "now".
    pub(super) fn ahead_of(self, now: Timestamp) -> String {
        let left = self.0.duration_since(now);
        if left < SignedDuration::from_secs(1) {
            return "now".to_owned();
        }
        let (secs, mins, hours) = (left.as_secs(), left.as_mins(), left.as_hours());
        match hours {
            48.. => format!("in {} d", hours / 24),
            1.. => format!("in {hours} h {} min", mins % 60),
            _ if mins > 0 => format!("in {mins} min"),
            _ => format!("in {secs} s"),
        }
    }
}

pub(super) fn rupiah(amount: i64) -> String {
    Money::rupiah(amount).to_string()
}
