//! A comparison from its beginning to its end: the report is read whole, our books one by one,
//! what is safe is repaired, and what is left is told.

use super::columns::Mapping;
use super::compare::{Comparison, There};
use super::held::Reader;
use super::period::{Covered, Days, NotCovered};
use super::repair::{Age, Books, Repair, repair};
use super::report;
use super::row::Row;
use super::show::{Compared, count};
use super::simulator;
use crate::client::Client;
use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::Value;
use std::path::Path;

/// What our books are compared with.
pub(crate) struct Source {
    name: String,
    there: There,
    days: Days,
    /// Columns that it lacks.
    absent: Vec<String>,
    /// Rows, and rows of other days.
    rows: usize,
    left_out: usize,
    extent: Extent,
}

/// How it is known what a report covers.
enum Extent {
    /// By the oldest and the newest `transaction_time` of a file, if it has any.
    Rows(Option<(Timestamp, Timestamp)>),
    /// It has everything up to this time.
    Until(Timestamp),
}

impl Source {
    /// A file: read and checked whole, before anybody is asked anything.
    pub(crate) fn file(path: &Path, mappings: &[Mapping], days: Days) -> anyhow::Result<Self> {
        let report::Report { rows, absent } = report::read(path, mappings)?;
        let absent = absent.into_iter().map(|column| column.to_string()).collect();
        let name = path.display().to_string();
        Ok(Self { absent, ..Self::of(name, rows, days) })
    }

    /// All that the simulator has.
    pub(crate) async fn simulator(client: &Client, days: Days) -> anyhow::Result<Self> {
        let (rows, now) = simulator::read(client).await?;
        let source = Self::of("the simulator".to_owned(), rows, days);
        Ok(Self { extent: Extent::Until(now), ..source })
    }

    fn of(name: String, mut rows: Vec<Row>, days: Days) -> Self {
        let all = rows.len();
        rows.retain(|row| days.hold(row));
        let times = || rows.iter().filter_map(|row| row.at);
        let extent = Extent::Rows(times().min().zip(times().max()));
        let (kept, left_out) = (rows.len(), all - rows.len());
        let there = There::new(rows);
        Self { name, there, days, absent: Vec::new(), rows: kept, left_out, extent }
    }

    async fn covered(&self, client: &Client) -> anyhow::Result<Result<Covered, NotCovered>> {
        match self.extent {
            Extent::Until(now) => Ok(Ok(self.days.covered_until(now))),
            Extent::Rows(times) => {
                // Whether a day is over, the service's clock tells.
                let told = client.get_dated::<Value>("/v1/payments?limit=1").await?;
                let (now, _) = told.context("the payment service has no payments")?;
                Ok(self.days.covered_by(times, now))
            }
        }
    }

    /// Compares both ways and repairs what is safe. An error if there is nothing to compare with.
    pub(crate) async fn compare(self, client: &Client, how: Repair) -> anyhow::Result<Compared> {
        let (covered, not_covered) = match self.covered(client).await? {
            Ok(covered) => (Some(covered), None),
            Err(why) if self.rows == 0 => {
                let rows = if self.left_out == 0 { "no rows" } else { "no rows of these days" };
                bail!("{}: it has {rows}; nothing was compared: {why}", self.name);
            }
            Err(why) => (None, Some(why.to_string())),
        };
        let mut comparison = Comparison::new(&self.there, covered);
        let mut reader = Reader::new(client);
        while let Some(held) = reader.next().await? {
            comparison.take(&held)?;
        }
        let (found, looked) = comparison.finish()?;
        let age = match self.extent {
            Extent::Rows(_) => Age::Past,
            Extent::Until(_) => Age::Live(self.days),
        };
        let books = Books { there: &self.there, covered, age };
        let differences = repair(client, &books, found, how).await;
        Ok(Compared {
            report: self.name,
            not_compared: self.absent,
            left_out: self.left_out,
            covered,
            not_covered,
            looked,
            kinds: count(&differences),
            differences,
        })
    }
}
