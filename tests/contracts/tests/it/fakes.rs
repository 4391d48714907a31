//! Ports that follow a script and remember what they were asked.

use async_trait::async_trait;
use contracts::storage::World;
use messaging::{Broker, BrokerError, Delivery, Published, Queue, Subscription, Unit, unpack};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub(crate) type TestWorld = Arc<World<crate::sqlite::SqliteDatabase>>;

/// How a broker answers one window.
pub(crate) enum Reply {
    /// Everything is confirmed.
    Confirm,
    /// No confirm ever comes.
    Never,
    /// The broker is away.
    Down,
    /// Units of this topic end so, the others are confirmed.
    Except(&'static str, Published),
    /// Only so many answers come back.
    Short(usize),
}

/// A broker that answers windows as it is told, and confirms the rest.
#[derive(Default)]
pub(crate) struct ScriptedBroker {
    script: Mutex<VecDeque<Reply>>,
    windows: Mutex<Vec<Vec<Unit>>>,
}

impl ScriptedBroker {
    pub(crate) fn new(script: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into_iter().collect()), ..Self::default() })
    }

    /// The events of each unit of each window.
    pub(crate) fn windows(&self) -> Vec<Vec<Vec<u128>>> {
        let number = |e: messaging::Event| e.id.uuid().as_u128();
        let unit = |u: &Unit| {
            unpack(&u.routing_key, &u.body).into_iter().map(|e| number(e.unwrap())).collect()
        };
        let windows = self.windows.lock().unwrap();
        windows.iter().map(|units| units.iter().map(unit).collect()).collect()
    }
}

#[async_trait]
impl Broker for ScriptedBroker {
    async fn publish(&self, units: Vec<Unit>) -> Result<Vec<Published>, BrokerError> {
        let reply = self.script.lock().unwrap().pop_front().unwrap_or(Reply::Confirm);
        let all = units.iter().map(|_| Published::Confirmed).collect::<Vec<_>>();
        let keys: Vec<_> = units.iter().map(|u| u.routing_key.clone()).collect();
        self.windows.lock().unwrap().push(units);
        Ok(match reply {
            Reply::Confirm => all,
            Reply::Never => std::future::pending().await,
            Reply::Down => return Err(BrokerError("down".to_owned())),
            Reply::Except(key, outcome) => keys
                .iter()
                .map(|k| if k == key { outcome.clone() } else { Published::Confirmed })
                .collect(),
            Reply::Short(count) => all.into_iter().take(count).collect(),
        })
    }

    async fn subscribe(&self, _: Queue) -> Result<Box<dyn Subscription>, BrokerError> {
        Err(BrokerError("nothing is delivered here".to_owned()))
    }
}

/// What was committed at the moment of an acknowledgement: handled or not, deferred, letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AtAck {
    pub(crate) inbox: u64,
    pub(crate) deferred: u64,
    pub(crate) letters: u64,
}

/// Delivers what it is given and looks at the database at each acknowledgement.
pub(crate) struct ScriptedSubscription {
    world: TestWorld,
    drains: VecDeque<Vec<Delivery>>,
    tags: u64,
    pub(crate) acks: Vec<(u64, AtAck)>,
}

impl ScriptedSubscription {
    pub(crate) fn new(world: &TestWorld) -> Self {
        Self { world: world.clone(), drains: VecDeque::new(), tags: 0, acks: Vec::new() }
    }

    /// One more drain, of these bodies.
    pub(crate) fn drain(&mut self, bodies: impl IntoIterator<Item = String>) {
        let mut delivery = |body: String| {
            self.tags += 1;
            let routing_key = contracts::storage::KEY.to_owned();
            Delivery { tag: self.tags, routing_key, body: body.into(), redelivered: false }
        };
        let drain = bodies.into_iter().map(&mut delivery).collect();
        self.drains.push_back(drain);
    }
}

#[async_trait]
impl Subscription for ScriptedSubscription {
    async fn next(&mut self, _: usize) -> Result<Vec<Delivery>, BrokerError> {
        self.drains.pop_front().ok_or_else(|| BrokerError("nothing is left".to_owned()))
    }

    async fn ack_through(&mut self, tag: u64) -> Result<(), BrokerError> {
        use contracts::storage::{Database, Table};
        let database = &self.world.database;
        let backlog = database.operations().backlog().await.unwrap();
        let seen = AtAck {
            inbox: database.count(Table::Inbox).await,
            deferred: backlog.inbox_deferred,
            letters: backlog.dead_letters_open,
        };
        self.acks.push((tag, seen));
        Ok(())
    }
}
