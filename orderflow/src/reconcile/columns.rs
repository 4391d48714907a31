//! The columns of a report: which are needed, which are used if there, and what a file calls them.
//! No rows here.

use super::report::Problem;
use std::fmt;
use std::str::FromStr;

/// A column that is read, by the name that Midtrans gives the field in GET Status
/// (midtrans.md 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Our attempt.
    OrderId,
    /// Where it stands.
    TransactionStatus,
    /// What the customer pays.
    GrossAmount,
    /// The gateway's own id.
    TransactionId,
    /// ISO 4217.
    Currency,
    /// What was given back, in all.
    RefundAmount,
    /// When a method was chosen.
    TransactionTime,
    /// When it was paid.
    SettlementTime,
}

/// How many are needed: the first ones of [`Column::ALL`].
const NEEDED: usize = 3;

/// What a file calls a column: `order_id=Order ID` on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    column: Column,
    called: String,
}

/// Where each column is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    of: [Option<usize>; Column::ALL.len()],
    /// Fields of every row.
    pub(super) fields: usize,
}

impl Column {
    /// Every column, the needed ones first.
    pub const ALL: [Self; 8] = [
        Self::OrderId,
        Self::TransactionStatus,
        Self::GrossAmount,
        Self::TransactionId,
        Self::Currency,
        Self::RefundAmount,
        Self::TransactionTime,
        Self::SettlementTime,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrderId => "order_id",
            Self::TransactionStatus => "transaction_status",
            Self::GrossAmount => "gross_amount",
            Self::TransactionId => "transaction_id",
            Self::Currency => "currency",
            Self::RefundAmount => "refund_amount",
            Self::TransactionTime => "transaction_time",
            Self::SettlementTime => "settlement_time",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is no `column=name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMapping {
    /// It has another form.
    #[error("it must be of the form order_id=\"Order ID\"")]
    Form,
    /// There is no such column.
    #[error(
        "before the = stands one of order_id, transaction_status, gross_amount, transaction_id, \
         currency, refund_amount, transaction_time, settlement_time"
    )]
    Column,
}

impl FromStr for Mapping {
    type Err = BadMapping;

    fn from_str(text: &str) -> Result<Self, BadMapping> {
        let (column, called) = text.split_once('=').ok_or(BadMapping::Form)?;
        if plain(called).is_empty() {
            return Err(BadMapping::Form);
        }
        let column = Column::ALL.into_iter().find(|c| plain(c.as_str()) == plain(column));
        Ok(Self { column: column.ok_or(BadMapping::Column)?, called: called.to_owned() })
    }
}

impl Places {
    /// Finds the columns in the first line of a file. Columns that are not used are left alone;
    /// one that is must be there once.
    pub(super) fn find(header: &[&str], mappings: &[Mapping]) -> Result<Self, Problem> {
        let mut places = Self { of: [None; Column::ALL.len()], fields: header.len() };
        for (number, column) in Column::ALL.into_iter().enumerate() {
            let mut mapped = mappings.iter().filter(|m| m.column == column);
            let called = mapped.next();
            if mapped.next().is_some() {
                return Err(Problem::MappedTwice(column));
            }
            let name = called.map_or(column.as_str(), |mapping| &mapping.called);
            let mut found =
                header.iter().enumerate().filter(|(_, h)| plain(h) == plain(name)).map(|(n, _)| n);
            places.of[number] = found.next();
            if found.next().is_some() {
                return Err(Problem::ColumnTwice(name.to_owned()));
            }
            if places.of[number].is_none() && (number < NEEDED || called.is_some()) {
                let semicolons = header.len() == 1 && header[0].contains(';');
                return Err(match semicolons {
                    true => Problem::Semicolons,
                    false => Problem::NoColumn { column, name: name.to_owned() },
                });
            }
        }
        Ok(places)
    }

    /// Where a column is.
    pub(super) fn of(&self, column: Column) -> Option<usize> {
        let number = Column::ALL.iter().position(|c| *c == column)?;
        self.of[number]
    }

    /// The columns that the file lacks.
    pub(super) fn absent(&self) -> Vec<Column> {
        Column::ALL.into_iter().filter(|column| self.of(*column).is_none()).collect()
    }
}

/// A name without what people write differently.
fn plain(name: &str) -> String {
    let name = name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-'));
    name.flat_map(char::to_lowercase).collect()
}
