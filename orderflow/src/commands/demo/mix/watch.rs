//! Sees how the orders under way move: by the lists, newest first, and one by one those that have been
//! left behind. An order that does not move any more has lost its callbacks: then, as an operator would,
//! it has the gateway asked.

use super::super::lists::{each, since, status};
use super::super::patient::Patient;
use super::life::Seen;
use crate::client::Failed;
use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);
/// Orders of the list that are read in one look.
const LISTED_MAX: usize = 800;
/// Between two looks at an order that the list does not reach.
const BEHIND: Duration = Duration::from_secs(2);
/// Orders that are read, or asked about, one by one in one look.
const SINGLE_MAX: usize = 64;
/// Of those, at once.
const AT_ONCE: usize = 16;
/// Who has not moved for so long has lost a callback; a healthy order moves within a second.
const QUIET: Duration = Duration::from_secs(4);
/// And is not asked about again before.
const ASKED_AGAIN: Duration = Duration::from_secs(10);

/// What callers do about callbacks that do not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// Has the gateway asked.
    Asks,
    /// Waits for the system's own looks.
    Waits,
}

/// The orders under way.
pub(super) struct Watch<'a> {
    patient: &'a Patient<'a>,
    silence: Silence,
    orders: Mutex<BTreeMap<String, Watched>>,
    /// All that were ever asked about.
    asked: Mutex<HashSet<String>>,
}

struct Watched {
    seen: watch::Sender<Seen>,
    looked: Instant,
    /// Moved, or was made to move.
    moved: Instant,
    asked: Option<Instant>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(patient: &'a Patient<'a>, silence: Silence) -> Self {
        Self { patient, silence, orders: Mutex::default(), asked: Mutex::default() }
    }

    /// What is seen of an order from now on, until [`Watch::leave`].
    pub(super) fn follow(&self, id: &str) -> watch::Receiver<Seen> {
        let (seen, follower) = watch::channel(Seen::default());
        let now = Instant::now();
        let watched = Watched { seen, looked: now, moved: now, asked: None };
        self.orders().insert(id.to_owned(), watched);
        follower
    }

    /// Something was done to an order: it is to move now.
    pub(super) fn touch(&self, id: &str) {
        self.patient.pulse.beat();
        if let Some(watched) = self.orders().get_mut(id) {
            watched.moved = Instant::now();
        }
    }

    pub(super) fn leave(&self, id: &str) {
        self.orders().remove(id);
    }

    /// How many orders were ever asked about.
    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many orders are under way.
    pub(super) fn under_way(&self) -> usize {
        self.orders().len()
    }

    /// Looks until it is dropped, or something answers that is not about being away.
    pub(super) async fn run(&self) -> anyhow::Error {
        loop {
            tokio::time::sleep(LOOK).await;
            let looked = async {
                self.look_at_the_list().await?;
                self.look_behind().await?;
                self.ask().await
            };
            match looked.await {
                Err(error) if !Failed::of(&error).is_some_and(Failed::may_pass) => return error,
                // Who is away is back soon, or the run loses its patience.
                _ => {}
            }
        }
    }

    async fn look_at_the_list(&self) -> anyhow::Result<()> {
        let oldest = self.orders().keys().rev().take(LISTED_MAX).next_back().cloned();
        let Some(oldest) = oldest else { return Ok(()) };
        let (mut read, mut wrong) = (0, None);
        each(self.patient.client, "/v1/orders", |order| {
            read += 1;
            if let Err(error) = self.saw(order) {
                wrong = Some(error);
            }
            match read < LISTED_MAX {
                true => since(&oldest, order),
                false => ControlFlow::Break(()),
            }
        })
        .await?;
        wrong.map_or(Ok(()), Err)
    }

    async fn look_behind(&self) -> anyhow::Result<()> {
        let behind = self.some(|_, watched| watched.looked.elapsed() > BEHIND);
        let look = async |(id, _): (String, Seen)| {
            let order: Option<Value> = self.patient.client.get(&format!("/v1/orders/{id}")).await?;
            order.map_or(Ok(()), |order| self.saw(&order))
        };
        all(behind, look).await
    }

    /// Has the gateway asked about orders that are silent.
    async fn ask(&self) -> anyhow::Result<()> {
        if self.silence == Silence::Waits {
            return Ok(());
        }
        let silent = self.some(|seen, watched| {
            let again = watched.asked.is_none_or(|asked| asked.elapsed() > ASKED_AGAIN);
            seen.payment.is_some() && watched.moved.elapsed() > QUIET && again
        });
        let ask = async |(id, seen): (String, Seen)| {
            let Some(payment) = seen.payment else { return Ok(()) };
            let path = format!("/v1/payments/{payment}/sync");
            self.patient.client.send(Method::POST, &path, None, &Value::Null).await?;
            if let Some(watched) = self.orders().get_mut(&id) {
                watched.asked = Some(Instant::now());
            }
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
            Ok(())
        };
        all(silent, ask).await
    }

    /// Some orders under way, oldest first.
    fn some(&self, which: impl Fn(&Seen, &Watched) -> bool) -> Vec<(String, Seen)> {
        let orders = self.orders();
        let which = orders.iter().filter(|(_, watched)| which(&watched.seen.borrow(), watched));
        let seen = |(id, watched): (&String, &Watched)| (id.clone(), watched.seen.borrow().clone());
        which.take(SINGLE_MAX).map(seen).collect()
    }

    /// Takes in how an order stands, if it is under way.
    fn saw(&self, order: &Value) -> anyhow::Result<()> {
        let mut orders = self.orders();
        let watched = order["id"].as_str().and_then(|id| orders.get_mut(id));
        let Some(watched) = watched else { return Ok(()) };
        let status = Some(status(order)?);
        watched.looked = Instant::now();
        let moved = watched.seen.send_if_modified(|seen| {
            let payment = order["payment"]["id"].as_str();
            let news = seen.status != status || seen.payment.as_deref() != payment;
            (seen.status, seen.payment) = (status, payment.map(str::to_owned));
            news
        });
        if moved {
            watched.moved = watched.looked;
            self.patient.pulse.beat();
        }
        Ok(())
    }

    fn orders(&self) -> MutexGuard<'_, BTreeMap<String, Watched>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does something with each, some at once, and gives the first error.
async fn all<T>(each: Vec<T>, with: impl AsyncFn(T) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let done = stream::iter(each).map(|one| with(one)).buffer_unordered(AT_ONCE);
    let errors: Vec<anyhow::Error> = done.filter_map(async |done| done.err()).collect().await;
    errors.into_iter().next().map_or(Ok(()), Err)
}
