//! Reads a CSV report, whole or not at all: one bad line and nothing is compared. What is read is
//! bounded; what is refused is named by file, line and column, and never quoted, since a shifted
//! column may hold a customer's name.

use super::columns::{Column, Mapping, Places};
use super::row::Row;
use csv::ByteRecord;
use jiff::Timestamp;
use midtrans::{amount, time};
use payment::models::GatewayStatus;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest file, in MiB.
const FILE_MIB_MAX: u64 = 256;
const FILE_MAX: u64 = FILE_MIB_MAX * 1024 * 1024;
/// The most rows.
const ROWS_MAX: usize = 1_000_000;
/// The longest id, in bytes. Midtrans' order ids have at most 50 characters (midtrans.md 1.3).
const ID_MAX: usize = 255;

/// A report as it was read.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    /// The columns that it lacks.
    pub(crate) absent: Vec<Column>,
}

/// Why a report is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}{}: {problem}; nothing was compared and nothing was done",
    line.map(|line| format!(", line {line}")).unwrap_or_default(),
    column.as_ref().map(|column| format!(", column {column}")).unwrap_or_default())]
pub(crate) struct ReportError {
    pub(super) file: String,
    pub(super) line: Option<u64>,
    pub(super) column: Option<String>,
    pub(super) problem: Problem,
}

/// What is wrong with a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// The operating system does not give it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// No header.
    #[error("it is empty, and its first line must name the columns")]
    Empty,
    /// Over the bound.
    #[error("it has more than {FILE_MIB_MAX} MiB")]
    TooLarge,
    /// Over the bound.
    #[error("it has more than {ROWS_MAX} rows")]
    TooLong,
    /// A needed or a named column is not there.
    #[error(
        "there is no column {name:?}; if the file calls it otherwise, say so: \
         --columns {column}=\"Its Name\""
    )]
    NoColumn {
        /// Which.
        column: Column,
        /// How it should be called.
        name: String,
    },
    /// Spreadsheets in Indonesia write these.
    #[error("its columns are separated by semicolons; save it with commas")]
    Semicolons,
    /// Which of them?
    #[error("there are two columns {0:?}")]
    ColumnTwice(String),
    /// Which of them?
    #[error("--columns names {0} twice")]
    MappedTwice(Column),
    /// Shifted, cut off, or no CSV.
    #[error("it has {found} fields and the header has {wanted}")]
    Fields {
        /// There.
        found: usize,
        /// In the header.
        wanted: usize,
    },
    /// A quote that is not closed would swallow rows.
    #[error("it goes on in the next line: is a quote not closed?")]
    Lines,
    /// Another encoding.
    #[error("it is not UTF-8; save the file as UTF-8")]
    Encoding,
    /// An id that is none.
    #[error("it is empty")]
    NoText,
    /// An id that is none.
    #[error("it is longer than {ID_MAX} bytes or holds a control character")]
    BadText,
    /// No float is ever read.
    #[error("it is no amount of whole rupiah, as 185000 or 185000.00")]
    Amount,
    /// Not in the table.
    #[error("it is no transaction_status of Midtrans")]
    Status,
    /// Neither form.
    #[error("it is no time, as 2026-03-01 10:00:00 (WIB) or 2026-03-01T03:00:00Z")]
    Time,
}

/// Reads a file.
pub(crate) fn read(path: &Path, mappings: &[Mapping]) -> Result<Report, ReportError> {
    let name = path.display().to_string();
    let refused = |problem| ReportError { file: name.clone(), line: None, column: None, problem };
    let unreadable = |error: std::io::Error| refused(Problem::Unreadable(error.to_string()));
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > FILE_MAX {
        return Err(refused(Problem::TooLarge));
    }
    parse(&name, file, mappings)
}

/// Reads CSV, whole or not at all.
pub(super) fn parse(
    name: &str,
    input: impl Read,
    mappings: &[Mapping],
) -> Result<Report, ReportError> {
    let mut lines = Lines {
        name,
        reader: csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(input.take(FILE_MAX + 1)),
        record: ByteRecord::new(),
    };
    if !lines.next()? {
        return Err(lines.refused(None, Problem::Empty));
    }
    let header = lines.texts()?;
    let places = Places::find(&header, mappings);
    let places = places.map_err(|problem| lines.refused(None, problem))?;
    let mut rows = Vec::new();
    while lines.next()? {
        if rows.len() == ROWS_MAX {
            return Err(lines.refused(None, Problem::TooLong));
        }
        rows.push(lines.row(&places)?);
    }
    Ok(Report { rows, absent: places.absent() })
}

struct Lines<'a, R> {
    name: &'a str,
    reader: csv::Reader<R>,
    record: ByteRecord,
}

impl<R: Read> Lines<'_, R> {
    /// Whether there is one more.
    fn next(&mut self) -> Result<bool, ReportError> {
        let read = self.reader.read_byte_record(&mut self.record);
        if self.reader.position().byte() > FILE_MAX {
            return Err(self.refused(None, Problem::TooLarge));
        }
        read.map_err(|error| self.refused(None, Problem::Unreadable(error.to_string())))
    }

    fn refused(&self, column: Option<String>, problem: Problem) -> ReportError {
        let whole = matches!(problem, Problem::Empty | Problem::TooLarge | Problem::Unreadable(_));
        let line = self.record.position().map(csv::Position::line).filter(|_| !whole);
        ReportError { file: self.name.to_owned(), line, column, problem }
    }

    /// All fields, those that are not used too: a file in another encoding, or with a quote that is
    /// not closed, is not half understood.
    fn texts(&self) -> Result<Vec<&str>, ReportError> {
        self.record.iter().enumerate().map(|(number, field)| self.text(number, field)).collect()
    }

    fn text<'f>(&self, number: usize, field: &'f [u8]) -> Result<&'f str, ReportError> {
        let bad = |problem| self.refused(Some((number + 1).to_string()), problem);
        let text = str::from_utf8(field).map_err(|_| bad(Problem::Encoding))?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.contains(['\n', '\r']) { Err(bad(Problem::Lines)) } else { Ok(text) }
    }

    fn row(&self, places: &Places) -> Result<Row, ReportError> {
        let texts = self.texts()?;
        let (found, wanted) = (texts.len(), places.fields);
        if found != wanted {
            return Err(self.refused(None, Problem::Fields { found, wanted }));
        }
        let cell = |column| places.of(column).map(|n| texts[n]).filter(|text| !text.is_empty());
        let refused =
            |column: Column| move |problem| self.refused(Some(column.to_string()), problem);
        macro_rules! read {
            ($column:ident, $how:expr) => {
                cell(Column::$column).map($how).transpose().map_err(refused(Column::$column))?
            };
            ($column:ident, $how:expr, $missing:expr) => {
                read!($column, $how).ok_or_else(|| refused(Column::$column)($missing))?
            };
        }
        Ok(Row {
            line: self.record.position().map(csv::Position::line),
            order_id: read!(OrderId, id, Problem::NoText),
            transaction_id: match places.of(Column::TransactionId) {
                Some(_) => Some(read!(TransactionId, id, Problem::NoText)),
                None => None,
            },
            status: read!(TransactionStatus, status, Problem::Status),
            fraud: None,
            gross: read!(GrossAmount, rupiah, Problem::Amount),
            refunded: read!(RefundAmount, rupiah),
            charged_back: None,
            currency: read!(Currency, id),
            at: read!(TransactionTime, instant),
            settled_at: read!(SettlementTime, instant),
        })
    }
}

fn id(text: &str) -> Result<Box<str>, Problem> {
    if text.len() > ID_MAX || text.chars().any(char::is_control) {
        return Err(Problem::BadText);
    }
    Ok(text.into())
}

fn rupiah(text: &str) -> Result<i64, Problem> {
    amount::parse(text).map_err(|_| Problem::Amount)
}

/// In any case: a documented sample says `PENDING` (midtrans.md 2.1).
fn status(text: &str) -> Result<GatewayStatus, Problem> {
    text.to_lowercase().replace(' ', "_").parse().map_err(|_| Problem::Status)
}

fn instant(text: &str) -> Result<Timestamp, Problem> {
    time::parse(text).or_else(|_| text.parse()).map_err(|_| Problem::Time)
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
