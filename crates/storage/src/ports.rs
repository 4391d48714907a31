//! One database as whoever starts a service sees it: its ports, whatever the dialect.

use crate::{DeadLetters, Operations, Pulse};
use async_trait::async_trait;
use engine::StoreError;
use engine::jobs::Jobs;
use kernel::Timestamp;
use messaging::manifest::{Inventory, Tally};
use messaging::{Inbox, Outbox};
use std::sync::Arc;

/// A database that tells the time.
#[async_trait]
pub trait DatabaseTime: Send + Sync {
    /// The database's time, the base of the service's clock.
    async fn sample_time(&self) -> Result<Timestamp, StoreError>;
}

/// The ports of one database. Clones are the same database.
#[derive(Clone)]
pub struct Ports {
    /// Events to send.
    pub outbox: Arc<dyn Outbox>,
    /// Events to send again.
    pub resends: Arc<dyn Outbox>,
    /// Events sent, counted.
    pub tally: Arc<dyn Tally>,
    /// Events heard.
    pub inbox: Arc<dyn Inbox>,
    /// Events heard, counted.
    pub inventory: Arc<dyn Inventory>,
    /// Work owed.
    pub jobs: Arc<dyn Jobs>,
    /// What operators read.
    pub operations: Arc<dyn Operations>,
    /// What was given up.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Its time.
    pub time: Arc<dyn DatabaseTime>,
    /// Wake-ups.
    pub pulse: Arc<Pulse>,
}

impl crate::sqlite::Sqlite {
    /// All ports of this database; make them once and share them.
    pub fn ports(&self) -> Ports {
        let database = Arc::new(self.clone());
        Ports {
            outbox: Arc::new(self.outbox()),
            resends: Arc::new(self.resends()),
            tally: database.clone(),
            inbox: database.clone(),
            inventory: database.clone(),
            jobs: database.clone(),
            operations: database.clone(),
            dead_letters: database.clone(),
            time: database,
            pulse: self.pulse(),
        }
    }
}

impl crate::postgres::Postgres {
    /// All ports of this database.
    pub fn ports(&self) -> Ports {
        let database = Arc::new(self.clone());
        Ports {
            outbox: Arc::new(self.outbox()),
            resends: Arc::new(self.resends()),
            tally: database.clone(),
            inbox: database.clone(),
            inventory: database.clone(),
            jobs: database.clone(),
            operations: database.clone(),
            dead_letters: database.clone(),
            time: database,
            pulse: self.pulse(),
        }
    }
}
