//! Reads a system's long lists, a page at a time: the services' by order ([`ByOrder`]), and the
//! simulator's transactions ([`transactions`]). What the gateway owes of a transaction is one rule,
//! whoever tells how it stands ([`standing`]). Nothing is compared here.

pub(crate) mod standing;
pub(crate) mod transactions;

use crate::client::Client;
use anyhow::Context;
use jiff::Timestamp;
use kernel::Uuid;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;

/// Orders of a page.
const PAGE: usize = 200;
/// The bits of a UUIDv7 below its time (RFC 9562, 5.7).
const BELOW_THE_TIME: u32 = 80;

/// A page of a list, as every service gives it.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<R> {
    pub(crate) data: Vec<R>,
    /// There are more, after the last of these.
    pub(crate) has_more: bool,
}

/// Which orders are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orders {
    after: Option<String>,
    last: String,
    page: usize,
}

impl Orders {
    /// All that there are by the time that the end is reached.
    pub(crate) fn all() -> Self {
        Self { after: None, last: Uuid::max().to_string(), page: PAGE }
    }

    /// Those that were made up to this time, by the clock of whoever makes their ids: new ones may
    /// come faster than they are read.
    pub(crate) fn made_until(at: Timestamp) -> Self {
        let millis = u128::try_from(at.as_millisecond()).unwrap_or_default();
        let last = (millis << BELOW_THE_TIME) | ((1 << BELOW_THE_TIME) - 1);
        Self { last: Uuid::from_u128(last).to_string(), ..Self::all() }
    }

    /// One alone.
    pub(crate) fn one(order: Uuid) -> Self {
        // A list begins after an id: after the one before.
        let before = Uuid::from_u128(order.as_u128().saturating_sub(1));
        Self { after: Some(before.to_string()), last: order.to_string(), page: 1 }
    }
}

/// A list that is sorted by order, with a page of it in memory.
#[derive(Debug)]
pub(crate) struct ByOrder<R> {
    path: &'static str,
    order: fn(&R) -> &str,
    orders: Orders,
    rows: VecDeque<R>,
    has_more: bool,
}

impl<R: DeserializeOwned> ByOrder<R> {
    /// The list at `path`, whose rows tell their `order`.
    pub(crate) fn new(path: &'static str, order: fn(&R) -> &str, orders: Orders) -> Self {
        Self { path, order, orders, rows: VecDeque::new(), has_more: true }
    }

    /// The next row.
    pub(crate) async fn next(&mut self, client: &Client) -> anyhow::Result<Option<R>> {
        self.fill(client).await?;
        Ok(self.rows.pop_front())
    }

    /// Has the next row at hand, if there is one.
    pub(crate) async fn fill(&mut self, client: &Client) -> anyhow::Result<()> {
        if let Some(path) = self.wants() {
            let page = client.get(&path).await?.with_context(|| {
                format!("{} does not answer: is it an older OrderFlow?", client.address(&path))
            })?;
            self.takes(page);
        }
        Ok(())
    }

    /// The order of the row at hand.
    pub(crate) fn head(&self) -> Option<&str> {
        self.rows.front().map(self.order)
    }

    /// The row at hand, if it is about this order.
    pub(crate) fn take(&mut self, order: &str) -> Option<R> {
        (self.head() == Some(order)).then(|| self.rows.pop_front()).flatten()
    }

    /// The address of the next page, if it is needed.
    fn wants(&self) -> Option<String> {
        let Orders { after, page, .. } = &self.orders;
        let after = after.as_ref().map(|id| format!("&after={id}")).unwrap_or_default();
        let empty = self.rows.is_empty() && self.has_more;
        empty.then(|| format!("{}?limit={page}{after}", self.path))
    }

    fn takes(&mut self, page: Page<R>) {
        let Page { mut data, has_more } = page;
        let all = data.len();
        // UUIDs sort as their text does.
        data.truncate(data.partition_point(|row| (self.order)(row) <= &*self.orders.last));
        self.has_more = has_more && all > 0 && data.len() == all;
        self.orders.after = data.last().map(|row| (self.order)(row).to_owned());
        self.rows = data.into();
    }
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
